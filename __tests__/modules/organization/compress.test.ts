import * as fc from "fast-check";
import { syntheticOrganization } from "../../../local/organizations/synthetic";
import { compressTargets } from "../../../modules/organization/compress";
import { selectTargets, type TargetExpression } from "../../../modules/organization/targets";
import { organizationTree } from "../../../modules/organization/tree";
import type { Account, Organization, OrganizationalUnit } from "../../../modules/organization/types";

const synthetic = syntheticOrganization(41);
/** Five OUs, each with Prod and NonProd; 41 accounts; tag `tier` is prod or nonprod, and every third one has the tag `legacy`. */
const organization: Organization = {
  ...synthetic,
  accounts: synthetic.accounts.map((account, i) =>
    i % 3 === 2 ? { ...account, tags: { ...account.tags, legacy: "yes" } } : account,
  ),
};
const tree = organizationTree(organization);
const ids = (which: (account: Account) => boolean): ReadonlySet<string> =>
  new Set(tree.accounts.filter(which).map(({ id }) => id));
const compressed = (which: (account: Account) => boolean): TargetExpression =>
  compressTargets(tree, organization.managementAccountId, ids(which));
const pathOf = (account: Account): string => tree.nodeById.get(account.parentId)!.path;
const MANAGEMENT = { account: "management" };

describe("a set of accounts in the target language", () => {
  test.each<[string, (account: Account) => boolean, TargetExpression]>([
    ["every account", () => true, ["all"]],
    ["all but the management account", ({ name }) => name !== "management", { include: ["all"], except: [MANAGEMENT] }],
    ["one account", ({ name }) => name === "account-00003", [{ account: "account-00003" }]],
    ["an OU", (account) => pathOf(account).startsWith("Unit2"), [{ ou: "Unit2", descendants: true }]],
    [
      "an OU less one below it",
      (account) =>
        pathOf(account) === "Unit2/Prod" || pathOf(account) === "Unit3/Prod" || pathOf(account) === "Unit3/NonProd",
      [
        { ou: "Unit2/Prod", descendants: true },
        { ou: "Unit3", descendants: true },
      ],
    ],
    ["a tag across OUs", ({ tags }) => tags["tier"] === "prod", [{ tag: { key: "tier", value: "prod" } }]],
    [
      "a tag, and one more",
      ({ tags, name }) => tags["tier"] === "prod" || name === "management",
      [{ tag: { key: "tier", value: "prod" } }, MANAGEMENT],
    ],
    [
      "a tag less one",
      ({ tags, name }) => tags["tier"] === "prod" && name !== "account-00003",
      { include: [{ tag: { key: "tier", value: "prod" } }], except: [{ account: "account-00003" }] },
    ],
    [
      "what has not a tag, where another tag says it",
      ({ tags }) => tags["tier"] !== "prod",
      [{ tag: { key: "tier", value: "nonprod" } }, MANAGEMENT],
    ],
    [
      "all less a tag",
      ({ tags }) => tags["legacy"] === undefined,
      { include: ["all"], except: [{ tag: { key: "legacy", value: "yes" } }] },
    ],
    [
      "an OU and a tag, less a tag",
      (account) => pathOf(account).startsWith("Unit") && account.tags["legacy"] === undefined,
      { include: ["all"], except: [{ tag: { key: "legacy", value: "yes" } }, MANAGEMENT] },
    ],
  ])("%s", (_, which, expected) => {
    expect(compressed(which)).toEqual(expected);
  });

  test("an OU of one account is no reason to mean the OU", () => {
    const small = syntheticOrganization(6);
    const smallTree = organizationTree(small);
    expect(compressTargets(smallTree, small.managementAccountId, new Set(["200000000000"]))).toEqual([
      { account: "account-00001" },
    ]);
  });

  test("accounts that share a name are named by id, and so is one whose name is another's id", () => {
    const accounts = organization.accounts.map((account): Account =>
      account.id === "200000000001"
        ? { ...account, name: "account-00001" }
        : account.id === "200000000002"
          ? { ...account, name: "200000000003" }
          : account,
    );
    const shared = organizationTree({ ...organization, accounts });
    const one = (id: string): TargetExpression =>
      compressTargets(shared, organization.managementAccountId, new Set([id]));
    expect(one("200000000001")).toEqual([{ account: "200000000001" }]);
    expect(one("200000000002")).toEqual([{ account: "200000000002" }]);
  });

  test("nobody, and an account that is not active, are faults of whoever asks", () => {
    expect(() => compressTargets(tree, organization.managementAccountId, new Set())).toThrow("none at all");
    expect(() => compressTargets(tree, organization.managementAccountId, new Set(["999999999999"]))).toThrow(
      "no active accounts: 999999999999",
    );
  });
});

const names = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");

/** Any tree of up to 12 OUs, up to 40 accounts with few tags; names may be shared, and accounts closed. */
const organizations: fc.Arbitrary<Organization> = fc
  .record({
    parents: fc.array(fc.nat(20), { maxLength: 12 }),
    accounts: fc.array(
      fc.record({
        parent: fc.nat(20),
        name: fc.oneof(names, fc.stringMatching(/^[a-z]{6}$/)),
        tags: fc.dictionary(fc.constantFrom("tier", "team"), fc.constantFrom("x", "y", "z")),
        closed: fc.boolean().map((one) => one),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ parents, accounts }): Organization => {
    const nodes = ["r-prop"];
    const organizationalUnits = parents.map((parent, i): OrganizationalUnit => {
      const id = `ou-prop-${String(i).padStart(8, "0")}`;
      const parentId = nodes[parent % nodes.length]!;
      nodes.push(id);
      return { id, name: `Unit${i}`, parentId };
    });
    return {
      ...organization,
      rootId: "r-prop",
      managementAccountId: "300000000000",
      organizationalUnits,
      policies: [],
      accounts: accounts.map(({ parent, name, tags, closed }, i) => ({
        id: String(300_000_000_000 + i),
        name,
        tags: { ...tags },
        status: closed && i % 5 === 4 ? ("SUSPENDED" as const) : ("ACTIVE" as const),
        parentId: nodes[parent % nodes.length]!,
      })),
    };
  });

describe("for any organization and any set of its accounts", () => {
  const terms = (targets: TargetExpression): number =>
    "include" in targets ? targets.include.length + targets.except.length : targets.length;

  test("the expression means exactly these accounts, and is never longer than their list", () => {
    fc.assert(
      fc.property(organizations, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (facts, chosen) => {
        const any = organizationTree(facts);
        const set = new Set(any.accounts.filter((_, i) => chosen[i]).map(({ id }) => id));
        fc.pre(set.size > 0);
        const targets = compressTargets(any, facts.managementAccountId, set);
        expect(selectTargets(any, facts.managementAccountId, targets).accounts.map(({ id }) => id)).toEqual(
          [...set].sort(),
        );
        expect(terms(targets)).toBeLessThanOrEqual(set.size);
      }),
      { numRuns: 1000 },
    );
  });

  test("whatever a person has written comes back, and is not longer", () => {
    fc.assert(
      fc.property(organizations, fc.nat(12), fc.nat(12), (facts, wanted, less) => {
        const any = organizationTree(facts);
        const nodes = [...any.nodeByPath.keys()].sort();
        const ou = (n: number): string => nodes[n % nodes.length]!;
        const written: TargetExpression = {
          include: [ou(wanted) === "" ? "all" : { ou: ou(wanted), descendants: true }],
          except: ou(less) === "" ? [] : [{ ou: ou(less), descendants: true }],
        };
        const { accounts } = selectTargets(any, facts.managementAccountId, written);
        fc.pre(accounts.length > 2);
        const found = compressTargets(any, facts.managementAccountId, new Set(accounts.map(({ id }) => id)));
        expect(terms(found)).toBeLessThanOrEqual(Math.max(terms(written), 2));
      }),
      { numRuns: 500 },
    );
  });
});
