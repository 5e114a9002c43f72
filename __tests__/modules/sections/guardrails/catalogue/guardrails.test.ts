import { GUARDRAILS, findGuardrail } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import type { Guardrail, GuardrailCase, GuardrailContext } from "../../../../../modules/sections/guardrails/types";
import { policyDocument, policySize } from "../../../../../modules/policy/document";
import {
  evaluate,
  FULL_AWS_ACCESS,
  PolicyRequest,
  PrincipalType,
  Verdict,
} from "../../../../../modules/policy/evaluate";
import {
  ROLE_CHANGE_PATTERNS,
  ROLE_CHANGES,
  USER_CHANGES,
} from "../../../../../modules/sections/guardrails/rules/protect-break-glass";
import { STACK_CHANGES } from "../../../../../modules/sections/guardrails/rules/protect-baseline";
import { actionName, expandAction, vocabularyProblems } from "../../../../../modules/policy/vocabulary";
import { CONTEXTS } from "../contexts";

/** What kind of principal an ARN of a case is. */
function principalType(arn: string): PrincipalType {
  if (arn.endsWith(":root")) return "root";
  if (arn.endsWith(".amazonaws.com")) return "service";
  if (arn.includes(":oidc-provider/")) return "webIdentity";
  return arn.includes(":user/") ? "user" : "role";
}

const RCP_FULL_ACCESS = {
  name: "RCPFullAWSAccess",
  document: policyDocument([{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }]),
};

/** Keys that a case does not name are not in its request. */
function request(of: GuardrailCase): PolicyRequest {
  const { "aws:AssumedRoot": assumedRoot } = of.context ?? {};
  return {
    principal: { type: assumedRoot === "true" ? "assumedRoot" : principalType(of.principal), arn: of.principal },
    action: of.action,
    resource: of.resource,
    context: { ...of.context },
    unlistedKeys: "absent",
  };
}

/** The guardrail alone, attached to the account, with FullAWSAccess beside it. */
function ask(guardrail: Guardrail, context: GuardrailContext, of: GuardrailCase): Verdict {
  const statements = guardrail.statements(context);
  if (guardrail.policyType === "RESOURCE_CONTROL_POLICY") {
    const trust = policyDocument([
      {
        Effect: "Allow",
        Principal: "*",
        Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
      },
    ]);
    return evaluate(request(of), {
      rcps: [[RCP_FULL_ACCESS, { name: guardrail.id, document: policyDocument(statements) }]],
      resource: { name: "trust", document: trust },
    });
  }
  return evaluate(request(of), {
    scps: [
      [
        FULL_AWS_ACCESS,
        ...(statements.length > 0 ? [{ name: guardrail.id, document: policyDocument(statements) }] : []),
      ],
    ],
  });
}

describe.each(GUARDRAILS.map((guardrail) => [guardrail.id, guardrail] as const))("%s", (_, guardrail) => {
  test.each([...CONTEXTS])("says what its cases claim: %s", (_name, context) => {
    const wrong = guardrail
      .cases(context)
      .map((of) => ({
        name: of.name,
        expected: of.expected === "denied" ? "explicit-deny" : "explicit-allow",
        found: ask(guardrail, context, of).kind,
      }))
      .filter(({ expected, found }) => expected !== found);
    expect(wrong).toEqual([]);
  });

  test("has denied and untouched cases", () => {
    for (const context of CONTEXTS.values()) {
      const expectations = new Set(guardrail.cases(context).map((of) => of.expected));
      if (guardrail.statements(context).length > 0) expect([...expectations].sort()).toEqual(["denied", "untouched"]);
    }
  });

  test("every statement is a Deny with a Sid of its own, and denies some case by itself", () => {
    for (const context of CONTEXTS.values()) {
      const statements = guardrail.statements(context);
      expect(new Set(statements.map((s) => s.Sid)).size).toBe(statements.length);
      for (const statement of statements) {
        expect(statement).toMatchObject({ Effect: "Deny" });
        expect(statement.Sid).toMatch(/^[A-Za-z0-9]+$/);
        const alone: Guardrail = { ...guardrail, statements: () => [statement] };
        expect({
          sid: statement.Sid,
          denies: guardrail.cases(context).some((of) => ask(alone, context, of).decision === "denied"),
        }).toEqual({ sid: statement.Sid, denies: true });
      }
    }
  });

  test("every principal that a condition spares has a case that shows it", () => {
    for (const context of CONTEXTS.values()) {
      for (const statement of guardrail.statements(context)) {
        for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
          const spared = keys["aws:PrincipalArn"];
          if (operator !== "ArnNotLike" || spared === undefined) continue;
          const list = Array.isArray(spared) ? (spared as string[]) : [spared as string];
          for (const left of list) {
            const fewer = {
              ...statement,
              Condition: {
                ...statement.Condition,
                ArnNotLike: {
                  ...keys,
                  "aws:PrincipalArn": list
                    .filter((arn) => arn !== left)
                    .concat("arn:aws:iam::999999999999:role/nobody"),
                },
              },
            };
            const alone: Guardrail = { ...guardrail, statements: () => [fewer] };
            expect({
              sid: statement.Sid,
              left,
              shown: guardrail
                .cases(context)
                .some((of) => of.expected === "untouched" && ask(alone, context, of).decision === "denied"),
            }).toEqual({ sid: statement.Sid, left, shown: true });
          }
        }
      }
    }
  });

  test("fits into one policy", () => {
    for (const context of CONTEXTS.values())
      expect(policySize(policyDocument(guardrail.statements(context)))).toBeLessThanOrEqual(
        guardrail.policyType === "RESOURCE_CONTROL_POLICY" ? 5120 : 10240,
      );
  });

  test("says what observe looks out for, sorted and without doubles", () => {
    for (const context of CONTEXTS.values()) {
      const observations = guardrail.observes(context);
      if (guardrail.statements(context).length > 0) expect(observations.length).toBeGreaterThan(0);
      for (const { eventNames } of observations)
        if (eventNames) expect(eventNames).toEqual([...new Set(eventNames)].sort());
    }
  });

  test("requires guardrails that there are", () => {
    for (const context of CONTEXTS.values())
      for (const id of guardrail.requires?.(context) ?? []) expect(findGuardrail(id)).toBeDefined();
  });
});

describe("the catalogue", () => {
  test("Sids are unique, because guardrails share policies", () => {
    for (const context of CONTEXTS.values()) {
      const sids = GUARDRAILS.flatMap((guardrail) => guardrail.statements(context).map((statement) => statement.Sid));
      expect(sids).toEqual([...new Set(sids)]);
    }
  });
});

describe("words", () => {
  test.each(GUARDRAILS.map((guardrail) => [guardrail.id, guardrail] as const))(
    "%s: every action, condition key and resource is AWS's",
    (_, guardrail) => {
      for (const context of CONTEXTS.values())
        expect(vocabularyProblems(policyDocument(guardrail.statements(context)))).toEqual([]);
    },
  );

  test("patterns match the actions that are meant, and no other", () => {
    const expanded = (patterns: readonly string[]): readonly string[] =>
      [...new Set(patterns.flatMap(expandAction).map(actionName))].sort();
    expect(expanded(ROLE_CHANGE_PATTERNS)).toEqual([...ROLE_CHANGES].sort());
    expect(
      expanded(STACK_CHANGES).filter(
        (name) => !/^cloudformation:(Cancel|Continue|Create|Delete|Execute|Import|Rollback|Set|Stop|Update)/.test(name),
      ),
    ).toEqual([]);
  });

  /** Actions of IAM on a type of resource that change something. */
  const changes = (type: string): readonly string[] =>
    expandAction("iam:*")
      .filter(
        ({ reference }) =>
          !/^(Read|List)$/.test(reference.accessLevel) && reference.resourceTypes.some(({ name }) => name === type),
      )
      .map(actionName);

  test("every action that changes a role is known as one", () => {
    // Passing is for each guardrail to deny where the role trusts a service; service-linked roles have names of AWS's.
    const others = ["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:PassRole"];
    expect(changes("role")).toEqual([...ROLE_CHANGES, ...others].sort());
  });

  test("every action that changes a user is known as one, but for what deletes a credential", () => {
    const cleanUp = [
      "iam:DeleteAccessKey",
      "iam:DeleteSSHPublicKey",
      "iam:DeleteServiceSpecificCredential",
      "iam:DeleteSigningCertificate",
    ];
    expect(changes("user")).toEqual([...USER_CHANGES, ...cleanUp].sort());
  });
});
