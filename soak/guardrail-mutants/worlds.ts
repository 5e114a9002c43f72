import { organizationTree } from "../../modules/organization/tree";
import { attachedDocuments } from "../../modules/proofs/attached";
import { OWN_POLICY } from "../../modules/proofs/problems";
import type { AttachedDocument, ProofInput } from "../../modules/proofs/types";
import { policyDocument } from "../../modules/policy/document";
import type { PolicyStatement } from "../../modules/policy/types";
import type { Environment } from "../../modules/sections/environment";
import { findGuardrail, GUARDRAILS } from "../../modules/sections/guardrails/catalogue/guardrails";
import { memberHomeUsers } from "../../modules/sections/guardrails/context/principals";
import type { Guardrail, GuardrailContext } from "../../modules/sections/guardrails/types";
import { loadEnvironment } from "../../modules/sections/load";
import type { Baseline } from "../../modules/sections/schema";
import { resolveUnproven } from "../../modules/sections/target-state";

/** An environment in which one guardrail is enforced everywhere, with those that it requires: what others deny as well would hide it. */
export interface World {
  readonly name: string;
  readonly guardrail: Guardrail;
  /** In the order of the catalogue: the guardrail and those that it requires. */
  readonly enforced: readonly Guardrail[];
  /** Of every world with this variation. */
  readonly context: GuardrailContext;
  /** Resolved when it is asked for. */
  readonly input: ProofInput;
}

/** Who makes what in which account: what the statements of guardrails depend on. */
const VARIATIONS: readonly (readonly [name: string, change: (baseline: Baseline) => Baseline])[] = [
  ["home in the management account", (baseline) => baseline],
  [
    "home in a member account",
    (baseline) => ({ ...baseline, breakGlass: { ...baseline.breakGlass, homeAccount: "shared-services" } }),
  ],
  [
    "roles by Terraform, under other names",
    (baseline) => ({
      ...baseline,
      access: { ...baseline.access, memberRole: "PipelineMember" },
      breakGlass: { ...baseline.breakGlass, rollout: "terraform", roleName: "EmergencyAdmin" },
    }),
  ],
  [
    "home in a member account, without credential hygiene",
    ({ credentialHygiene: _, ...baseline }) => ({
      ...baseline,
      breakGlass: { ...baseline.breakGlass, homeAccount: "shared-services" },
    }),
  ],
];

/** One account of each kind: questions about a second one have the same answers. */
const ACCOUNTS = new Set(["management", "security-tooling", "identity", "shared-services", "shop-prod"]);

function environmentOf(
  example: Environment,
  change: (baseline: Baseline) => Baseline,
  enforced: readonly Guardrail[],
): Environment {
  const { workloadIdentity: _, identityCenter: __, ...rest } = example.baseline;
  const { organization: facts } = example;
  const organization = { ...facts, accounts: facts.accounts.filter(({ name }) => ACCOUNTS.has(name)) };
  const baseline: Baseline = {
    ...rest,
    guardrails: {
      ...rest.guardrails,
      rollout: [{ guardrails: enforced.map(({ id }) => id), mode: "enforce", targets: ["all"], evidence: [] }],
      claims: [],
      exceptions: [],
      custom: [],
      webIdentity: {
        trusted: [
          {
            issuer: "token.actions.githubusercontent.com",
            claim: "sub",
            values: ["repo:example/*"],
            anySubject: false,
          },
          { issuer: "gitlab.com", claim: "sub", values: ["project_path:example/*"], anySubject: false },
        ],
      },
      outsideAccounts: [
        {
          name: "backup",
          accounts: ["987654321098"],
          roles: ["vendors/backup"],
          owner: "Data",
          reason: "Copies snapshots",
          expires: "2027-03-31",
        },
        {
          name: "monitoring",
          accounts: ["123456789012"],
          roles: [],
          owner: "Platform",
          reason: "Reads metrics",
          expires: "2027-06-30",
        },
      ],
    },
  };
  return { ...example, baseline: change(baseline), organization, tree: organizationTree(organization) };
}

function stateOf(name: string, environment: Environment): ProofInput {
  const { state, problems } = resolveUnproven(environment);
  if (!state) throw new Error(`${name}: ${problems.map(({ message, fix }) => `${message} ${fix}`).join("\n")}`);
  return { environment, ...state };
}

/** A guardrail with those that it requires, and those that they require. */
function withRequired(guardrail: Guardrail, context: GuardrailContext): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    findGuardrail(id)?.requires?.(context).forEach(add);
  };
  add(guardrail.id);
  // A home in a member account is open to its administrators without it, whatever else is enforced.
  if (memberHomeUsers(context) !== undefined) add("protect-break-glass");
  return found;
}

/** The worlds of every guardrail, made of the embedded example. */
export function worlds(root: string): readonly World[] {
  const example = loadEnvironment(root, "example");
  return VARIATIONS.flatMap(([name, change]) => {
    const { context } = stateOf(name, environmentOf(example, change, GUARDRAILS)).guardrails;
    return GUARDRAILS.map((guardrail): World => {
      const ids = withRequired(guardrail, context);
      const enforced = GUARDRAILS.filter(({ id }) => ids.has(id));
      const what = `${guardrail.id}, ${name}`;
      let input: ProofInput | undefined;
      return {
        name: what,
        guardrail,
        enforced,
        context,
        get input() {
          return (input ??= stateOf(what, environmentOf(example, change, enforced)));
        },
      };
    });
  });
}

/** Policies of a world, one for each guardrail, so that one statement can be changed alone.
 *
 * @param instead statements of the world's guardrail. @default - its own
 */
export function policiesOf(
  { input, guardrail: changed, enforced, context }: World,
  instead?: readonly PolicyStatement[],
): readonly AttachedDocument[] {
  const { organization } = input.environment;
  return [
    ...attachedDocuments(input).filter(({ ours }) => !ours),
    ...enforced.flatMap((guardrail): readonly AttachedDocument[] => {
      const statements = guardrail === changed && instead !== undefined ? instead : guardrail.statements(context);
      return statements.length === 0
        ? []
        : [
            {
              // As the packed ones begin: what a guardrail of the catalogue spares by design is known by it.
              name: `${OWN_POLICY}${guardrail.id}`,
              type: guardrail.policyType ?? "SERVICE_CONTROL_POLICY",
              ours: true,
              document: policyDocument(statements),
              targetIds: [organization.rootId],
            },
          ];
    }),
  ];
}
