import * as fc from "fast-check";
import { chainOf, organizationTree } from "../../../modules/organization/tree";
import {
  accountSuggestion,
  selectTargets,
  TargetExpression,
  TargetTerm,
  unknownTargets,
} from "../../../modules/organization/targets";
import type { Organization } from "../../../modules/organization/types";

/** root ─ a ─ b, root ─ c; accounts: m (management) in root, 1 in root, 2 in a, 3 and 4 in b, 5 in c, 6 suspended in c. */
const organization: Organization = {
  id: "o-1234567890",
  managementAccountId: "000000000000",
  rootId: "r-test",
  enabledPolicyTypes: [],
  trustedServices: [],
  enabledRegions: [],
  rootAccessFeatures: [],
  trails: [],
  delegatedAdministrators: [],
  policies: [],
  organizationalUnits: [
    { id: "ou-test-aaaaaaaa", name: "A", parentId: "r-test" },
    { id: "ou-test-bbbbbbbb", name: "B", parentId: "ou-test-aaaaaaaa" },
    { id: "ou-test-cccccccc", name: "C", parentId: "r-test" },
  ],
  accounts: [
    { id: "000000000000", name: "m", status: "ACTIVE", parentId: "r-test", tags: {} },
    { id: "111111111111", name: "one", status: "ACTIVE", parentId: "r-test", tags: {} },
    { id: "222222222222", name: "two", status: "ACTIVE", parentId: "ou-test-aaaaaaaa", tags: { team: "x" } },
    { id: "333333333333", name: "three", status: "ACTIVE", parentId: "ou-test-bbbbbbbb", tags: { team: "x" } },
    { id: "444444444444", name: "four", status: "ACTIVE", parentId: "ou-test-bbbbbbbb", tags: {} },
    { id: "555555555555", name: "five", status: "ACTIVE", parentId: "ou-test-cccccccc", tags: {} },
    { id: "666666666666", name: "six", status: "SUSPENDED", parentId: "ou-test-cccccccc", tags: { team: "x" } },
  ],
};
const tree = organizationTree(organization);
const select = (targets: TargetExpression) => {
  const { accounts, cover } = selectTargets(tree, organization.managementAccountId, targets);
  return { accounts: accounts.map((a) => a.name).sort(), cover: cover.map((c) => c.label) };
};

test("accounts may share a name, as AWS lets them: it is refused only where it is to mean one of them", () => {
  const shared = organizationTree({
    ...organization,
    accounts: organization.accounts.map((a) => (a.name === "five" ? { ...a, name: "four" } : a)),
  });
  expect(selectTargets(shared, organization.managementAccountId, ["all"]).accounts).toHaveLength(6);
  expect(unknownTargets(shared, new Set(), ["all", { account: "555555555555" }])).toEqual([]);
  expect(unknownTargets(shared, new Set(), [{ account: "four" }])).toEqual([
    { code: "TARGET-AMBIGUOUS-ACCOUNT", path: [0, "account"], name: "four", known: ["444444444444", "555555555555"] },
  ]);
  // A suspended account of the same name does not make a name ambiguous.
  const suspended = organizationTree({
    ...organization,
    accounts: organization.accounts.map((a) => (a.name === "six" ? { ...a, name: "four" } : a)),
  });
  expect(unknownTargets(suspended, new Set(), [{ account: "four" }])).toEqual([]);
});

describe("the target language", () => {
  test.each<[string, TargetExpression, string[], string[]]>([
    [
      "all: every active account, attached at the root",
      ["all"],
      ["five", "four", "m", "one", "three", "two"],
      ["(root)"],
    ],
    ["an OU with its descendants", [{ ou: "A", descendants: true }], ["four", "three", "two"], ["A"]],
    ["an OU without them: its accounts one by one", [{ ou: "A", descendants: false }], ["two"], ["two"]],
    ["a nested OU by path", [{ ou: "A/B", descendants: true }], ["four", "three"], ["A/B"]],
    ["an account by name", [{ account: "three" }], ["three"], ["three"]],
    ["an account by id", [{ account: "333333333333" }], ["three"], ["three"]],
    ["a tag, without suspended accounts", [{ tag: { key: "team", value: "x" } }], ["three", "two"], ["two", "three"]],
    [
      "all but an OU: its siblings, and the root's accounts one by one",
      { include: ["all"], except: [{ ou: "C", descendants: true }] },
      ["four", "m", "one", "three", "two"],
      ["A", "one"],
    ],
    [
      "all but a nested OU",
      { include: ["all"], except: [{ ou: "A/B", descendants: true }] },
      ["five", "m", "one", "two"],
      ["C", "one", "two"],
    ],
    [
      "all but an account",
      { include: ["all"], except: [{ account: "five" }] },
      ["four", "m", "one", "three", "two"],
      ["A", "one"],
    ],
    [
      "all but an OU's own accounts",
      { include: ["all"], except: [{ ou: "A", descendants: false }] },
      ["five", "four", "m", "one", "three"],
      ["A/B", "C", "one"],
    ],
    [
      "all but the management account: SCPs do not bind it, so the root serves",
      { include: ["all"], except: [{ account: "m" }] },
      ["five", "four", "one", "three", "two"],
      ["(root)"],
    ],
    ["except wins over include", { include: [{ account: "two" }], except: [{ ou: "A", descendants: true }] }, [], []],
    [
      "overlapping terms count once",
      [{ ou: "A", descendants: true }, { account: "two" }],
      ["four", "three", "two"],
      ["A"],
    ],
  ])("%s", (_, targets, accounts, cover) => {
    const selected = select(targets);
    expect(selected.accounts).toEqual(accounts);
    expect([...selected.cover].sort()).toEqual([...cover].sort());
  });

  test("an empty OU is covered as a whole, for the accounts that will join it", () => {
    const empty = organizationTree({
      ...organization,
      organizationalUnits: [
        ...organization.organizationalUnits,
        { id: "ou-test-dddddddd", name: "D", parentId: "r-test" },
      ],
    });
    expect(selectTargets(empty, "000000000000", [{ ou: "D", descendants: true }]).cover.map((c) => c.label)).toEqual([
      "D",
    ]);
  });

  test("property: the cover reaches exactly the selected accounts, each through one place", () => {
    const term: fc.Arbitrary<TargetTerm> = fc.oneof(
      fc.constant<TargetTerm>("all"),
      fc.record({ ou: fc.constantFrom("A", "A/B", "C"), descendants: fc.boolean() }),
      fc.record({ account: fc.constantFrom("m", "one", "two", "three", "four", "five") }),
      fc.constant<TargetTerm>({ tag: { key: "team", value: "x" } }),
    );
    fc.assert(
      fc.property(
        fc.array(term, { minLength: 1, maxLength: 4 }),
        fc.array(term, { maxLength: 3 }),
        (include, except) => {
          const { accounts, cover } = selectTargets(tree, organization.managementAccountId, { include, except });
          const places = new Set(cover.map((c) => c.id));
          for (const account of tree.accounts.filter((a) => a.id !== organization.managementAccountId)) {
            const reached = chainOf(tree, account).filter((id) => places.has(id)).length;
            expect(reached).toBe(accounts.some((a) => a.id === account.id) ? 1 : 0);
          }
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  test("names what the organization does not have", () => {
    const unknown = unknownTargets(tree, new Set(["six"]), {
      include: ["all", { ou: "Z", descendants: true }, { account: "six" }],
      except: [{ account: "seven" }, { tag: { key: "team", value: "y" } }],
    });
    expect(unknown.map((u) => [u.code, u.path.join("."), u.name])).toEqual([
      ["TARGET-UNKNOWN-OU", "include.1.ou", "Z"],
      ["TARGET-INACTIVE-ACCOUNT", "include.2.account", "six"],
      ["TARGET-UNKNOWN-ACCOUNT", "except.0.account", "seven"],
      ["TARGET-UNUSED-TAG", "except.1.tag", "team=y"],
    ]);
  });
});

test("the chain of SCPs goes from the root down to the account", () => {
  expect(chainOf(tree, tree.accountByName.get("three")!)).toEqual([
    "r-test",
    "ou-test-aaaaaaaa",
    "ou-test-bbbbbbbb",
    "333333333333",
  ]);
});

describe("a reference that means no account", () => {
  const accounts = [
    { id: "314159265358", name: "pay", status: "ACTIVE", parentId: "r-test", tags: {} },
    { id: "271828182845", name: "shop-prod", status: "ACTIVE", parentId: "r-test", tags: {} },
    { id: "141421356237", name: "2024", status: "ACTIVE", parentId: "r-test", tags: {} },
  ] as const;
  const tree = organizationTree({ ...organization, accounts: [organization.accounts[0]!, ...accounts] });
  test.each([
    ["a name", "shop-prd", "Did you mean shop-prod? Known: 2024, m, pay, shop-prod."],
    ["two digits of an id in the wrong order", "271828182854", "Did you mean 271828182845 (shop-prod)? Known: "],
    ["a digit too few", "27182818284", "Did you mean 271828182845 (shop-prod)? Known: "],
    ["a name of digits", "2025", "Did you mean 2024? Known: "],
    ["somebody else's id", "271828999999", "Known: "],
  ])("%s", (_, reference, fix) => {
    expect(accountSuggestion(tree, reference).startsWith(fix)).toBe(true);
  });
});
