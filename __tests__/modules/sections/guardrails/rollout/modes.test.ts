import fc from "fast-check";
import { syntheticOrganization } from "../../../../../local/organizations/synthetic";
import { modeOf } from "../../../../../modules/sections/guardrails/resolve";
import { GuardrailMode, resolveRollouts, RolloutEntry } from "../../../../../modules/sections/guardrails/rollout/modes";
import { Attachment, selectTargets, TargetTerm } from "../../../../../modules/organization/targets";
import { accountsBelow, organizationTree, OrganizationTree } from "../../../../../modules/organization/tree";
import { outcome, stateWith, unprovenWith } from "../fixture";

const OBSERVATION = "subscribers:\n  emails: [security@example.com]";
const labels = (places: readonly Attachment[]): string[] => places.map((place) => place.label);
const rollout = (id: string, more: string) =>
  stateWith({ more, observation: OBSERVATION }).guardrails.rollouts.find((one) => one.guardrail === id)!;

describe("a canary goes first", () => {
  const canary = `
- guardrails: [deny-leaving-organization]
  mode: observe
  targets: [all]
- guardrails: [deny-leaving-organization]
  targets:
    - ou: Sandbox
`;

  test("enforced there, observed everywhere else", () => {
    const one = rollout("deny-leaving-organization", canary);
    expect(labels(one.enforced)).toEqual(["Sandbox"]);
    expect(labels(one.observed)).toEqual(["Infrastructure", "Security", "Suspended", "Workloads"]);
    const state = stateWith({ more: canary, observation: OBSERVATION }).guardrails;
    expect(modeOf(state, "deny-leaving-organization", "666666666601")).toBe("enforce");
    expect(modeOf(state, "deny-leaving-organization", "444444444401")).toBe("observe");
    expect(modeOf(state, "deny-leaving-organization", "111111111111")).toBe("off");
    expect(modeOf(state, "deny-console-password-creation", "666666666601")).toBe("off");
  });

  test("an account that joins has the mode of its OU", () => {
    const { nodeModes } = rollout("deny-leaving-organization", canary);
    expect(Object.fromEntries(nodeModes)).toMatchObject({
      "r-exmp": "observe",
      "ou-exmp-sandbox1": "enforce",
      "ou-exmp-wrkprod1": "observe",
    });
  });
});

describe("an OU inside an enforced one", () => {
  const off = `
- guardrails: [protect-break-glass]
  mode: off
  targets:
    - account: shop-dev
  reason: Its pipeline role is fixed until Friday
`;

  test("cannot be off below an attached root: the attachments split", () => {
    expect(labels(rollout("protect-break-glass", off).enforced)).toEqual([
      "Infrastructure",
      "Sandbox",
      "Security",
      "Suspended",
      "Workloads/Prod",
      "data-dev",
      "payments-dev",
    ]);
  });

  test("the reason is kept", () => {
    expect(rollout("protect-break-glass", off).loosened).toEqual([
      {
        mode: "off",
        places: [{ id: "555555555503", label: "shop-dev", kind: "account" }],
        reason: "Its pipeline role is fixed until Friday",
      },
    ]);
  });

  test("a stricter entry needs none, and nobody is told off for the management account", () => {
    const { problems } = outcome({
      observation: OBSERVATION,
      more: "- guardrails: [deny-user-creation]\n  targets: [all]\n- guardrails: [deny-user-creation]\n  mode: observe\n  targets: [{ account: management }, { account: shop-dev }]\n  reason: moving",
    });
    expect(problems).toEqual([]);
  });
});

describe("what an environment promises", () => {
  const claims = "- guardrails: [protect-break-glass, deny-access-key-creation]\n  enforcedIn: [all]";

  test("holds, or has counterexamples: OUs whose guardrail is off, and their accounts", () => {
    const [holds, broken] = unprovenWith({ claims }).guardrails.claims;
    expect(holds).toMatchObject({ guardrail: "protect-break-glass", index: 0, violations: [] });
    expect(broken!.violations.map((v) => [v.place.label, v.mode, v.futureOnly])).toEqual([
      ["Sandbox", "off", false],
      ["sandbox-1", "off", false],
      ["sandbox-2", "off", false],
    ]);
  });

  test("a claim on a guardrail that no entry names is broken everywhere it claims", () => {
    const [claim] = unprovenWith({
      claims: "- guardrails: [deny-leaving-organization]\n  enforcedIn: [{ account: shop-dev }]",
    }).guardrails.claims;
    expect(claim!.violations).toEqual([
      { place: { id: "555555555503", label: "shop-dev", kind: "account" }, mode: "off", futureOnly: false },
    ]);
  });
});

describe("any rollout", () => {
  const organization = syntheticOrganization(60);
  const tree = organizationTree(organization);
  const management = organization.managementAccountId;
  const term: fc.Arbitrary<TargetTerm> = fc.oneof(
    fc.constant("all" as const),
    fc.record({ ou: fc.constantFrom(...[...tree.nodeByPath.keys()].filter(Boolean)), descendants: fc.boolean() }),
    fc.record({ account: fc.constantFrom(...tree.accounts.map((a) => a.name)) }),
    fc.record({ tag: fc.record({ key: fc.constant("tier"), value: fc.constantFrom("prod", "nonprod") }) }),
  );
  const entry: fc.Arbitrary<RolloutEntry> = fc.record({
    guardrails: fc.constantFrom(["a"], ["b"], ["a", "b"]),
    mode: fc.constantFrom<GuardrailMode>("off", "observe", "enforce"),
    targets: fc.record({
      include: fc.array(term, { minLength: 1, maxLength: 3 }),
      except: fc.array(term, { maxLength: 2 }),
    }),
  });

  test("the last entry that means an account counts, and the places cover exactly the accounts of a mode", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (entries) => {
        const { rollouts } = resolveRollouts(tree, management, entries, ["a", "b"]);
        for (const id of ["a", "b"]) {
          const one = rollouts.find((r) => r.guardrail === id);
          const expected = new Map<string, GuardrailMode>();
          for (const e of entries.filter((e) => e.guardrails.includes(id))) {
            for (const account of selectTargets(tree, management, e.targets).accounts)
              if (account.id !== management) expected.set(account.id, e.mode);
          }
          for (const account of tree.accounts)
            expect([account.name, one?.accountModes.get(account.id) ?? "off"]).toEqual([
              account.name,
              expected.get(account.id) ?? "off",
            ]);
          for (const mode of ["enforce", "observe"] as const) {
            const places = (mode === "enforce" ? one?.enforced : one?.observed) ?? [];
            const covered = places.flatMap((place) => below(tree, place.id)).filter((a) => a !== management);
            expect(covered.sort()).toEqual(
              [...expected]
                .filter(([, m]) => m === mode)
                .map(([a]) => a)
                .sort(),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("every loosening is found: an account ends less strict than an entry before said", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 2, maxLength: 4 }), (entries) => {
        const { loosenings } = resolveRollouts(tree, management, entries, ["a"]);
        const strictness = { off: 0, observe: 1, enforce: 2 };
        const last = new Map<string, number>();
        const expected = new Set<string>();
        entries.forEach((e, index) => {
          if (!e.guardrails.includes("a")) return;
          for (const account of selectTargets(tree, management, e.targets).accounts) {
            if (account.id === management) continue;
            const before = last.get(account.id);
            if (before !== undefined && strictness[e.mode] < strictness[entries[before]!.mode])
              expected.add(`${index} over ${before}: ${account.id}`);
            last.set(account.id, index);
          }
        });
        const found = loosenings.flatMap((l) =>
          l.places.filter((p) => p.kind === "account").map((p) => `${l.entry} over ${l.over}: ${p.id}`),
        );
        expect(found.sort()).toEqual([...expected].sort());
      }),
      { numRuns: 300 },
    );
  });

  function below(t: OrganizationTree, id: string): string[] {
    const node = t.nodeById.get(id);
    return node ? accountsBelow(node).map((a) => a.id) : [id];
  }
});
