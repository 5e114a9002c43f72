import { FormPart, formText, userIdForm } from "./user-id";

/** What is asked of the policies, and what is known of it. */

/** A value of a condition key. Lists are multivalued keys; an empty one counts as absent, as AWS documents for `Null`. */
export type ContextValue = string | number | boolean | readonly (string | number | boolean)[];

/** The key may be there or not, with whatever value: nothing that depends on it is decided. */
export const NOT_KNOWN: unique symbol = Symbol("not known");
/** The key is certainly not in the request. */
export const ABSENT: unique symbol = Symbol("absent");

export type PrincipalType =
  /** An IAM user. */
  | "user"
  /** A session of an IAM role. */
  | "role"
  /** An account's root user. */
  | "root"
  /** A short root session made centrally with `sts:AssumeRoot`. */
  | "assumedRoot"
  /** Somebody with a token of an OIDC provider (`sts:AssumeRoleWithWebIdentity`). */
  | "webIdentity"
  /** Somebody with an assertion of a SAML provider. */
  | "saml"
  /** A service of AWS. */
  | "service"
  | "anonymous";

export interface RequestPrincipal {
  readonly type: PrincipalType;
  /**
   * User: its ARN. Role session: the ARN of the *role*, which is what `aws:PrincipalArn` holds. Root: `arn:aws:iam::<id>:root`. Web
   * identity and SAML: the ARN of the provider. Service: its name, `events.amazonaws.com`.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
   */
  readonly arn: string;
  /** Account of the principal. @default - taken from the ARN; none for services and anonymous callers */
  readonly accountId?: string;
  /** ARN of the session, `arn:aws:sts::<id>:assumed-role/<role>/<name>`. @default - not known */
  readonly sessionArn?: string;
  /** Unique id of the user or role, `AIDA…` or `AROA…`: a part of `aws:userid`. @default - not known */
  readonly uniqueId?: string;
}

export interface PolicyRequest {
  readonly principal: RequestPrincipal;
  /** `iam:CreateAccessKey`; upper and lower case are the same. */
  readonly action: string;
  /** ARN of the resource, or `*` for an action that knows none. */
  readonly resource: string;
  /** Account that owns the resource. @default - from the ARN; the principal's where the ARN names none */
  readonly resourceAccountId?: string;
  /** Condition keys, in any case. What follows from the principal (`aws:PrincipalArn`, `aws:username` …) need not be given. @default - none */
  readonly context?: Readonly<Record<string, ContextValue | typeof NOT_KNOWN | typeof ABSENT>>;
  /** What holds of keys that are not given: `absent`, or `unknown`. @default "unknown" */
  readonly unlistedKeys?: "absent" | "unknown";
}

export function accountOfArn(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}

/** `aws:PrincipalType` of each kind: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
const PRINCIPAL_TYPE: Partial<Record<PrincipalType, string>> = {
  user: "User",
  role: "AssumedRole",
  root: "Account",
  anonymous: "Anonymous",
};

type Values = readonly string[] | typeof ABSENT | typeof NOT_KNOWN;

/** A request made ready: keys in lower case, values as texts. Keys are looked at only when a condition asks for one. */
export class PreparedRequest {
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  readonly principal: RequestPrincipal;
  readonly principalAccount: string | undefined;
  readonly resourceAccount: string | undefined;
  private keys: Map<string, Values> | undefined;
  private lists: Set<string> | undefined;

  constructor(readonly request: PolicyRequest) {
    this.principal = request.principal;
    this.action = request.action.toLowerCase();
    this.resource = request.resource;
    this.principalAccount = request.principal.accountId ?? accountOfArn(request.principal.arn);
    this.resourceAccount = request.resourceAccountId ?? accountOfArn(request.resource) ?? this.principalAccount;
  }

  /** Values of a key (in lower case); `ABSENT`, or `NOT_KNOWN`. */
  values(key: string): Values {
    this.keys ??= givenKeys(this.request.context);
    let values = this.keys.get(key);
    if (values === undefined) {
      values =
        ofPrincipal(key, this.principal, this.principalAccount) ??
        (this.request.unlistedKeys === "absent" ? ABSENT : NOT_KNOWN);
      this.keys.set(key, values);
    }
    return values;
  }

  /** What is known of the values of a key that is there, where `values` says `NOT_KNOWN`. `undefined`: nothing is, nor whether it is there. */
  formOf(key: string): readonly FormPart[] | undefined {
    return key === "aws:userid" ? userIdForm(this.principal, this.principalAccount) : undefined;
  }

  /** The key is one that may have several values, even where it has one here. */
  isMultivalued(key: string): boolean {
    if (!this.lists) {
      this.lists = new Set();
      for (const [name, value] of Object.entries(this.request.context ?? {}))
        if (Array.isArray(value)) this.lists.add(name.toLowerCase());
    }
    return this.lists.has(key);
  }
}

function givenKeys(context: PolicyRequest["context"]): Map<string, Values> {
  const keys = new Map<string, Values>();
  if (!context) return keys;
  for (const name of Object.keys(context)) {
    const value = context[name]!;
    if (value === NOT_KNOWN || value === ABSENT) keys.set(name.toLowerCase(), value);
    else if (Array.isArray(value)) keys.set(name.toLowerCase(), value.length === 0 ? ABSENT : value.map(String));
    else keys.set(name.toLowerCase(), [String(value)]);
  }
  return keys;
}

/** What follows from the principal alone. `undefined`: nothing does. */
function ofPrincipal(key: string, principal: RequestPrincipal, account: string | undefined): Values | undefined {
  const { type, arn } = principal;
  const known = type === "user" || type === "role" || type === "root" || type === "assumedRoot";
  switch (key) {
    case "aws:principalarn":
      return known ? [arn] : ABSENT;
    case "aws:principalaccount":
      return !known ? ABSENT : account === undefined ? undefined : [account];
    case "aws:username":
      // A user's name without its path; roles and root have none.
      return type === "user" ? [arn.slice(arn.lastIndexOf("/") + 1)] : ABSENT;
    case "aws:userid":
      return userId(principal, account);
    case "aws:assumedroot":
      return known ? (type === "assumedRoot" ? ["true"] : ABSENT) : undefined;
    case "aws:principaltype": {
      const named = PRINCIPAL_TYPE[type];
      return named === undefined ? undefined : [named];
    }
    case "aws:principalisawsservice":
      return [String(type === "service")];
    case "aws:principalservicename":
      return type === "service" ? [arn] : undefined;
    default:
      return undefined;
  }
}

/** `NOT_KNOWN`: it is there, in a form that `formOf` tells. */
function userId(principal: RequestPrincipal, account: string | undefined): Values | undefined {
  const form = userIdForm(principal, account);
  if (form === undefined) return undefined;
  const text = formText(form);
  return text === undefined ? NOT_KNOWN : [text];
}

/** Worth doing once where one request is put to many sets of policies. */
export function prepareRequest(request: PolicyRequest | PreparedRequest): PreparedRequest {
  return request instanceof PreparedRequest ? request : new PreparedRequest(request);
}
