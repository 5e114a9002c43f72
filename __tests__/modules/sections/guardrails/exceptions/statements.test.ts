import fc from "fast-check";
import { GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import {
  EXCEPTED_USER_CHANGES,
  protectPrincipals,
  withExceptions,
} from "../../../../../modules/sections/guardrails/exceptions/statements";
import type { GuardrailException } from "../../../../../modules/sections/guardrails/resolve";
import { ROLE_CHANGES } from "../../../../../modules/sections/guardrails/rules/protect-break-glass";
import { policyDocument } from "../../../../../modules/policy/document";
import { evaluate, FULL_AWS_ACCESS, PolicyRequest } from "../../../../../modules/policy/evaluate";
import type { ConditionElement, PolicyStatement } from "../../../../../modules/policy/types";
import { stateWith, unprovenWith } from "../fixture";
import { defined } from "../../../../../modules/kernel/optional";

const ACCOUNT = "444444444401";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/backup/Legacy`;
const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/backup/LegacyToo`;
const USER = `arn:aws:iam::${ACCOUNT}:user/smtp`;
const SAME_NAME_ELSEWHERE = "arn:aws:iam::444444444402:role/backup/Legacy";

const exception = (
  name: string,
  expires: string,
  principals: GuardrailException["principals"],
): GuardrailException => ({
  name,
  owner: "Data",
  reason: "moves to roles",
  expires,
  endsAt: `${expires}T23:59:59Z`,
  guardrails: ["deny-access-key-creation"],
  principals,
});
const legacy = exception("legacy", "2027-06-30", [{ kind: "role", accountId: ACCOUNT, arn: ROLE }]);
const smtp = exception("smtp", "2027-12-31", [{ kind: "user", accountId: ACCOUNT, arn: USER }]);

/** True: the SCP denies. */
const denied = (
  statements: readonly PolicyStatement[],
  principal: string,
  at: string,
  more: Partial<PolicyRequest> = {},
): boolean => {
  const type = principal.includes(":user/") ? ("user" as const) : ("role" as const);
  const request: PolicyRequest = {
    action: "iam:CreateAccessKey",
    resource: `arn:aws:iam::${ACCOUNT}:user/ci`,
    unlistedKeys: "absent",
    ...more,
    principal: { type, arn: principal },
    context: { "aws:CurrentTime": at, ...more.context },
  };
  const verdict = evaluate(request, {
    scps: [[FULL_AWS_ACCESS, { name: "ours", document: policyDocument(statements) }]],
  });
  expect(verdict.decision).not.toBe("unknown");
  return verdict.decision === "denied";
};

describe("an exception ends by itself", () => {
  const statements = withExceptions(
    GUARDRAILS.find((g) => g.id === "deny-access-key-creation")!.statements({} as never),
    [legacy, smtp],
  );

  test.each([
    ["the excepted role on its last day", ROLE, "2027-06-30T23:59:59Z", false],
    ["the excepted role a second later", ROLE, "2027-07-01T00:00:00Z", true],
    ["the excepted user, whose day is another", USER, "2027-07-01T00:00:00Z", false],
    ["the excepted user after its day", USER, "2028-01-01T00:00:00Z", true],
    ["a role whose name begins alike", OTHER_ROLE, "2027-01-01T00:00:00Z", true],
    ["the role of that name in another account", SAME_NAME_ELSEWHERE, "2027-01-01T00:00:00Z", true],
    ["a user of the excepted role's name", ROLE.replace(":role/", ":user/"), "2027-01-01T00:00:00Z", true],
  ])("%s", (_, principal, at, expected) => expect(denied(statements, principal, at)).toBe(expected));

  test("without exceptions nothing is written", () => {
    const plain: PolicyStatement[] = [{ Effect: "Deny", Action: "iam:CreateUser", Resource: "*" }];
    expect(withExceptions(plain, [])).toBe(plain);
  });
});

describe("whatever the statement says", () => {
  const keyed = (key: string, values: string[]): fc.Arbitrary<ConditionElement[string]> =>
    fc.subarray(values, { minLength: 1 }).map((some) => ({ [key]: some }));
  const arns = [ROLE, OTHER_ROLE, USER, "arn:aws:iam::*:role/Admin", `arn:aws:iam::${ACCOUNT}:*`];
  const condition: fc.Arbitrary<ConditionElement> = fc.record(
    {
      ArnNotLike: keyed("aws:PrincipalArn", arns),
      ArnNotEquals: keyed("aws:principalarn", arns),
      ArnLike: keyed("aws:PrincipalArn", arns),
      ArnEquals: keyed("aws:PrincipalARN", arns),
      StringNotLike: keyed("aws:PrincipalArn", arns),
      Bool: fc.constant({ "aws:MultiFactorAuthPresent": "true" }),
      DateGreaterThan: fc.constant({ "aws:CurrentTime": "2027-03-01T00:00:00Z" }),
    },
    { requiredKeys: [] },
  );
  const statement: fc.Arbitrary<PolicyStatement> = fc
    .record({
      action: fc.constantFrom<Partial<PolicyStatement>>(
        { Action: "iam:CreateAccessKey" },
        { Action: "iam:*" },
        { NotAction: "iam:Get*" },
        { Action: "s3:GetObject" },
      ),
      resource: fc.constantFrom<Partial<PolicyStatement>>(
        { Resource: "*" },
        { NotResource: `arn:aws:iam::${ACCOUNT}:user/ci` },
        { Resource: `arn:aws:iam::*:user/*` },
      ),
      condition: fc.option(condition, { nil: undefined }),
    })
    .map(({ action, resource, condition: c }) => ({
      Sid: "Any",
      Effect: "Deny" as const,
      ...action,
      ...resource,
      ...defined({ Condition: c }),
    }));

  test("before its end only the excepted principal is free; after it everybody is denied as before", () => {
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(ROLE, USER, OTHER_ROLE, SAME_NAME_ELSEWHERE, "arn:aws:iam::444444444402:role/Admin"),
        fc.constantFrom("2027-02-01T00:00:00Z", "2027-05-01T00:00:00Z", "2027-07-15T00:00:00Z", "2028-02-01T00:00:00Z"),
        fc.boolean(),
        (statements, principal, at, mfa) => {
          const context = { "aws:MultiFactorAuthPresent": mfa };
          const live = [legacy, smtp]
            .filter((e) => at <= e.endsAt)
            .some((e) => e.principals.some((p) => p.arn === principal));
          const before = denied(statements, principal, at, { context });
          expect(denied(withExceptions(statements, [legacy, smtp]), principal, at, { context })).toBe(before && !live);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("nobody becomes an excepted principal while it is one", () => {
  const { context } = stateWith({}).guardrails;
  const statements = protectPrincipals(context, [legacy, smtp]);
  const may = (principal: string, action: string, resource: string, at = "2027-06-01T00:00:00Z"): boolean =>
    !denied(statements, principal, at, { action, resource });
  const admin = `arn:aws:iam::${ACCOUNT}:role/Admin`;
  const breakGlass = `arn:aws:iam::${ACCOUNT}:role/${context.breakGlass.roleName}`;
  const pipeline = `arn:aws:iam::${ACCOUNT}:role/${context.memberRole}`;

  test.each([...ROLE_CHANGES, "iam:PassRole"])(
    "%s on the excepted role: the pipeline and break glass only, not even the role itself",
    (action) => {
      for (const principal of [admin, ROLE, USER])
        expect([principal, may(principal, action, ROLE)]).toEqual([principal, false]);
      for (const principal of [pipeline, breakGlass])
        expect([principal, may(principal, action, ROLE)]).toEqual([principal, true]);
      expect(may(admin, action, OTHER_ROLE)).toBe(true);
      expect(may(admin, action, ROLE, "2027-07-01T00:00:00Z")).toBe(true);
    },
  );

  test.each(EXCEPTED_USER_CHANGES)(
    "%s on the excepted user: the pipeline, break glass and the user itself",
    (action) => {
      for (const principal of [admin, ROLE])
        expect([principal, may(principal, action, USER)]).toEqual([principal, false]);
      for (const principal of [pipeline, breakGlass, USER])
        expect([principal, may(principal, action, USER)]).toEqual([principal, true]);
    },
  );

  test("one excepted user is no keeper of another", () => {
    const second = `arn:aws:iam::${ACCOUNT}:user/second`;
    const two = protectPrincipals(context, [
      exception("two", "2027-06-30", [
        { kind: "user", accountId: ACCOUNT, arn: USER },
        { kind: "user", accountId: ACCOUNT, arn: second },
      ]),
    ]);
    expect(denied(two, USER, "2027-06-01T00:00:00Z", { action: "iam:CreateAccessKey", resource: second })).toBe(true);
  });

  test("cleaning up stays open", () => {
    for (const action of ["iam:DeleteAccessKey", "iam:UpdateAccessKey", "iam:DeleteLoginProfile", "iam:DeleteUser"])
      expect([action, may(admin, action, USER)]).toEqual([action, true]);
  });
});

describe("an exception as it is written in baseline.yaml", () => {
  // Who administers Identity Center elsewhere could assign an excepted set: the proofs say so, and these are about the patterns.
  const find = (exceptions: string) => unprovenWith({ exceptions }).guardrails.exceptions;
  const rest =
    "  guardrails: [deny-access-key-creation]\n  owner: Data\n  reason: moves to roles\n  expires: 2027-06-30";

  test("a permission set: its role in each account, and no other set whose name begins alike", () => {
    const [found] = find(
      `- name: build\n  principal: { permissionSet: Developer }\n  accounts:\n    - account: data-prod\n    - account: shop-dev\n${rest}`,
    );
    expect(found!.principals.map((p) => p.arn)).toEqual([
      "arn:aws:iam::444444444401:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_????????????????",
      "arn:aws:iam::555555555503:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_????????????????",
    ]);
    const statements = withExceptions([{ Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }], [found!]);
    const set = (name: string, hash = "0123456789abcdef"): string =>
      `arn:aws:iam::444444444401:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_${name}_${hash}`;
    expect(denied(statements, set("Developer"), "2027-01-01T00:00:00Z")).toBe(false);
    for (const name of ["Developer_Admin", "DeveloperAdmin", "Dev"])
      expect(denied(statements, set(name), "2027-01-01T00:00:00Z")).toBe(true);
    // The region is part of the path, but for us-east-1.
    const [east] = unprovenWith(
      {
        exceptions: `- name: build\n  principal: { permissionSet: Developer }\n  accounts: [{ account: data-prod }]\n${rest}`,
      },
      { organization: [["  region: eu-central-1\n  groups:", "  region: us-east-1\n  groups:"]] },
    ).guardrails.exceptions;
    expect(east!.principals[0]!.arn).toBe(
      "arn:aws:iam::444444444401:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developer_????????????????",
    );
  });

  test("a role in the accounts of an OU: each by its account, the management account left out", () => {
    const [found] = find(
      `- name: legacy\n  principal: { role: Legacy, path: /backup/ }\n  accounts:\n    - ou: Workloads/Prod\n    - account: management\n${rest}`,
    );
    expect(found!.principals.map((p) => p.arn)).toEqual(
      ["444444444401", "444444444402", "444444444403"].map((id) => `arn:aws:iam::${id}:role/backup/Legacy`),
    );
    expect(found!.endsAt).toBe("2027-06-30T23:59:59Z");
  });
});
