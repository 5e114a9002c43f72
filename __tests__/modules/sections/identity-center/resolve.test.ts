import cases from "./bad-input.json";
import { identityCenterSummary } from "../../../../modules/sections/identity-center/summary";
import { EXAMPLE_ORGANIZATION, edited, TextEdit } from "../../../support/environments";
import { BASELINE, environmentOf, outcomeWith, resolved, stateOf } from "./fixture";

const CENTER = EXAMPLE_ORGANIZATION.slice(EXAMPLE_ORGANIZATION.indexOf("identityCenter:"));
const GROUPS = "    - id: 11112222-3333-4444-5555-666677770001\n      displayName: Data\n";
const SETS = "  permissionSets:\n    - name: LegacyReadOnly\n";
const ours = (name: string, inManagementAccount: boolean): readonly [string, string] => [
  SETS,
  `  permissionSets:\n    - name: ${name}\n      arn: arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-9999999999999999\n      ours: true\n      inManagementAccount: ${inManagementAccount}\n    - name: LegacyReadOnly\n`,
];
const fromManagement: readonly [string, string] = ["  managedFrom: identity\n", "  managedFrom: management\n"];

interface Case extends TextEdit {
  readonly name: string;
  readonly expected: readonly string[];
}

describe("what is wrong is said in words", () => {
  test.each((cases as unknown as readonly Case[]).map((c) => [c.name, c] as const))("%s", (_, bad) => {
    const { problems } = outcomeWith(bad);
    expect(problems).toEqual(bad.expected);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem).toMatch(/^(error|warning) [A-Z][A-Z0-9-]+ baseline\.yaml:\d+:\d+ identityCenter/);
      expect(problem).toMatch(/\n {2}fix: \S/);
    }
  });

  test("nothing is wrong with the fixture", () => expect(outcomeWith().problems).toEqual([]));

  test("no instance: one error, without a group being unknown for it, and no state", () => {
    const { problems, state } = outcomeWith({ organization: [[CENTER, ""]] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^error FACTS-NO-IDENTITY-CENTER baseline\.yaml:16:3 identityCenter\n.*\n {2}fix: Enable it.*aws sso-admin list-instances.*npx keyless sync prod/,
    );
    expect(state).toBeUndefined();
  });

  test("without an instance the rest of the section is still checked", () => {
    const { problems } = outcomeWith({
      organization: [[CENTER, ""]],
      baseline: [["      permissionSet: ReadOnly\n", "      permissionSet: Nothing\n"]],
    });
    expect(problems.map((problem) => problem.split(" ")[1])).toEqual([
      "FACTS-NO-IDENTITY-CENTER",
      "IDENTITY-CENTER-UNKNOWN-SET",
    ]);
  });
});

describe("without the section", () => {
  const text = BASELINE.slice(0, BASELINE.indexOf("identityCenter:"));

  test("nothing is managed and nothing is wrong", () => {
    const { problems, state } = resolved(environmentOf(text, EXAMPLE_ORGANIZATION));
    expect(problems).toEqual([]);
    expect(state).toBeUndefined();
  });

  test("permission sets of ours that would stay unmanaged are a warning that names them", () => {
    const { problems } = resolved(environmentOf(text, edited(EXAMPLE_ORGANIZATION, [ours("Gone", false)])));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^warning IDENTITY-CENTER-LEFT-BEHIND .*\n.*\(Gone\)/);
  });
});

describe("who manages", () => {
  test("a delegated administrator: the shards are its, the rest is the management account's", () => {
    const state = stateOf(outcomeWith());
    expect(state.managingAccountId).toBe("333333333301");
    expect(
      state.shards.map(({ name, accountId, permissionSets }) => [
        name,
        accountId,
        permissionSets.map((set) => set.name),
      ]),
    ).toEqual([
      ["identity-center-00", "333333333301", ["AdministratorAccess", "Developer"]],
      ["identity-center-03", "333333333301", ["ReadOnly", "SecurityAudit"]],
      ["identity-center-management", "111111111111", ["ManagementBilling"]],
    ]);
  });

  test("the management account: the same shards, all of them its", () => {
    const state = stateOf(outcomeWith({ baseline: [fromManagement] }));
    expect(state.managingAccountId).toBe("111111111111");
    expect(state.shards.map(({ name, accountId }) => [name, accountId])).toEqual([
      ["identity-center-00", "111111111111"],
      ["identity-center-03", "111111111111"],
      ["identity-center-management", "111111111111"],
    ]);
  });

  test("the management account may be named by its id", () => {
    expect(
      stateOf(outcomeWith({ baseline: [["  managedFrom: identity\n", '  managedFrom: "111111111111"\n']] }))
        .managingAccountId,
    ).toBe("111111111111");
  });

  test("what a delegated administrator cannot do, the management account can", () => {
    const everywhere: TextEdit = {
      baseline: [
        fromManagement,
        [
          "        include: [all]\n        except:\n          - account: management\n    - group: Engineering",
          "        include: [all]\n    - group: Engineering",
        ],
      ],
      organization: [ours("Developer", true)],
    };
    const state = stateOf(outcomeWith(everywhere));
    expect(state.shards[0]!.permissionSets[0]!.assignments[0]!.accounts).toHaveLength(14);
  });

  test("managedFrom: management may reach member accounts as well", () => {
    const set = stateOf(outcomeWith()).shards.at(-1)!.permissionSets[0]!;
    expect(set.assignments[0]!.accounts.map((account) => account.name)).toEqual(["management", "log-archive"]);
  });

  test("a permission set of ours in a member account only is a delegated administrator's to manage", () => {
    expect(outcomeWith({ organization: [ours("Developer", false)] }).problems).toEqual([]);
  });
});

describe("groups", () => {
  const group = (edit: TextEdit): string | undefined =>
    stateOf(outcomeWith(edit)).shards[0]!.permissionSets[0]!.assignments[0]!.groupId;

  test("a group of ours that the facts do not show yet has no id", () => expect(group({})).toBeUndefined());

  test("after a sync it has", () => {
    expect(
      group({
        organization: [
          [
            GROUPS,
            `    - id: 99992222-3333-4444-5555-666677770001\n      displayName: Platform\n      synced: false\n${GROUPS}`,
          ],
        ],
      }),
    ).toBe("99992222-3333-4444-5555-666677770001");
  });

  test("a synchronized group has its id from the facts", () => {
    expect(stateOf(outcomeWith()).shards[1]!.permissionSets[0]!.assignments[0]).toMatchObject({
      group: "Engineering",
      groupId: "11112222-3333-4444-5555-666677770002",
    });
  });
});

describe("assignments", () => {
  test("entries of one group and permission set are joined", () => {
    const state = stateOf(
      outcomeWith({
        baseline: [
          [
            "    - group: Payments\n      permissionSet: Developer\n",
            "    - group: Data\n      permissionSet: Developer\n",
          ],
        ],
      }),
    );
    const developer = state.shards[0]!.permissionSets[1]!;
    expect(developer.assignments).toHaveLength(1);
    expect(developer.assignments[0]!.accounts.map((account) => account.name)).toEqual([
      "data-prod",
      "data-dev",
      "payments-dev",
    ]);
  });

  test("suspended accounts are never reached", () => {
    const all = stateOf(outcomeWith()).shards.flatMap((shard) =>
      shard.permissionSets.flatMap((set) =>
        set.assignments.flatMap((assignment) => assignment.accounts.map((account) => account.id)),
      ),
    );
    expect(all).not.toContain("777777777701");
  });

  test("an account tagged into two terms of one entry is no overlap", () => {
    expect(
      outcomeWith({
        baseline: [
          [
            "      targets:\n        - account: payments-dev\n",
            "      targets:\n        - account: payments-dev\n        - tag: { key: team, value: payments }\n",
          ],
        ],
      }).problems,
    ).toEqual([]);
  });
});

describe("permission sets that are to go", () => {
  test("their stacks stay, empty, until the facts no longer show them", () => {
    const state = stateOf(outcomeWith({ organization: [ours("PermissionSet0", false)] }));
    expect(state.shards.map(({ name, permissionSets }) => [name, permissionSets.length])).toEqual([
      ["identity-center-00", 2],
      ["identity-center-02", 0],
      ["identity-center-03", 2],
      ["identity-center-management", 1],
    ]);
  });

  test("those of others bring no stack", () => expect(stateOf(outcomeWith()).shards).toHaveLength(3));
});

test("the summary says what each permission set allows and who gets it where", () => {
  const summary = identityCenterSummary(stateOf(outcomeWith()));
  expect(summary).toMatchObject({
    managingAccountId: "333333333301",
    stacks: 4,
    assignments: 37,
    groups: ["Billing", "Platform"],
  });
  expect(summary.permissionSets.map((set) => set.name)).toEqual([
    "AdministratorAccess",
    "Developer",
    "ManagementBilling",
    "ReadOnly",
    "SecurityAudit",
  ]);
  expect(summary.permissionSets[1]).toEqual({
    name: "Developer",
    description: "Build and run, but not change who may do what",
    stack: "identity-center-00",
    sessionHours: 8,
    policies: [
      "PowerUserAccess",
      "customer:deploy",
      "inline (2 statements, 1 deny)",
      "within customer:developer-boundary",
    ],
    accounts: 3,
    groups: [
      {
        group: "Data",
        accounts: 2,
        organizationalUnits: [
          { path: "Workloads/NonProd", accounts: 1 },
          { path: "Workloads/Prod", accounts: 1 },
        ],
      },
      { group: "Payments", accounts: 1, organizationalUnits: [{ path: "Workloads/NonProd", accounts: 1 }] },
    ],
  });
  expect(summary.permissionSets[4]!.policies).toEqual(["SecurityAudit", "within ReadOnlyAccess"]);
});
