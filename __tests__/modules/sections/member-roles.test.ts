import { memberRoleOf } from "../../../modules/config/settings";
import { prove } from "../../../modules/proofs/prove";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { memberRoles } from "../../../modules/sections/member-roles";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { environmentOf, Trap } from "../proofs/trap";
import { synthesized } from "../../support/synth";

/** Accounts of different kinds have different member roles. */

const access = (entries: string): Trap => ({
  baseline: [["\nguardrails:\n", `\naccess:\n  memberRoles:\n${entries}\nguardrails:\n`]],
});
const ROLE = "AWSControlTowerExecution";
const MIXED = access(`    - role: ${ROLE}\n      targets:\n        - ou: Workloads\n`);
const PAYMENTS = "444444444402";
const NETWORK = "333333333302";

const environment = environmentOf(MIXED);
const state = resolveUnproven(environment).state!;

test("each account has the role of its entry, and all others the default", () => {
  const roles = memberRoles(environment);
  expect(roles.names).toEqual([ROLE, "OrganizationAccountAccessRole"]);
  expect([PAYMENTS, NETWORK].map(roles.of)).toEqual([ROLE, "OrganizationAccountAccessRole"]);
  expect([PAYMENTS, NETWORK].map(memberRoleOf(state.settings))).toEqual([ROLE, "OrganizationAccountAccessRole"]);
});

test("an entry with the default's name changes nothing", () => {
  const same = resolveUnproven(
    environmentOf(access("    - role: OrganizationAccountAccessRole\n      targets: [all]\n")),
  ).state!;
  expect(same.settings.memberRoles).toBeUndefined();
  expect([...synthesized(same)]).toEqual([...synthesized(resolveUnproven(environmentOf({})).state!)]);
});

test.each([
  ["an unknown OU", "    - role: A\n      targets:\n        - ou: Nowhere\n", "TARGET-UNKNOWN-OU"],
  ["nobody", "    - role: A\n      targets:\n        - account: management\n", "MEMBER-ROLE-NOBODY"],
  [
    "two roles for one account",
    "    - role: A\n      targets:\n        - ou: Workloads\n    - role: B\n      targets:\n        - account: shop-prod\n",
    "MEMBER-ROLE-TWICE",
  ],
  [
    "a role of the baseline's",
    "    - role: SecurityBreakGlass\n      targets:\n        - ou: Workloads\n",
    "ROLE-NAME-TAKEN",
  ],
])("%s is an error", (_, entries, code) => {
  const { problems } = resolveUnproven(environmentOf(access(entries)));
  expect(problems.filter(({ severity }) => severity !== "warning").map((one) => one.code)).toEqual([code]);
});

test("stacks assume the role of their account, before an apply too when nobody says otherwise", () => {
  const stacks = [...synthesized(state)];
  const [payments, network] = [PAYMENTS, NETWORK].map((id) =>
    JSON.stringify(stacks.find(([name]) => name.includes(id))![1]),
  );
  expect(payments).toContain(
    `terraform.applying || var.member_plan_role == \\"\\" ? \\"${ROLE}\\" : var.member_plan_role`,
  );
  expect(network).toContain('== \\"\\" ? \\"OrganizationAccountAccessRole\\" : var.member_plan_role');
  for (const text of [payments, network]) expect(text).toContain('"member_plan_role":{"default":""');
});

test("the pipeline's roles may assume both, each section only those of its accounts", () => {
  const text = JSON.stringify(state.pipeline!.sections.find(({ key }) => key === "workload-identity")!.policies);
  expect(text).toContain(`role/${ROLE}`);
  expect(text).toContain("role/OrganizationAccountAccessRole");
  const hygiene = JSON.stringify(state.pipeline!.sections.find(({ key }) => key === "credential-hygiene")!.policies);
  expect(hygiene).not.toContain(`role/${ROLE}`);
});

describe("guardrails", () => {
  const input = { environment, ...state };
  test("hold with both: every proof does", () => {
    const report = prove(input);
    expect(report.counterexamples).toEqual([]);
    // Each kind of account by itself.
    expect(report.chains.length).toBeGreaterThan(3);
  });
  test("protect both names everywhere: without that somebody else could become the pipeline", () => {
    const policies = attachedDocuments(input).map((one) => ({
      ...one,
      document: {
        ...one.document,
        Statement: one.document.Statement.map((statement) =>
          statement.Sid === "ProtectPipelineRole"
            ? { ...statement, Resource: "arn:aws:iam::*:role/OrganizationAccountAccessRole" }
            : statement,
        ),
      },
    }));
    const found = prove(input, { policies, only: new Set(["exemptions-hold"] as const) }).counterexamples;
    expect(found.map(({ resource }) => resource.slice(resource.lastIndexOf("/") + 1))).toContain(ROLE);
  });
  test("and are asked of the role that an account has: one that cannot come in is found there only", () => {
    const deny = {
      name: "trap",
      type: "RESOURCE_CONTROL_POLICY" as const,
      ours: false,
      document: {
        Version: "2012-10-17" as const,
        Statement: [
          {
            Effect: "Deny" as const,
            Principal: "*" as const,
            Action: "sts:AssumeRole",
            Resource: `arn:aws:iam::*:role/${ROLE}`,
          },
        ],
      },
      targetIds: [environment.organization.rootId],
    };
    const found = prove(input, {
      policies: [...attachedDocuments(input), deny],
      only: new Set(["still-manageable"] as const),
    }).counterexamples.filter(({ policy }) => policy === "trap");
    expect(found.length).toBeGreaterThan(0);
    const places = found.map(({ account }) => environment.tree.accountById.get(account.id)!.tags["tier"]);
    // Nothing is applied in the others below Workloads.
    expect([...new Set(places)]).toEqual(["prod"]);
  });
});
