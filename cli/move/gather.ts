import { resolve } from "node:path";
import { keyUsages } from "../../modules/evidence/cloudtrail/key-usage";
import { parseSource } from "../../modules/evidence/cloudtrail/source";
import { timeText } from "../../modules/evidence/cloudtrail/event";
import { trailManagers } from "../../modules/evidence/impact/coverage";
import { parseTime } from "../../modules/evidence/impact/time";
import { assess } from "../../modules/evidence/inventory/assess";
import { readOfLogs, usageFromLogs } from "../../modules/evidence/inventory/from-logs";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import {
  CloudTrailEvidence,
  mergeEvidence,
  readInventoryFile,
  readResults,
  resultsFile,
} from "../../modules/evidence/inventory/results";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { readMoveUse } from "../../modules/evidence/move/read-use";
import { roleOf } from "../../modules/evidence/move/role";
import type { MoveEvidence } from "../../modules/evidence/move/seen";
import type { KeyMove } from "../../modules/evidence/move/types";
import { journalFile, readJournal } from "../../modules/evidence/retire/journal";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { uniqueSorted } from "../../modules/kernel/lists";
import { defined } from "../../modules/kernel/optional";
import type { Environment } from "../../modules/sections/environment";
import type { TargetState } from "../../modules/sections/target-state";
import { AthenaFlags, NAME_LOGS, withAthena } from "../athena";
import { wholeNumber } from "../inventory/options";
import { notReadLines } from "../evidence";
import { Progress } from "../progress";
import { refuseOthers, verificationOf } from "../verification-file";

export interface EvidenceOptions extends AthenaFlags {
  readonly cloudtrail?: readonly string[];
  readonly since?: string;
  readonly at?: string;
  readonly threads?: string;
  readonly inventory?: string;
  readonly history?: readonly string[];
  readonly journal?: string;
  readonly verify?: string;
}

/** Moves go by ids of keys: what has none can say nothing of them. */
function refuseWithoutIds({ masked, reportsOnly, environment }: Inventory, file: string | undefined): void {
  const refuse = (message: string, fix: string): never => {
    throw new BaselineError([
      { code: "INVENTORY-FILE", message, fix, ...(file === undefined ? {} : { place: { file } }) },
    ]);
  };
  if (masked) refuse("Its access key ids are shortened.", "Make one without --mask.");
  if (reportsOnly)
    refuse(
      "It was made of credential reports, which have no ids of keys.",
      `${KEYLESS} inventory ${environment} asks AWS.`,
    );
}

/** All that is known of the moves: files on this machine and logs. AWS is not asked. */
export async function gather(
  projectRoot: string,
  environment: Environment,
  state: TargetState,
  moves: readonly KeyMove[],
  options: EvidenceOptions,
): Promise<MoveEvidence> {
  const now = Math.floor(Date.now() / 1000);
  const at = options.at === undefined ? now : parseTime(options.at, "--at", now);
  const context = inventoryContext(environment, state);
  const results = readResults(resultsFile(projectRoot, environment.name), environment.name);
  if (results && results.heading.organizationId !== environment.organization.id)
    throw new BaselineError([
      {
        code: "INVENTORY-RESULTS",
        message: `The results of the last inventory are of organization ${JSON.stringify(results.heading.organizationId)}.`,
        fix: `${KEYLESS} inventory ${environment.name} starts a new file.`,
        place: { file: resultsFile(projectRoot, environment.name) },
      },
    ]);
  const given = (file: string): Inventory => {
    const inventory = readInventoryFile(file);
    refuseOthers(file, inventory, environment);
    return inventory;
  };
  const assessed = (cloudTrail: CloudTrailEvidence | undefined): Inventory | undefined =>
    results &&
    assess([...results.accounts.values()], context, cloudTrail?.usage, new Date(at * 1000), cloudTrail?.reads);
  const basis = options.inventory === undefined ? assessed(results?.cloudTrail) : given(options.inventory);
  if (basis) refuseWithoutIds(basis, options.inventory);
  const journal = readJournal(
    options.journal === undefined ? journalFile(projectRoot, environment.name) : resolve(projectRoot, options.journal),
  );
  const keys = uniqueSorted([
    ...moves.flatMap(({ keyId }) => keyId ?? []),
    ...(basis?.credentials ?? []).filter(({ kind }) => kind === "access-key").map(({ id }) => id),
    ...journal.map(({ keyId }) => keyId),
  ]);
  const read = await logs(environment, moves, keys, at, options);
  const cloudTrail = mergeEvidence(
    results?.cloudTrail,
    read && {
      askedAt: timeText(at),
      usage: usageFromLogs(keyUsages(read.use.usage)),
      ...(read.read ? { reads: [read.read] } : {}),
    },
  );
  return {
    at: timeText(at),
    trailAccounts: trailManagers(environment.organization),
    ...(options.at === undefined ? {} : { asOf: true as const }),
    history: (options.history ?? []).map(given),
    journal,
    ...defined({
      // What the logs show of a key decides what it is taken for.
      inventory: options.inventory === undefined ? assessed(cloudTrail) : basis,
      cloudTrail,
      facts: options.inventory === undefined ? results?.accounts : undefined,
      verification: options.verify === undefined ? undefined : verificationOf(options.verify, environment),
      logs: read,
    }),
  };
}

async function logs(
  environment: Environment,
  moves: readonly KeyMove[],
  keys: readonly string[],
  at: number,
  options: EvidenceOptions,
): Promise<MoveEvidence["logs"]> {
  const { cloudtrail = [] } = options;
  if (cloudtrail.length === 0 && options.athena === undefined) {
    if (options.since !== undefined)
      throw new BaselineError([
        {
          code: "USAGE",
          message: "--since says which events of the logs count, and there are no logs.",
          fix: NAME_LOGS,
        },
      ]);
    return undefined;
  }
  const since = options.since === undefined ? undefined : parseTime(options.since, "--since", at);
  const threads = wholeNumber(options.threads, "--threads", 0, 64);
  const progress = new Progress();
  try {
    const { use, report } = await withAthena(options, environment, (engine) =>
      readMoveUse(
        cloudtrail.map(parseSource),
        {
          roles: uniqueSorted(moves.flatMap((move) => roleOf(move.destination, move.accountId) ?? [])),
          keys,
          accounts: environment.tree.accounts.map(({ id }) => id),
          at: timeText(at),
        },
        {
          ...engine,
          ...defined({ since, threads }),
          onProgress: (files, events, bytes) =>
            progress.update(`${files} files, ${events} events, ${Math.round(bytes / 1e6)} MB`),
        },
      ),
    );
    progress.done();
    notReadLines(report).forEach((line) => process.stderr.write(`${line}\n`));
    return { use, skipped: report.skipped, read: readOfLogs(report, 0) };
  } finally {
    progress.done();
  }
}
