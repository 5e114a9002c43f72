import { existsSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENTS } from "../../config/load";
import { MOVES_FILE, parseMoves } from "../../config/moves";
import { KEYLESS } from "../../kernel/command";
import { BaselineError, ExitCode, Problem } from "../../kernel/errors";
import type { Json } from "../../kernel/json";
import { uniqueSorted } from "../../kernel/lists";
import { readText } from "../../kernel/read-text";
import { count } from "../../kernel/words";
import { withAdditions } from "../../live/adopt/merge";
import type { Environment } from "../../sections/environment";
import { IDENTITY_CENTER_MANAGEMENT, permissionSetStacks, suitableShards } from "../../sections/identity-center/names";
import type { SynthesizedStack } from "../../terraform/environment-stacks";
import { checkStopped, planAgain, withWorkplace } from "../../terraform/saved-plans";
import { indented, TerraformFailed } from "../../terraform/terraform";
import { withAdoptedMoved, withShards } from "./files";
import { movesBetween, pending, UnknownHolding } from "./moves-between";

export interface ReshardOptions {
  readonly projectRoot: string;
  readonly environment: Environment;
  /** Number of shards from then on. @default - what suits the number of active accounts */
  readonly shards?: number | undefined;
  /** The environment's stacks, as they were synthesized with the number of shards that is now. */
  readonly stacks: readonly SynthesizedStack[];
  readonly binary: string;
  /** One line for each stack that was looked at. */
  readonly say: (line: string) => void;
}

export interface Reshard {
  /** Number of shards now, and from then on. */
  readonly before: number;
  readonly after: number;
  /** Active accounts in the facts. */
  readonly accounts: number;
  /** Permission sets that move, of how many in shards. */
  readonly moving: number;
  readonly permissionSets: number;
  readonly imports: number;
  /** Stacks between which they move. */
  readonly stacks: readonly string[];
  /** Whole files, by their names in the environment's folder; none where nothing is to be done. */
  readonly files: ReadonlyMap<string, string>;
  /** The same files as they are now; `undefined` where there is none. */
  readonly read: ReadonlyMap<string, string | undefined>;
}

/**
 * Another number of shards without anything made or deleted in AWS, but for one tag: which resources go from which state to which, as their states say.
 *
 * @throws BaselineError exit code 1 where a stack cannot be planned, 2 where there is nothing to divide, 3 where a stack is not applied
 */
export async function proposeReshard(options: ReshardOptions): Promise<Reshard> {
  const { environment, projectRoot, stacks, binary, say } = options;
  const { name, baseline, organization } = environment;
  const folder = `${ENVIRONMENTS}/${name}`;
  const section = baseline.identityCenter;
  if (!section)
    throw problem("RESHARD-NOTHING", "There is no section identityCenter, and so no shard.", "Nothing is to be done.", {
      file: `${folder}/baseline.yaml`,
    });
  const accounts = organization.accounts.filter(({ status }) => status === "ACTIVE").length;
  const after = options.shards ?? suitableShards(accounts);
  const shared = { before: section.shards, after, accounts };
  const nothing = { moving: 0, permissionSets: section.permissionSets.length, imports: 0, stacks: [] };
  if (after === section.shards) return { ...shared, ...nothing, files: new Map(), read: new Map() };

  const movesPath = join(projectRoot, folder, MOVES_FILE);
  const baselineText = readText(join(projectRoot, folder, "baseline.yaml"));
  const movesText = existsSync(movesPath) ? readText(movesPath) : undefined;
  requireNoMoves(environment);
  const plans = await plansOf(projectRoot, name, stacks, binary, say);
  requireApplied(name, plans);
  const moves = between(plans, after);
  const files = new Map([["baseline.yaml", withShards(`${folder}/baseline.yaml`, baselineText, after)]]);
  if (moves.length > 0) {
    const text = withAdditions(`${folder}/${MOVES_FILE}`, withAdoptedMoved(movesText ?? "version: 1\n", moves), [
      { path: ["moves"], items: moves },
    ]);
    parseMoves(`${folder}/${MOVES_FILE}`, text);
    files.set(MOVES_FILE, text);
  }
  const sets = moves.filter(({ from }) => from?.address.startsWith("aws_ssoadmin_permission_set."));
  return {
    ...shared,
    moving: sets.length,
    permissionSets: nothing.permissionSets,
    imports: moves.filter(({ to }) => to).length,
    stacks: uniqueSorted(moves.flatMap(({ from, to }) => [from, to].flatMap((side) => (side ? [side.stack] : [])))),
    files,
    read: new Map([
      ["baseline.yaml", baselineText],
      [MOVES_FILE, movesText],
    ]),
  };
}

/**
 * Refuses a proposal where a file is no longer what was read for it.
 *
 * @throws BaselineError RESHARD-CHANGED (exit code 1)
 */
export function requireSame(projectRoot: string, environment: string, { read }: Reshard): void {
  const changed = [...read].flatMap(([file, text]) => {
    const path = join(projectRoot, ENVIRONMENTS, environment, file);
    return (existsSync(path) ? readText(path) : undefined) === text ? [] : [file];
  });
  if (changed.length > 0)
    throw problem(
      "RESHARD-CHANGED",
      `${changed.join(", ")} changed after the proposal was made.`,
      "Nothing was written. Run it again, and read the new proposal.",
      { file: `${ENVIRONMENTS}/${environment}` },
      1,
    );
}

function problem(
  code: string,
  message: string,
  fix: string,
  place?: Problem["place"],
  exitCode: ExitCode = 2,
): BaselineError {
  return new BaselineError([{ code, message, fix, ...(place ? { place } : {}) }], exitCode);
}

/** Two moves at once could be a chain that Terraform does not follow. */
function requireNoMoves({ name, moves = [] }: Environment): void {
  const known = new Set(permissionSetStacks());
  const open = moves.find(({ from, to }) => known.has(from?.stack ?? "") || known.has(to?.stack ?? ""));
  if (open)
    throw problem(
      "RESHARD-MOVES",
      "moves.yaml moves permission sets already.",
      `Apply these moves first; then ${KEYLESS} reshard ${name} --done, or ${KEYLESS} adopt ${name} --done, takes them out.`,
      open.place,
    );
}

async function plansOf(
  projectRoot: string,
  environment: string,
  stacks: readonly SynthesizedStack[],
  binary: string,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, Json>> {
  const shards = stacks.flatMap((stack) => {
    const short = stack.name.slice(environment.length + 1);
    return stack.mark?.kind === "permission-sets" && short !== IDENTITY_CENTER_MANAGEMENT ? [{ short, stack }] : [];
  });
  return withWorkplace(projectRoot, async (place) => {
    const plans = new Map<string, Json>();
    for (const { short, stack } of shards) {
      checkStopped(place);
      const plan = await planAgain(binary, projectRoot, place, stack).catch((error: unknown) => {
        if (!(error instanceof TerraformFailed)) throw error;
        throw problem(
          "RESHARD-PLAN-FAILED",
          `${stack.name} cannot be planned: ${indented(error.message)}`,
          "Fix what Terraform names, and run it again.",
          undefined,
          1,
        );
      });
      const still = pending(plan).length;
      say(`${stack.name}: ${still === 0 ? "its state is what it says" : `${count(still, "change")} to apply first`}`);
      plans.set(short, plan);
    }
    return plans;
  });
}

function requireApplied(environment: string, plans: ReadonlyMap<string, Json>): void {
  const open = [...plans].filter(([, plan]) => pending(plan).length > 0).map(([stack]) => `${environment}-${stack}`);
  if (open.length > 0)
    throw problem(
      "RESHARD-NOT-APPLIED",
      `${open.join(", ")} ${open.length === 1 ? "is" : "are"} not in AWS as synthesized: a state that waits for changes is not divided.`,
      `${KEYLESS} apply ${environment} ${open.join(" ")}, and run it again.`,
      undefined,
      3,
    );
}

function between(plans: ReadonlyMap<string, Json>, shards: number): ReturnType<typeof movesBetween> {
  try {
    return movesBetween(plans, shards);
  } catch (error) {
    if (!(error instanceof UnknownHolding)) throw error;
    throw problem(
      "RESHARD-UNKNOWN",
      `The state has ${error.address}, which belongs to none of the permission sets in it.`,
      "Apply the stack, or move it by hand in moves.yaml.",
      undefined,
      3,
    );
  }
}
