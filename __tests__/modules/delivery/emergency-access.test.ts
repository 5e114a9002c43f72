import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import {
  emergencyAccessLost,
  refuseLostEmergencyAccess,
  refuseUnseenUsers,
  usersToSee,
} from "../../../modules/delivery/emergency-access";
import { BaselineError } from "../../../modules/kernel/errors";
import type { Move } from "../../../modules/config/moves";
import type { Json } from "../../../modules/kernel/json";
import { stackPair } from "../../../modules/terraform/synth-pair";
import type { Claim } from "../../../modules/live/verify/claim";
import type { ResourceChange, StackPlan } from "../../../modules/terraform/stack-plan";
import { addEnvironment } from "../../../stacks/environment";
import { EXAMPLE_FILES, exampleWith, type TextEdit } from "../../support/environments";

const folder = mkdtempSync(join(tmpdir(), "keyless-emergency-access-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The stacks of an environment, as they are synthesized. */
function synth(edit: TextEdit, moves: readonly Move[] = []): ReadonlyMap<string, Json> {
  const { state, problems } = exampleWith(edit);
  if (!state) throw new Error(JSON.stringify(problems));
  const app = new App({ outdir: folder, skipValidation: true });
  return new Map(
    addEnvironment(app, { ...state, moves }).map((stack) => [stack.stackName, stack.toTerraform() as Json]),
  );
}

const baseline = (...edits: readonly (readonly [string, string])[]): TextEdit => ({ baseline: edits });
const EXAMPLE = synth({});

/** What the pair of two synths would do to each stack that both have, or that is new. */
function pairs(before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): readonly StackPlan[] {
  return [...after].map(([name, stack]) => stackPair(name, "", before.get(name), stack));
}

const lost = (edit: TextEdit, before: ReadonlyMap<string, Json> = EXAMPLE): readonly string[] =>
  pairs(before, synth(edit)).flatMap((plan) => emergencyAccessLost(plan).map((what) => `${plan.name}: ${what}`));

const ROLLOUT = ["  mfaMaxAgeMinutes: 60\n", "  mfaMaxAgeMinutes: 60\n  rollout: terraform\n"] as const;
const HOME = ["  homeAccount: management\n", "  homeAccount: security-tooling\n"] as const;
const THIRD = [
  "  mfaMaxAgeMinutes: 60\n",
  "    - name: break-glass-3\n      holder: A third safe\n  mfaMaxAgeMinutes: 60\n",
] as const;

describe("what takes emergency access away while it is applied", () => {
  test("rollout: stackset to terraform: the StackSet goes, and no state has the roles that it leaves", () => {
    expect(lost(baseline(ROLLOUT))).toEqual([
      "example-break-glass: aws_cloudformation_stack_set.stackset_break_glass_role is deleted: no account that joins gets the role any more, and no state has the roles that it leaves",
    ]);
  });

  test("another role name: the role is replaced, and the StackSet makes another one", () => {
    const trail = "policies/keep-audit-trail.yaml";
    const found = lost({
      ...baseline(["  mfaMaxAgeMinutes: 60\n", "  roleName: Emergency\n  mfaMaxAgeMinutes: 60\n"]),
      files: { [trail]: EXAMPLE_FILES[trail]!.replaceAll("SecurityBreakGlass", "Emergency") },
    });
    expect(found).toContainEqual(expect.stringContaining("role_management is replaced: role SecurityBreakGlass goes"));
    expect(found).toContainEqual(expect.stringContaining("makes another role in place of SecurityBreakGlass"));
  });

  test("another home account: its users have not enrolled, and every role trusts nobody else", () => {
    const found = lost(baseline(HOME));
    expect(found).toContainEqual(
      expect.stringContaining("role_management no longer trusts account 111111111111, where the users are"),
    );
    expect(found).toContainEqual(
      expect.stringContaining("stackset_break_glass_role no longer trusts account 111111111111"),
    );
    expect(found).toContainEqual(expect.stringContaining("leaves account 222222222202 out from now on"));
  });

  test("a removed user goes while another one stays; all of them at once do not", () => {
    const three = synth(baseline(THIRD));
    expect(lost({}, three)).toEqual([]);
    expect(
      lost(
        baseline(
          ["    - name: break-glass-1\n", "    - name: a\n"],
          ["    - name: break-glass-2\n", "    - name: b\n"],
        ),
      ),
    ).toEqual([
      "example-break-glass: all users go that have enrolled: aws_iam_user.user_break-glass-1, aws_iam_user.user_break-glass-2",
    ]);
  });

  test("a role in one account that is deleted, where each account has a stack", () => {
    const accounts = synth(baseline(ROLLOUT));
    const name = [...accounts.keys()].find((stack) => /-account-\d{12}$/.test(stack))!;
    const emptied = { ...accounts.get(name)! } as Record<string, unknown>;
    delete emptied["resource"];
    expect(emergencyAccessLost(stackPair(name, "", accounts.get(name), emptied))).toEqual([
      "aws_iam_role.role_break_glass is deleted: role SecurityBreakGlass",
    ]);
  });
});

describe("what takes nothing of it away", () => {
  test("rollout: stackset to terraform, as docs/large-changes.md hands the roles over", () => {
    const place = { file: "moves.yaml" };
    const accounts = [...synth(baseline(ROLLOUT)).keys()].flatMap((name) => /-(account-\d{12})$/.exec(name)?.[1] ?? []);
    expect(accounts.length).toBeGreaterThan(10);
    const moves: readonly Move[] = [
      ...[
        "aws_cloudformation_stack_set.stackset_break_glass_role",
        "aws_cloudformation_stack_instances.stackset_break_glass_role_instances",
      ].map((address): Move => ({ from: { stack: "break-glass", address }, place })),
      ...accounts.flatMap((stack): readonly Move[] => [
        { to: { stack, address: "aws_iam_role.role_break_glass" }, id: "SecurityBreakGlass", place },
        {
          to: { stack, address: "aws_iam_role_policy_attachment.role_break_glass_AdministratorAccess" },
          id: "SecurityBreakGlass/arn:aws:iam::aws:policy/AdministratorAccess",
          place,
        },
      ]),
    ];
    const plans = pairs(EXAMPLE, synth(baseline(ROLLOUT), moves));
    expect(plans.flatMap(emergencyAccessLost)).toEqual([]);
    // The pipeline's role to read members with goes from its StackSet to the accounts' stacks as well; nobody signs in by it.
    const deleted = plans.flatMap(({ name, resources }) =>
      resources.filter(({ actions }) => actions.includes("delete")).map(({ address }) => `${name} ${address}`),
    );
    expect(deleted).toEqual([
      "example-pipeline aws_cloudformation_stack_instances.stackset_pipeline_plan_instances",
      "example-pipeline aws_cloudformation_stack_set.stackset_pipeline_plan",
    ]);
  });

  test("rollout: terraform to stackset: the stacks of the accounts are not synthesized, and the roles stay", () => {
    expect(lost({}, synth(baseline(ROLLOUT)))).toEqual([]);
  });

  test.each<[string, TextEdit]>([
    ["nothing changes", {}],
    ["a shorter age of MFA", baseline(["  mfaMaxAgeMinutes: 60\n", "  mfaMaxAgeMinutes: 30\n"])],
    ["a third user", baseline(THIRD)],
    ["another holder", baseline(["Safe in Berlin - two", "Safe in Bern - two"])],
    [
      "a network",
      baseline(["  mfaMaxAgeMinutes: 60\n", "  mfaMaxAgeMinutes: 60\n  sourceNetworks: [203.0.113.0/24]\n"]),
    ],
  ])("%s", (_, edit) => {
    expect(lost(edit)).toEqual([]);
  });

  test("a first apply, and stacks of other sections that lose all they have", () => {
    expect(pairs(new Map(), EXAMPLE).flatMap(emergencyAccessLost)).toEqual([]);
    const others = [...EXAMPLE].filter(([name]) => name !== "example-break-glass");
    for (const [name, stack] of others) {
      const emptied = { ...stack } as Record<string, unknown>;
      delete emptied["resource"];
      expect(emergencyAccessLost(stackPair(name, "", stack, emptied))).toEqual([]);
    }
  });
});

test("an apply refuses with exit code 3, names the stack, and says where the order is", () => {
  const plans = pairs(EXAMPLE, synth(baseline(ROLLOUT)));
  let error: unknown;
  try {
    refuseLostEmergencyAccess(plans, "example");
  } catch (found) {
    error = found;
  }
  expect(error).toBeInstanceOf(BaselineError);
  expect((error as BaselineError).exitCode).toBe(3);
  expect((error as BaselineError).message).toMatch(
    /^error DELIVERY-EMERGENCY-ACCESS\n {2}example-break-glass would take emergency access away .*\n {2}fix: .*docs\/large-changes\.md/,
  );
  expect(() => refuseLostEmergencyAccess(pairs(EXAMPLE, EXAMPLE), "example")).not.toThrow();
});

/** One stack of break glass, as a plan says it. */
function breakGlassPlan(...resources: readonly Partial<ResourceChange>[]): StackPlan {
  const pair = pairs(EXAMPLE, EXAMPLE).find(({ name }) => name === "example-break-glass")!;
  return {
    ...pair,
    resources: resources.map((one): ResourceChange => ({
      stack: pair.name,
      address: "",
      type: "",
      name: "",
      actions: ["no-op"],
      unknown: new Set(),
      sensitive: new Set(),
      replacedBecause: [],
      references: {},
      ...one,
    })),
  };
}
const user = (name: string, ...actions: ResourceChange["actions"]): Partial<ResourceChange> => {
  const side = { name, path: "/break-glass/" };
  return {
    address: `aws_iam_user.user_${name}`,
    type: "aws_iam_user",
    actions,
    before: side,
    ...(actions.includes("delete") ? {} : { after: side }),
  };
};
const trust = (...users: readonly string[]): string =>
  JSON.stringify({
    Statement: {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Condition: {
        ArnEquals: { "aws:PrincipalArn": users.map((name) => `arn:aws:iam::111111111111:user/break-glass/${name}`) },
      },
    },
  });
const role = (before: string, after: string): Partial<ResourceChange> => ({
  address: "aws_iam_role.role_management",
  type: "aws_iam_role",
  actions: ["update"],
  before: { name: "SecurityBreakGlass", assume_role_policy: before },
  after: { name: "SecurityBreakGlass", assume_role_policy: after },
});

describe("users whom Terraform lets go of", () => {
  test("count as gone: all of them at once are emergency access", () => {
    expect(emergencyAccessLost(breakGlassPlan(user("one", "forget"), user("two", "delete")))).toEqual([
      "all users go that have enrolled: aws_iam_user.user_one, aws_iam_user.user_two",
    ]);
  });

  test("one who is forgotten and still trusted is not the one who stays", () => {
    const plan = (next: string) =>
      breakGlassPlan(user("one", "forget"), user("two", "no-op"), role(trust("one"), next));
    expect(emergencyAccessLost(plan(trust("one", "two")))).toEqual([
      "aws_iam_role.role_management no longer trusts any user of those it trusted: arn:aws:iam::111111111111:user/break-glass/one",
    ]);
  });
});

describe("whom a role trusts", () => {
  const lostBy = (before: string, after: string) => emergencyAccessLost(breakGlassPlan(role(before, after)));

  test("other users in place of all whom it trusted", () => {
    expect(lostBy(trust("one", "two"), trust("three"))).toEqual([expect.stringContaining("no longer trusts any user")]);
  });

  test("a user besides, or one less, or no list at all, takes nothing away", () => {
    expect(lostBy(trust("one"), trust("one", "two"))).toEqual([]);
    expect(lostBy(trust("one", "two"), trust("two"))).toEqual([]);
    const all = JSON.stringify({ Statement: [{ Principal: { AWS: "arn:aws:iam::111111111111:root" } }] });
    expect(lostBy(trust("one"), all)).toEqual([]);
  });

  test("a policy that is known and names no account takes it away, one that is not known yet says nothing", () => {
    expect(lostBy(trust("one"), "{}")).toEqual([expect.stringContaining("no longer trusts account 111111111111")]);
    expect(lostBy(trust("one"), "${data.aws_iam_policy_document.x.json}")).toEqual([]);
  });

  test("a template of the StackSet of which no role can be read keeps none", () => {
    const set = {
      address: "aws_cloudformation_stack_set.stackset_break_glass_role",
      type: "aws_cloudformation_stack_set",
      actions: ["update"] as const,
      before: {
        template_body: JSON.stringify({
          Resources: { Role: { Type: "AWS::IAM::Role", Properties: { RoleName: "SecurityBreakGlass" } } },
        }),
      },
    };
    for (const template of ["Resources: {}", "{}"])
      expect(emergencyAccessLost(breakGlassPlan({ ...set, after: { template_body: template } }))).toEqual([
        "aws_cloudformation_stack_set.stackset_break_glass_role makes another role in place of SecurityBreakGlass",
      ]);
    expect(emergencyAccessLost(breakGlassPlan({ ...set, after: {} }))).toEqual([]);
  });
});

describe("users that go while others stay", () => {
  const plan = breakGlassPlan(user("one", "delete"), user("two", "no-op"), user("three", "create"));
  const seen = (name: string, verdict: Claim["verdict"]): Claim => ({
    section: "break-glass",
    kind: "user-mfa",
    name,
    promise: "",
    place: { accountId: "111111111111" },
    verdict,
    details: [],
    at: "2026-11-27T08:00:00Z",
  });
  const looked =
    (...claims: readonly Claim[]) =>
    () =>
      Promise.resolve({ claims, to: "2026-11-27T08:00:00Z" });
  const refusal = (look?: ReturnType<typeof looked>) =>
    refuseUnseenUsers([plan], "example", look).then(
      () => undefined,
      (error: BaselineError) => [error.exitCode, error.message] as const,
    );

  test("one who stays must be seen enrolled; a new one has not enrolled", async () => {
    const both = breakGlassPlan(user("one", "delete"), user("two", "no-op"), {
      ...user("three", "create"),
      before: undefined,
    } as never);
    expect(usersToSee(both)).toEqual(["two"]);
    expect(await refusal(looked(seen("two", "seen")))).toBeUndefined();
  });

  test.each<[string, ReturnType<typeof looked> | undefined]>([
    ["nobody who stays is enrolled", looked(seen("two", "missing"))],
    ["only one who goes is enrolled", looked(seen("one", "seen"), seen("two", "missing"))],
    ["it could not be read", looked(seen("two", "not-readable"))],
    ["AWS says nothing of it", looked()],
    ["nobody looks", undefined],
  ])("%s: refused", async (...[, look]) => {
    expect(await refusal(look)).toEqual([3, expect.stringContaining("DELIVERY-EMERGENCY-ACCESS")]);
  });

  test("where no user goes nobody looks", async () => {
    const look = jest.fn(looked());
    await refuseUnseenUsers([breakGlassPlan(user("two", "no-op"), user("three", "create"))], "example", look);
    expect(look).not.toHaveBeenCalled();
  });
});
