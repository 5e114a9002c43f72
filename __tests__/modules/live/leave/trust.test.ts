import type { Going } from "../../../../modules/live/leave/going";
import { trustGoes } from "../../../../modules/live/leave/trust";

const M = "111111111111";
const going: Going = {
  roles: [`arn:aws:iam::${M}:role/keyless/deploy`],
  users: [`arn:aws:iam::${M}:user/break-glass/one`, `arn:aws:iam::${M}:user/break-glass/two`],
  stackSetRoles: ["SecurityBreakGlass"],
  permissionSets: [{ name: "Admin", arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-1" }],
  oidcProviders: [`arn:aws:iam::${M}:oidc-provider/example.com`],
  groups: [],
};
const GO = going.users;
const STAYS = `arn:aws:iam::${M}:user/ada`;
const ROOT = `arn:aws:iam::${M}:root`;
const trust = (Principal: unknown, Condition?: unknown) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal, ...(Condition ? { Condition } : {}) }],
  });
const goes = (Principal: unknown, Condition?: unknown) => trustGoes(trust(Principal, Condition), going, M);

describe("whether all whom a role trusts go", () => {
  test.each<[string, unknown, unknown?]>([
    ["a user", { AWS: GO[0] }],
    ["all users", { AWS: GO }],
    ["a role with its path", { AWS: `arn:aws:iam::${M}:role/keyless/deploy` }],
    ["a session of a role", { AWS: `arn:aws:sts::${M}:assumed-role/deploy/x` }],
    ["a StackSet's role of a member account", { AWS: "arn:aws:iam::222222222222:role/SecurityBreakGlass" }],
    ["an OIDC provider", { Federated: `arn:aws:iam::${M}:oidc-provider/example.com` }],
    ["an account, and conditions that name users", { AWS: ROOT }, { ArnEquals: { "aws:PrincipalArn": GO } }],
    ["anybody, and conditions that name a user", "*", { StringEquals: { "aws:principalArn": GO[1] } }],
    [
      "a permission set by its pattern",
      { AWS: M },
      {
        ArnLike: {
          "aws:PrincipalArn": `arn:aws:iam::${M}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*`,
        },
      },
    ],
    ["one that goes and one that was deleted", { AWS: [GO[0], "AIDACKCEVSQ6C2EXAMPLE"] }],
    ["a federated user, whom a user that goes may have made", { AWS: `arn:aws:sts::${M}:federated-user/me` }],
  ])("%s: they go", (...[, principal, condition]) => {
    expect(goes(principal, condition)).toContain("all whom it trusts go");
  });

  test.each<[string, unknown, unknown?]>([
    ["a user that stays besides", { AWS: [...GO, STAYS] }],
    ["an account without conditions on who", { AWS: ROOT }, { Bool: { "aws:MultiFactorAuthPresent": "true" } }],
    ["conditions that name one who stays", { AWS: ROOT }, { ArnEquals: { "aws:PrincipalArn": [...GO, STAYS] } }],
    ["whom the conditions exclude", { AWS: ROOT }, { ArnNotEquals: { "aws:PrincipalArn": GO } }],
    ["a role of that name in another account", { AWS: "arn:aws:iam::222222222222:role/deploy" }],
    ["a SAML provider", { Federated: `arn:aws:iam::${M}:saml-provider/x` }],
    ["a service", { Service: "ec2.amazonaws.com" }],
    ["a pattern of which somebody may stay", { AWS: M }, { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } }],
  ])("%s: somebody stays", (...[, principal, condition]) => {
    expect(goes(principal, condition)).toBeUndefined();
  });

  test("percent-encoded, as IAM returns it", () => {
    expect(trustGoes(encodeURIComponent(trust({ AWS: GO[0] })), going, M)).toContain("go");
    expect(trustGoes(encodeURIComponent(trust({ AWS: STAYS })), going, M)).toBeUndefined();
  });

  test("nothing that can be read is no way in", () => {
    expect(trustGoes(undefined, going, M)).toBe("whom it trusts could not be read");
    expect(trustGoes("{", going, M)).toBe("whom it trusts could not be read");
    expect(trustGoes(JSON.stringify({ Version: "2012-10-17", Statement: [] }), going, M)).toBe("it trusts nobody");
    const tags = { Effect: "Allow", Action: "sts:TagSession", Principal: { AWS: STAYS } };
    expect(trustGoes(JSON.stringify({ Version: "2012-10-17", Statement: [tags] }), going, M)).toBe("it trusts nobody");
    const denied = { Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: STAYS } };
    expect(trustGoes(JSON.stringify({ Version: "2012-10-17", Statement: [denied] }), going, M)).toBe(
      "it trusts nobody",
    );
  });
});
