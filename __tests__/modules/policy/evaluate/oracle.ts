import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";
import { asList } from "../../../../modules/policy/document";
import {
  ABSENT,
  FULL_AWS_ACCESS,
  NamedPolicy,
  NOT_KNOWN,
  policiesOf,
  PolicyRequest,
  PolicySet,
  prepareRequest,
  Verdict,
} from "../../../../modules/policy/evaluate";
import type { OneOrMany, PolicyStatement } from "../../../../modules/policy/types";
import type { Question } from "./arbitraries";

/** The oracle, and what is known to be wrong with it. AGPL: it may be imported here and nowhere else. */

export type OracleResult = "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";

export const KIND_OF: Readonly<Record<OracleResult, Verdict["kind"]>> = {
  Allowed: "explicit-allow",
  ExplicitlyDenied: "explicit-deny",
  ImplicitlyDenied: "implicit-deny",
};

const DERIVED = [
  "aws:PrincipalArn",
  "aws:PrincipalAccount",
  "aws:PrincipalType",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalServiceName",
  "aws:username",
];

function simulation({ request, policies }: Question): Parameters<typeof runUnsafeSimulation>[0] {
  const { principal } = request;
  const prepared = prepareRequest(request);
  const contextVariables: Record<string, string | string[]> = {};
  for (const [key, value] of Object.entries(request.context ?? {})) {
    if (value === ABSENT || value === NOT_KNOWN)
      throw new Error(`The oracle cannot be told that ${key} is absent or not known.`);
    contextVariables[key] = Array.isArray(value) ? value.map(String) : String(value);
  }
  const given = new Set(Object.keys(contextVariables).map((key) => key.toLowerCase()));
  for (const key of DERIVED) {
    const values = prepared.values(key.toLowerCase());
    if (!given.has(key.toLowerCase()) && values !== ABSENT && values !== NOT_KNOWN) contextVariables[key] = values[0]!;
  }
  const plain = ({ name, document }: NamedPolicy): { name: string; policy: unknown } => ({ name, policy: document });
  const levels = (
    chain: PolicySet["scps"],
  ): { orgIdentifier: string; policies: { name: string; policy: unknown }[] }[] =>
    (chain ?? []).map((level, i) => ({ orgIdentifier: `level-${i}`, policies: level.map(plain) }));
  const rcpFullAccess: NamedPolicy = {
    name: "RCPFullAWSAccess",
    document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }] },
  };
  return {
    request: {
      principal: principal.type === "anonymous" ? { type: "Anonymous" } : (principal.sessionArn ?? principal.arn),
      action: request.action,
      resource: { resource: request.resource, accountId: prepared.resourceAccount ?? "" },
      contextVariables,
    },
    // The oracle asks the root user for an identity policy, which it cannot have.
    identityPolicies: (principal.type === "root" ? [FULL_AWS_ACCESS] : (policies.identity ?? [])).map(plain),
    serviceControlPolicies: levels(policies.scps),
    resourceControlPolicies: levels(policies.rcps?.map((level) => [rcpFullAccess, ...level])),
    resourcePolicy: policies.resource?.document,
    ...(policies.boundary ? { permissionBoundaryPolicies: [plain(policies.boundary)] } : {}),
  };
}

/** Quick and without validation; it cannot take a resource policy (it fails on its name), nor a session policy. */
export function ask(question: Question): OracleResult {
  return runUnsafeSimulation(simulation(question), {});
}

/** With validation and session policies; it leaves out context keys that the action does not know. */
export async function askValidated(
  question: Question,
): Promise<{ readonly result: OracleResult; readonly ignored: readonly string[] } | { readonly refused: string }> {
  const asked = simulation(question);
  const sessions = question.policies.session ?? [];
  // The oracle adds RCPFullAWSAccess by itself here.
  const resourceControlPolicies = asked.resourceControlPolicies.map(({ orgIdentifier, policies }) => ({
    orgIdentifier,
    policies: policies.slice(1),
  }));
  // It refuses SCPs for anonymous callers, whom they do not bind.
  const serviceControlPolicies = question.request.principal.type === "anonymous" ? [] : asked.serviceControlPolicies;
  const answer = await runSimulation(
    { ...asked, resourceControlPolicies, serviceControlPolicies, sessionPolicy: sessions[0]?.document },
    {},
  );
  if (answer.resultType === "error") return { refused: `${answer.errors.message}: ${JSON.stringify(answer.errors)}` };
  if (answer.resultType === "wildcard") return { refused: "wildcard" };
  return { result: answer.overallResult, ignored: answer.result.ignoredContextKeys ?? [] };
}

/** A fault of the oracle: the same question, said so that the fault does not show. `undefined` where the fault cannot be at work. */
export interface Fault {
  readonly id: string;
  readonly around: (question: Question) => Question | undefined;
}

function mapPolicies(set: PolicySet, change: (policy: NamedPolicy) => NamedPolicy): PolicySet {
  const { scps, rcps, identity, boundary, session, resource } = set;
  return {
    ...(scps ? { scps: scps.map((level) => level.map(change)) } : {}),
    ...(rcps ? { rcps: rcps.map((level) => level.map(change)) } : {}),
    ...(identity ? { identity: identity.map(change) } : {}),
    ...(boundary ? { boundary: change(boundary) } : {}),
    ...(session ? { session: session.map(change) } : {}),
    ...(resource ? { resource: change(resource) } : {}),
  };
}

/** Rewrites single conditions; `null` leaves one out, because it holds. */
function mapConditions(
  question: Question,
  change: (
    operator: string,
    key: string,
    values: readonly string[],
  ) => { readonly operator: string; readonly values: readonly string[] } | null,
): Question | undefined {
  let changed = false;
  const statement = (s: PolicyStatement): PolicyStatement => {
    if (!s.Condition) return s;
    const { Condition, ...rest } = s;
    const mapped: Record<string, Record<string, OneOrMany<string>>> = {};
    for (const [operator, keys] of Object.entries(Condition)) {
      for (const [key, values] of Object.entries(keys)) {
        const list = asList(values);
        const now = change(operator, key, list);
        if (now === null || now.operator !== operator || now.values.join() !== list.join()) changed = true;
        if (now) (mapped[now.operator] ??= {})[key] = now.values;
      }
    }
    return Object.keys(mapped).length === 0 ? rest : { ...rest, Condition: mapped };
  };
  const policies = mapPolicies(question.policies, (p) => ({
    ...p,
    document: { ...p.document, Statement: p.document.Statement.map(statement) },
  }));
  return changed ? { ...question, policies } : undefined;
}

const isAbsent = (question: Question, key: string): boolean =>
  prepareRequest(question.request).values(key.toLowerCase()) === ABSENT;
const EPOCH = /^\d{9,11}$/;
const iso = (text: string): string => (EPOCH.test(text) ? new Date(Number(text) * 1000).toISOString() : text);
const isDateKey = (key: string): boolean => ["aws:currenttime", "aws:tokenissuetime"].includes(key.toLowerCase());

/** Every spelling of an address as a network of one address in its shortest form. */
function network(text: string): string {
  if (text.includes("/")) return text;
  return text.includes(":") ? `${new URL(`http://[${text}]`).hostname.slice(1, -1)}/128` : `${text}/32`;
}

const without = (question: Question, layer: "scps" | "rcps"): Question | undefined => {
  if (!question.policies[layer]) return undefined;
  const { [layer]: _, ...policies } = question.policies;
  return { ...question, policies };
};

const isServiceLinked = ({ principal }: PolicyRequest): boolean =>
  principal.type === "role" && principal.arn.includes(":role/aws-service-role/");
const RCP_SERVICES = /^(aoss|cognito-identity|cognito-idp|dynamodb|ecr|kms|logs|s3|secretsmanager|sqs|sts):/i;

export const FAULTS: readonly Fault[] = [
  {
    id: "ifexists-with-foranyvalue",
    around: (q) =>
      mapConditions(q, (operator, key, values) =>
        /^ForAnyValue:.*IfExists$/.test(operator) && isAbsent(q, key) ? null : { operator, values },
      ),
  },
  {
    id: "epoch-dates",
    around: (q) => {
      const asked = mapConditions(q, (operator, _, values) => ({
        operator,
        values: /Date/.test(operator) ? values.map(iso) : values,
      }));
      const context: PolicyRequest["context"] = Object.fromEntries(
        Object.entries(q.request.context ?? {}).map(([key, value]) => [
          key,
          isDateKey(key) && typeof value === "string" ? iso(value) : value,
        ]),
      );
      return asked || JSON.stringify(context) !== JSON.stringify(q.request.context)
        ? { request: { ...q.request, context }, policies: asked?.policies ?? q.policies }
        : undefined;
    },
  },
  {
    id: "single-addresses",
    around: (q) =>
      mapConditions(q, (operator, _, values) => ({
        operator,
        values: /IpAddress/.test(operator) ? values.map(network) : values,
      })),
  },
  {
    id: "network-of-every-address",
    around: (q) =>
      mapConditions(q, (operator, _, values) => ({
        operator,
        values: /IpAddress/.test(operator)
          ? values.flatMap((value) => (value === "0.0.0.0/0" ? ["0.0.0.0/1", "128.0.0.0/1"] : [value]))
          : values,
      })),
  },
  {
    id: "variables-in-arns-of-conditions",
    around: (q) => {
      const value = (key: string): string | undefined => {
        const found = prepareRequest(q.request).values(key.toLowerCase());
        return found === ABSENT || found === NOT_KNOWN ? undefined : found[0];
      };
      return mapConditions(q, (operator, _, values) => ({
        operator,
        values: /Arn/.test(operator)
          ? values.map((text) => text.replaceAll(/\$\{(aws:[A-Za-z]+)\}/g, (whole, key: string) => value(key) ?? whole))
          : values,
      }));
    },
  },
  {
    id: "variables-in-old-policies",
    around: (q) => {
      let changed = false;
      const policies = mapPolicies(q.policies, (p) => {
        const text = JSON.stringify(p.document);
        if (p.document.Version !== "2008-10-17" || !text.includes("${")) return p;
        changed = true;
        // No value of a request has `${` in it, so whatever asks for one matches nothing.
        return { ...p, document: JSON.parse(text.replaceAll(/\$\{[^}]*\}/g, "~nothing~")) as NamedPolicy["document"] };
      });
      return changed ? { ...q, policies } : undefined;
    },
  },
  {
    id: "escaped-characters-without-wildcards",
    around: (q) =>
      mapConditions(q, (operator, _, values) => ({
        operator,
        values: /String(Not)?Equals/.test(operator)
          ? values.map((value) => value.replaceAll("${*}", "*").replaceAll("${?}", "?").replaceAll("${$}", "$"))
          : values,
      })),
  },
  {
    id: "scps-bind-service-linked-roles",
    around: (q) => (isServiceLinked(q.request) ? without(q, "scps") : undefined),
  },
  {
    id: "scps-bind-those-without-account",
    around: (q) =>
      ["service", "webIdentity", "saml", "anonymous"].includes(q.request.principal.type)
        ? without(q, "scps")
        : undefined,
  },
  {
    id: "rcps-bind-service-linked-roles",
    around: (q) => (isServiceLinked(q.request) ? without(q, "rcps") : undefined),
  },
  {
    id: "rcps-bind-every-service",
    around: (q) => (RCP_SERVICES.test(q.request.action) ? undefined : without(q, "rcps")),
  },
  {
    id: "short-arns-in-notresource",
    around: (q) => {
      let changed = false;
      const complete = (text: string): string => {
        const parts = text.split(":");
        if (text === "*" || parts.length >= 6) return text;
        changed = true;
        return [...parts, ...Array<string>(6 - parts.length).fill("*")].join(":");
      };
      const statement = (s: PolicyStatement): PolicyStatement =>
        s.NotResource === undefined ? s : { ...s, NotResource: asList(s.NotResource).map(complete) };
      const policies = mapPolicies(q.policies, (p) => ({
        ...p,
        document: { ...p.document, Statement: p.document.Statement.map(statement) },
      }));
      return changed ? { ...q, policies } : undefined;
    },
  },
  {
    id: "token-holders-belong-to-the-providers-account",
    around: (q) => {
      const { resource } = q.policies;
      if (!resource || !["webIdentity", "saml"].includes(q.request.principal.type)) return undefined;
      const account = q.request.principal.arn.split(":")[4]!;
      const elsewhere = (text: string): string =>
        text === account || text === `arn:aws:iam::${account}:root` ? "999999999999" : text;
      const statement = (s: PolicyStatement): PolicyStatement =>
        typeof s.Principal !== "object" || s.Principal["AWS"] === undefined
          ? s
          : { ...s, Principal: { ...s.Principal, AWS: asList(s.Principal["AWS"]).map(elsewhere) } };
      const document = { ...resource.document, Statement: resource.document.Statement.map(statement) };
      return JSON.stringify(document) === JSON.stringify(resource.document)
        ? undefined
        : { ...q, policies: { ...q.policies, resource: { ...resource, document } } };
    },
  },
  {
    // Only where a resource policy names the session or everybody; then nothing of the principal's own need allow, so that is taken away.
    id: "session-policies-limit-grants-to-sessions",
    around: (q) => {
      const { session, identity, resource } = q.policies;
      const direct = resource?.document.Statement.some(
        (s) =>
          s.Effect === "Allow" &&
          s.Principal !== undefined &&
          (s.Principal === "*" ||
            asList(s.Principal["AWS"]).some((text) => text === "*" || text.includes(":assumed-role/"))),
      );
      if (
        !session ||
        !direct ||
        prepareRequest(q.request).resourceAccount !== prepareRequest(q.request).principalAccount
      )
        return undefined;
      const denies = (p: NamedPolicy): NamedPolicy => ({
        ...p,
        document: { ...p.document, Statement: p.document.Statement.filter((s) => s.Effect === "Deny") },
      });
      const open = (p: NamedPolicy): NamedPolicy => ({
        ...p,
        document: {
          ...p.document,
          Statement: [...FULL_AWS_ACCESS.document.Statement, ...denies(p).document.Statement],
        },
      });
      return {
        ...q,
        policies: {
          ...q.policies,
          session: session.map(open),
          identity: (identity ?? []).map(denies).filter((p) => p.document.Statement.length > 0),
        },
      };
    },
  },
];

/** What AWS leaves open, as far as it can be read from the question: only then may the evaluator say that it does not know. */
export function leftOpen({ request, policies }: Question): readonly string[] {
  const found: string[] = [];
  const { principal } = request;
  const all = policiesOf(policies).flatMap((p) => p.document.Statement);
  const asked = all.flatMap((s) =>
    Object.entries(s.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values: asList(values) })),
    ),
  );
  const values = (key: string): readonly string[] => {
    const found = prepareRequest(request).values(key.toLowerCase());
    return found === ABSENT || found === NOT_KNOWN ? [] : found;
  };
  if (
    asked.some(
      ({ operator, key }) => !/^For|^Null/.test(operator) && prepareRequest(request).isMultivalued(key.toLowerCase()),
    )
  )
    found.push("a multivalued key without a set operator");
  const variables = all.flatMap((s) =>
    [...JSON.stringify(s).matchAll(/\$\{([^*?$}][^,}]*)(,[^}]*)?\}/g)].map(([, key = "", fallback]) => ({
      key,
      fallback,
    })),
  );
  if (variables.some(({ key, fallback }) => values(key).length === 0 && fallback === undefined))
    found.push("a variable without a value, negated");
  if (variables.some(({ key }) => values(key).some((value) => /[*?]/.test(value))))
    found.push("a variable whose value has a wildcard");
  if (all.some((s) => s.NotPrincipal !== undefined))
    found.push("NotPrincipal that names only some forms of the principal");
  if (asked.some((c) => c.operator.includes("Arn") && c.values.some((value) => value.split(":").length < 6)))
    found.push("an ARN operator with a short ARN");
  if (
    all.some((s) => [...asList(s.Resource), ...asList(s.NotResource)].some((r) => r !== "*" && r.split(":").length < 6))
  )
    found.push("a short ARN in Resource");
  if (
    all.some((s) =>
      [...asList(s.Resource), ...asList(s.NotResource)].some(
        (r) => /^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:[^:/]*[*?]/.test(r) && !r.includes(":s3:"),
      ),
    )
  )
    found.push("a wildcard in the type of a resource");
  if (
    !policies.resource &&
    (principal.type === "service" || principal.type === "webIdentity" || principal.type === "anonymous")
  )
    found.push("the resource policy that decides is not given");
  const crosses = prepareRequest(request).principalAccount !== prepareRequest(request).resourceAccount;
  if (!policies.resource && (crosses || /^(sts|kms):/.test(request.action)))
    found.push("the resource policy that decides is not given");
  return [...new Set(found)];
}
