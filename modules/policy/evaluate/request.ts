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
  const account = arn.startsWith("arn:") ? arn.split(":", 5)[4] : undefined;
  return account && /^\d{12}$/.test(account) ? account : undefined;
}

/** `aws:PrincipalType` of each kind: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
const PRINCIPAL_TYPE: Partial<Record<PrincipalType, string>> = { user: "User", role: "AssumedRole", root: "Account", anonymous: "Anonymous" };

/** Condition keys that follow from the principal alone. */
function principalKeys(principal: RequestPrincipal, account: string | undefined): readonly (readonly [string, string | typeof ABSENT])[] {
  const { type, arn } = principal;
  if (type === "webIdentity" || type === "saml" || type === "anonymous" || type === "service") {
    const none = ["aws:principalarn", "aws:principalaccount", "aws:username"].map((key) => [key, ABSENT] as const);
    return type === "service" ? [...none, ["aws:principalisawsservice", "true"], ["aws:principalservicename", arn]] : [...none, ["aws:principalisawsservice", "false"]];
  }
  const keys: [string, string | typeof ABSENT][] = [
    ["aws:principalarn", arn],
    ["aws:principalisawsservice", "false"],
    // A user's name without its path; roles and root have none.
    ["aws:username", type === "user" ? (arn.split("/").at(-1) ?? "") : ABSENT],
    ["aws:assumedroot", type === "assumedRoot" ? "true" : ABSENT],
  ];
  if (account) keys.push(["aws:principalaccount", account]);
  const principalType = PRINCIPAL_TYPE[type];
  if (principalType) keys.push(["aws:principaltype", principalType]);
  return keys;
}

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
    this.keys ??= contextKeys(this.request, this.principalAccount);
    return this.keys.get(key) ?? (this.request.unlistedKeys === "absent" ? ABSENT : NOT_KNOWN);
  }

  /** The key is one that may have several values, even where it has one here. */
  isMultivalued(key: string): boolean {
    if (!this.lists) {
      this.lists = new Set();
      for (const [name, value] of Object.entries(this.request.context ?? {})) if (Array.isArray(value)) this.lists.add(name.toLowerCase());
    }
    return this.lists.has(key);
  }
}

function contextKeys(request: PolicyRequest, principalAccount: string | undefined): Map<string, Values> {
  const keys = new Map<string, Values>();
  for (const [key, value] of principalKeys(request.principal, principalAccount)) keys.set(key, value === ABSENT ? ABSENT : [value]);
  for (const [key, value] of Object.entries(request.context ?? {})) {
    if (value === NOT_KNOWN || value === ABSENT) keys.set(key.toLowerCase(), value);
    else {
      const list = (Array.isArray(value) ? value : [value]) as readonly (string | number | boolean)[];
      keys.set(key.toLowerCase(), list.length === 0 ? ABSENT : list.map(String));
    }
  }
  return keys;
}

/** Worth doing once where one request is put to many sets of policies. */
export function prepareRequest(request: PolicyRequest | PreparedRequest): PreparedRequest {
  return request instanceof PreparedRequest ? request : new PreparedRequest(request);
}
