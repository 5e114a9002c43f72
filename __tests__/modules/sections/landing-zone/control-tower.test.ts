import { resolveUnproven } from "../../../../modules/sections/target-state";
import {
  controlTowerPolicies,
  isControlTowerPolicy,
  landingZoneEvidence,
  recognize,
  resemblesControlTower,
} from "../../../../modules/sections/landing-zone/control-tower";
import { MANDATORY_STATEMENTS } from "../../../../modules/sections/landing-zone/control-tower-shapes";
import type { Organization } from "../../../../modules/organization/types";
import { environmentOf, Trap } from "../../proofs/trap";
import { FOR_ALL_OUS, scpOf, withControlTower, WORKLOADS } from "./facts";

const policy = (statements: readonly object[], more: Parameters<typeof scpOf>[3] = {}) =>
  scpOf("aws-guardrails-AbCdEf", statements, [WORKLOADS], more);
const [cloudTrail] = MANDATORY_STATEMENTS.filter(({ Sid }) => Sid === "GRCLOUDTRAILENABLED");
const roles = MANDATORY_STATEMENTS.filter(({ Sid }) => Sid === "GRIAMROLEPOLICY").at(-1)!;

describe("an SCP of AWS Control Tower", () => {
  test.each(MANDATORY_STATEMENTS.map((one) => [one.Sid, one] as const))("is known by %s", (_, statement) =>
    expect(isControlTowerPolicy(policy([statement]))).toBe(true),
  );

  test("is known under every name", () =>
    expect(isControlTowerPolicy({ ...policy(FOR_ALL_OUS), ...{ name: "something else" } })).toBe(true));

  test("is known as AWS writes it: other order, case of keys, partition, one statement without a list", () => {
    const { Action, Resource, ...rest } = cloudTrail!;
    expect(
      isControlTowerPolicy(
        policy([
          {
            ...rest,
            Action: [...(Action as readonly string[])].reverse(),
            Resource: [String(Resource).replace("arn:aws:", "arn:aws-us-gov:")],
            Condition: { ArnNotLike: { "aws:PrincipalARN": ["arn:*:iam::*:role/AWSControlTowerExecution"] } },
          },
        ]),
      ),
    ).toBe(true);
    expect(recognize(JSON.stringify({ Version: "2012-10-17", Statement: cloudTrail })).known).toEqual([
      "GRCLOUDTRAILENABLED",
    ]);
  });

  const lies: [string, readonly object[], Parameters<typeof scpOf>[3]?][] = [
    ["its name and other content", [{ Effect: "Deny", Action: "iam:*", Resource: "*" }]],
    ["one statement more", [...FOR_ALL_OUS, { Sid: "Mine", Effect: "Deny", Action: "iam:*", Resource: "*" }]],
    ["one action more", [{ ...cloudTrail, Action: [...(cloudTrail!.Action as readonly string[]), "iam:*"] }]],
    ["one action less", [{ ...cloudTrail, Action: (cloudTrail!.Action as readonly string[]).slice(1) }]],
    ["a wider resource", [{ ...cloudTrail, Resource: "arn:aws:cloudtrail:*:*:trail/*" }]],
    ["another identifier", [{ ...cloudTrail, Sid: "GRCLOUDTRAILENABLED2" }]],
    ["no identifier", [{ ...cloudTrail, Sid: undefined }]],
    [
      "another role that is spared",
      [{ ...roles, Condition: { ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/Mine"] } } }],
    ],
    ["one statement of eleven changed", FOR_ALL_OUS.map((one, i) => (i === 7 ? { ...one, Action: "iam:*" } : one))],
    ["no condition", [{ ...cloudTrail, Condition: undefined }]],
    ["an Allow", [{ ...cloudTrail, Effect: "Allow" }]],
    ["no statement", []],
    ["the type of an RCP", [cloudTrail!], { type: "RESOURCE_CONTROL_POLICY" }],
    ["AWS as its owner", [cloudTrail!], { awsManaged: true }],
  ];
  test.each(lies)("is none with %s", (_, statements, more = {}) =>
    expect(isControlTowerPolicy(policy(statements, more))).toBe(false),
  );
  test("is none in the old policy language, nor where it cannot be read", () => {
    const content = JSON.stringify({ Version: "2008-10-17", Statement: [cloudTrail] });
    expect(isControlTowerPolicy({ ...policy([]), content })).toBe(false);
    expect(isControlTowerPolicy({ ...policy([]), content: "{" })).toBe(false);
    expect(recognize("{")).toEqual({ known: [], others: [] });
  });

  test("only looks like one where its identifiers are of the catalogue, and its content is not", () => {
    const optional = { Sid: "GRREGIONDENY", Effect: "Deny", NotAction: "iam:*", Resource: "*" };
    expect(resemblesControlTower(policy([cloudTrail!, optional]))).toBe(true);
    expect(resemblesControlTower(policy([cloudTrail!]))).toBe(false);
    expect(resemblesControlTower(policy([{ ...optional, Sid: "Mine" }]))).toBe(false);
  });

  test("is named by nothing where two policies have its name", () => {
    const facts = (more: readonly ReturnType<typeof scpOf>[]): Organization =>
      ({ policies: [policy([cloudTrail!]), ...more] }) as unknown as Organization;
    expect(controlTowerPolicies(facts([]))).toEqual(["aws-guardrails-AbCdEf"]);
    expect(
      controlTowerPolicies(facts([policy([{ Effect: "Deny", Action: "*" }], { type: "RESOURCE_CONTROL_POLICY" })])),
    ).toEqual([]);
  });
});

describe("whether AWS Control Tower is there", () => {
  const facts = (trustedServices: readonly string[], statements?: readonly object[]): Organization =>
    ({
      trustedServices,
      enabledPolicyTypes: ["SERVICE_CONTROL_POLICY"],
      policies: statements ? [policy(statements)] : [],
    }) as unknown as Organization;
  test.each([
    ["is seen by its trusted access", facts(["controltower.amazonaws.com"]), "seen"],
    ["and with its SCPs", facts(["controltower.amazonaws.com"], FOR_ALL_OUS), "seen"],
    ["is unknown by its SCPs alone", facts(["sso.amazonaws.com"], FOR_ALL_OUS), "unknown"],
    ["is not seen by a policy's name", facts(["sso.amazonaws.com"], [{ Effect: "Deny", Action: "*" }]), "not seen"],
    ["is unknown where no fact could show it", { ...facts([]), enabledPolicyTypes: [] }, "unknown"],
  ] as const)("%s", (_, organization, is) => expect(landingZoneEvidence(organization).controlTower).toBe(is));
  test("says how it is known", () =>
    expect(landingZoneEvidence(facts(["controltower.amazonaws.com"], FOR_ALL_OUS)).because).toBe(
      "trustedServices names controltower.amazonaws.com, and the SCP aws-guardrails-AbCdEf has the statements of its mandatory controls",
    ));
});

describe("the setting", () => {
  const SET: readonly [string, string] = [
    "region: eu-central-1\n",
    "region: eu-central-1\nlandingZone: control-tower\n",
  ];
  const NONE: readonly [string, string] = ["region: eu-central-1\n", "region: eu-central-1\nlandingZone: none\n"];
  const codes = (trap: Trap): readonly string[] =>
    resolveUnproven(environmentOf(trap))
      .problems.map(({ code, severity }) => `${code} ${severity ?? "error"}`)
      .filter((one) => one.startsWith("LANDING"));
  const organization = withControlTower;
  const stale = (before: Organization): Organization => ({
    ...withControlTower(before),
    trustedServices: before.trustedServices,
  });
  test.each([
    ["nothing is said without both", {}, []],
    ["nor with both", { organization, baseline: [SET] }, []],
    ["it is missing where the facts show Control Tower", { organization }, ["LANDING-ZONE-NOT-SET warning"]],
    ["none says so on purpose", { organization, baseline: [NONE] }, []],
    ["the facts do not show it", { baseline: [SET] }, ["LANDING-ZONE-NOT-SEEN warning"]],
    ["SCPs alone leave it unknown", { organization: stale }, ["LANDING-ZONE-NOT-SET warning"]],
    ["with the setting, too", { organization: stale, baseline: [SET] }, ["LANDING-ZONE-NOT-SEEN warning"]],
  ] as const)("%s", (_, trap, expected) => expect(codes(trap)).toEqual(expected));

  test("gives stacks the role of AWS Control Tower, unless another is written", () => {
    const role = (...baseline: (readonly [string, string])[]): string =>
      environmentOf({ baseline }).baseline.access.memberRole;
    const written: readonly [string, string] = [
      "\nguardrails:\n",
      "\naccess:\n  memberRole: Deployer\n\nguardrails:\n",
    ];
    expect(role()).toBe("OrganizationAccountAccessRole");
    expect(role(NONE)).toBe("OrganizationAccountAccessRole");
    expect(role(SET)).toBe("AWSControlTowerExecution");
    expect(role(SET, written)).toBe("Deployer");
  });

  test("does not let one of its SCPs become this baseline's", () => {
    const taken = (mark: object) => (before: Organization) => {
      const facts = withControlTower(before);
      return {
        ...facts,
        policies: facts.policies.map((one) => (one.name === "aws-guardrails-AbCdEf" ? { ...one, ...mark } : one)),
      };
    };
    for (const mark of [{ ours: true }, { ours: true, adopted: true }])
      expect(codes({ baseline: [SET], organization: taken(mark) })).toEqual(["LANDING-ZONE-POLICY error"]);
    const environment = environmentOf({ baseline: [SET], organization });
    const { id } = environment.organization.policies.find(({ name }) => name === "aws-guardrails-AbCdEf")!;
    const move = {
      to: { stack: "guardrails", address: "aws_organizations_policy.x" },
      id,
      place: { file: "moves.yaml" },
    };
    const { problems } = resolveUnproven({ ...environment, moves: [move] as never });
    expect(problems.map(({ code }) => code)).toContain("LANDING-ZONE-POLICY");
  });
});
