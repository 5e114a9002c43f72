import {
  ABSENT,
  CONDITION_OPERATORS,
  ContextValue,
  evaluate,
  NamedPolicy,
  PolicyRequest,
  PolicySet,
  RequestPrincipal,
  Verdict,
} from "../../../../modules/policy/evaluate";
import { policyDocument } from "../../../../modules/policy/document";
import type { PolicyDocument, PolicyStatement } from "../../../../modules/policy/types";
import cases from "./cases.json";

/** A policy of a case: its statements, or a whole document where the version matters. */
type CasePolicy = readonly PolicyStatement[] | PolicyDocument;

interface Case {
  readonly name: string;
  readonly policies: {
    readonly scps?: readonly (readonly CasePolicy[])[];
    readonly rcps?: readonly (readonly CasePolicy[])[];
    readonly identity?: readonly CasePolicy[];
    readonly boundary?: CasePolicy;
    readonly session?: readonly CasePolicy[];
    readonly resource?: CasePolicy;
  };
  readonly request: Omit<PolicyRequest, "principal" | "context"> & {
    /** An ARN, or the name of a service; `*` is an anonymous caller. */
    readonly principal: string | RequestPrincipal;
    readonly sessionArn?: string;
    /** `null`: the key is absent. */
    readonly context?: Readonly<Record<string, ContextValue | null>>;
  };
  readonly expected: Verdict["decision"];
  readonly kind?: Verdict["kind"];
}

function principalOf(arn: string): RequestPrincipal {
  if (arn === "*") return { type: "anonymous", arn };
  if (!arn.startsWith("arn:")) return { type: "service", arn };
  if (arn.endsWith(":root")) return { type: "root", arn };
  const kind = arn.split(":")[5]!.split("/")[0]!;
  return {
    type: ({ user: "user", role: "role", "oidc-provider": "webIdentity", "saml-provider": "saml" } as const)[
      kind as "user"
    ],
    arn,
  };
}

function requestOf({ principal, sessionArn, context, ...rest }: Case["request"]): PolicyRequest {
  const who = typeof principal === "string" ? principalOf(principal) : principal;
  return {
    ...rest,
    principal: sessionArn === undefined ? who : { ...who, sessionArn },
    context: Object.fromEntries(Object.entries(context ?? {}).map(([key, value]) => [key, value ?? ABSENT])),
  };
}

function policiesOf({ scps, rcps, identity, boundary, session, resource }: Case["policies"]): PolicySet {
  const named = (policy: CasePolicy): NamedPolicy => ({
    name: "p",
    document: "Statement" in policy ? policy : policyDocument(policy),
  });
  return {
    ...(scps ? { scps: scps.map((level) => level.map(named)) } : {}),
    ...(rcps ? { rcps: rcps.map((level) => level.map(named)) } : {}),
    ...(identity ? { identity: identity.map(named) } : {}),
    ...(boundary ? { boundary: named(boundary) } : {}),
    ...(session ? { session: session.map(named) } : {}),
    ...(resource ? { resource: named(resource) } : {}),
  };
}

const all = cases as unknown as readonly Case[];

test.each(all.map((c) => [c.name, c.expected, c] as const))("%s is %s", (_, expected, c) => {
  const verdict = evaluate(requestOf(c.request), policiesOf(c.policies));
  expect(verdict.decision).toBe(expected);
  if (c.kind) expect(verdict.kind).toBe(c.kind);
});

test("every operator has cases that hold, that do not, and that are not known", () => {
  const seen = all.flatMap((c) =>
    CONDITION_OPERATORS.filter((operator) =>
      new RegExp(`"(For\\w+:)?${operator}(IfExists)?":`).test(JSON.stringify(c.policies)),
    ).map((operator) => `${operator} ${c.expected}`),
  );
  const missing = CONDITION_OPERATORS.flatMap((operator) =>
    ["allowed", "denied", "unknown"].map((expected) => `${operator} ${expected}`),
  ).filter((wanted) => !seen.includes(wanted));
  expect(missing).toEqual([]);
});
