import type { EvidenceRead } from "./types";
import { type Suspect, unitedSuspects } from "../cloudtrail/suspects";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaselineError } from "../../kernel/errors";
import { readText } from "../../kernel/read-text";
import { appendLine, writeAtomically } from "../../kernel/write-file";
import type { AccountFacts, Counted, Credential, Inventory, KeyUsage } from "./types";
import { factsProblem, isTime, isTimeIfAny } from "./check-facts";
import { latest } from "./time";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";
import { isSuspicious } from "./use-kind";

/**
 * Results of a run as a file of lines: a heading, then one account a line, written as each is done. An interrupted run keeps what it has;
 * of several lines for one account the last counts. What CloudTrail said of keys is kept with it, by every later run, too: a command that
 * plans from this file must not know less than the run that wrote it.
 */

export interface ResultsHeading {
  readonly format: "keyless-inventory-results/1";
  readonly environment: string;
  readonly organizationId: string;
  readonly startedAt: string;
}

export interface Results {
  readonly heading: ResultsHeading;
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** What CloudTrail said. @default - it was not asked */
  readonly cloudTrail?: CloudTrailEvidence;
}

/** What CloudTrail said of keys, in all runs that asked it. */
export interface CloudTrailEvidence {
  /** When it was last asked. */
  readonly askedAt: string;
  /** By access key id. */
  readonly usage: ReadonlyMap<string, KeyUsage>;
  /** What was read, the latest first; bounded. @default - an older file does not say */
  readonly reads?: readonly EvidenceRead[];
}

/** Reads that are kept: what a key was used for comes from one of them. */
const MOST_READS = 10;

/** The same as a line of the file. */
interface CloudTrailLine {
  readonly cloudTrail: {
    readonly askedAt: string;
    readonly usage: readonly KeyUsage[];
    readonly reads?: readonly EvidenceRead[];
  };
}

/** Evidence of two runs: of a key that both saw what either knows, and never less. Nothing is forgotten. */
export function mergeEvidence(
  before: CloudTrailEvidence | undefined,
  after: CloudTrailEvidence | undefined,
): CloudTrailEvidence | undefined {
  if (!before || !after) return after ?? before;
  const usage = new Map(before.usage);
  for (const [id, more] of after.usage) {
    const known = usage.get(id);
    usage.set(id, known ? mergeUsage(known, more) : more);
  }
  const reads = [...(after.reads ?? []), ...(before.reads ?? [])].slice(0, MOST_READS);
  return { askedAt: latest(before.askedAt, after.askedAt)!, usage, ...(reads.length > 0 ? { reads } : {}) };
}

/**
 * Two looks at one key. Looks may overlap, so nothing is added up: the look that saw more calls counts, with the most refused calls and
 * addresses of either. One that shows a key in the wrong hands counts as it is, whatever a poorer or a longer look shows beside it.
 */
function mergeUsage(before: KeyUsage, after: KeyUsage): KeyUsage {
  const [newer, older] = Date.parse(after.lastAt) >= Date.parse(before.lastAt) ? [after, before] : [before, after];
  const [more, less] = sawMore(newer, older) >= 0 ? [newer, older] : [older, newer];
  const times = {
    firstAt: Date.parse(before.firstAt) <= Date.parse(after.firstAt) ? before.firstAt : after.firstAt,
    lastAt: newer.lastAt,
    lastEvents: newer.lastEvents,
  };
  const suspects = unitedSuspects(more.suspects ?? [], less.suspects ?? []);
  if (isSuspicious(more) || isSuspicious(less))
    return { ...more, ...times, ...(suspects.length > 0 ? { suspects } : {}) };
  const { otherAddressCalls: _, ...most } = more;
  const { sourceAddresses, otherAddressCalls } = addressesSeen(less) > addressesSeen(more) ? less : more;
  const denied = [more.denied, less.denied].filter((n) => n !== undefined);
  return {
    ...most,
    ...times,
    sourceAddresses,
    ...defined({ otherAddressCalls }),
    ...(denied.length > 0 ? { denied: Math.max(...denied) } : {}),
    ...defined({ calls: more.calls ?? less.calls }),
    ...(suspects.length > 0 ? { suspects } : {}),
  };
}

/** Above 0 where the first look saw more than the second. */
function sawMore(one: KeyUsage, other: KeyUsage): number {
  return (
    Number(isSuspicious(one)) - Number(isSuspicious(other)) ||
    one.events - other.events ||
    (one.denied ?? -1) - (other.denied ?? -1) ||
    addressesSeen(one) - addressesSeen(other)
  );
}

/** So many at least. */
function addressesSeen({ sourceAddresses, otherAddressCalls }: KeyUsage): number {
  return sourceAddresses.length + Math.min(1, otherAddressCalls ?? 0);
}

export function addEvidence(file: string, evidence: CloudTrailEvidence): void {
  appendLine(file, JSON.stringify(evidenceLine(evidence)));
}

function evidenceLine({ askedAt, usage, reads }: CloudTrailEvidence): CloudTrailLine {
  return { cloudTrail: { askedAt, usage: [...usage.values()], ...defined({ reads }) } };
}

/** Bytes of results and inventories, which grow with the organization; V8 holds no longer text. */
export const LARGEST_INVENTORY = 500_000_000;

/** Below `.keyless/`, which is not committed: names of users are nobody else's business. */
export function resultsFile(projectRoot: string, environment: string): string {
  return join(projectRoot, ".keyless", "inventory", `${environment}.jsonl`);
}

/** Begins a file again, with what is kept of an earlier run. All of it is there, or the earlier file still is. */
export function startResults(
  file: string,
  heading: ResultsHeading,
  kept: readonly AccountFacts[] = [],
  cloudTrail?: CloudTrailEvidence,
): void {
  writeAtomically(
    file,
    [heading, ...kept, ...(cloudTrail ? [evidenceLine(cloudTrail)] : [])]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
    { mode: 0o600 },
  );
}

export function addResult(file: string, facts: AccountFacts): void {
  appendLine(file, JSON.stringify(facts));
}

/** Reads results; nothing when there is no file. A last line that was cut off by a kill is left out: that account is read again. */
export function readResults(file: string, environment: string): Results | undefined {
  if (!existsSync(file)) return undefined;
  // What stands after the last line break is empty, or a line that was cut off.
  const lines = readText(file, LARGEST_INVENTORY).split("\n").slice(0, -1);
  const parsed = lines.map((line, index) => parseLine(file, line, index + 1));
  const [heading, ...accounts] = parsed as [ResultsHeading | undefined, ...AccountFacts[]];
  if (heading?.format !== "keyless-inventory-results/1" || typeof heading.environment !== "string")
    throw damaged(file, 1, `It does not begin like results of ${KEYLESS} inventory.`);
  if (heading.environment !== environment)
    throw damaged(
      file,
      1,
      `It contains results of environment ${JSON.stringify(heading.environment)}, not of ${environment}.`,
    );
  // What is left out silently is use that nobody knows of any more, and a key in use is deactivated.
  const rest = accounts as readonly unknown[];
  rest.forEach((line, index) => checkLine(file, line, index + 2));
  const cloudTrail = rest
    .filter(isEvidence)
    .map(({ cloudTrail: { askedAt, usage, reads } }) => ({
      askedAt,
      ...defined({ reads }),
      usage: new Map(usage.map((one) => [one.accessKeyId, one] as const)),
    }))
    .reduce<CloudTrailEvidence | undefined>(mergeEvidence, undefined);
  return {
    heading,
    accounts: new Map(accounts.filter((line) => !isEvidence(line)).map((facts) => [facts.accountId, facts])),
    ...defined({ cloudTrail }),
  };
}

function checkLine(file: string, line: unknown, number: number): void {
  if (typeof line === "object" && line !== null && "cloudTrail" in line) {
    if (!isEvidence(line))
      throw damaged(
        file,
        number,
        "What it says of CloudTrail is damaged: which keys were seen in use is not known.",
        `Put the line right, or run ${KEYLESS} inventory again without --resume, and give it the events again (--cloudtrail or --lookup-events): a new file knows only what they say.`,
      );
    return;
  }
  const problem = factsProblem(line);
  if (problem !== undefined) throw damaged(file, number, `This line is no account as it was read: ${problem}.`);
}

function parseLine(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged(file, number, "This line is no JSON.");
  }
}

function isEvidence(value: unknown): value is CloudTrailLine {
  const { cloudTrail } = (value ?? {}) as Partial<CloudTrailLine>;
  return (
    typeof cloudTrail === "object" &&
    isTime(cloudTrail?.askedAt) &&
    Array.isArray(cloudTrail?.usage) &&
    (cloudTrail.usage as readonly (Partial<KeyUsage> | null)[]).every(isUsage) &&
    isReads(cloudTrail.reads ?? [])
  );
}

function isUsage(one: Partial<KeyUsage> | null): boolean {
  return (
    typeof one?.accessKeyId === "string" &&
    typeof one.events === "number" &&
    isTime(one.firstAt) &&
    isTime(one.lastAt) &&
    [one.denied, one.otherAddressCalls].every((n) => n === undefined || typeof n === "number") &&
    [one.sourceAddresses, one.userAgents, one.services, one.calls ?? []].every(
      (list) => Array.isArray(list) && list.every((entry: Partial<Counted> | null) => typeof entry?.value === "string"),
    ) &&
    isSuspects(one.suspects ?? []) &&
    Array.isArray(one.lastEvents) &&
    one.lastEvents.every((event: Partial<KeyUsage["lastEvents"][number]> | null) => isTime(event?.at))
  );
}

function isReads(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    (value as readonly (Partial<EvidenceRead> | null)[]).every(
      (one) =>
        typeof one?.source === "string" &&
        [one.from, one.to].every((time) => time === undefined || isTime(time)) &&
        typeof one.leftOut === "number",
    )
  );
}

function isSuspects(value: unknown): boolean {
  const texts = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === "string");
  return (
    Array.isArray(value) &&
    (value as readonly (Partial<Suspect> | null)[]).every(
      (one) =>
        typeof one?.network === "string" &&
        typeof one.agent === "string" &&
        typeof one.denied === "number" &&
        texts(one.refused) &&
        texts(one.asked),
    )
  );
}

function damaged(
  file: string,
  line: number,
  message: string,
  fix = `Run ${KEYLESS} inventory again without --resume; it starts a new file.`,
): BaselineError {
  return new BaselineError([
    {
      code: "INVENTORY-RESULTS",
      message,
      fix,
      place: { file, line },
    },
  ]);
}

/** An inventory that `--json` has written: history, or the basis of a plan. */
export function readInventoryFile(file: string): Inventory {
  const fail = (message: string): BaselineError =>
    new BaselineError([
      {
        code: "INVENTORY-FILE",
        message,
        fix: `Give a file that ${KEYLESS} inventory <env> --json has written.`,
        place: { file },
      },
    ]);
  let value: unknown;
  try {
    value = JSON.parse(readText(file, LARGEST_INVENTORY));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    throw fail(
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "There is no such file."
        : `It cannot be read: ${(error as Error).message.slice(0, 200)}.`,
    );
  }
  const inventory = value as Partial<Inventory> | null;
  if (
    typeof inventory !== "object" ||
    inventory?.format !== "keyless-inventory/1" ||
    !Array.isArray(inventory.credentials) ||
    !Array.isArray(inventory.accounts) ||
    Number.isNaN(Date.parse(inventory.generatedAt ?? ""))
  ) {
    throw fail("It is no inventory.");
  }
  if (!inventory.credentials.every(isCredential)) throw fail("One of its credentials is not a credential.");
  if (
    !inventory.accounts.every(
      (one: Partial<Inventory["accounts"][number]> | null) =>
        typeof one?.id === "string" && isTimeIfAny(one.collectedAt),
    )
  )
    throw fail("One of its accounts is not an account.");
  return inventory as Inventory;
}

function isCredential(value: Partial<Credential> | null): boolean {
  if (typeof value !== "object" || value === null) return false;
  const texts = [value.kind, value.id, value.accountId, value.user, value.status, value.verdict?.kind];
  const { collectedAt, createdAt, expiresAt, lastUsedAt } = value;
  return (
    texts.every((text) => typeof text === "string") &&
    isTime(collectedAt) &&
    [createdAt, expiresAt, lastUsedAt].every(isTimeIfAny)
  );
}
