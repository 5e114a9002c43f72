import { GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import type { Guardrail, GuardrailCase, GuardrailContext } from "../../../../../modules/sections/guardrails/types";
import { policyDocument } from "../../../../../modules/policy/document";
import {
  CompiledSet,
  compile,
  evaluate,
  FULL_AWS_ACCESS,
  prepareRequest,
  PreparedRequest,
  PrincipalType,
} from "../../../../../modules/policy/evaluate";
import type { PolicyStatement } from "../../../../../modules/policy/types";
import { mutants } from "../../../../../soak/guardrail-mutants/mutants";
import { CONTEXTS } from "../contexts";
import listed from "./equivalent-mutants.json";
import { alikeCases } from "../alike";

/**
 * Mutation test: removing or weakening any one statement, action, resource or condition of a guardrail makes a case of the catalogue
 * fail. What survives shows a case that is missing, or is listed with the reason why it changes nothing.
 */

interface Asked {
  readonly request: PreparedRequest;
  readonly kind: "explicit-deny" | "explicit-allow";
}

function principalType(of: GuardrailCase): PrincipalType {
  if (of.context?.["aws:AssumedRoot"] === "true") return "assumedRoot";
  if (of.principal.endsWith(":root")) return "root";
  if (of.principal.endsWith(".amazonaws.com")) return "service";
  if (of.principal.includes(":oidc-provider/")) return "webIdentity";
  return of.principal.includes(":user/") ? "user" : "role";
}

const asked = (cases: readonly GuardrailCase[]): readonly Asked[] =>
  cases.map((of) => ({
    request: prepareRequest({
      principal: { type: principalType(of), arn: of.principal },
      action: of.action,
      resource: of.resource,
      context: { ...of.context },
      unlistedKeys: "absent",
    }),
    kind: of.expected === "denied" ? "explicit-deny" : "explicit-allow",
  }));

/** A trust policy that lets everybody in: what an RCP is for. */
const OPEN_TRUST = policyDocument([{ Effect: "Allow", Principal: "*", Action: "*" }]);

function compiled(guardrail: Guardrail, statements: readonly PolicyStatement[]): CompiledSet {
  if (guardrail.policyType === "RESOURCE_CONTROL_POLICY") {
    return compile({
      rcps: [
        [
          FULL_AWS_ACCESS,
          ...(statements.length > 0 ? [{ name: guardrail.id, document: policyDocument(statements) }] : []),
        ],
      ],
      resource: { name: "trust", document: OPEN_TRUST },
    });
  }
  return compile({
    scps: [
      [
        FULL_AWS_ACCESS,
        ...(statements.length > 0 ? [{ name: guardrail.id, document: policyDocument(statements) }] : []),
      ],
    ],
  });
}

const kills = (set: CompiledSet, cases: readonly Asked[]): boolean =>
  cases.some(({ request, kind }) => evaluate(request, set).kind !== kind);

interface Outcome {
  readonly id: string;
  readonly killed: boolean;
}

/** A mutant is one change in the guardrail's file: it is killed where any environment shows it. */
function outcomes(guardrail: Guardrail, contexts: Iterable<GuardrailContext>): readonly Outcome[] {
  const found = new Map<string, boolean>();
  for (const context of contexts) {
    const cases = asked([...guardrail.cases(context), ...alikeCases(guardrail, context)]);
    for (const { name, statements } of mutants(guardrail.statements(context))) {
      const id = `${guardrail.id} ${name}`;
      if (found.get(id) !== true) found.set(id, kills(compiled(guardrail, statements), cases));
    }
  }
  return [...found].map(([id, killed]) => ({ id, killed }));
}

describe("look-alikes of principals that are spared", () => {
  test.each(GUARDRAILS.map((guardrail) => [guardrail.id, guardrail] as const))(
    "%s denies them what it denies everybody",
    (_, guardrail) => {
      for (const context of CONTEXTS.values()) {
        const set = compiled(guardrail, guardrail.statements(context));
        const wrong = alikeCases(guardrail, context).filter((of) => kills(set, asked([of])));
        expect(wrong).toEqual([]);
      }
    },
  );
});

describe("mutation test", () => {
  const equivalent = listed as readonly { readonly mutant: string; readonly reason: string }[];
  const reasons = new Map(equivalent.map(({ mutant, reason }) => [mutant, reason]));
  const all = GUARDRAILS.flatMap((guardrail) => outcomes(guardrail, CONTEXTS.values()));
  const survivors = all.filter((one) => !one.killed).map((one) => one.id);

  test("every change of a guardrail makes a case fail", () => {
    const killed = all.length - survivors.length;
    const same = survivors.filter((id) => reasons.has(id)).length;
    process.stdout.write(
      `mutation score: ${((100 * killed) / (all.length - same)).toFixed(1)} % (${killed} of ${all.length - same} mutants killed, ${same} equivalent)\n`,
    );
    expect(survivors.filter((id) => !reasons.has(id))).toEqual([]);
  });

  test("there are enough of them, and each equivalent one is there, survives and has a reason", () => {
    expect(all.length).toBeGreaterThan(500);
    for (const [mutant, reason] of reasons) {
      expect(survivors).toContain(mutant);
      expect(reason.length).toBeGreaterThan(30);
    }
  });
});
