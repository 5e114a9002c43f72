import type { Counted, KeyUsage, Verdict } from "./types";
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
}

/** Programs that only run in CI, by the names in their user agents. */
const CI_AGENT =
  /github[-_ ]?actions|githubactions|configure-aws-credentials|gitlab|jenkins|circleci|buildkite|bitbucket|travis|teamcity|azure-?devops|\bvsts|terraform[- ]cloud|\btfe\b|spinnaker|argo-?cd|drone-?ci|codefresh|semaphoreci/i;
/** `exec-env` is what SDKs say of AWS_EXECUTION_ENV: set in Lambda, ECS, App Runner, CodeBuild and by some images for EC2. */
const COMPUTE_AGENT =
  /exec-env\/(AWS_(Lambda|ECS|EC2|APP_?RUNNER|CODEBUILD|GLUE|BATCH|SAGEMAKER)|EC2|AppRunner)|\bamazon-ssm-agent\b|CloudWatchAgent|aws-for-fluent-bit/i;
/** Programs that people sit in front of. */
const PERSON_AGENT =
  /mozilla\/|console\.amazonaws|signin\.amazonaws|exec-env\/CloudShell|os\/(macos|windows)|darwin\/|windows\/1\d|cyberduck|s3 ?browser|cloudberry|winscp|transmit|mountain ?duck|jetbrains|vscode|aws-toolkit|md\/prompt#on/i;
const CI_NAME =
  /(^|[^a-z0-9])(ci|cd|ci-?cd|github|gitlab|jenkins|circle-?ci|bitbucket|buildkite|travis|deploy(er|ment)?|pipeline|terraform)([^a-z]|$)/i;
/** `jane.doe`, `jane.doe@example.com`. */
const PERSON_NAME = /@|^[a-z]{2,}\.[a-z]{2,}$/i;
/** Private networks reach AWS through a VPC endpoint only. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const PRIVATE_ADDRESS = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/i;

const WORDS: Readonly<Record<UseKind, string>> = {
  "aws-compute": "AWS compute",
  ci: "CI",
  person: "a person",
  "external-workload": "a workload outside AWS",
};

/** What uses a key that is in use. */
export function classifyUse(usage: KeyUsage | undefined, hints: UseHints): Verdict {
  if (usage && usage.events > 0) return fromEvidence(usage);
  const asked = hints.askedCloudTrail ? "what was read of CloudTrail shows no call of it" : "CloudTrail was not asked";
  if (CI_NAME.test(hints.userName)) return { kind: "ci", reason: `by the user's name it belongs to CI; ${asked}` };
  if (hints.signsIn) return { kind: "person", reason: `its user signs in to the console; ${asked}` };
  if (PERSON_NAME.test(hints.userName))
    return { kind: "person", reason: `by the user's name it belongs to a person; ${asked}` };
  return {
    kind: "in-use",
    reason: hints.askedCloudTrail
      ? `in use, and ${asked}: data events, another region, or SES over SMTP, which leaves no events`
      : "in use; --cloudtrail or --lookup-events would tell by what",
  };
}

function fromEvidence(usage: KeyUsage): Verdict {
  const weights = new Map<UseKind, { count: number; sample: string }>();
  for (const { value, count } of usage.userAgents) {
    const kind = kindOfAgent(value, usage.sourceAddresses);
    const seen = weights.get(kind);
    weights.set(kind, { count: (seen?.count ?? 0) + count, sample: seen?.sample ?? value });
  }
  const ranked = [...weights].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  const [first] = ranked;
  if (!first) return fromAddresses(usage);
  const [kind, { sample }] = first;
  const others = ranked.slice(1).map(([other]) => WORDS[other]);
  const mix = others.length > 0 ? `; also ${others.join(", ")}` : "";
  return {
    kind,
    reason: `${usage.events} calls, ${others.length > 0 ? "mostly by" : "by"} ${WORDS[kind]}: ${shorten(sample)} from ${addresses(usage.sourceAddresses)}${mix}`,
  };
}

function kindOfAgent(agent: string, sources: readonly Counted[]): UseKind {
  if (CI_AGENT.test(agent)) return "ci";
  if (COMPUTE_AGENT.test(agent)) return "aws-compute";
  if (PERSON_AGENT.test(agent)) return "person";
  return mostlyPrivate(sources) ? "aws-compute" : "external-workload";
}

function fromAddresses(usage: KeyUsage): Verdict {
  const kind: UseKind = mostlyPrivate(usage.sourceAddresses) ? "aws-compute" : "external-workload";
  return { kind, reason: `${usage.events} calls by ${WORDS[kind]} from ${addresses(usage.sourceAddresses)}` };
}

function mostlyPrivate(sources: readonly Counted[]): boolean {
  const total = sources.reduce((sum, one) => sum + one.count, 0);
  const inside = sources.filter((one) => PRIVATE_ADDRESS.test(one.value)).reduce((sum, one) => sum + one.count, 0);
  return total > 0 && inside * 2 > total;
}

function addresses(sources: readonly Counted[]): string {
  const shown = sources.slice(0, 2).map((one) => shorten(one.value, 45));
  return `${shown.join(", ") || "an unknown address"}${andMore(sources.length - shown.length)}`;
}

/** User agents can be very long; a reason is one line. */
export function shorten(text: string, length = 80): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
