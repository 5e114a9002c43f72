import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from "@aws-sdk/client-iam";
import { mapBounded } from "../../../aws/bounded";
import { AwsFailure, unless } from "../../../aws/failure";
import { count, listed } from "../../../kernel/words";
import { givesAdministration, isAdministratorPolicy } from "../../../policy/administrator";
import { differing, type Finding, seen } from "../claim";
import { parseDocument } from "../documents";
import { type Reader, why } from "../live";
import { isNoSuchEntity } from "../roles";

/** Which permission sets make administrators: judged by the documents of their policies, whatever those are called. */

/** Accounts at a time. */
const AT_A_TIME = 4;
/** Accounts that are named one by one. */
const NAMED = 5;

export interface SetPolicies {
  readonly name: string;
  /** ARNs of AWS's policies. */
  readonly managed: readonly string[];
  /** By path and name: each account has its own, or none. */
  readonly customer: readonly string[];
  readonly inline: string | undefined;
}

export interface PolicyReads {
  /** Accounts in which the set is provisioned. */
  readonly accounts: (set: SetPolicies) => Promise<readonly string[]>;
  /** A policy's document in an account, `aws` for those of AWS. Absent: there is no such policy. */
  readonly document: (accountId: string, policy: string) => Promise<string | undefined>;
}

/**
 * Judges sets that are not managed by keyless. Those whose name is in the facts are known, and named where AWS's answers show them to be
 * administrators; of the others every document is read, in each account where it can be another one.
 *
 * @param known names of sets that are in the facts, which do not say what those allowed
 */
export async function otherAdministratorsFinding(
  sets: readonly SetPolicies[],
  known: ReadonlySet<string>,
  reads: PolicyReads,
): Promise<Finding> {
  const details: string[] = [];
  const unread: string[] = [];
  const fromFacts: string[] = [];
  for (const set of sets) {
    const judged = await judge(set, reads, known.has(set.name));
    unread.push(...judged.unread.map((one) => `${set.name}: ${one}`));
    if (judged.by.length === 0) continue;
    const what = `${set.name} in ${count((await reads.accounts(set)).length, "account")}`;
    if (known.has(set.name)) fromFacts.push(`${what} (the facts have a set of this name)`);
    else details.push(`${what} gives administrator access (${judged.by.join(", ")}), and the facts do not show it`);
  }
  if (details.length > 0) return differing([...details, ...unread.map((one) => `not readable: ${one}`)]);
  return unread.length > 0 ? { verdict: "not-readable", details: unread } : seen(...fromFacts);
}

interface Judged {
  /** By which policies it makes administrators. */
  readonly by: readonly string[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

async function judge(set: SetPolicies, reads: PolicyReads, isKnown: boolean): Promise<Judged> {
  const by: string[] = [];
  const unread: string[] = [];
  const look = async (accountId: string, policy: string): Promise<boolean> => {
    try {
      const text = await reads.document(accountId, policy);
      if (text === undefined) return false;
      const verdict = isAdministrators(text);
      if (verdict === undefined) unread.push(`${policy} in ${accountId} is no policy document that can be read`);
      return verdict === true;
    } catch (error) {
      if (!(error instanceof AwsFailure)) throw error;
      unread.push(`${policy}${accountId === "aws" ? "" : ` in ${accountId}`}: ${why(error)}`);
      return false;
    }
  };
  for (const arn of set.managed) if (isAdministratorPolicy(arn) || (!isKnown && (await look("aws", arn)))) by.push(arn);
  if (set.inline !== undefined) {
    const verdict = isAdministrators(set.inline);
    if (verdict) by.push("its inline policy");
    else if (verdict === undefined) unread.push("its inline policy is no policy document that can be read");
  }
  // What the facts know is let be whatever it allows: nobody needs to read a thousand accounts for it.
  if (isKnown || set.customer.length === 0 || by.length > 0)
    return { by, unread: isKnown || by.length > 0 ? [] : unread };
  const accounts = await reads.accounts(set);
  for (const policy of set.customer) {
    const where: string[] = [];
    await mapBounded(accounts, AT_A_TIME, async (accountId) => {
      if (await look(accountId, policy)) where.push(accountId);
    });
    if (where.length > 0) by.push(`customer managed policy ${policy} in ${listed(where.sort(), NAMED)}`);
  }
  return { by, unread: unread.sort() };
}

/** Also under a condition: who has MFA is an administrator all the same. Absent: it cannot be read. */
function isAdministrators(text: string): boolean | undefined {
  if (text === "") return false;
  const document = parseDocument(text);
  return document && givesAdministration(document, "any");
}

/** The document of a policy's version in force, in the account of the reader. Absent: there is no such policy. */
export async function policyDocumentOf(reader: Reader, PolicyArn: string): Promise<string | undefined> {
  const client = reader.client(IAMClient);
  return unless(
    isNoSuchEntity,
    async () => {
      const VersionId = (await client.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId;
      const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      // An answer without a document is one that cannot be read.
      return PolicyVersion?.Document ?? "?";
    },
    () => undefined,
  );
}
