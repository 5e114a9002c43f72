import {
  type AccessKeyMetadata,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  paginateListAccessKeys,
  paginateListAttachedUserPolicies,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { isGone, lastUseOf, status } from "../inventory/collect/account";
import { AnswerNotUnderstood } from "../inventory/collect/problem";
import { assume, clientConfig, RoleAccess } from "../inventory/collect/sessions";
import { isoSeconds } from "../inventory/time";
import type { KeyApi, LiveKey } from "./execute";
import type { RetireStep } from "./plan";

/**
 * The policies that AWS attaches to a user whose key it finds in public:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
const QUARANTINE = /^arn:[a-z-]+:iam::aws:policy\/AWSCompromisedKeyQuarantine(V\d+)?$/;

/** The key in the list of a user's keys; where it is not there, whether the user is. */
async function listedKey(
  client: IAMClient,
  user: string,
  keyId: string,
): Promise<{ readonly key: AccessKeyMetadata } | { readonly user: "there" | "gone" }> {
  try {
    for await (const page of paginateListAccessKeys({ client }, { UserName: user })) {
      if (page.AccessKeyMetadata === undefined) throw new AnswerNotUnderstood("iam:ListAccessKeys gave no list");
      const key = page.AccessKeyMetadata.find(({ AccessKeyId }) => AccessKeyId === keyId);
      if (key) return { key };
    }
    return { user: "there" };
  } catch (error) {
    if (isGone(error)) return { user: "gone" };
    throw error;
  }
}

/**
 * Whose the key is, where its user does not have it: a user who was renamed keeps keys and loses the name. Nobody's: undefined. AWS does not
 * document what it answers for a key that is gone; a refusal counts as that only where the user is still there, whose keys were just listed.
 */
async function ownerOf(client: IAMClient, step: RetireStep, isUserThere: boolean): Promise<string | undefined> {
  try {
    const { UserName } = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: step.keyId }));
    return UserName === step.user ? undefined : UserName;
  } catch (error) {
    if (isGone(error)) return undefined;
    if (isUserThere && /^AccessDenied(Exception)?$/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** IAM through a session in each account; a session is created again before it ends. */
export class IamKeyApi implements KeyApi {
  readonly #sts: STSClient;
  readonly #signal = new AbortController().signal;
  #current: { readonly accountId: string; readonly client: IAMClient; readonly until: number } | undefined;

  constructor(private readonly access: RoleAccess) {
    this.#sts = new STSClient(clientConfig(access.base));
  }

  async look(step: RetireStep): Promise<LiveKey | undefined> {
    const client = await this.#client(step.accountId);
    const listed = await listedKey(client, step.user, step.keyId);
    const user = "key" in listed ? step.user : await ownerOf(client, step, listed.user === "there");
    if (user === undefined) return undefined;
    const found = "key" in listed ? listed : await listedKey(client, user, step.keyId);
    if (!("key" in found)) return undefined;
    const { Status, CreateDate } = found.key;
    if (!(CreateDate instanceof Date) || Number.isNaN(CreateDate.getTime()))
      throw new AnswerNotUnderstood("a key without the time it was made");
    try {
      return {
        status: status(Status),
        createdAt: isoSeconds(CreateDate),
        lastUse: await lastUseOf(client, step.keyId, this.#signal),
        ...(user === step.user ? {} : { user }),
        // The SDK compares each answer's date with the clock, and keeps a difference of more than five minutes.
        clockOffsetMs: client.config.systemClockOffset,
      };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async isQuarantined(step: RetireStep, user: string): Promise<boolean> {
    const client = await this.#client(step.accountId);
    for await (const page of paginateListAttachedUserPolicies({ client }, { UserName: user })) {
      if (page.AttachedPolicies === undefined)
        throw new AnswerNotUnderstood("iam:ListAttachedUserPolicies gave no list");
      if (page.AttachedPolicies.some(({ PolicyArn }) => QUARANTINE.test(PolicyArn ?? ""))) return true;
    }
    return false;
  }

  async setStatus(step: RetireStep, to: "Active" | "Inactive", user: string): Promise<void> {
    const client = await this.#client(step.accountId);
    await client.send(new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: step.keyId, Status: to }));
  }

  async delete(step: RetireStep): Promise<void> {
    const client = await this.#client(step.accountId);
    try {
      await client.send(new DeleteAccessKeyCommand({ UserName: step.user, AccessKeyId: step.keyId }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  close(): void {
    this.#current?.client.destroy();
    this.#sts.destroy();
  }

  /** Steps come account by account: one session at a time is enough. */
  async #client(accountId: string): Promise<IAMClient> {
    if (this.#current?.accountId === accountId && Date.now() < this.#current.until) return this.#current.client;
    this.#current?.client.destroy();
    this.#current = undefined;
    const credentials = await assume(this.access, accountId, this.#sts, this.#signal);
    const client = new IAMClient(clientConfig(this.access.base, credentials, "us-east-1"));
    this.#current = { accountId, client, until: Date.now() + 50 * 60_000 };
    return client;
  }
}
