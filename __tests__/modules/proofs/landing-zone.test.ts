import type { Organization } from "../../../modules/organization/types";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { matrix } from "../../../modules/proofs/matrix";
import { proofProblems } from "../../../modules/proofs/problems";
import { prove } from "../../../modules/proofs/prove";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { FOR_ALL_OUS, scpOf, withControlTower, WORKLOADS } from "../sections/landing-zone/facts";
import { attached, deny, environmentOf, report as newReport, together, Trap } from "./trap";

/** The example's organization under AWS Control Tower. */

const LINE = "region: eu-central-1\n";
const facts: Trap = { organization: withControlTower };
const zone: Trap = together(facts, { baseline: [[LINE, `${LINE}landingZone: control-tower\n`]] });
const other: Trap = together(zone, {
  baseline: [["\nguardrails:\n", "\naccess:\n  memberRole: OrganizationAccountAccessRole\n\nguardrails:\n"]],
});

/** A report has to be made once. */
const reports = new Map<Trap, ReturnType<typeof newReport>>();
function report(trap: Trap): ReturnType<typeof newReport> {
  const known = reports.get(trap) ?? newReport(trap);
  reports.set(trap, known);
  return known;
}
const enrol = (trap: Trap) => newReport(trap, ["landing-zone"]).counterexamples;

describe("AWS Control Tower can enrol and register", () => {
  test.each([
    ["with its role as the member role", zone],
    ["with another member role", other],
  ])("%s, and nobody else gains anything", (_, trap) => {
    const found = report(trap);
    expect(found.counterexamples.filter((one) => !one.accepted)).toEqual([]);
    const asked = matrix(found).principals.find(({ kind }) => kind === "landing-zone")!;
    expect(asked.cells.find(({ proof }) => proof === "landing-zone")).toMatchObject({ status: "proven" });
    expect(found.cells.filter(({ proof, status }) => proof === "landing-zone" && status === "failed")).toEqual([]);
  });

  /** Without what the setting spares: the same policies, made as if there were no landing zone. */
  const without = (trap: Trap) => {
    const environment = environmentOf(trap);
    const plain = resolveUnproven({
      ...environment,
      baseline: { ...environment.baseline, landingZone: "none" },
    }).state!;
    const input = { environment, ...resolveUnproven(environment).state! };
    return prove(input, {
      policies: attachedDocuments({ ...input, guardrails: plain.guardrails }),
      only: new Set(["landing-zone"] as const),
    }).counterexamples;
  };
  test("is red where guardrails do not spare its role: nobody can make it", () => {
    const found = without(zone);
    expect(found.map(({ principal, policy, statement }) => [principal.kind, policy, statement].join(" "))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^stack-set keyless-\S+ ProtectPipelineRole$/),
        expect.stringMatching(/^landing-zone keyless-\S+ ProtectRecorders\w*$/),
      ]),
    );
    const [role] = found.filter(({ statement }) => statement === "ProtectPipelineRole");
    expect(role).toMatchObject({ decision: "denied", expected: "allowed" });
    expect(role!.resource).toContain(":role/AWSControlTowerExecution");
  });
  test("and where it may not stop its recorders", () =>
    expect(without(other).map(({ statement }) => statement)).toContainEqual(
      expect.stringMatching(/^ProtectRecorders/),
    ));

  test("a foreign SCP that stops it is a counterexample", () => {
    const denied = (action: string, more: object = {}): readonly string[] =>
      enrol(together(zone, { organization: attached(WORKLOADS, deny(action, more)) })).map(
        ({ principal, action: asked, policy }) => `${principal.kind} ${asked} ${policy}`,
      );
    expect(denied("config:PutConfigurationRecorder")).toEqual(["landing-zone config:PutConfigurationRecorder trap"]);
    expect(denied("iam:CreateRole")).toEqual(
      expect.arrayContaining(["landing-zone iam:CreateRole trap", "stack-set iam:CreateRole trap"]),
    );
    expect(denied("lambda:*")).not.toEqual([]);
    const spared = { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/AWSControlTowerExecution" } };
    expect(denied("config:PutConfigurationRecorder", { Condition: spared })).toEqual([]);
    const ip = { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
    expect(denied("config:PutConfigurationRecorder", { Condition: ip })).not.toEqual([]);
  });
  test("an RCP that shuts the management account out is one, too", () =>
    expect(
      enrol(
        together(zone, {
          organization: attached(WORKLOADS, { ...deny("sts:AssumeRole"), Principal: "*" }, "RESOURCE_CONTROL_POLICY"),
        }),
      ).map(({ action, policy }) => `${action} ${policy}`),
    ).toContain("sts:AssumeRole trap"));
  test("nothing is asked, and no column shown, without a landing zone", () => {
    const found = report(facts);
    expect(found.cells.filter(({ proof }) => proof === "landing-zone")).toEqual([]);
    expect(matrix(found).principals[0]!.cells.map(({ proof }) => proof)).not.toContain("landing-zone");
    expect(matrix(report(zone)).principals[0]!.cells.map(({ proof }) => proof)).toContain("landing-zone");
  });
});

describe("who else could become AWSControlTowerExecution", () => {
  test.each([
    ["is the member role", zone],
    ["is beside the member role", other],
  ])("nobody, where it %s: without its protection it is a counterexample", (_, trap) => {
    const environment = environmentOf(trap);
    const state = resolveUnproven(environment).state!;
    const input = { environment, ...state };
    const open = (policies: ReturnType<typeof attachedDocuments>) =>
      prove(input, { policies, only: new Set(["exemptions-hold"] as const) }).counterexamples.filter(
        ({ resource, principal }) =>
          resource.endsWith("role/AWSControlTowerExecution") && principal.kind === "administrator",
      );
    const all = attachedDocuments(input);
    expect(open(all)).toEqual([]);
    const stripped = all
      .filter(({ name }) => !name.startsWith("aws-guardrails-"))
      .map((one) => ({
        ...one,
        document: {
          ...one.document,
          Statement: one.document.Statement.filter(({ Sid = "" }) => !/^Protect(Pipeline|LandingZone)Role$/.test(Sid)),
        },
      }));
    expect(open(stripped)).not.toEqual([]);
  });
});

describe("what its SCPs deny", () => {
  const IN = (trap: Trap) => report(trap).counterexamples.filter(({ policy }) => policy?.startsWith("aws-guardrails-"));
  test("is accepted as its own, one cause for each policy, and is not stale where it causes nothing", () => {
    const found = IN(zone);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ accepted }) => accepted?.owner))).toEqual(new Set(["AWS Control Tower"]));
    expect(found[0]!.accepted!.reason).toContain("known by their statements");
    expect(report(zone).staleAcceptances).toEqual([]);
  });
  test("is not accepted while nobody says that it is there; the fix does not ask for an edit", () => {
    expect(IN(facts).filter(({ accepted }) => accepted)).toEqual([]);
    const fixes = proofProblems(environmentOf(facts), report(facts)).map(({ fix = "" }) => fix);
    expect(fixes.length).toBeGreaterThan(0);
    for (const fix of fixes) {
      expect(fix).toContain("must not be edited or detached: write landingZone: control-tower");
      expect(fix).not.toContain("ask its owner");
    }
  });
  const lie = (statements: readonly object[]): Trap =>
    together(zone, {
      organization: (before: Organization) => ({
        ...before,
        policies: [...before.policies, scpOf("aws-guardrails-XyZ", statements, [WORKLOADS])],
      }),
    });
  test.each([
    ["other content under such a name", [{ Effect: "Deny", Action: "iam:UpdateAssumeRolePolicy", Resource: "*" }]],
    [
      "one statement that is changed",
      FOR_ALL_OUS.map((one) => (one.Sid === "GRIAMROLEPOLICY" ? { ...one, Resource: "*" } : one)),
    ],
  ])("is not accepted with %s", (_, statements) => {
    const found = report(lie(statements)).counterexamples.filter(({ policy }) => policy === "aws-guardrails-XyZ");
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ accepted }) => accepted)).toEqual([]);
  });
  test("a policy that only looks like one is not said to be its", () => {
    const trap = lie([{ Sid: "GRREGIONDENY", Effect: "Deny", NotAction: "sts:*", Resource: "*" }]);
    const fixes = proofProblems(environmentOf(trap), report(trap)).map(({ fix = "" }) => fix);
    expect(fixes.some((fix) => fix.includes("looks like AWS Control Tower's, but GRREGIONDENY"))).toBe(true);
    expect(fixes.some((fix) => fix.includes("If it is Control Tower's, do not edit it"))).toBe(true);
  });
});
