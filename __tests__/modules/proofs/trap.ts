import type { Environment } from "../../../modules/sections/environment";
import { parseAgainst } from "../../../modules/config/load";
import { organizationTree } from "../../../modules/organization/tree";
import type { Organization } from "../../../modules/organization/types";
import { prove } from "../../../modules/proofs/prove";
import type { ProofId, ProofReport } from "../../../modules/proofs/types";
import { Baseline, baselineSchema } from "../../../modules/sections/schema";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { edited, EXAMPLE_BASELINE, exampleWith } from "../../support/environments";

/** The example with edits to its intent and facts, proven. */

const EXAMPLE = exampleWith().environment!;

export interface Trap {
  readonly baseline?: readonly (readonly [string, string])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly organization?: (organization: Organization) => Organization;
}

export function environmentOf({ baseline = [], files = {}, organization = (one) => one }: Trap): Environment {
  const problems: never[] = [];
  const parsed = parseAgainst<Baseline>("baseline.yaml", edited(EXAMPLE_BASELINE, baseline), baselineSchema, problems)!;
  expect(problems).toEqual([]);
  const facts = organization(EXAMPLE.organization);
  return {
    ...EXAMPLE,
    baseline: parsed.value,
    organization: facts,
    tree: organizationTree(facts),
    files: new Map([...EXAMPLE.files, ...Object.entries(files)]),
  };
}

/** @param only these proofs; all of them otherwise */
export function report(trap: Trap, only?: readonly ProofId[]): ProofReport {
  const environment = environmentOf(trap);
  const { state, problems } = resolveUnproven(environment);
  if (!state) throw new Error(JSON.stringify(problems));
  return prove({ environment, ...state }, only ? { only: new Set(only) } : {});
}

/** `proof|place|kind|decision` of what is open, each once. */
export const open = (trap: Trap, only?: readonly ProofId[]): string[] => [
  ...new Set(
    report(trap, only).counterexamples.map(
      ({ proof, place, principal, decision }) => `${proof}|${place}|${principal.kind}|${decision}`,
    ),
  ),
];

type Type = "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY";
export const attached =
  (targets: string | readonly string[], statement: object | readonly object[], type: Type = "SERVICE_CONTROL_POLICY") =>
  (organization: Organization): Organization => ({
    ...organization,
    policies: [
      ...organization.policies,
      {
        id: `p-exmptrap${organization.policies.filter(({ name }) => name.startsWith("trap")).length}`,
        name: organization.policies.some(({ name }) => name === "trap") ? "trap2" : "trap",
        type,
        awsManaged: false,
        ours: false,
        content: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
        targetIds: [targets].flat(),
      },
    ],
  });
/** Several edits at once. */
export const together = (...traps: readonly Trap[]): Trap => ({
  baseline: traps.flatMap(({ baseline }) => baseline ?? []),
  files: Object.assign({}, ...traps.map(({ files }) => files ?? {})) as Record<string, string>,
  organization: (before) => traps.reduce((facts, { organization }) => organization?.(facts) ?? facts, before),
});
/** A policy of this environment's own, for everybody. */
export const custom = (statement: object | readonly object[]): Trap => ({
  baseline: [
    [
      "  custom:\n",
      "  custom:\n    - name: keys\n      description: Keys\n      file: policies/keys.yaml\n      targets: [all]\n",
    ],
  ],
  files: { "policies/keys.yaml": JSON.stringify({ Statement: statement }) },
});
export const scp = (targets: string | readonly string[], statement: object | readonly object[]): Trap => ({
  organization: attached(targets, statement),
});
export const rcp = (target: string, statement: object): Trap => ({
  organization: attached(target, { Principal: "*", ...statement }, "RESOURCE_CONTROL_POLICY"),
});
export const deny = (Action: string | readonly string[], more: object = {}): object => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  ...more,
});
