import { decide, KeySets, PrincipalSet, ValueSet, Witness } from "../../policy/decide";
import { asList, policyDocument } from "../../policy/document";
import type { NamedPolicy } from "../../policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../policy/types";
import { RECOVERY } from "../../proofs/recovery";
import { documentOf, Held, isDocument, ReviewContext } from "../context";
import { text } from "../../terraform/stack-plan";
import { deniedView } from "../statements";
import type { WitnessView } from "../types";

/** Whether the way into a role, and what it is for, is still there: questions to the decision procedure about one role. */

export interface Loss {
  /**
   * - `nobody`: nobody who could become the role before still can: proven by coverage
   * - `fewer`: some still can; whether those whom it was made for are among them its policy does not say
   */
  readonly how: "nobody" | "fewer";
  readonly witnesses: readonly WitnessView[];
}

const EVERYTHING: NamedPolicy = {
  name: "a policy that allows everything",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

/**
 * Networks from which nobody comes over the internet: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry, those that are not globally reachable.
 */
const NOT_ROUTED: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/128",
  "::1/128",
  "2001:db8::/32",
  "3fff::/20",
  "fc00::/7",
  "fe80::/10",
];

/**
 * What a new trust policy takes from those whom the old one let in.
 *
 * @param fromInternet people come over the internet: networks that nobody routes let nobody in
 * @returns nothing where everybody still gets in, or nobody did before
 */
export function entryLoss(
  before: Held,
  after: Held,
  { roleArn, accountId, fromInternet }: { roleArn: string; accountId: string; fromInternet: boolean },
): Loss | undefined {
  if (!isDocument(before) || !isDocument(after)) return undefined;
  const witnesses: Witness[] = [];
  let [asked, in_, out] = [0, 0, 0];
  for (const statement of before.document.Statement) {
    if (statement.Effect !== "Allow") continue;
    for (const principal of principalsOf(statement)) {
      const set = {
        principals: [principal],
        actions: { like: entryActions(statement, principal) },
        resources: { like: [roleArn] },
        resourceAccountId: accountId,
        keys: keysOf(statement, fromInternet),
      };
      const of = (document: PolicyDocument) =>
        decide(set, { identity: [EVERYTHING], resource: { name: "trust", document } });
      const was = of(before.document).verdict;
      if (was === "all-denied" || was === "empty") continue;
      const is = of(after.document);
      asked++;
      if ("denied" in is && is.denied) witnesses.push(is.denied);
      if (is.verdict === "all-denied") out++;
      else if (is.verdict === "all-allowed" || is.verdict === was) in_++;
    }
  }
  if (asked === 0 || in_ === asked) return undefined;
  return { how: out === asked ? "nobody" : "fewer", witnesses: witnesses.slice(0, 3).map(deniedView) };
}

function entryActions(statement: PolicyStatement, { type }: PrincipalSet): readonly string[] {
  // Tags and a source identity that a trust policy lets people pass are beside the way in.
  const own =
    type === "webIdentity"
      ? "sts:AssumeRoleWithWebIdentity"
      : type === "saml"
        ? "sts:AssumeRoleWithSAML"
        : "sts:AssumeRole";
  return statement.Action === undefined ? [] : [own];
}

/** Those whom a statement names, as sets. An account is every role and user in it. */
function principalsOf({ Principal }: PolicyStatement): readonly PrincipalSet[] {
  const account = (id: string): readonly PrincipalSet[] => [
    { type: "role", arns: { like: [`arn:aws:iam::${id}:role/*`] } },
    { type: "user", arns: { like: [`arn:aws:iam::${id}:user/*`] } },
  ];
  if (Principal === undefined) return [];
  if (Principal === "*") return account("*");
  return Object.entries(Principal).flatMap(([kind, values]) =>
    asList(values).flatMap((value): readonly PrincipalSet[] => {
      if (kind === "Service") return [{ type: "service", arns: { like: [value] } }];
      if (kind === "Federated")
        return [{ type: value.includes(":saml-provider/") ? "saml" : "webIdentity", arns: { like: [value] } }];
      if (kind !== "AWS") return [];
      if (value === "*") return account("*");
      const whole = /^\d{12}$/.exec(value)?.[0] ?? /^arn:[^:]*:iam::(\d{12}):root$/.exec(value)?.[1];
      if (whole !== undefined) return account(whole);
      if (/:user\//.test(value)) return [{ type: "user", arns: { like: [value] } }];
      if (/:iam::[^:]*:role\//.test(value)) return [{ type: "role", arns: { like: [value] } }];
      return [];
    }),
  );
}

/** What the statement asks of a request, as far as it can be written as sets; the rest stays open, which makes the set wider. */
function keysOf({ Condition }: PolicyStatement, fromInternet: boolean): KeySets {
  const keys: Record<string, ValueSet> = {};
  for (const [operator, conditions] of Object.entries(Condition ?? {}))
    for (const [key, list] of Object.entries(conditions)) {
      const values = asList(list as string | string[]).map(String);
      const lower = key.toLowerCase();
      // What follows from the principal cannot be asked for by itself.
      if (/^aws:(principalarn|principalaccount|principaltype|username)$/.test(lower)) continue;
      // A policy variable stands for another text in every request.
      if (values.some((value) => value.includes("${"))) continue;
      if (/^(StringEquals|Bool)$/i.test(operator)) keys[key] = { oneOf: values };
      else if (/^(StringLike|ArnLike|ArnEquals)$/i.test(operator)) keys[key] = { like: values };
      else if (/^IpAddress$/i.test(operator)) keys[key] = { networks: values };
    }
  if (!fromInternet) return keys;
  const name = Object.keys(keys).find((key) => key.toLowerCase() === "aws:sourceip") ?? "aws:SourceIp";
  const named = keys[name];
  return {
    ...keys,
    [name]: {
      networks: named && "networks" in named ? named.networks : ["0.0.0.0/0", "::/0"],
      exceptNetworks: NOT_ROUTED,
    },
    "aws:SourceVpc": "absent",
    "aws:SourceVpce": "absent",
    "aws:VpcSourceIp": "absent",
  };
}

/** What a permissions boundary leaves of a role: `nothing is lost`, a request that is denied, or `unknown` where its text is not here. */
export type Bounded = "whole" | "unknown" | WitnessView;

/**
 * - `recovery`: the administrator role of break glass, which must do its whole recovery list
 * - `entry`: a user who must get to that role
 * - `other`: whoever keeps guards working; what that takes is not looked into here
 */
export type Purpose = "recovery" | "entry" | "other";

const ACTIONS: Readonly<Record<Purpose, readonly string[]>> = {
  recovery: RECOVERY.filter(({ where }) => where === undefined).flatMap(({ actions }) => actions),
  entry: ["sts:AssumeRole"],
  other: ["*"],
};

/**
 * @param boundary ARN, or reference, as the principal has it
 * @param arn of the principal
 */
export function boundedBy(context: ReviewContext, boundary: string, arn: string, purpose: Purpose): Bounded {
  if (/^arn:[^:]*:iam::aws:policy\/AdministratorAccess$/.test(boundary)) return "whole";
  const actions = ACTIONS[purpose];
  // AWS's only policy of its own that allows everything is AdministratorAccess:
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
  if (/^arn:[^:]*:iam::aws:policy\//.test(boundary))
    return purpose === "recovery" || /\/AWSDenyAll$/.test(boundary)
      ? { principal: arn, action: actions[0]!, resource: "*", context: {}, before: "allowed", after: "denied" }
      : "unknown";
  const held = boundaryDocument(context, boundary);
  if (held === undefined || !isDocument(held)) return "unknown";
  const decision = decide(
    {
      principals: [{ type: purpose === "entry" ? "user" : "role", arns: { like: [arn] } }],
      actions: { like: actions },
      resources: { like: ["?", "arn:aws:*:*:*:*:?*"] },
      keys: {
        "aws:MultiFactorAuthPresent": { oneOf: ["true"], absent: true },
        "aws:ViaAWSService": { oneOf: ["false"] },
      },
    },
    { identity: [EVERYTHING], boundary: { name: "boundary", document: held.document } },
  );
  if (decision.verdict === "all-allowed") return "whole";
  const denied = "denied" in decision ? decision.denied : undefined;
  return denied && (purpose !== "other" || decision.verdict === "all-denied") ? deniedView(denied) : "unknown";
}

/** The text of a managed policy that is in the plan. */
function boundaryDocument(context: ReviewContext, boundary: string): Held | undefined {
  const found = context.ofType("aws_iam_policy").filter((policy) => {
    const side = policy.after;
    if (!side) return false;
    const own = text(side, "arn");
    if (own !== undefined) return own === boundary;
    const path = `${text(side, "path") ?? "/"}${text(side, "name") ?? ""}`;
    return (
      boundary === `\${${policy.address}.arn}` ||
      (policy.account !== undefined && boundary === `arn:aws:iam::${policy.account}:policy${path}`)
    );
  });
  return found.length === 1 ? documentOf(found[0], "policy", "after") : undefined;
}
