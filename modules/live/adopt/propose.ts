import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { MOVES_FILE, parseMoves } from "../../config/moves";
import { KEYLESS } from "../../kernel/command";
import { BaselineError } from "../../kernel/errors";
import { readText } from "../../kernel/read-text";
import { uniqueSorted } from "../../kernel/lists";
import { loadEnvironment } from "../../sections/load";
import { resolveUnproven, type TargetState } from "../../sections/target-state";
import type { Environment } from "../../sections/environment";
import { importsOf } from "./imports";
import { type Additions, withAdditions } from "./merge";
import { notReadHere, requireFreeFiles, requireStacks, requireTargets } from "./refusals";
import { proposePolicies } from "./policies";
import { proposeProviders } from "./providers";
import { type LeftAlone, proposeSets } from "./sets";

/** What is proposed to be taken over, and what its environment would be with it. Nothing is written. */
export interface Proposal {
  /** When AWS was read. */
  readonly readAt: string;
  /** Entries of `baseline.yaml` that come, as YAML. */
  readonly additions: string;
  /** Whole files, by their names in the environment's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** What is taken over: what it is, and what AWS calls it. */
  readonly adopted: readonly { readonly what: string; readonly id: string }[];
  /** Used as it is: somebody else's. */
  readonly referred: readonly string[];
  readonly imports: number;
  readonly stacks: readonly string[];
  readonly assignments: { readonly inAws: number; readonly lines: number };
  readonly left: readonly LeftAlone[];
}

/**
 * Proposes what of an organization that is there can become the baseline's own without a change in AWS. Each line of targets is expanded again,
 * and the environment is resolved with all of it, before anything is given out.
 *
 * @throws BaselineError exit code 2 where nobody has read AWS, or the environment would not do
 */
export function proposeAdoption(projectRoot: string, name: string): Proposal {
  const environment = loadEnvironment(projectRoot, name);
  const { existing, organization } = environment;
  if (!existing) throw new BaselineError([noExisting(name)]);
  if (existing.organizationId !== organization.id)
    throw new BaselineError([
      {
        ...noExisting(name),
        code: "EXISTING-OTHER-ORGANIZATION",
        message: `existing.yaml was read in organization ${existing.organizationId}; the facts are of ${organization.id}.`,
      },
    ]);
  const { sets, left: setsLeft } = proposeSets(environment);
  const { policies, left: policiesLeft } = proposePolicies(environment);
  const { providers, left: providersLeft } = proposeProviders(environment);
  const assignments = sets.flatMap((set) => set.assignments);
  const additions: Additions = [
    { path: ["guardrails", "custom"], items: policies.map(({ entry }) => entry) },
    { path: ["identityCenter", "permissionSets"], items: sets.map(({ definition }) => definition) },
    { path: ["identityCenter", "assignments"], items: assignments },
    { path: ["workloadIdentity", "oidcProviders"], items: providers.map(({ entry }) => entry) },
  ];
  const owned = providers.filter(({ entry }) => entry.existing !== true);
  const ids = new Set([...sets.map(({ arn }) => arn), ...policies.map(({ id }) => id), ...owned.map(({ arn }) => arn)]);
  const folder = `environments/${name}`;
  requireFreeFiles(projectRoot, folder, policies);
  const baseline = withAdditions(
    `${folder}/baseline.yaml`,
    readText(join(projectRoot, folder, "baseline.yaml")),
    additions,
  );
  const files = new Map([
    ["baseline.yaml", baseline],
    ...policies.map(({ entry, text }) => [entry.file, text] as const),
  ]);
  const state = resolvedWith(projectRoot, environment, files, ids);
  requireTargets(environment, state);
  const { moves, adopted } = importsOf(state, organization, { ids });
  requireStacks(name, ids, adopted);
  const movesPath = join(projectRoot, folder, MOVES_FILE);
  const movesText = withAdditions(
    `${folder}/${MOVES_FILE}`,
    existsSync(movesPath) ? readText(movesPath) : "version: 1\n",
    [
      { path: ["moves"], items: moves },
      { path: ["adopted"], items: adopted },
    ],
  );
  parseMoves(`${folder}/${MOVES_FILE}`, movesText);
  files.set(MOVES_FILE, movesText);
  return {
    readAt: existing.readAt,
    additions: fragment(additions),
    files,
    adopted: adopted.map(({ what, id }) => ({ what, id })),
    referred: providers
      .filter(({ entry }) => entry.existing === true)
      .map(({ entry, arn, usedBy }) => `${entry.name}: ${arn} (${usedBy})`),
    imports: moves.length,
    stacks: uniqueSorted(moves.map(({ to }) => `${name}-${to!.stack}`)),
    assignments: { inAws: sets.reduce((sum, set) => sum + set.count, 0), lines: assignments.length },
    left: [...setsLeft, ...policiesLeft, ...providersLeft, ...notReadHere(environment, existing)],
  };
}

function noExisting(name: string): ConstructorParameters<typeof BaselineError>[0][number] {
  return {
    code: "ADOPT-NOT-READ",
    message: "What AWS has in addition to the facts has not been read: nothing can be proposed.",
    fix: `Run ${KEYLESS} sync ${name} --existing.`,
    place: { file: `environments/${name}/existing.yaml` },
  };
}

/** The entries alone, as they would stand in `baseline.yaml`. */
function fragment(additions: Additions): string {
  const tree: Record<string, Record<string, readonly unknown[]>> = {};
  for (const { path, items } of additions) {
    if (items.length === 0) continue;
    const [section = "", list = ""] = path;
    tree[section] = { ...tree[section], [list]: items };
  }
  return Object.keys(tree).length === 0 ? "" : stringify(tree, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The environment as it would be, read from files as every command reads them. */
function resolvedWith(
  projectRoot: string,
  { name, adopted = [] }: Environment,
  files: ReadonlyMap<string, string>,
  ids: ReadonlySet<string>,
): TargetState {
  const root = mkdtempSync(join(tmpdir(), "keyless-adopt-"));
  try {
    const folder = join(root, "environments", name);
    cpSync(join(projectRoot, "environments", name), folder, { recursive: true });
    for (const [file, text] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    // Where they will be is known when this is resolved; that they are ours must be known before.
    const list = [
      ...adopted.map(({ what, id, to }) => ({ what, id, to })),
      ...[...ids].map((id, i) => ({ what: "adopted", id, to: { stack: "adopted", address: `aws_adopted.n${i}` } })),
    ];
    writeFileSync(join(folder, MOVES_FILE), stringify({ version: 1, adopted: list }));
    const { state, problems } = resolveUnproven(loadEnvironment(root, name));
    if (!state) throw new BaselineError(problems.filter(({ severity }) => severity !== "warning"));
    return state;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
