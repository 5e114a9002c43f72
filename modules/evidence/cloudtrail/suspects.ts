import { isDenial } from "./denials";

/**
 * Calls by which somebody finds out what a key is good for, counted by network and agent: a thief's few calls are not lost beside the many of
 * whom the key belongs to. Plain data in bounded memory.
 */

/** Tools that nobody has on their own systems by accident. */
const ATTACKER_AGENT =
  /trufflehog|\bpacu\b|enumerate-iam|cloudfox|stratus-red-team|weirdaal|[-. ]kali\d*\b|[-. ]parrot\d*\b/i;
export const isAttacker = (agent: string): boolean => ATTACKER_AGENT.test(agent);

const ASKS = new Set([
  "sts:GetCallerIdentity",
  ...["Users", "Roles", "Groups", "Policies", "AccessKeys", "AttachedUserPolicies", "UserPolicies"].map(
    (what) => `iam:List${what}`,
  ),
  ...["User", "AccountAuthorizationDetails", "AccountSummary"].map((what) => `iam:Get${what}`),
  "s3:ListBuckets",
  "ec2:DescribeInstances",
  "ec2:DescribeRegions",
  "ses:GetSendQuota",
  "ses:ListIdentities",
  "ses:GetAccount",
  "organizations:DescribeOrganization",
  "organizations:ListAccounts",
  "secretsmanager:ListSecrets",
  "lambda:ListFunctions",
  "bedrock:ListFoundationModels",
  "bedrock:GetModelInvocationLoggingConfiguration",
]);
/** CloudTrail names Lambda's calls with the version of the API: `ListFunctions20150331`. */
export const asksWhatThereIs = (call: string): boolean =>
  ASKS.has(call) || (call.startsWith("lambda:ListFunctions") && /^lambda:ListFunctions\d+$/.test(call));

const PUBLIC_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)$/i;
/** Private networks, those of carriers (EKS) among them, reach AWS through a VPC endpoint only, which may be asked from on premises. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const PRIVATE_ADDRESS =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:)/i;
export const isPublicAddress = (address: string): boolean =>
  PUBLIC_ADDRESS.test(address) && !PRIVATE_ADDRESS.test(address);
export const isPrivateAddress = (address: string): boolean => PRIVATE_ADDRESS.test(address);
/** The first two numbers of a public address; of private ones nobody knows which are one network. */
export const networkOf = (address: string): string =>
  isPublicAddress(address) ? address.split(/[.:]/).slice(0, 2).join(".") : PRIVATE;
const PRIVATE = "private";

/** What one program asked and was refused from one network. Calls that tell nothing are not counted. */
export interface Suspect {
  /** `203.0`, or `private`. */
  readonly network: string;
  readonly agent: string;
  /** Calls that AWS refused. */
  readonly denied: number;
  /** Which they were, sorted; bounded. */
  readonly refused: readonly string[];
  /** Calls that list what there is, sorted. */
  readonly asked: readonly string[];
}

interface Noted {
  readonly network: string;
  readonly agent: string;
  denied: number;
  readonly refused: Set<string>;
  readonly asked: Set<string>;
}
export type Suspects = Map<string, Noted>;

const MOST = 64;
const KINDS = 16;
/** Programs of one network that are counted apart: who calls himself otherwise in every call hides nothing by it. */
const AGENTS_OF_A_NETWORK = 8;
const OTHERS = "other programs";
const LONGEST = 200;

export interface Told {
  readonly address: string;
  readonly agent: string;
  /** `s3:GetObject` */
  readonly call: string;
  readonly error: string | undefined;
  readonly count: number;
}

/** Notes a call where it tells something. */
export function note(into: Suspects, { address, agent, call, error, count }: Told): void {
  const denied = isDenial(error);
  const asks = asksWhatThereIs(call);
  // A service that calls on somebody's behalf lists because it was told to.
  if ((!denied && !asks && !isAttacker(agent)) || /\.amazonaws\.com$|^AWS Internal$/.test(address)) return;
  const one = notedFor(into, networkOf(address), agent.slice(0, LONGEST));
  if (denied) {
    one.denied += count;
    if (one.refused.size < KINDS) one.refused.add(call);
  }
  if (asks) one.asked.add(call);
  tidy(into);
}

/** As itself, or as one of many. */
function notedFor(into: Suspects, network: string, agent: string): Noted {
  if (into.has(`${network} ${agent}`) || isAttacker(agent)) return noted(into, network, agent);
  let agents = 0;
  for (const one of into.values()) if (one.network === network) agents += 1;
  return noted(into, network, agents < AGENTS_OF_A_NETWORK ? agent : OTHERS);
}

function noted(into: Suspects, network: string, agent: string): Noted {
  const key = `${network} ${agent}`;
  const known = into.get(key);
  if (known) return known;
  const made: Noted = { network, agent, denied: 0, refused: new Set(), asked: new Set() };
  into.set(key, made);
  return made;
}

export function mergeSuspects(into: Suspects, from: Suspects): void {
  for (const { network, agent, denied, refused, asked } of from.values()) {
    const one = notedFor(into, network, agent);
    one.denied += denied;
    for (const call of [...refused].sort()) if (one.refused.size < KINDS) one.refused.add(call);
    asked.forEach((call) => one.asked.add(call));
  }
  tidy(into);
}

/** Rarely: of twice as many only the worst stay. */
function tidy(all: Suspects): void {
  if (all.size <= 2 * MOST) return;
  for (const { network, agent } of worstFirst([...all.values()]).slice(MOST)) all.delete(`${network} ${agent}`);
}

function worstFirst(all: readonly Noted[]): readonly Noted[] {
  const weight = ({ agent, asked, refused }: Noted): number =>
    (isAttacker(agent) ? 1000 : 0) + asked.size + refused.size;
  return [...all].sort(
    (a, b) =>
      weight(b) - weight(a) || b.denied - a.denied || (`${a.network} ${a.agent}` < `${b.network} ${b.agent}` ? -1 : 1),
  );
}

/** The worst first. */
export function listOf(all: Suspects): readonly Suspect[] {
  return worstFirst([...all.values()])
    .slice(0, MOST)
    .map(({ refused, asked, ...one }) => ({ ...one, refused: [...refused].sort(), asked: [...asked].sort() }));
}

/** Two looks, which may have seen the same calls: what either saw, and nothing added up. */
export function unitedSuspects(some: readonly Suspect[], others: readonly Suspect[]): readonly Suspect[] {
  const all: Suspects = new Map();
  for (const { network, agent, denied, refused, asked } of [...some, ...others]) {
    const one = notedFor(all, network, agent);
    one.denied = Math.max(one.denied, denied);
    refused.forEach((call) => one.refused.add(call));
    asked.forEach((call) => one.asked.add(call));
  }
  return listOf(all);
}
