import { asList, policyDocument } from "../../../modules/policy/document";
import { attachedDocuments } from "../../../modules/proofs/attached";
import type { Organization } from "../../../modules/organization/types";
import { proofProblems } from "../../../modules/proofs/problems";
import { prove } from "../../../modules/proofs/prove";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { attached, custom, deny, environmentOf, open, rcp, report, scp, together, Trap } from "./trap";

/**
 * Policies that samples pass and sets do not: one name, region, network or moment is fine, and another is not. Each kind with several of
 * its own; what is proven in the end is said as well, so that no answer is simply "no".
 */

const WORKLOADS = "ou-exmp-workload";
const HOME = "333333333303";
const NETWORK = "333333333302";
const IN_A_MEMBER = ["  homeAccount: management", "  homeAccount: shared-services"] as const;

test("a statement without a list is read", () => expect(open(scp(WORKLOADS, deny("ec2:RunInstances")))).toEqual([]));

test("policies of two accounts that speak of organization paths tell the accounts apart", () => {
  const found = report({
    organization: (before) => {
      const unit = (id: string, name: string) => ({ id, name, parentId: WORKLOADS });
      const account = (id: string, name: string, parentId: string) =>
        ({ id, name, status: "ACTIVE", parentId, tags: {} }) as const;
      const [a, b] = ["ou-exmp-teama001", "ou-exmp-teamb001"];
      const places = [a, b, "777777777701", "777777777702"];
      const wider: Organization = {
        ...before,
        organizationalUnits: [...before.organizationalUnits, unit(a!, "TeamA"), unit(b!, "TeamB")],
        accounts: [...before.accounts, account("777777777701", "team-a", a!), account("777777777702", "team-b", b!)],
        policies: before.policies.map((policy) =>
          policy.awsManaged ? { ...policy, targetIds: [...policy.targetIds, ...places] } : policy,
        ),
      };
      return attached(
        ["777777777701", "777777777702"],
        deny("*", {
          Condition: {
            "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `o-exampleorg1/r-exmp/${WORKLOADS}/${b}/*` },
          },
        }),
      )(wider);
    },
  });
  const locked = found.counterexamples.filter((one) => one.proof === "no-lock-out");
  expect(locked.length).toBeGreaterThan(0);
  expect([...new Set(locked.map((one) => one.account.name))]).toEqual(["team-b"]);
});

describe("a delegated administrator", () => {
  const delegate =
    (service: string, statement?: object) =>
    (before: Organization): Organization => {
      const wider = {
        ...before,
        delegatedAdministrators: [...before.delegatedAdministrators, { accountId: NETWORK, services: [service] }],
      };
      return statement ? attached(NETWORK, statement)(wider) : wider;
    };
  const STACKSETS = "member.org.stacksets.cloudformation.amazonaws.com";
  const DEPLOY = [
    "cloudformation:CreateStackInstances",
    "cloudformation:UpdateStackInstances",
    "cloudformation:UpdateStackSet",
  ];
  const ANYBODY = ["administrator", "assumed-root", "iam-user"].map(
    (kind) => `exemptions-hold|network|${kind}|allowed`,
  );

  test.each([
    ["one name", deny(DEPLOY, { Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Admin*" } } })],
    ["one region", deny(DEPLOY, { Condition: { StringEquals: { "aws:RequestedRegion": "eu-central-1" } } })],
    ["StackSets of one name", deny(DEPLOY, { Resource: "arn:aws:cloudformation:*:*:stackset/app-*" })],
    ["all but one region", deny(DEPLOY, { Condition: { StringNotEquals: { "aws:RequestedRegion": "us-west-2" } } })],
    ["two of three actions", deny(DEPLOY.slice(1))],
    ["calls without MFA", deny(DEPLOY, { Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } })],
  ])("of StackSets with an SCP on %s deploys everywhere", (_, statement) =>
    expect(open({ organization: delegate(STACKSETS, statement) }).sort()).toEqual(ANYBODY),
  );

  test("of StackSets with an SCP on any name and region does not", () => {
    const pipeline = { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole" } };
    expect(open({ organization: delegate(STACKSETS, deny(DEPLOY)) })).toEqual([]);
    expect(open({ organization: delegate(STACKSETS, deny(DEPLOY, { Condition: pipeline })) })).toEqual([]);
  });

  test("of AWS Config deploys no pack where protect-baseline is enforced, and any where it is not", () => {
    const trap: Trap = { organization: delegate("config.amazonaws.com") };
    expect(open(trap)).toEqual([]);
    const environment = environmentOf(trap);
    const { state } = resolveUnproven(environment);
    const input = { environment, ...state! };
    const without = attachedDocuments(input).map((policy) => ({
      ...policy,
      document: policyDocument(
        policy.document.Statement.map((statement) => ({
          ...statement,
          ...(statement.Action === undefined
            ? {}
            : { Action: asList(statement.Action).filter((one) => one !== "config:PutOrganizationConformancePack") }),
        })),
      ),
    }));
    // That nothing protects packs any more is counterexamples of its own, without a delegate.
    const found = prove(input, { policies: without }).counterexamples.filter((one) => one.delegate !== undefined);
    expect(found.map((one) => `${one.proof}|${one.place}|${one.principal.kind}|${one.decision}`).sort()).toEqual(
      [...ANYBODY, ...ANYBODY.map((one) => one.replace("network", "security-tooling"))].sort(),
    );
  });

  // Of each kind: an SCP that covers one name, one region, or calls without MFA only.
  const PARTIAL = [
    { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Admin*" } },
    { StringEquals: { "aws:RequestedRegion": "eu-central-1" } },
    { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
  ];
  test("of IAM opens root sessions, unless an SCP covers any name, region and task", () => {
    const trap = (statement?: object): Trap => ({ organization: delegate("iam.amazonaws.com", statement) });
    const root = "sts:AssumeRoot";
    expect(open(trap()).sort()).toEqual(ANYBODY);
    for (const Condition of [
      ...PARTIAL,
      { ArnEquals: { "sts:TaskPolicyArn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" } },
    ])
      expect(open(trap(deny(root, { Condition }))).sort()).toEqual(ANYBODY);
    expect(open(trap(deny(root, { Resource: "arn:aws:iam::444444444401:root" }))).sort()).toEqual(ANYBODY);
    expect(open(trap(deny(root)))).toEqual([]);
  });
  test("of IAM opens none where root access is not centralized, or no guardrail spares such sessions", () => {
    const organization = delegate("iam.amazonaws.com");
    const central = "  centralizedRootAccess:\n    rootCredentialsManagement: true\n    rootSessions: true\n";
    expect(open({ organization, baseline: [[central, ""]] })).toEqual([]);
    expect(
      open({ organization, baseline: [["deny-leaving-organization, deny-root-user,", "deny-leaving-organization,"]] }),
    ).toEqual([]);
  });
  test("of Identity Center changes a permission set that a policy spares, unless an SCP covers any name and region", () => {
    const set = custom(
      deny("iam:CreateAccessKey", {
        Condition: {
          ArnNotLike: {
            "aws:PrincipalArn":
              "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_*",
          },
        },
      }),
    );
    const at = (statement?: object): readonly string[] =>
      open(statement ? together(set, scp("333333333301", statement)) : set).filter((one) =>
        one.startsWith("exemptions-hold|identity|"),
      );
    const anybody = ANYBODY.map((one) => one.replace("network", "identity"));
    const sso = ["sso:Attach*", "sso:CreateAccountAssignment", "sso:Put*"];
    expect([...at()].sort()).toEqual(anybody);
    for (const Condition of PARTIAL) expect([...at(deny(sso, { Condition }))].sort()).toEqual(anybody);
    expect(at(deny(sso))).toEqual([]);
  });

  const delegation = (statement: object, account = NETWORK): Trap => ({
    organization: (before) => ({
      ...before,
      delegationPolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: account }, Resource: "*", ...statement },
      }),
    }),
  });
  test.each([
    ["detaching", { Action: ["organizations:DetachPolicy", "organizations:List*"] }],
    ["everything", { Action: "organizations:*" }],
    [
      "changing SCPs",
      {
        Action: "organizations:UpdatePolicy",
        Condition: { StringLikeIfExists: { "organizations:PolicyType": ["SERVICE_CONTROL_POLICY"] } },
      },
    ],
    ["deleting", { Action: "organizations:Delete*" }],
    ["switching the type off", { Action: "organizations:DisablePolicyType" }],
    ["moving accounts from under them", { Action: "organizations:MoveAccount" }],
    ["removing accounts", { Action: "organizations:RemoveAccountFromOrganization" }],
    ["rewriting itself", { Action: "organizations:PutResourcePolicy" }],
  ])("by a delegation policy takes guardrails off: %s", (_, statement) =>
    expect(open(delegation(statement)).sort()).toEqual(ANYBODY),
  );
  test("by a delegation policy is stopped by an SCP on any name and region, and by no other", () => {
    const trap = (statement: object): Trap =>
      together(delegation({ Action: "organizations:*" }), scp(NETWORK, statement));
    for (const Condition of PARTIAL) expect(open(trap(deny("organizations:*", { Condition }))).sort()).toEqual(ANYBODY);
    expect(open(trap(deny("organizations:*")))).toEqual([]);
  });
  test("by a delegation policy that reads takes none off", () =>
    expect(open(delegation({ Action: ["organizations:List*", "organizations:Describe*"] }))).toEqual([]));
});

describe("the way in", () => {
  const NETWORKS = [
    "  mfaMaxAgeMinutes: 60",
    "  mfaMaxAgeMinutes: 60\n  sourceNetworks: [198.51.100.0/25, 203.0.113.0/24]",
  ] as const;
  const home = (statement: object, more: readonly (readonly [string, string])[] = []): Trap => ({
    ...scp(HOME, statement),
    baseline: [IN_A_MEMBER, ...more],
  });
  const SHUT = "no-lock-out|shared-services|break-glass-user|denied";

  test("of a home in a member account is open, and nobody there can shut it", () =>
    expect(open({ baseline: [IN_A_MEMBER] })).toEqual([]));

  test.each([
    [
      "every network that is allowed",
      deny("sts:AssumeRole", { Condition: { NotIpAddress: { "aws:SourceIp": "198.51.100.0/24" } } }),
    ],
    ["half of a network", deny("sts:AssumeRole", { Condition: { IpAddress: { "aws:SourceIp": "203.0.113.128/25" } } })],
    ["one address", deny("sts:*", { Condition: { IpAddress: { "aws:SourceIp": "198.51.100.77/32" } } })],
    [
      "every region",
      deny("sts:AssumeRole", { Condition: { StringNotEquals: { "aws:RequestedRegion": "eu-central-1" } } }),
    ],
    ["one region", deny("*", { Condition: { StringEquals: { "aws:RequestedRegion": "sa-east-1" } } })],
    [
      "an endpoint of a VPC",
      deny("sts:AssumeRole", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    ],
    [
      "MFA of a minute",
      deny("sts:AssumeRole", { Condition: { NumericGreaterThan: { "aws:MultiFactorAuthAge": "60" } } }),
    ],
    ["one user", deny("sts:AssumeRole", { Condition: { StringEquals: { "aws:username": "break-glass-2" } } })],
  ])("from or with %s", (_, statement) => expect(open(home(statement, [NETWORKS]))).toContain(SHUT));

  test.each([
    ["iam:EnableMFADevice and its device", deny(["iam:EnableMFADevice", "iam:CreateVirtualMFADevice"])],
    ["its password", deny("iam:ChangePassword")],
    ["everything without MFA", deny("*", { Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } })],
    ["devices of one name", deny("iam:CreateVirtualMFADevice", { Resource: "arn:aws:iam::*:mfa/break-glass-1" })],
    ["everything but reading", deny([], { Action: undefined, NotAction: ["iam:Get*", "iam:List*", "sts:*"] })],
  ])("a new user can never enrol: %s", (_, statement) => expect(open(home(statement))).toContain(SHUT));

  const door = rcp(
    "r-exmp",
    deny("signin:Authenticate", { Condition: { NotIpAddressIfExists: { "aws:SourceIp": "203.0.113.0/24" } } }),
  );
  const facts = (consoleAuthorization: "enabled" | "disabled" | undefined): Trap => ({
    baseline: [IN_A_MEMBER],
    organization: (before) => ({ ...door.organization!(before), consoleAuthorization }),
  });
  test("signing in is what the facts say", () => {
    expect(open(facts(undefined))).toEqual(["no-lock-out|(root)|break-glass-user|unknown"]);
    expect(open(facts("enabled"))).toEqual(["no-lock-out|(root)|break-glass-user|denied"]);
    expect(open(facts("disabled"))).toEqual([]);
  });
});

describe("break glass, the pipeline and clean-up", () => {
  test.each([
    [
      "AWS's own sample for Identity Center's provider",
      scp(
        WORKLOADS,
        deny(["iam:DeleteSAMLProvider", "iam:UpdateSAMLProvider"], {
          Resource: "arn:aws:iam::*:saml-provider/AWSSSO_*",
        }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "roles of one path",
      scp(WORKLOADS, deny("iam:*Role*", { Resource: "arn:aws:iam::*:role/platform/*" })),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "instances with a tag",
      scp(
        WORKLOADS,
        deny("ec2:StopInstances", { Condition: { StringEquals: { "aws:ResourceTag/critical": "true" } } }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "one key",
      scp(WORKLOADS, deny("kms:EnableKey", { Resource: "arn:aws:kms:*:*:key/mrk-*" })),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "users of one prefix",
      scp(WORKLOADS, deny("iam:*AccessKey*", { Resource: "arn:aws:iam::*:user/svc-*" })),
      "clean-up|Workloads|retirement|denied",
    ],
    [
      "users of one path",
      scp(WORKLOADS, deny("iam:DeleteAccessKey", { Resource: "arn:aws:iam::*:user/machines/*" })),
      "clean-up|Workloads|remediation|denied",
    ],
    [
      "everything but some users",
      scp(WORKLOADS, { Effect: "Deny", Action: "iam:UpdateAccessKey", NotResource: "arn:aws:iam::*:user/ci*" }),
      "clean-up|Workloads|retirement|denied",
    ],
    [
      "their own AssumeRole",
      rcp(WORKLOADS, deny("sts:AssumeRole", { Resource: "arn:aws:iam::*:role/keyless/*" })),
      "clean-up|Workloads|inventory|denied",
    ],
    [
      "the retirement's AssumeRole alone",
      rcp(WORKLOADS, deny("sts:*", { Resource: "arn:aws:iam::*:role/*/KeylessRetirement" })),
      "clean-up|Workloads|retirement|denied",
    ],
    [
      "the pipeline's AssumeRole",
      rcp(WORKLOADS, deny("sts:AssumeRole", { Resource: "arn:aws:iam::*:role/OrganizationAccountAccessRole" })),
      "still-manageable|Workloads|pipeline-apply|denied",
    ],
    [
      "sessions from a day on",
      scp(WORKLOADS, deny("*", { Condition: { DateGreaterThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } } })),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "a day that comes",
      scp(
        WORKLOADS,
        deny("*", { Condition: { DateGreaterThanEquals: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } } }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "a window of time",
      scp(
        WORKLOADS,
        deny("iam:*", {
          Condition: {
            DateGreaterThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" },
            DateLessThan: { "aws:TokenIssueTime": "2026-07-01T00:00:00Z" },
          },
        }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
  ] as const)("%s", (_, trap, expected) => expect(open(trap)).toContain(expected));

  test("sessions that were revoked are opened anew: no lock-out", () =>
    expect(
      open(
        scp(WORKLOADS, deny("*", { Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } } })),
      ),
    ).toEqual([]));

  test("what depends on the runner's network is unknown, and says so", () => {
    const trap = scp(
      WORKLOADS,
      deny("iam:CreateRole", {
        Condition: {
          NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" },
          ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/SecurityBreakGlass" },
        },
      }),
    );
    const found = report(trap).counterexamples;
    expect(new Set(found.map((one) => `${one.proof}|${one.decision}`))).toEqual(new Set(["still-manageable|unknown"]));
    expect(found[0]!.because).toContain("it depends on aws:SourceIp, which neither the baseline nor the facts say");
  });
});

describe("an exception does not collide with a stand-in", () => {
  test.each(["role/Admin", "user/ci", "role/example", "user/example", "role/SecurityAudit"])("%s", (name) =>
    expect(
      open({
        baseline: [
          [
            "principal: arn:aws:iam::444444444401:role/backup/backup-product",
            `principal: arn:aws:iam::444444444401:${name}`,
          ],
        ],
      }),
    ).toEqual([]),
  );
});

test("one acceptance by cause takes on all that a policy causes, wherever, and nothing else", () => {
  const trap = scp([WORKLOADS, "ou-exmp-sandbox1"], deny("iam:DeleteAccessKey"));
  const accepting = (cause: string): Trap => ({
    ...trap,
    baseline: [
      [
        "\nbreakGlass:\n",
        `\nproofs:\n  accepted:\n    - cause: ${cause}\n      reason: AWS's own\n      owner: platform\n\nbreakGlass:\n`,
      ],
    ],
  });
  const states = (cause: string): readonly boolean[] =>
    report(accepting(cause)).counterexamples.map((one) => one.accepted !== undefined);
  expect(new Set(states("{ policy: trap, principal: break-glass }"))).toEqual(new Set([true, false]));
  expect(new Set(states("{ policy: trap }"))).toEqual(new Set([true]));
  const other = report(accepting("{ policy: another }"));
  expect(other.counterexamples.every((one) => !one.accepted)).toBe(true);
  expect(other.staleAcceptances).toEqual([{ index: 0, what: "what the policy another causes" }]);
});

describe("an acceptance by cause", () => {
  const accepting = (trap: Trap, cause: string): Trap =>
    together(trap, {
      baseline: [
        [
          "\nbreakGlass:\n",
          `\nproofs:\n  accepted:\n    - cause: ${cause}\n      reason: AWS's own\n      owner: platform\n\nbreakGlass:\n`,
        ],
      ],
    });
  const PROD = "ou-exmp-wrkprod1";
  const trap = scp([PROD, "ou-exmp-sandbox1"], deny("iam:DeleteAccessKey"));
  const CAUSE = "{ policy: trap }";
  const renamed: Trap = {
    organization: (before) => ({
      ...before,
      organizationalUnits: before.organizationalUnits.map((unit) =>
        unit.id === PROD ? { ...unit, name: "Live" } : unit,
      ),
    }),
  };
  const wider: Trap = {
    organization: (before) => ({
      ...before,
      organizationalUnits: [
        ...before.organizationalUnits,
        { id: "ou-exmp-newteam1", name: "New", parentId: WORKLOADS },
      ],
      accounts: [
        ...before.accounts,
        { id: "777777777702", name: "new-team", status: "ACTIVE", parentId: "ou-exmp-newteam1", tags: {} },
      ],
      policies: before.policies.map((policy) =>
        policy.awsManaged || policy.name === "trap"
          ? { ...policy, targetIds: [...policy.targetIds, "ou-exmp-newteam1", "777777777702"] }
          : policy,
      ),
    }),
  };
  test.each([
    ["an OU gets another name", renamed],
    ["an OU and an account are new", wider],
  ])("survives when %s", (_, change) => {
    const before = report(accepting(trap, CAUSE)).counterexamples;
    const after = report(accepting(together(trap, change), CAUSE));
    expect(after.counterexamples.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
    expect(after.counterexamples.filter((one) => !one.accepted)).toEqual([]);
    expect(after.staleAcceptances).toEqual([]);
  });

  test("takes on what a policy of others' spares by a name or a tag, too", () => {
    const keys = (Condition: object): Trap => scp("ou-exmp-sandbox1", deny("iam:CreateAccessKey", { Condition }));
    for (const Condition of [
      { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/KeyAdmin" } },
      { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } },
      { StringNotLike: { "aws:userid": "*:admin-*" } },
    ]) {
      const found = report(accepting(keys(Condition), CAUSE)).counterexamples;
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((one) => !one.accepted)).toEqual([]);
    }
  });
});

describe("a problem", () => {
  const problemsOf = (trap: Trap) => proofProblems(environmentOf(trap), report(trap));
  const OUS = [WORKLOADS, "ou-exmp-sandbox1", "ou-exmp-security"];
  test("is one for a statement and a kind of principal, wherever the policy is attached, with fixes that a reader may make", () => {
    const problems = problemsOf(scp(OUS, deny("cloudformation:CreateStack")));
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toContain("in Security");
    expect(problems[0]!.fix).toContain("ask its owner to spare arn:aws:iam::*:role/stacksets-exec-* in it");
    expect(problems[0]!.fix).toContain('cause: { policy: "trap", principal: stack-set }');
  });
  test("of a spare says whose statement it is", () => {
    const problems = problemsOf(
      scp(
        "ou-exmp-sandbox1",
        deny("iam:CreateAccessKey", { Sid: "Keys", Condition: { StringNotLike: { "aws:userid": "*:admin-*" } } }),
      ),
    );
    expect(problems.map(({ place }) => place?.path)).toEqual(problems.map(() => "policies[4]"));
    expect(problems[0]!.fix).toContain(
      "trap is not managed here: ask its owner to let statement Keys spare nobody that way",
    );
  });
});
