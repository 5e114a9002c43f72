import { attachedDocuments } from "../../../modules/proofs/attached";
import { homeOf, keysBetween, NO_ACCOUNT, policiesBetween } from "../../../modules/proofs/across";
import { chainsOf, prove } from "../../../modules/proofs/prove";
import { roleSet } from "../../../modules/proofs/rows";
import type { ProofInput } from "../../../modules/proofs/types";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { deny, environmentOf, scp, Trap } from "./trap";

/** Whose policies AWS asks where a principal of one account acts on a resource of another. */

const WORKLOADS = "ou-exmp-workload";
const ENFORCED: Trap["baseline"] = [
  [
    "deny-leaving-organization, deny-root-user,",
    "deny-leaving-organization, restrict-outside-accounts, deny-root-user,",
  ],
];

function inputOf(trap: Trap): ProofInput {
  const environment = environmentOf(trap);
  return { environment, ...resolveUnproven(environment).state! };
}

describe("an SCP of the resource's account binds nobody from elsewhere", () => {
  const input = inputOf({ ...scp(WORKLOADS, deny("sts:AssumeRole*")), baseline: ENFORCED });
  const open = (types: readonly string[]): readonly string[] => {
    const policies = attachedDocuments(input).filter(({ type }) => types.includes(type));
    const { counterexamples } = prove(input, { policies, only: new Set(["no-mint"]) });
    return [
      ...new Set(
        counterexamples
          .filter(({ principal }) => ["outsider", "web-identity"].includes(principal.kind))
          .map((one) => `${one.place}|${one.principal.kind}|${one.decision}`),
      ),
    ];
  };
  test("our RCPs do", () => expect(open(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])).toEqual([]));
  test("without them everybody comes in, although the SCP denies what they do", () =>
    expect(open(["SERVICE_CONTROL_POLICY"])).toEqual(
      expect.arrayContaining(["shop-prod|outsider|allowed", "shop-prod|web-identity|allowed"]),
    ));
});

describe("one join", () => {
  const input = inputOf({});
  const { organization, tree } = input.environment;
  const chains = chainsOf(input, attachedDocuments(input));
  const at = (name: string) =>
    chains.find(({ places }) => places.some(({ accounts }) => accounts.some((one) => one.name === name)))!;
  const [management, shop, sandbox] = [
    chains.find(({ account }) => account.id === organization.managementAccountId)!,
    at("shop-prod"),
    at("sandbox-1"),
  ];

  test("SCPs of the principal's account, RCPs of the resource's", () => {
    expect(policiesBetween(sandbox, shop)).toEqual({ scps: sandbox.scps, rcps: shop.rcps });
    expect(sandbox.scps).not.toEqual(shop.scps);
  });
  test("neither binds the management account", () => {
    expect(policiesBetween(management, shop)).toEqual({ rcps: shop.rcps });
    expect(policiesBetween(shop, management)).toEqual({ scps: shop.scps });
  });
  test("RCPs bind outsiders, SCPs do not", () => expect(policiesBetween(undefined, shop)).toEqual({ rcps: shop.rcps }));

  test("keys follow the two places", () => {
    const keys = keysBetween(input, sandbox.account, shop.account);
    expect(keys["aws:PrincipalOrgPaths"]).not.toEqual(keys["aws:ResourceOrgPaths"]);
    expect(keys["aws:ResourceOrgPaths"]).toEqual(
      keysBetween(input, shop.account, shop.account)["aws:PrincipalOrgPaths"],
    );
    expect(Object.keys(keysBetween(input, undefined, shop.account))).toEqual([
      "aws:ResourceOrgID",
      "aws:ResourceOrgPaths",
    ]);
  });
  test("a home is what ARNs say", () => {
    const [anna, prod] = [sandbox.account.id, shop.account.id].map((id) => `arn:aws:iam::${id}:role/a`) as [
      string,
      string,
    ];
    expect(homeOf(input, roleSet({ like: [anna] }))).toEqual(tree.accountById.get(sandbox.account.id));
    expect(homeOf(input, roleSet({ like: [anna, prod] }))).toBeUndefined();
    expect(homeOf(input, roleSet({ like: ["arn:aws:iam::999999999999:role/a"] }))).toBeUndefined();
    expect(homeOf(input, { type: "service", arns: { like: ["ssm.amazonaws.com"] } })).toBe(NO_ACCOUNT);
  });
});
