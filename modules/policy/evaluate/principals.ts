import type { PrincipalElement } from "../types";
import { asList } from "../document";
import { glob, wildcards } from "./patterns";
import { accountOfArn, type PreparedRequest } from "./request";
import { FALSE, some, TRUE, Truth, truth, UNKNOWN } from "./truth";

/**
 * The Principal and NotPrincipal elements: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 *
 * How a principal is named decides what else must allow the request, so a match has a grade:
 * `direct`: the session, the service or everybody: inside an account it is enough by itself.
 * `user`: the user: the same, but a federated session of it is bound as a role's session is.
 * `role`: the role of the session: a permissions boundary and session policies must allow it as well.
 * `account`: the whole account: the principal's own policies must allow it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type Grade = "direct" | "user" | "role" | "account";

type Match = (request: PreparedRequest) => Truth;
type Named = { readonly grade: Grade; readonly match: Match };

export interface CompiledPrincipal {
  readonly direct: Match;
  readonly user: Match;
  readonly role: Match;
  readonly account: Match;
  /** In whatever grade. */
  readonly any: Match;
}

export function compilePrincipal(element: PrincipalElement): CompiledPrincipal {
  const named = namedIn(element);
  const grade = (wanted: Grade): Match => {
    const matches = named.filter((n) => n.grade === wanted).map((n) => n.match);
    return matches.length === 0
      ? never
      : matches.length === 1
        ? matches[0]!
        : (request) => some(matches, (match) => match(request));
  };
  const all = named.map((n) => n.match);
  return {
    direct: grade("direct"),
    user: grade("user"),
    role: grade("role"),
    account: grade("account"),
    any: (request) => some(all, (match) => match(request)),
  };
}

/**
 * Everybody but those listed; with Allow, AWS says, it "is not supported". A principal counts as listed when it is in every form: a user with its account; a role with its
 * account and its session. Where only some of them are there, AWS says that it "might" be denied, so it is not known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function compileNotPrincipal(element: PrincipalElement, effect: "Allow" | "Deny"): CompiledPrincipal {
  const named = namedIn(element);
  const listed = (grade: Grade, request: PreparedRequest): Truth =>
    some(named, (n) => (n.grade === grade ? n.match(request) : FALSE));
  const everybody = element === "*" || namedTexts(element).some(([kind, text]) => kind === "AWS" && text === "*");
  const any: Match = (request) => {
    if (everybody) return FALSE;
    const forms = formsOf(request).map((grade) => listed(grade, request));
    if (forms.every((form) => form === TRUE)) return FALSE;
    return forms.every((form) => form === FALSE) && effect === "Deny" ? TRUE : UNKNOWN;
  };
  return { direct: any, user: never, role: never, account: never, any };
}

function formsOf(request: PreparedRequest): readonly Grade[] {
  switch (request.principal.type) {
    case "user":
      return ["user", "account"];
    case "role":
      return ["direct", "role", "account"];
    case "root":
    case "assumedRoot":
      return ["account"];
    default:
      return ["direct"];
  }
}

const never: Match = () => FALSE;

function namedTexts(element: PrincipalElement): readonly (readonly [string, string])[] {
  if (element === "*") return [["AWS", "*"]];
  return Object.entries(element).flatMap(([kind, values]) => asList(values).map((text) => [kind, text] as const));
}

function namedIn(element: PrincipalElement): readonly Named[] {
  return namedTexts(element).flatMap(([kind, text]): readonly Named[] => {
    switch (kind) {
      case "AWS":
        return named(text);
      case "Service":
        return [
          direct(({ principal: { type, arn } }) =>
            type !== "service" ? FALSE : text === "*" ? UNKNOWN : truth(arn === text),
          ),
        ];
      case "Federated":
        return [direct((request) => federated(text, request))];
      default:
        // A canonical user id stands for an account, but which one only S3 knows.
        return [direct(({ principal: { type } }) => (type === "anonymous" || type === "service" ? FALSE : UNKNOWN))];
    }
  });
}

/** A role is assumed through a provider of its own account; of another one's AWS says nothing. */
function federated(text: string, { principal: { type, arn }, resourceAccount }: PreparedRequest): Truth {
  if (type !== "webIdentity" && type !== "saml") return FALSE;
  if (text === "*") return UNKNOWN;
  if (arn !== text) return FALSE;
  const account = accountOfArn(text);
  return account === undefined || account === resourceAccount ? TRUE : UNKNOWN;
}

const direct = (match: Match): Named => ({ grade: "direct", match });

function named(text: string): readonly Named[] {
  if (text === "*") return [direct(() => TRUE)];
  const account = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(text)?.[1];
  if (account) return [{ grade: "account", match: (request) => inAccount(request, account) }];
  const [, resourceAccount, resource] = /^arn:[^:]+:(?:iam|sts)::(\d{12}):(.+)$/.exec(text) ?? [];
  if (resourceAccount === undefined || resource === undefined) {
    // Ids such as AIDA… and AROA… stand for one user or role; which one the text does not say.
    return [direct(({ principal: { type } }) => (type === "user" || type === "role" ? UNKNOWN : FALSE))];
  }
  if (/[*?]/.test(text)) {
    // AWS takes no wildcard in an ARN here.
    const pattern = wildcards(text);
    return [
      direct(({ principal }) =>
        glob(principal.arn, pattern) || (principal.sessionArn !== undefined && glob(principal.sessionArn, pattern))
          ? UNKNOWN
          : FALSE,
      ),
    ];
  }
  if (resource.startsWith("role/"))
    return [{ grade: "role", match: ({ principal: { type, arn } }) => truth(type === "role" && arn === text) }];
  if (resource.startsWith("user/"))
    return [{ grade: "user", match: ({ principal: { type, arn } }) => truth(type === "user" && arn === text) }];
  const [, kind, name] = /^(assumed-role|federated-user)\/([^/]+)/.exec(resource) ?? [];
  if (kind === undefined) return [direct(({ principal }) => truth(principal.arn === text))];
  const type = kind === "assumed-role" ? "role" : "user";
  return [
    direct((request) => {
      const { principal } = request;
      if (principal.type !== type) return FALSE;
      if (principal.sessionArn !== undefined) return truth(principal.sessionArn === text);
      const mayBe = request.principalAccount === resourceAccount && principal.arn.split("/").at(-1) === name;
      return mayBe ? UNKNOWN : FALSE;
    }),
  ];
}

function inAccount(request: PreparedRequest, account: string): Truth {
  switch (request.principal.type) {
    case "user":
    case "role":
    case "root":
    case "assumedRoot":
      return request.principalAccount === undefined ? UNKNOWN : truth(request.principalAccount === account);
    default:
      return FALSE;
  }
}
