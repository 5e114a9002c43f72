import { formatProblem } from "../../../modules/kernel/errors";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { TAKES_OFF } from "../../../modules/proofs/delegates";
import { prove } from "../../../modules/proofs/prove";
import { foreignPolicy, ids, proven, withSection } from "./fixture";

/** Everybody who is not named: any role, any user, and root in both forms where no guardrail denies it everything. */
const IDS = ["administrator", "assumed-root", "iam-user", "root"].map(
  (kind) => `exemptions-hold/log-archive/${kind}/deploy StackSets`,
);
const ID = "exemptions-hold/log-archive/administrator/deploy StackSets";
const delegate = [
  "delegatedAdministrators:\n",
  'delegatedAdministrators:\n  - accountId: "222222222201"\n    services: [member.org.stacksets.cloudformation.amazonaws.com]\n',
] as const;
const DEPLOYS = [
  "cloudformation:CreateStackInstances",
  "cloudformation:UpdateStackInstances",
  "cloudformation:UpdateStackSet",
];
/** Spared in the account: one permission set, whose role nobody but Identity Center makes. */
const DEPLOYER =
  "arn:aws:iam::222222222201:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_*";
const denies = (actions: readonly string[], target = "222222222201", resource = "*") =>
  foreignPolicy("deployers", JSON.stringify(target), [
    {
      Sid: "Deployers",
      Effect: "Deny",
      Action: actions,
      Resource: resource,
      Condition: { ArnNotLike: { "aws:PrincipalArn": DEPLOYER } },
    },
  ]);

test("a member account that is delegated administrator of StackSets is a counterexample, at its place in the facts, with ways out", () => {
  const { report, problems } = proven({ organization: [delegate] });
  expect(ids(report)).toEqual(IDS);
  expect(report.counterexamples[0]).toMatchObject({
    account: { name: "log-archive" },
    accounts: 1,
    decision: "allowed",
    action: DEPLOYS[0],
    alsoActions: DEPLOYS.slice(1),
    delegate: 0,
  });
  expect(problems).toHaveLength(1);
  const text = formatProblem(problems[0]!);
  expect(text).toMatch(
    /^error PROOF-EXEMPTIONS-HOLD environments\/example\/organization\.yaml:\d+:\d+ delegatedAdministrators\[0\]\n/,
  );
  expect(text).toContain(
    "log-archive is delegated administrator of StackSets: whoever deploys one there works as arn:aws:iam::*:role/stacksets-exec-*, which guardrails spare, in every member account.",
  );
  expect(text).toContain(
    "deregister-delegated-administrator --account-id 222222222201 --service-principal <service>) and run npx keyless sync example",
  );
  expect(text).toContain(`under proofs.accepted: by id, ${ID}`);
});

test("is accepted by its name", () => {
  const { report, problems } = proven({
    organization: [delegate],
    baseline: [
      withSection(
        `proofs:\n  accepted:\n${IDS.map((id) => `    - id: ${id}\n      reason: Two people of the security team, who deploy detectors\n      owner: security\n`).join("")}`,
      ),
    ],
  });
  expect(report.counterexamples.map((one) => one.accepted?.owner)).toEqual(IDS.map(() => "security"));
  expect(problems).toEqual([]);
});

test("an acceptance outlives the delegation as a warning only", () => {
  const { problems } = proven({
    baseline: [
      withSection(
        `proofs:\n  accepted:\n${IDS.map((id) => `    - id: ${id}\n      reason: Two people of the security team, who deploy detectors\n      owner: security\n`).join("")}`,
      ),
    ],
  });
  expect(problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual(
    IDS.map(() => "PROOF-ACCEPTED-STALE warning"),
  );
});

test("is none where an SCP lets nobody but a named role deploy", () => {
  expect(ids(proven({ organization: [denies(DEPLOYS), delegate] }).report)).toEqual([]);
});

test.each(DEPLOYS)("an SCP that leaves %s open is not enough", (open) => {
  const { report } = proven({ organization: [denies(DEPLOYS.filter((action) => action !== open)), delegate] });
  expect(ids(report)).toEqual(IDS);
  expect(report.counterexamples[0]).toMatchObject({ action: open, alsoActions: [] });
});

test.each([
  ["in another OU", "ou-exmp-workload", "*"],
  // AWS does not say whose account a delegate's StackSet names.
  ["for StackSets of its own account alone", "222222222201", "arn:aws:cloudformation:*:222222222201:stackset/*"],
  ["for StackSets of the management account alone", "222222222201", "arn:aws:cloudformation:*:111111111111:stackset/*"],
])("nor is one %s", (_, target, resource) =>
  expect(ids(proven({ organization: [denies(DEPLOYS, target, resource), delegate] }).report)).toEqual(IDS),
);

describe("a delegation policy that nobody has read", () => {
  const unread = ['delegationPolicy: ""\n', ""] as const;
  test("is unknown, never proven: one problem, at the fact, which says how it comes to be known", () => {
    const { report, problems } = proven({ organization: [unread] });
    expect(new Set(report.counterexamples.map(({ decision }) => decision))).toEqual(new Set(["unknown"]));
    expect(ids(report)).toContain("exemptions-hold/Sandbox/administrator/take a guardrail off");
    const open = report.cells.filter(({ proof, kind }) => proof === "exemptions-hold" && kind === "administrator");
    expect(open.filter(({ status }) => status === "proven")).toEqual([]);
    expect(problems).toHaveLength(1);
    const text = formatProblem(problems[0]!);
    expect(text).toMatch(
      /^error PROOF-EXEMPTIONS-HOLD environments\/example\/organization\.yaml\S* delegationPolicy\n/,
    );
    expect(text).toContain("Not known: the facts do not say whether the organization has a delegation policy");
    expect(text).toContain("fix: Run npx keyless sync example, which reads it.");
  });

  test("does not matter where an SCP denies it to whoever is in a member account", () => {
    const nobody = foreignPolicy("nobody", "r-exmp", [
      {
        Effect: "Deny",
        Action: TAKES_OFF,
        Resource: "*",
      },
    ]);
    expect(ids(proven({ organization: [unread, nobody] }).report)).toEqual([]);
  });
});

describe("a delegation policy that lets somebody in", () => {
  const lets = (statement: object) =>
    proven({
      organization: [
        [
          'delegationPolicy: ""\n',
          `delegationPolicy: '${JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "organizations:*", Resource: "*", ...statement }] })}'\n`,
        ],
      ],
    }).report.counterexamples.map(({ proof, account, accounts }) => `${proof} ${account.name} ${accounts}`);
  const { tree } = proven().environment;
  const members = tree.accounts.filter(({ id }) => id.startsWith("5"));

  test.each(members.map(({ id, name }) => [name, id]))("%s alone is a counterexample there", (name, id) => {
    const found = lets({ Principal: { AWS: id } });
    expect(new Set(found)).toEqual(new Set([`exemptions-hold ${name} 1`]));
    expect(lets({ Principal: { AWS: `arn:aws:iam::${id}:root` } })).toEqual(found);
    expect(lets({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": id } } })).toEqual(found);
    expect(
      lets({ Principal: "*", Condition: { StringLike: { "aws:PrincipalAccount": `${id.slice(0, -2)}*` } } }),
    ).not.toEqual([]);
    expect(
      lets({ Principal: "*", Condition: { StringLike: { "aws:PrincipalAccount": `*${id.slice(-3)}` } } }),
    ).not.toEqual([]);
  });

  test.each(
    [...tree.nodeById.values()]
      .filter(({ accounts }) => accounts.length > 0 && accounts[0]!.id !== "111111111111")
      .map(({ id, accounts }) => [id, accounts.length] as const),
  )("the accounts of %s is one there", (id) => {
    const found = lets({
      Principal: "*",
      Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": [`*/${id}/`] } },
    });
    expect(found).not.toEqual([]);
  });

  test("accounts below a number is one there", () => {
    const below = members.at(-1)!;
    const found = lets({
      Principal: "*",
      Condition: { NumericEquals: { "aws:PrincipalAccount": `${below.id}.0` } },
    });
    expect(found.some((one) => one.includes(below.name))).toBe(true);
    expect(
      lets({ Principal: "*", Condition: { NumericGreaterThanEquals: { "aws:PrincipalAccount": "5.55555555502e11" } } }),
    ).not.toEqual([]);
  });
});

test("delegates of other services are not asked about", () => expect(ids(proven().report)).toEqual([]));

test("nor is a delegate where no document of ours spares the roles of StackSets", () => {
  const { environment, state } = proven({ organization: [delegate] });
  const policies = attachedDocuments({ environment, ...state });
  expect(ids(prove({ environment, ...state }, { policies }))).toContain(ID);
  const withoutOurs = policies.filter((policy) => !policy.ours);
  expect(ids(prove({ environment, ...state }, { policies: withoutOurs }))).not.toContain(ID);
});
