import type { Guardrail, GuardrailCase, GuardrailContext } from "../../../../modules/sections/guardrails/types";
import { asList, policyDocument } from "../../../../modules/policy/document";
import type { PolicyStatement } from "../../../../modules/policy/types";
import { exemptPatterns } from "../../../../modules/proofs/exempt-principals";
import { globsMeet, sampleOf } from "../../../../modules/proofs/glob";

/** ARNs that begin or end like one, or have its name below another path; none of them falls under a pattern. */
function lookAlikesOf(arn: string, patterns: readonly string[]): readonly string[] {
  const cut = arn.lastIndexOf("/") + 1;
  const [head, name] = [arn.slice(0, cut), arn.slice(cut)];
  const first = arn.indexOf("/") + 1;
  return [
    `${head}${name}2`,
    `${head}my${name}`,
    `${head}other/${name}`,
    `${arn.slice(0, first)}other/${arn.slice(first)}`,
  ].filter((other, i, all) => all.indexOf(other) === i && !patterns.some((pattern) => globsMeet(pattern, other)));
}

const ELSEWHERE = "999999999999";
const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
const typeOf = (arn: string): string => arn.split(":")[5]?.split("/")[0] ?? "";
const inAccount = (arn: string, account: string): string =>
  arn
    .split(":")
    .map((part, i) => (i === 4 ? account : part))
    .join(":");

/**
 * Denied cases asked again by principals that look like those whom the guardrail spares, and of resources that look like those it leaves
 * open: what is denied to everybody is denied to them. The proofs ask the same of every chain.
 */
export function alikeCases(guardrail: Guardrail, context: GuardrailContext): readonly GuardrailCase[] {
  const statements = guardrail.statements(context);
  const patterns = exemptPatterns([policyDocument(statements)]);
  const open = [...new Set(statements.flatMap((statement) => asList(statement.NotResource)))];
  const denied = guardrail.cases(context).filter((of) => of.expected === "denied");
  const principals = denied
    .filter((of) => typeOf(of.principal) !== "root")
    .flatMap((of) =>
      patterns.flatMap((pattern) => {
        const sample = sampleOf(pattern, "0123456789abcdef");
        // An action without a resource acts on the principal's own account: elsewhere it is another question.
        const accounts = of.resource === "*" ? [] : [accountOf(pattern), ELSEWHERE];
        const named = [...new Set([accountOf(of.principal), ...accounts])]
          .filter((account) => /^\d{12}$/.test(account))
          .map((account) => inAccount(sample, account));
        // The very name in another account, and names that are alike.
        const others = [
          ...named.filter((arn) => !patterns.some((one) => globsMeet(one, arn))),
          ...named.flatMap((arn) => lookAlikesOf(arn, patterns)),
        ];
        return others.map((principal): GuardrailCase => ({ ...of, name: `${of.name}, nor ${principal}`, principal }));
      }),
    );
  const resources = denied.flatMap((of) =>
    open
      .filter((pattern) => typeOf(pattern) === typeOf(of.resource))
      .flatMap((pattern) => {
        const home = accountOf(pattern);
        const named = sampleOf(pattern, "ci");
        return lookAlikesOf(named, [...open]).map((resource): GuardrailCase => ({
          ...of,
          name: `${of.name}, nor of ${resource}`,
          resource,
          principal: inAccount(of.principal, home),
        }));
      }),
  );
  return [...principals, ...resources, ...claimCases(statements, denied)];
}

/** Tokens whose claims look like those that are let in: longer, with something before them, or of another owner. */
function claimCases(
  statements: readonly PolicyStatement[],
  denied: readonly GuardrailCase[],
): readonly GuardrailCase[] {
  const [like] = denied;
  return statements.flatMap((statement) =>
    Object.entries(statement.Condition?.["StringNotLike"] ?? {}).flatMap(([key, given]) => {
      if (key.startsWith("aws:") || !like) return [];
      const values = asList(given);
      const principal = `arn:aws:iam::${accountOf(like.principal)}:oidc-provider/${key.slice(0, key.lastIndexOf(":"))}`;
      return values
        .map((value) => sampleOf(value, "main"))
        .flatMap((value) => [`${value}x`, `x${value}`, `${value.slice(0, value.indexOf(":") + 1)}stranger/app`])
        .filter((claim) => !values.some((value) => globsMeet(value, claim)))
        .map((claim): GuardrailCase => ({
          ...like,
          name: `a token of ${claim}`,
          principal,
          context: { [key]: claim },
        }));
    }),
  );
}
