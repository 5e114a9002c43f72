import { DeleteAccessKeyCommand, IAMClient, paginateListAccessKeys, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { isGone, lastUseOf, status } from "../inventory/collect/account";
import { AnswerNotUnderstood } from "../inventory/collect/problem";
import { assume, clientConfig, RoleAccess } from "../inventory/collect/sessions";
import { isoSeconds } from "../inventory/time";
import type { KeyApi, LiveKey } from "./execute";
import type { RetireStep } from "./plan";

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
    try {
      for await (const page of paginateListAccessKeys({ client }, { UserName: step.user })) {
        if (page.AccessKeyMetadata === undefined) throw new AnswerNotUnderstood("iam:ListAccessKeys gave no list");
        const found = page.AccessKeyMetadata.find((key) => key.AccessKeyId === step.keyId);
        if (!found) continue;
        if (!(found.CreateDate instanceof Date) || Number.isNaN(found.CreateDate.getTime()))
          throw new AnswerNotUnderstood("a key without the time it was made");
        return {
          status: status(found.Status),
          createdAt: isoSeconds(found.CreateDate),
          lastUse: await lastUseOf(client, step.keyId, this.#signal),
          // The SDK compares each answer's date with the clock, and keeps a difference of more than five minutes.
          clockOffsetMs: client.config.systemClockOffset,
        };
      }
      return undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async setStatus(step: RetireStep, to: "Active" | "Inactive"): Promise<void> {
    const client = await this.#client(step.accountId);
    await client.send(new UpdateAccessKeyCommand({ UserName: step.user, AccessKeyId: step.keyId, Status: to }));
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
