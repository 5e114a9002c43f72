import {
  asksWhatThereIs,
  isAttacker,
  isPrivateAddress,
  isPublicAddress,
  networkOf,
  type Suspect,
} from "../cloudtrail/suspects";
import { isoDay } from "./time";
import type { EvidenceRead, KeyUsage, Verdict } from "./types";
import { andMore } from "../../kernel/words";

/** By what a key is used, as far as user agents and addresses tell. They are what the caller sends: a hint for people, never a permission. */

export type UseKind = "aws-compute" | "ci" | "person" | "external-workload";

/** What else is known of the key's user, for keys that CloudTrail does not tell of. */
export interface UseHints {
  readonly userName: string;
  /** The user has a console password that was used lately. */
  readonly signsIn: boolean;
  /** CloudTrail was read or asked, in this run or an earlier one. @default false */
  readonly askedCloudTrail?: boolean;
  /** What was read of it, the latest first. @default - nobody kept that */
  readonly reads?: readonly EvidenceRead[];
}

/** How much later than CloudTrail's last call of it a key may have been used, for what those calls show to be taken for its use now. */
const STALE_DAYS = 30;

/** Programs that only run in CI, by the names in their user agents. */
const CI_AGENT =
  /github[-_ ]?actions|githubactions|configure-aws-credentials|gitlab|jenkins|circleci|buildkite|bitbucket|travis|teamcity|azure-?devops|\bvsts|terraform[- ]cloud|\btfe\b|spinnaker|argo-?cd|drone-?ci|codefresh|semaphoreci/i;
/** `exec-env` is what SDKs say of AWS_EXECUTION_ENV: set in Lambda, ECS, App Runner, CodeBuild and by some images for EC2. */
const COMPUTE_AGENT =
  /exec-env\/(AWS_(Lambda|ECS|EC2|APP_?RUNNER|CODEBUILD|GLUE|BATCH|SAGEMAKER)|EC2|AppRunner)|\bamazon-ssm-agent\b|CloudWatchAgent|aws-for-fluent-bit/i;
/** Programs that people sit in front of. */
const PERSON_AGENT =
  /mozilla\/|console\.amazonaws|signin\.amazonaws|exec-env\/CloudShell|os\/(macos|windows)|darwin\/|windows\/1\d|cyberduck|s3 ?browser|cloudberry|winscp|transmit|mountain ?duck|jetbrains|vscode|aws-toolkit|md\/prompt#on/i;
/** Kernels and distributions that AWS makes, or that others make for it: plain EC2 sends no exec-env. */
const AWS_KERNEL = /amzn\d|amazon[- _]?linux|\d-aws\b|bottlerocket/i;
/** Those of Azure: virtual machines there, and GitHub-hosted runners. */
const AZURE_KERNEL = /-azure\b/i;
/** A server's build is no person: names as Python, Java and .NET give them, builds as Node.js and Go do. */
const WINDOWS_SERVER =
  /windows[/#_ -]*(nt )?(server[/#_ -]*)?20(08|12|16|19|22|25)|20(08|12|16|19|22|25)server|windows[/#_ -]server|(win32|windows)[/#]10\.0\.(14393|17763|20348)/i;
/** Linux on a desk: WSL, Docker Desktop. */
const DESKTOP_LINUX = /microsoft-standard|wsl2|linuxkit/i;
/** A service calls on behalf of the key: the agent is its name. */
const SERVICE_AGENT = /^([a-z0-9.-]+\.amazonaws\.com|AWS Internal)$/;
const CI_NAME =
  /(^|[^a-z0-9])(ci|cd|ci-?cd|github|gitlab|jenkins|circle-?ci|bitbucket|buildkite|travis|deploy(er|ment)?|pipeline|terraform)([^a-z]|$)/i;
/** `jane.doe`, `jane.doe@example.com`. */
const PERSON_NAME = /@|^[a-z]{2,}\.[a-z]{2,}$/i;
const WORDS: Readonly<Record<UseKind, string>> = {
  "aws-compute": "AWS compute",
  ci: "CI",
  person: "a person",
  "external-workload": "a workload outside AWS",
};

/**
 * What uses a key that is in use.
 *
 * @param usedAt when it was last used, as IAM knows it
 */
export function classifyUse(usage: KeyUsage | undefined, hints: UseHints, usedAt?: string): Verdict {
  const verdict = usage && usage.events > 0 ? fromUsage(usage, usedAt) : fromHints(hints);
  const read = readText(hints.reads ?? []);
  return read === "" ? verdict : { ...verdict, reason: `${verdict.reason}; ${read}` };
}

/** What a key did long before it was last used says little of what uses it now. A thief's calls are an incident however old they are. */
function fromUsage(usage: KeyUsage, usedAt: string | undefined): Verdict {
  const verdict = fromEvidence(usage);
  const behind = usedAt === undefined ? 0 : (Date.parse(usedAt) - Date.parse(usage.lastAt)) / 86_400_000;
  if (verdict.kind === "stolen" || !(behind > STALE_DAYS)) return verdict;
  return {
    kind: "in-use",
    reason: `do not know by what now: CloudTrail's last call of it is of ${isoDay(usage.lastAt)}, and IAM says that it was used on ${isoDay(usedAt!)}; at that time ${verdict.reason}`,
  };
}

/** Without a call nobody knows. A name is a hint of low confidence: users are named after what they were made for, or after nothing. */
function fromHints(hints: UseHints): Verdict {
  const asked = hints.askedCloudTrail ? "what was read of CloudTrail shows no call of it" : "CloudTrail was not asked";
  if (hints.signsIn) return { kind: "person", reason: `its user signs in to the console; ${asked}` };
  const hint = CI_NAME.test(hints.userName) ? "CI" : PERSON_NAME.test(hints.userName) ? "a person" : undefined;
  if (hint !== undefined)
    return {
      kind: "in-use",
      reason: `do not know by what: the user's name hints at ${hint} (low confidence), and ${asked}`,
    };
  return {
    kind: "in-use",
    reason: hints.askedCloudTrail
      ? `in use, and ${asked}: data events, another region, or SES over SMTP, which leaves no events`
      : "in use; --cloudtrail or --lookup-events would tell by what",
  };
}

/** Of when the answer is, and what it lacks. The latest read first; of older ones how many there were. */
function readText(reads: readonly EvidenceRead[]): string {
  const [last, ...older] = reads;
  if (!last) return "";
  const when =
    last.from === undefined || last.to === undefined
      ? "no event"
      : isoDay(last.from) === isoDay(last.to)
        ? isoDay(last.from)
        : `${isoDay(last.from)} to ${isoDay(last.to)}`;
  return [
    `read: ${last.source} of ${when}`,
    ...(last.leftOut > 0 ? [`${last.leftOut} left out`] : []),
    ...(older.length > 0 ? [`and ${older.length} earlier`] : []),
  ].join(", ");
}

/** What an agent tells by itself. `nothing`: a service that calls on behalf, or a text that every program may have. */
type Hint = UseKind | "attacker" | "azure" | "nothing";

function hintOf(agent: string): Hint {
  if (isAttacker(agent)) return "attacker";
  if (CI_AGENT.test(agent)) return "ci";
  if (COMPUTE_AGENT.test(agent) || AWS_KERNEL.test(agent)) return "aws-compute";
  if (WINDOWS_SERVER.test(agent)) return "external-workload";
  if (PERSON_AGENT.test(agent) || DESKTOP_LINUX.test(agent)) return "person";
  if (AZURE_KERNEL.test(agent)) return "azure";
  return "nothing";
}

function fromEvidence(usage: KeyUsage): Verdict {
  const incident = incidentOf(usage);
  if (incident !== undefined) return { kind: "stolen", reason: incident };
  const weights = new Map<Hint, { count: number; sample: string }>();
  for (const { value, count } of usage.userAgents) {
    const hint = hintOf(value);
    const seen = weights.get(hint);
    weights.set(hint, { count: (seen?.count ?? 0) + count, sample: seen?.sample ?? value });
  }
  const of = (hint: Hint): number => weights.get(hint)?.count ?? 0;
  const named = [...weights.values()].reduce((sum, { count }) => sum + count, 0);
  // Calls without an agent, or whose agent is beyond those listed, tell nothing either.
  const all = Math.max(usage.events, named);
  const silent = of("nothing") + of("azure");
  const told = (["ci", "aws-compute", "person", "external-workload"] as const).filter((kind) => of(kind) > 0);
  const some = told.filter((kind) => of(kind) * 10 >= all);
  if (some.length > 1)
    return {
      kind: "mixed",
      reason: `by ${some.map((kind) => WORDS[kind]).join(" and by ")}: each needs a replacement of its own; ${figures(usage)}`,
    };
  const [only] = some;
  // A person's programs, a job's and a server's are told apart by their agents; what says nothing may be any of them.
  if (only !== undefined && silent + all - named <= of(only)) return verdictBy(only, weights.get(only)!.sample, usage);
  if (only !== undefined && only !== "ci" && silent > of(only))
    return {
      kind: "mixed",
      reason: `by ${WORDS[only]}, and mostly by programs that do not tell what they run on; ${figures(usage)}`,
    };
  // The other programs of a job are like this, and so is a server that shares the key with one.
  if (told.length > 0)
    return undecided(
      `many calls of unknown origin, and ${told.map((kind) => `${WORDS[kind]} (${of(kind)} of ${all} calls)`).join(" and ")}`,
      usage,
    );
  return fromAddresses(usage, of("azure") > 0);
}

/** Where no agent tells. */
function fromAddresses(usage: KeyUsage, azure: boolean): Verdict {
  const [agent] = usage.userAgents;
  if (agent === undefined) return undecided("no program is known", usage);
  if (azure) return undecided("a virtual machine of Azure, or a GitHub-hosted runner", usage);
  if (usage.userAgents.every(({ value }) => SERVICE_AGENT.test(value)))
    return undecided("AWS services on somebody's behalf", usage);
  if (usage.sourceAddresses.some(({ value }) => isPrivateAddress(value)))
    return undecided("private addresses: AWS, or your own network through an endpoint", usage);
  return usage.sourceAddresses.some(({ value }) => isPublicAddress(value))
    ? verdictBy("external-workload", agent.value, usage)
    : undecided("no address is known", usage);
}

function verdictBy(kind: UseKind, agent: string, usage: KeyUsage): Verdict {
  return { kind, reason: `by ${WORDS[kind]}: ${shorten(agent)}; ${figures(usage)}` };
}

function undecided(what: string, usage: KeyUsage): Verdict {
  return { kind: "in-use", reason: `do not know by what: ${what}; ${figures(usage)}` };
}

const MANY_NETWORKS = 6;

/** Why a key looks as if it were in the wrong hands, by what was seen; whoever it belongs to, and whether or not it is on. */
export function incidentOf(usage: KeyUsage | undefined): string | undefined {
  if (usage === undefined || usage.events === 0) return undefined;
  const attacker =
    usage.userAgents.find(({ value }) => isAttacker(value))?.value ??
    usage.suspects?.find(({ agent }) => isAttacker(agent))?.agent;
  const suspicion = suspicionOf(usage, attacker) ?? suspicionBeside(usage.suspects ?? []);
  return suspicion === undefined ? undefined : `treat as an incident: ${suspicion}; ${figures(usage)}`;
}

/** What is tried out from one network, or by one program from many, counts for itself: whoever else uses the key may make a million calls. */
function suspicionBeside(suspects: readonly Suspect[]): string | undefined {
  for (const [network, here] of by(suspects, (one) => one.network)) {
    const tried = triedOut(here);
    if (tried !== undefined)
      return `from ${network === "private" ? "private addresses" : `network ${network}`} it was tried out: ${tried}`;
  }
  for (const [agent, everywhere] of by(
    suspects.filter(({ network }) => network !== "private"),
    (one) => one.agent,
  )) {
    const tried = triedOut(everywhere);
    if (tried !== undefined && everywhere.length >= MANY_NETWORKS)
      return `from ${everywhere.length} networks it was tried out with ${shorten(agent)}: ${tried}`;
  }
  return undefined;
}

function by(suspects: readonly Suspect[], key: (one: Suspect) => string): ReadonlyMap<string, readonly Suspect[]> {
  const groups = new Map<string, Suspect[]>();
  for (const one of suspects) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

/** A program that lacks one permission is refused one call, however often; who tries a key is refused many kinds. */
function triedOut(suspects: readonly Suspect[]): string | undefined {
  const asked = new Set(suspects.flatMap((one) => one.asked)).size;
  const refused = new Set(suspects.flatMap((one) => one.refused)).size;
  const denied = suspects.reduce((sum, one) => sum + one.denied, 0);
  return asked >= 4 && refused >= 3 && denied >= 5
    ? `${asked} kinds of calls that list what there is, ${denied} calls of ${refused} kinds refused`
    : undefined;
}

/** By what was seen the key is in the wrong hands. */
export const isSuspicious = (usage: KeyUsage): boolean => incidentOf(usage) !== undefined;

function suspicionOf(usage: KeyUsage, attacker: string | undefined): string | undefined {
  if (attacker !== undefined) return `a tool that tries keys: ${shorten(attacker)}`;
  const networks = new Set(
    usage.sourceAddresses.filter(({ value }) => isPublicAddress(value)).map(({ value }) => networkOf(value)),
  ).size;
  const denied = usage.denied ?? 0;
  const refused = denied >= 5 && denied * 5 >= usage.events;
  const asked = (usage.calls ?? []).filter(({ value }) => asksWhatThereIs(value)).length;
  if (asked >= 4 && refused) return `it was tried out: ${asked} kinds of calls that list what there is`;
  if (networks >= MANY_NETWORKS && refused) return `from ${networks} networks, many calls refused`;
  if (networks >= MANY_NETWORKS && asked >= 4)
    return `from ${networks} networks, with ${asked} kinds of calls that list what there is`;
  return undefined;
}

/** Never cut: how many calls, refused ones, and addresses. */
function figures(usage: KeyUsage): string {
  const refused = usage.denied === undefined ? "" : `, ${usage.denied} refused`;
  return `${usage.capped ? "at least " : ""}${usage.events} calls${refused}, ${days(usage)}, from ${addresses(usage)}`;
}

/** The key's own first and last call that was read. */
function days({ firstAt, lastAt }: KeyUsage): string {
  return isoDay(firstAt) === isoDay(lastAt) ? isoDay(lastAt) : `${isoDay(firstAt)} to ${isoDay(lastAt)}`;
}

/** Beyond those listed only the number of calls is known: there is one more address at least. */
function addresses({ sourceAddresses: sources, otherAddressCalls: others = 0 }: KeyUsage): string {
  const shown = sources.slice(0, 2).map((one) => shorten(one.value, 45));
  const left = sources.length - shown.length;
  const more = others > 0 ? ` and at least ${left + 1} more` : andMore(left);
  return `${shown.join(", ") || "an unknown address"}${more}`;
}

/** User agents can be very long; a reason is one line. */
export function shorten(text: string, length = 80): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
