import {
  BreakGlassIdentity,
  breakGlassRole,
  breakGlassTrust,
  breakGlassUserPolicy,
} from "../../../../modules/sections/break-glass/documents";

const identity: BreakGlassIdentity = {
  organizationId: "o-exampleorg1",
  homeAccountId: "111111111111",
  roleName: "SecurityBreakGlass",
  userPath: "/break-glass/",
  userNames: ["alice", "bob"],
  mfaMaxAgeMinutes: 30,
  sourceNetworks: [],
};

describe("the trust policy of the break-glass role", () => {
  const [statement, ...others] = breakGlassTrust(identity).Statement;

  test("has one statement: the named users of the home account, with fresh MFA, under their own name", () => {
    expect(others).toEqual([]);
    expect(statement).toEqual({
      Sid: "BreakGlassUsersWithMfa",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: "sts:AssumeRole",
      Condition: {
        ArnEquals: {
          "aws:PrincipalArn": [
            "arn:aws:iam::111111111111:user/break-glass/alice",
            "arn:aws:iam::111111111111:user/break-glass/bob",
          ],
        },
        Bool: { "aws:MultiFactorAuthPresent": "true" },
        NumericLessThan: { "aws:MultiFactorAuthAge": "1800" },
        StringEquals: { "sts:RoleSessionName": "${aws:username}" },
      },
    });
  });

  test("fails closed: no operator is an IfExists", () => {
    expect(Object.keys(statement!.Condition!).filter((operator) => operator.endsWith("IfExists"))).toEqual([]);
  });

  test("narrows to networks where some are named", () => {
    const [narrowed] = breakGlassTrust({ ...identity, sourceNetworks: ["203.0.113.0/24"] }).Statement;
    expect(narrowed!.Condition!["IpAddress"]).toEqual({ "aws:SourceIp": ["203.0.113.0/24"] });
  });
});

test("the role is an administrator for one hour", () => {
  expect(breakGlassRole(identity)).toMatchObject({
    name: "SecurityBreakGlass",
    path: "/",
    maxSessionSeconds: 3600,
    managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  });
});

describe("the policy of a break-glass user", () => {
  const policy = breakGlassUserPolicy(identity);
  const bySid = new Map(policy.Statement.map((s) => [s.Sid, s]));

  test("allows nothing with a wildcard action", () => {
    for (const statement of policy.Statement.filter((s) => s.Effect === "Allow"))
      expect(JSON.stringify(statement.Action)).not.toContain("*");
  });

  test("assumes only the break-glass role, only with MFA", () => {
    const assume = policy.Statement.filter((s) => s.Effect === "Allow" && JSON.stringify(s.Action).includes("sts:"));
    expect(assume).toHaveLength(1);
    expect(assume[0]).toMatchObject({
      Resource: "arn:aws:iam::*:role/SecurityBreakGlass",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    });
  });

  test("without MFA everything but enrolment is denied, whatever else is attached", () => {
    const deny = bySid.get("NothingElseWithoutMfa")!;
    expect(deny.Condition).toEqual({ BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } });
    expect(deny.NotAction).not.toContain("sts:AssumeRole");
    expect(deny.NotAction).not.toContain("iam:DeactivateMFADevice");
    expect(deny.NotAction).toContain("iam:EnableMFADevice");
  });

  test("its own MFA device and password only", () => {
    for (const sid of ["SeeAndEnrolItself", "ReplaceItsDeviceWithMfa"])
      expect(bySid.get(sid)!.Resource).toBe("arn:aws:iam::111111111111:user/break-glass/${aws:username}");
    for (const sid of ["MakeItsDevice", "DeleteItsDeviceWithMfa"]) {
      expect(bySid.get(sid)!.Resource).toEqual([
        "arn:aws:iam::111111111111:mfa/${aws:username}",
        "arn:aws:iam::111111111111:mfa/${aws:username}-*",
      ]);
    }
  });

  test("never a long-term key, not even for itself", () => {
    expect(bySid.get("NeverALongTermKey")).toMatchObject({
      Effect: "Deny",
      Resource: "*",
      Action: expect.arrayContaining(["iam:CreateAccessKey"]) as unknown,
    });
  });
});
