import { parse } from "yaml";
import { withAdoptedMoved, withShards } from "../../../../modules/delivery/reshard/files";
import { movesBetween, pending, UnknownHolding } from "../../../../modules/delivery/reshard/moves-between";
import { BaselineError } from "../../../../modules/kernel/errors";
import { shardName, shardOf, suitableShards } from "../../../../modules/sections/identity-center/names";

const arn = (name: string): string => `arn:aws:sso:::permissionSet/ssoins-1/ps-${name}`;
const held = (address: string, values: object): object => ({
  address,
  mode: "managed",
  type: address.split(".")[0],
  values,
});
const setOf = (name: string): object =>
  held(`aws_ssoadmin_permission_set.permission_set_${name}`, { arn: arn(name), id: `${arn(name)},i`, name });
const assignment = (name: string, account: string): object =>
  held(`aws_ssoadmin_account_assignment.assignment_${name}_g["${account}"]`, {
    id: `g,GROUP,${account},AWS_ACCOUNT,${arn(name)},i`,
    permission_set_arn: arn(name),
  });
const planOf = (...resources: readonly object[]) => ({ prior_state: { values: { root_module: { resources } } } });

describe("which resources go where", () => {
  // Names that one shard holds, and another number of shards divides.
  const names = ["Audit", "Billing", "Deploy", "Read"];
  const [goes, stays] = [names.find((name) => shardOf(name, 2) === 1)!, names.find((name) => shardOf(name, 2) === 0)!];
  const plans = new Map([
    [
      shardName(0),
      planOf(setOf(goes), assignment(goes, "111111111111"), assignment(goes, "222222222222"), setOf(stays), {
        ...setOf("other"),
        mode: "data",
      }),
    ],
  ]);

  test("a permission set goes with all that hangs on it, and what stays is not named", () => {
    const from = { stack: shardName(0) };
    const to = { stack: shardName(1) };
    const address = `aws_ssoadmin_account_assignment.assignment_${goes}_g`;
    expect(movesBetween(plans, 2)).toEqual([
      { from: { ...from, address } },
      {
        to: { ...to, address: `${address}["111111111111"]` },
        id: `g,GROUP,111111111111,AWS_ACCOUNT,${arn(goes)},i`,
      },
      {
        to: { ...to, address: `${address}["222222222222"]` },
        id: `g,GROUP,222222222222,AWS_ACCOUNT,${arn(goes)},i`,
      },
      {
        from: { ...from, address: `aws_ssoadmin_permission_set.permission_set_${goes}` },
        to: { ...to, address: `aws_ssoadmin_permission_set.permission_set_${goes}` },
        id: `${arn(goes)},i`,
      },
    ]);
  });

  test("the same number moves nothing", () => expect(movesBetween(plans, 1)).toEqual([]));

  test("what belongs to no permission set of the state stops it", () => {
    const lost = new Map([[shardName(0), planOf(assignment(goes, "111111111111"))]]);
    expect(() => movesBetween(lost, 2)).toThrow(UnknownHolding);
  });

  test.each<[string, object, number]>([
    ["a change", { address: "a.b", change: { actions: ["update"] } }, 1],
    ["an import", { address: "a.b", change: { actions: ["no-op"], importing: { id: "x" } } }, 1],
    ["something let go", { address: "a.b", change: { actions: ["forget"] } }, 1],
    ["something that is as it says", { address: "a.b", change: { actions: ["no-op"] } }, 0],
    ["a data source", { address: "data.a.b", change: { actions: ["read"] } }, 0],
  ])("a plan with %s", (_, change, expected) => {
    expect(pending({ resource_changes: [change] })).toHaveLength(expected);
  });
});

describe("the files", () => {
  test("the number changes, comments and everything else stay", () => {
    const text = "# ours\nversion: 1\nidentityCenter:\n  shards: 4 # so many\n  groups: [] # none\n";
    expect(withShards("baseline.yaml", text, 1)).toBe(text.replace("shards: 4", "shards: 1"));
  });

  test("where there was none it comes", () => {
    const after = withShards("baseline.yaml", "version: 1\nidentityCenter:\n  groups: []\n", 2);
    expect(parse(after)).toEqual({ version: 1, identityCenter: { groups: [], shards: 2 } });
  });

  test("where that would change something else nothing is written", () => {
    const shared = "version: 1\nidentityCenter: &a\n  shards: 4\nother: *a\n";
    expect(() => withShards("baseline.yaml", shared, 1)).toThrow(BaselineError);
  });

  test("what is adopted is looked for where it will be", () => {
    const text = `version: 1
# taken over
adopted:
  - { what: a, id: x, to: { stack: identity-center-00, address: a.b } }
  - { what: b, id: y, to: { stack: guardrails, address: a.b } }
`;
    const moves = [
      { from: { stack: "identity-center-00", address: "a.b" }, to: { stack: "identity-center-01", address: "a.b" } },
    ];
    expect(withAdoptedMoved(text, moves)).toBe(text.replace("stack: identity-center-00", "stack: identity-center-01"));
    expect(withAdoptedMoved(text, [])).toBe(text);
  });
});

test.each([
  [1, 1],
  [49, 1],
  [50, 2],
  [499, 2],
  [500, 4],
  [1_999, 4],
  [2_000, 8],
  [9_999, 8],
  [10_000, 16],
])("%i accounts have %i shards", (accounts, shards) => expect(suitableShards(accounts)).toBe(shards));
