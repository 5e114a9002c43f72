import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { mapBounded } from "../../../aws/bounded";
import { isoSeconds } from "../time";
import type { AccountFacts } from "../types";
import { readAccount } from "./account";
import { AccountTimeout, collectionProblem } from "./problem";
import { assume, clientConfig, RoleAccess } from "./sessions";
import { defined } from "../../../kernel/optional";

export interface CollectOptions {
  readonly access: RoleAccess;
  /** Ids. */
  readonly accounts: readonly string[];
  /** Accounts at a time. @default 8 */
  readonly concurrency?: number;
  /** How long one account may take. @default 600 */
  readonly timeoutSeconds?: number;
  readonly now: () => Date;
  /** See `readAccount`. */
  readonly pollMs?: number;
  /** Told of every account when it is done, in the order of being done. */
  readonly onAccount: (facts: AccountFacts) => void;
}

/** Reads accounts, so many at a time. An account that fails is a result too: nothing here is thrown for one account's sake. */
export async function collect(options: CollectOptions): Promise<void> {
  const { access, now } = options;
  const sts = new STSClient(clientConfig(access.base));
  try {
    await mapBounded(options.accounts, options.concurrency ?? 8, async (accountId) => {
      options.onAccount(await readOne(accountId));
    });
  } finally {
    sts.destroy();
  }

  async function readOne(accountId: string): Promise<AccountFacts> {
    const seconds = options.timeoutSeconds ?? 600;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new AccountTimeout(seconds)), seconds * 1000);
    let client: IAMClient | undefined;
    try {
      const credentials = await assume(access, accountId, sts, abort.signal);
      // IAM is global; its endpoint is signed for this region.
      client = new IAMClient(clientConfig(access.base, credentials, "us-east-1"));
      return await readAccount({
        client,
        accountId,
        signal: abort.signal,
        now,
        ...defined({ pollMs: options.pollMs }),
      });
    } catch (error) {
      return {
        accountId,
        status: "failed",
        collectedAt: isoSeconds(now()),
        problems: [collectionProblem("sts:AssumeRole", abort.signal.aborted ? abort.signal.reason : error)],
        users: [],
      };
    } finally {
      clearTimeout(timer);
      client?.destroy();
    }
  }
}
