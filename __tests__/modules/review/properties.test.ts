import fc from "fast-check";
import type { Organization } from "../../../modules/organization/types";
import {
  compile,
  evaluate,
  FULL_AWS_ACCESS,
  NamedPolicy,
  PolicyRequest,
  PolicySet,
} from "../../../modules/policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import type { ChangeClass, Review } from "../../../modules/review/types";

/**
 * Random plans over a small organization: where the evaluator finds a request that is answered differently before and after in some
 * account, the review says so. It may say too much, never too little.
 */

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 150);
const SEED = Number(process.env["PROPERTY_SEED"] ?? 20261124);

const ACCOUNTS = ["111111111111", "222222222222", "333333333333", "444444444444"] as const;
const UNITS = { "ou-1": "r-root", "ou-2": "r-root", "ou-3": "ou-1", "ou-4": "ou-2" } as const;
const HOMES: Readonly<Record<string, string>> = {
  "111111111111": "ou-1",
  "222222222222": "ou-3",
  "333333333333": "ou-2",
  "444444444444": "r-root",
};
const MANAGEMENT = "999999999999";
const NODES = ["r-root", ...Object.keys(UNITS), ...ACCOUNTS, MANAGEMENT] as const;

const facts: Organization = {
  id: "o-property01",
  managementAccountId: MANAGEMENT,
  rootId: "r-root",
  enabledPolicyTypes: ["SERVICE_CONTROL_POLICY"],
  trustedServices: [],
  delegatedAdministrators: [],
  organizationalUnits: Object.entries(UNITS).map(([id, parentId]) => ({ id, name: id, parentId })),
  accounts: [
    ...ACCOUNTS.map((id) => ({
      id,
      name: `account-${id[0]!}`,
      status: "ACTIVE" as const,
      parentId: HOMES[id]!,
      tags: {},
    })),
    { id: MANAGEMENT, name: "management", status: "ACTIVE", parentId: "r-root", tags: {} },
  ],
  policies: [
    {
      id: "p-FullAWSAccess",
      name: "FullAWSAccess",
      type: "SERVICE_CONTROL_POLICY",
      awsManaged: true,
      ours: false,
      content: JSON.stringify(FULL_AWS_ACCESS.document),
      targetIds: [...NODES].sort(),
    },
  ],
  enabledRegions: [],
  trails: [],
  rootAccessFeatures: [],
};

/** Root, OUs, account. */
function chainTo(account: string): readonly string[] {
  const chain = [account];
  for (
    let node: string | undefined = HOMES[account];
    node !== undefined;
    node = (UNITS as Readonly<Record<string, string>>)[node]
  )
    chain.unshift(node);
  return chain;
}

const some = <T>(values: readonly T[], max = 3): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max });
const condition = fc.oneof(
  fc.tuple(
    fc.constantFrom("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringNotEqualsIfExists"),
    fc.constantFrom("aws:RequestedRegion", "aws:PrincipalAccount"),
    some(["eu-1", "eu-*", "us-1", ...ACCOUNTS, "2*"]),
  ),
  fc.tuple(
    fc.constantFrom("ArnLike", "ArnNotLike"),
    fc.constant("aws:PrincipalArn"),
    some([
      "arn:aws:iam::*:role/A",
      "arn:aws:iam::*:role/*",
      "arn:aws:iam::111111111111:role/A",
      "arn:aws:iam::2*:role/B",
    ]),
  ),
  fc.tuple(
    fc.constantFrom("Bool", "BoolIfExists"),
    fc.constant("aws:MultiFactorAuthPresent"),
    some(["true", "false"], 1),
  ),
);
const statement = (effect: fc.Arbitrary<"Allow" | "Deny">): fc.Arbitrary<PolicyStatement> =>
  fc
    .record({
      Effect: effect,
      actions: some(["iam:CreateUser", "iam:Create*", "iam:CreateAccessKey", "s3:*", "s3:GetObject", "*"]),
      not: fc.boolean(),
      resources: some(["*", "arn:aws:s3:::a*", "arn:aws:iam::*:user/x", "arn:aws:iam::222222222222:user/*"], 2),
      conditions: fc.array(condition, { maxLength: 2 }),
    })
    .map(({ Effect, actions, not, resources, conditions }) => {
      const Condition: Record<string, Record<string, string[]>> = {};
      for (const [operator, key, values] of conditions) (Condition[operator] ??= {})[key] = values;
      return {
        Effect,
        ...(not ? { NotAction: actions } : { Action: actions }),
        Resource: resources,
        ...(conditions.length > 0 ? { Condition } : {}),
      };
    });
const document = (effect: fc.Arbitrary<"Allow" | "Deny">): fc.Arbitrary<PolicyDocument> =>
  fc
    .array(statement(effect), { minLength: 1, maxLength: 2 })
    .map((Statement) => ({ Version: "2012-10-17", Statement }));
const mostlyDeny = fc.constantFrom("Deny" as const, "Deny" as const, "Deny" as const, "Allow" as const);

const request = fc.record({
  action: fc.constantFrom("iam:CreateUser", "iam:CreateAccessKey", "iam:DeleteUser", "s3:GetObject", "s3:PutObject"),
  resource: fc.constantFrom("x", "y", "a", "b"),
  name: fc.constantFrom("A", "B"),
  context: fc.record(
    {
      "aws:RequestedRegion": fc.constantFrom("eu-1", "eu-2", "us-1"),
      "aws:MultiFactorAuthPresent": fc.constantFrom("true", "false"),
    },
    { requiredKeys: [] },
  ),
});
const requestIn = (
  account: string,
  { action, resource, name, context }: { action: string; resource: string; name: string; context: object },
): PolicyRequest => ({
  principal: { type: "role", arn: `arn:aws:iam::${account}:role/${name}` },
  action,
  resource: action.startsWith("s3:") ? `arn:aws:s3:::${resource}` : `arn:aws:iam::${account}:user/${resource}`,
  context: context as Record<string, string>,
  unlistedKeys: "absent",
});

interface Changed {
  readonly address: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

function reviewed(stack: string, changes: readonly Changed[], organization?: Organization): Review {
  const resource_changes = changes
    .filter(({ before, after }) => before !== undefined || after !== undefined)
    .map(({ address, before, after }) => ({
      address,
      mode: "managed",
      type: address.split(".")[0],
      name: address.split(".")[1],
      change: {
        actions: [
          before && after
            ? JSON.stringify(before) === JSON.stringify(after)
              ? "no-op"
              : "update"
            : after
              ? "create"
              : "delete",
        ],
        before: before ?? null,
        after: after ?? null,
        after_unknown: {},
      },
    }));
  return reviewPlans(
    [
      parsePlanJson(
        "plan.json",
        stack,
        JSON.stringify({ format_version: "1.2", planned_values: {}, resource_changes }),
      ),
    ],
    organization,
  );
}

const said = (review: Review, ...classes: readonly ChangeClass[]): boolean =>
  review.changes.some((change) => classes.includes(change.class));

interface Difference {
  readonly gained: boolean;
  readonly lost: boolean;
}

function difference(before: PolicySet, after: PolicySet, requests: readonly PolicyRequest[]): Difference {
  const [old, now] = [compile(before), compile(after)];
  let [gained, lost] = [false, false];
  for (const one of requests) {
    const [was, is] = [evaluate(one, old).decision, evaluate(one, now).decision];
    gained ||= was === "denied" && is === "allowed";
    lost ||= was === "allowed" && is === "denied";
  }
  return { gained, lost };
}

/** What becomes possible is told as that or worse; what becomes impossible is told, if only beside what becomes possible. */
function expectSaid(review: Review, { gained, lost }: Difference): void {
  if (gained) expect(said(review, "weakens", "destroys-guard", "unknown")).toBe(true);
  if (lost) expect(said(review, "strengthens", "weakens", "destroys-guard", "unknown")).toBe(true);
}

/** Policies with the nodes that they are attached to. */
interface Placed {
  readonly documents: readonly (PolicyDocument | undefined)[];
  readonly attached: readonly { readonly policy: number; readonly node: string }[];
}
const attachment = fc.record({ policy: fc.nat(2), node: fc.constantFrom(...NODES) });
const placed = fc.record({
  documents: fc.array(document(mostlyDeny), { minLength: 3, maxLength: 3 }),
  attached: fc.uniqueArray(attachment, { maxLength: 5, selector: ({ policy, node }) => `${policy} ${node}` }),
});
/** A second state near the first: one document, or where policies are attached, is another's. */
const edited: fc.Arbitrary<readonly [Placed, Placed]> = fc
  .tuple(placed, placed, fc.nat(2), fc.nat(4))
  .map(([one, other, which, kind]) => {
    const documents = one.documents.map((document, i) => (i === which ? other.documents[i] : document));
    const moved = [...one.attached.filter((_, i) => i !== which), ...other.attached.slice(0, 1)].filter(
      ({ policy, node }, i, all) => all.findIndex((two) => two.policy === policy && two.node === node) === i,
    );
    switch (kind) {
      case 0:
        return [one, { ...one, documents }];
      case 1:
        return [one, { ...one, attached: moved }];
      case 2:
        return [one, { ...one, attached: one.attached.slice(1) }];
      case 3:
        return [one, { documents, attached: moved }];
      default:
        return [one, other];
    }
  });

function scpsOf({ documents, attached }: Placed, account: string): NonNullable<PolicySet["scps"]> {
  return chainTo(account).map((node): readonly NamedPolicy[] => [
    FULL_AWS_ACCESS,
    ...attached
      .filter((one) => one.node === node)
      .map(({ policy }) => ({ name: `p${policy}`, document: documents[policy]! })),
  ]);
}

function guardrailChanges(before: Placed, after: Placed): readonly Changed[] {
  const policy = ({ documents }: Placed, i: number) => ({
    id: `p-${i}`,
    name: `policy-${i}`,
    type: "SERVICE_CONTROL_POLICY",
    content: JSON.stringify(documents[i]),
  });
  const all = [...before.attached, ...after.attached].filter(
    ({ policy, node }, i, list) => list.findIndex((two) => two.policy === policy && two.node === node) === i,
  );
  const has = ({ attached }: Placed, one: Placed["attached"][number]): object | undefined =>
    attached.some(({ policy, node }) => policy === one.policy && node === one.node)
      ? { policy_id: `p-${one.policy}`, target_id: one.node }
      : undefined;
  return [
    ...before.documents.map((_, i): Changed => ({
      address: `aws_organizations_policy.p${i}`,
      before: policy(before, i),
      after: policy(after, i),
    })),
    ...all.map((one): Changed => ({
      address: `aws_organizations_policy_attachment.a${one.policy}_${one.node}`,
      before: has(before, one),
      after: has(after, one),
    })),
  ];
}

/** How often each outcome came up: a property that never meets one says nothing of it. */
const nothingSeen = () => ({ gained: 0, lost: 0, neither: 0, silent: 0 });

function tally(seen: ReturnType<typeof nothingSeen>, found: ReturnType<typeof difference>): void {
  if (found.gained) seen.gained++;
  if (found.lost) seen.lost++;
  if (!found.gained && !found.lost) seen.neither++;
}

function expectAllSeen(seen: ReturnType<typeof nothingSeen>): void {
  for (const [outcome, count] of Object.entries(seen)) expect([outcome, count > 5]).toEqual([outcome, true]);
}

test.each([
  ["with facts", facts],
  ["without facts", undefined],
])(
  "SCPs edited, attached and detached, %s: an account that may do more, or less, is never passed over",
  (_, organization) => {
    const seen = nothingSeen();
    fc.assert(
      fc.property(edited, fc.array(request, { minLength: 25, maxLength: 25 }), ([before, after], requests) => {
        const review = reviewed("example-guardrails", guardrailChanges(before, after), organization);
        if (!said(review, "weakens", "destroys-guard", "unknown", "strengthens")) seen.silent++;
        for (const account of ACCOUNTS) {
          const found = difference(
            { scps: scpsOf(before, account) },
            { scps: scpsOf(after, account) },
            requests.map((one) => requestIn(account, one)),
          );
          tally(seen, found);
          expectSaid(review, found);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expectAllSeen(seen);
  },
);

const account = ACCOUNTS[0];
const trust = fc
  .tuple(
    fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
    some([`arn:aws:iam::${account}:root`, `arn:aws:iam::${account}:role/A`, "arn:aws:iam::222222222222:root", "*"], 2),
    fc.array(condition, { maxLength: 1 }),
  )
  .map(([Effect, principals, conditions]): PolicyStatement => ({
    Effect,
    Principal: principals.includes("*") ? "*" : { AWS: principals },
    Action: "sts:AssumeRole",
    ...(conditions[0] ? { Condition: { [conditions[0][0]]: { [conditions[0][1]]: conditions[0][2] } } } : {}),
  }));
const role = fc.record({
  trust: fc.array(trust, { minLength: 1, maxLength: 2 }),
  inline: fc.array(document(fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const)), { maxLength: 2 }),
});
type Role = { readonly trust: readonly PolicyStatement[]; readonly inline: readonly PolicyDocument[] };
const roles: fc.Arbitrary<readonly [Role, Role]> = fc
  .tuple(role, role, fc.nat(2))
  .map(([one, other, kind]) => [
    one,
    kind === 0 ? { ...one, trust: other.trust } : kind === 1 ? { ...one, inline: other.inline } : other,
  ]);

test("roles edited: who may become them, and what they may do, is never passed over", () => {
  const arn = `arn:aws:iam::${account}:role/app`;
  const assume = (principal: string, context: PolicyRequest["context"] = {}): PolicyRequest => ({
    principal: { type: "role", arn: principal },
    action: "sts:AssumeRole",
    resource: arn,
    context,
    unlistedKeys: "absent",
  });
  const seen = nothingSeen();
  fc.assert(
    fc.property(roles, fc.array(request, { minLength: 25, maxLength: 25 }), ([before, after], requests) => {
      const attributes = ({ trust: Statement }: Role) => ({
        name: "app",
        path: "/",
        arn,
        assume_role_policy: JSON.stringify({ Version: "2012-10-17", Statement }),
      });
      const inline = ({ inline: list }: Role, i: number) =>
        list[i] ? { name: `i${i}`, role: "app", policy: JSON.stringify(list[i]) } : undefined;
      const review = reviewed("example-workload-identity-111111111111-eu-1", [
        { address: "aws_iam_role.app", before: attributes(before), after: attributes(after) },
        ...[0, 1].map((i): Changed => ({
          address: `aws_iam_role_policy.app_${i}`,
          before: inline(before, i),
          after: inline(after, i),
        })),
      ]);
      if (!said(review, "weakens", "destroys-guard", "unknown", "strengthens")) seen.silent++;
      const identity = ({ inline: list }: Role): PolicySet => ({
        identity: list.map((one, i) => ({ name: `i${i}`, document: one })),
      });
      const resource = ({ trust: Statement }: Role): PolicySet => ({
        identity: [FULL_AWS_ACCESS],
        resource: { name: "trust", document: { Version: "2012-10-17", Statement } },
      });
      const own = requests.map((one) => ({ ...requestIn(account, one), principal: { type: "role" as const, arn } }));
      const callers = requests.map((one, i) =>
        assume(
          `arn:aws:iam::${i % 3 === 0 ? "222222222222" : account}:role/${one.name}`,
          one.context as PolicyRequest["context"],
        ),
      );
      for (const found of [
        difference(identity(before), identity(after), own),
        difference(resource(before), resource(after), callers),
      ]) {
        tally(seen, found);
        expectSaid(review, found);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  expectAllSeen(seen);
});
