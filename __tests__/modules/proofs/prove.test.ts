import { formatProblem } from "../../../modules/kernel/errors";
import { policyDocument } from "../../../modules/policy/document";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { matrix } from "../../../modules/proofs/matrix";
import { prove } from "../../../modules/proofs/prove";
import { exampleWith, frozenWith } from "../../support/environments";
import { EVERYTHING_ENFORCED, foreignPolicy, ids, proven, withSection } from "./fixture";

describe("the proofs hold", () => {
  test("for the example as it is", () => {
    const { environment, state, problems } = exampleWith();
    expect(problems.filter((problem) => problem.code.startsWith("PROOF-")).map(formatProblem)).toEqual([]);
    expect(environment && state).toBeDefined();
  });

  test("with every guardrail enforced everywhere", () =>
    expect(ids(proven({ baseline: [EVERYTHING_ENFORCED] }).report)).toEqual([]));

  test("where break glass lives in a member account, and with a role that Terraform rolls out", () => {
    expect(
      ids(
        proven({ baseline: [EVERYTHING_ENFORCED, ["  homeAccount: management", "  homeAccount: log-archive"]] }).report,
      ),
    ).toEqual([]);
    expect(
      ids(
        proven({
          baseline: [
            EVERYTHING_ENFORCED,
            ["  homeAccount: management", "  homeAccount: management\n  rollout: terraform"],
          ],
        }).report,
      ),
    ).toEqual([]);
  });

  test("break glass from certain networks only: asked from inside and from outside", () => {
    const { report } = proven({
      baseline: [
        ["  mfaMaxAgeMinutes: 60", '  mfaMaxAgeMinutes: 60\n  sourceNetworks: ["203.0.113.0/24", "2001:db8::/32"]'],
      ],
    });
    expect(ids(report)).toEqual([]);
  });
});

describe("what is not enforced is not claimed", () => {
  const { report } = proven();
  const cell = (chain: string, proof: string) =>
    matrix(report)
      .chains.find((row) => row.name.split(", ").includes(chain))!
      .cells.find((one) => one.proof === proof)!;

  test("per chain", () => {
    expect(cell("Sandbox", "no-mint")).toMatchObject({ status: "not claimed" });
    expect(cell("Infrastructure", "no-mint")).toMatchObject({ status: "proven" });
    expect(cell("management", "no-mint")).toMatchObject({ status: "not bound" });
  });

  test("over all accounts: proven in 11 of 13", () => {
    const row = matrix(report).principals.find((one) => one.kind === "administrator")!;
    expect(row.cells.find((one) => one.proof === "no-mint")).toMatchObject({ status: "proven", accounts: 11, of: 13 });
  });
});

describe("an SCP of somebody else's", () => {
  test("that denies sts:AssumeRole to break-glass users in their home account, or iam:* to the role", () => {
    const home = '"222222222201"';
    const edit = (statement: object) => ({
      baseline: [["  homeAccount: management", "  homeAccount: log-archive"] as const],
      organization: [foreignPolicy("old-rules", home, [statement])],
    });
    const assume = proven(edit({ Sid: "NoHopping", Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" })).report;
    expect(ids(assume)).toEqual(["no-lock-out/log-archive/break-glass-user/sts:AssumeRole with MFA"]);
    // The users cannot get out of their account: every account is closed, not only that one.
    expect(assume.counterexamples[0]).toMatchObject({ accounts: 14, alsoFor: ["the break-glass user break-glass-2"] });
    const iam = proven(edit({ Sid: "NoIam", Effect: "Deny", Action: "iam:*", Resource: "*" })).report;
    expect(ids(iam)).toContain("no-lock-out/log-archive/break-glass/iam:UpdateAssumeRolePolicy");
  });

  test("is refused with a counterexample in plain words, at its place in the facts", () => {
    const { state, problems } = frozenWith({
      organization: [
        foreignPolicy("old-rules", "ou-exmp-workload", [
          { Sid: "NoIam", Effect: "Deny", Action: "iam:*", Resource: "*" },
        ]),
      ],
    });
    expect(state).toBeUndefined();
    const text = problems.map(formatProblem).find((one) => one.includes("PROOF-NO-LOCK-OUT"));
    expect(text).toMatch(/^error PROOF-NO-LOCK-OUT environments\/example\/organization\.yaml:\d+:\d+ policies\[0\]\n/);
    expect(text).toContain(
      "Break glass could not fix an OIDC provider. Counterexample: in data-dev (555555555501) and 5 more accounts, SecurityBreakGlass, arn:aws:iam::555555555501:role/SecurityBreakGlass, asks for iam:AddClientIDToOpenIDConnectProvider on",
    );
    expect(text).toContain(
      "AWS denies it, and it must be allowed. Statement NoIam of the SCP old-rules (attached to Workloads) denies it",
    );
    expect(text).toContain(
      "ask its owner to spare arn:aws:iam::*:role/SecurityBreakGlass in it (ArnNotLike on aws:PrincipalArn), then run npx keyless sync example. Or accept it, with a reason and an owner, under proofs.accepted: by id, no-lock-out/Workloads/break-glass/",
    );
  });

  test("that spares break glass is no problem", () => {
    const spares = {
      Effect: "Deny",
      Action: "iam:*",
      Resource: "*",
      Condition: {
        ArnNotLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::*:role/SecurityBreakGlass",
            "arn:aws:iam::*:role/keyless/*",
            "arn:aws:iam::*:role/stacksets-exec-*",
            "arn:aws:iam::*:role/OrganizationAccountAccessRole",
          ],
        },
      },
    };
    expect(ids(proven({ organization: [foreignPolicy("old-rules", "ou-exmp-workload", [spares])] }).report)).toEqual(
      [],
    );
  });

  test("that only allows what it lists leaves break glass without the rest", () => {
    const { report } = proven({
      organization: [
        foreignPolicy("only-these", "ou-exmp-sandbox1", [
          {
            Effect: "Allow",
            Action: ["iam:*", "sts:*", "ec2:*", "cloudtrail:*", "config:*", "events:*", "sns:*", "ssm:*"],
            Resource: "*",
          },
        ]),
        ["      - ou-exmp-infrastr\n      - ou-exmp-sandbox1\n", "      - ou-exmp-infrastr\n"],
      ],
    });
    expect(ids(report)).toContain("no-lock-out/Sandbox/break-glass/kms:PutKeyPolicy");
    expect(report.counterexamples.find((one) => one.action === "kms:PutKeyPolicy")!.because).toContain(
      "Nothing allows it: the SCP only-these, sandbox-limits (attached to Sandbox)",
    );
    expect(ids(report).filter((id) => id.includes("/Sandbox/break-glass/iam:"))).toEqual([]);
  });

  test("whose condition spares a tag that break glass may lack is a counterexample, by a request without the tag", () => {
    const { report } = proven({
      organization: [
        foreignPolicy("by-tag", "ou-exmp-workload", [
          {
            Sid: "Teams",
            Effect: "Deny",
            Action: "ec2:StopInstances",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:PrincipalTag/team": "platform" } },
          },
        ]),
      ],
    });
    expect(ids(report)).toEqual(["no-lock-out/Workloads/break-glass/ec2:StopInstances"]);
    expect(report.counterexamples[0]).toMatchObject({
      decision: "denied",
      because: "Statement Teams of the SCP by-tag (attached to Workloads) denies it.",
    });
    expect(
      matrix(report)
        .chains.find((row) => row.name.includes("Workloads/Prod"))!
        .cells.find((one) => one.proof === "no-lock-out")!.status,
    ).toBe("failed");
  });
});

describe("accepted counterexamples", () => {
  const organization = [
    foreignPolicy("no-ec2", "ou-exmp-sandbox1", [
      { Sid: "NoEc2", Effect: "Deny", Action: "ec2:StopInstances", Resource: "*" },
    ]),
  ];
  const accepting = (id: string) =>
    withSection(
      `proofs:\n  accepted:\n    - id: ${id}\n      reason: Sandboxes are switched off by their owners\n      owner: cloud-team\n`,
    );

  test("are shown as accepted, never as proven, and do not refuse", () => {
    const { report, problems } = proven({
      organization,
      baseline: [accepting("no-lock-out/Sandbox/break-glass/ec2:StopInstances")],
    });
    expect(report.counterexamples).toMatchObject([{ accepted: { owner: "cloud-team" } }]);
    expect(
      matrix(report)
        .chains.find((row) => row.name === "Sandbox")!
        .cells.find((one) => one.proof === "no-lock-out")!.status,
    ).toBe("accepted");
    expect(problems).toEqual([]);
  });

  test("accept one thing and nothing beside it", () => {
    const more = [
      foreignPolicy("no-ec2", "ou-exmp-sandbox1", [
        { Sid: "NoEc2", Effect: "Deny", Action: ["ec2:StopInstances", "ec2:StartInstances"], Resource: "*" },
      ]),
    ];
    const { problems } = frozenWith({
      organization: more,
      baseline: [accepting("no-lock-out/Sandbox/break-glass/ec2:StopInstances")],
    });
    expect(problems.map((problem) => problem.code)).toEqual(["PROOF-NO-LOCK-OUT"]);
    expect(problems[0]!.message).toContain("ec2:StartInstances");
  });

  test("that no longer occur are a warning", () => {
    const { problems, report } = proven({ baseline: [accepting("no-lock-out/Sandbox/break-glass/ec2:StopInstances")] });
    expect(report.staleAcceptances).toEqual([{ index: 0, what: "no-lock-out/Sandbox/break-glass/ec2:StopInstances" }]);
    expect(problems).toMatchObject([
      { code: "PROOF-ACCEPTED-STALE", severity: "warning", place: { path: "proofs.accepted[0].id" } },
    ]);
  });
});

describe("what the environment claims", () => {
  const claim = [
    "  rollout:\n",
    "  claims:\n    - guardrails: [deny-access-key-creation]\n      enforcedIn: [all]\n  rollout:\n",
  ] as const;

  test("an OU whose guardrails are off is a counterexample", () => {
    const { state, problems } = frozenWith({ baseline: [claim] });
    expect(state).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toEqual(["PROOF-NO-MINT"]);
    expect(formatProblem(problems[0]!)).toMatch(
      /guardrails\.claims\[0\]\n {2}The environment claims that deny-access-key-creation is enforced in Sandbox, and it is not\. deny-access-key-creation is off in Sandbox: no SCP of it binds sandbox-1 \(666666666601\)\./,
    );
  });

  test("is proven where it is so", () =>
    expect(
      ids(
        proven({
          baseline: [
            [
              "      targets:\n        include: [all]\n        except:\n          - ou: Sandbox\n",
              "      targets: [all]\n",
            ],
            claim,
          ],
        }).report,
      ),
    ).toEqual([]));
});

describe("names of permission sets", () => {
  test("a set whose role falls under a pattern that is meant for another", () => {
    const pattern =
      "arn:aws:iam::222222222202:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Security*";
    const { report } = proven({
      baseline: [["  remediation: manual", `  remediation: manual\n  retirement:\n    principals: ["${pattern}"]`]],
    });
    expect(ids(report)).toEqual([
      `exemptions-hold/(root)/permission-set/permission set SecurityAudit under ${pattern}`,
    ]);
  });

  test("a pattern that names one set is meant for it", () => {
    const pattern =
      "arn:aws:iam::222222222202:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_SecurityAudit_*";
    expect(
      ids(
        proven({
          baseline: [["  remediation: manual", `  remediation: manual\n  retirement:\n    principals: ["${pattern}"]`]],
        }).report,
      ),
    ).toEqual([]);
  });
});

test("a guardrail that spares somebody, without the one that protects him, is open", () => {
  const { environment, state } = proven({ baseline: [EVERYTHING_ENFORCED] });
  const policies = attachedDocuments({ environment, ...state }).map((policy) =>
    policy.ours
      ? {
          ...policy,
          document: policyDocument(
            policy.document.Statement.filter(({ Sid }) => !/^Protect(BaselineRoles|BreakGlassRole)/.test(Sid ?? "")),
          ),
        }
      : policy,
  );
  const open = ids(prove({ environment, ...state }, { policies }));
  expect(open).toContain("exemptions-hold/Sandbox/administrator/become role/SecurityBreakGlass");
  expect(open).toContain("exemptions-hold/Sandbox/administrator/become role/keyless/KeylessRetirement");
});
