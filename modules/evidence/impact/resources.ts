import type { CloudTrailEvent } from "../cloudtrail/event";
import type { Caller } from "./caller";

/** The resources that a call may have meant. */
export interface Candidates {
  /** One: certain. Several: the verdict counts where it is the same for all. */
  readonly arns: readonly string[];
  /** What is not known, where there are several. */
  readonly doubt?: string;
}

type Parameters = Readonly<Record<string, unknown>>;

const text = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters[name];
  return typeof value === "string" && value.length > 0 && value.length < 2048 ? value : undefined;
};

function object(value: unknown): Parameters {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Parameters) : {};
}

/** Calls about a group that name a user besides. */
const ABOUT_GROUPS = new Set(["AddUserToGroup", "RemoveUserFromGroup"]);
/** Calls of IAM that mean the caller when they name nobody. */
const ABOUT_ONESELF =
  /AccessKey|LoginProfile|ServiceSpecificCredential|SSHPublicKey|SigningCertificate|ChangePassword|MFADevice|^(Get|Update)User$/;

/**
 * The ARNs of what an event was about. Events name IAM users and roles without their paths: paths that the policies speak of are tried
 * besides the plain one.
 *
 * @param patterns resources that the policies name for this action
 */
export function resourcesOf(
  event: CloudTrailEvent,
  caller: Caller,
  action: string,
  patterns: readonly string[],
): Candidates {
  // Most statements mean every resource: then it does not matter which it was.
  if (patterns.every((pattern) => pattern === "*")) return { arns: ["*"] };
  const parameters = object(event.json("requestParameters"));
  const account = event.text("recipientAccountId") ?? caller.accountId;
  const certain = action.startsWith("iam:")
    ? iamResource(caller, account, action.slice("iam:".length), parameters)
    : otherResource(event, account, action, parameters);
  if (certain !== undefined && "arn" in certain) return { arns: [certain.arn] };
  if (certain !== undefined) {
    const { kind, name } = certain;
    const plain = `arn:aws:iam::${account}:${kind}/${name}`;
    const arns = new Set([plain]);
    for (const pattern of patterns) {
      const path = pathThatFits(pattern, kind, name);
      if (path !== undefined) arns.add(`arn:aws:iam::${account}:${kind}${path}${name}`);
    }
    return arns.size === 1
      ? { arns: [...arns] }
      : { arns: [...arns], doubt: `the event names the ${kind} without its path` };
  }
  // Nothing is known of it: one that no policy means, and one for each that they mean.
  const [service = ""] = action.split(":");
  const arns = new Set([`arn:aws:${service}:${event.text("awsRegion") ?? ""}:${account}:not-known`]);
  for (const pattern of patterns) arns.add(pattern.replace("::*:", `::${account}:`).replace(/[*?]/g, "x"));
  return { arns: [...arns], doubt: "the event does not say which resource it was about" };
}

function iamResource(
  caller: Caller,
  account: string,
  name: string,
  parameters: Parameters,
):
  | { readonly arn: string }
  | { readonly kind: "user" | "role" | "group" | "instance-profile"; readonly name: string }
  | undefined {
  const make = (
    kind: "user" | "role" | "group" | "instance-profile",
    value: string,
  ): { readonly arn: string } | { readonly kind: typeof kind; readonly name: string } => {
    // What is made gets its path in the same call.
    if (
      name === `Create${kind[0]!.toUpperCase()}${kind.slice(1)}` ||
      (name === "CreateInstanceProfile" && kind === "instance-profile")
    )
      return { arn: `arn:aws:iam::${account}:${kind}${text(parameters, "path") ?? "/"}${value}` };
    if (
      kind === "user" &&
      caller.principal.type === "user" &&
      caller.doubt === undefined &&
      caller.accountId === account &&
      caller.principal.arn.endsWith(`/${value}`)
    )
      return { arn: caller.principal.arn };
    return { kind, name: value };
  };
  const role = text(parameters, "roleName");
  if (role !== undefined) return make("role", role);
  const group = text(parameters, "groupName");
  if (group !== undefined && (ABOUT_GROUPS.has(name) || !("userName" in parameters))) return make("group", group);
  const user = text(parameters, "userName");
  if (user !== undefined) return make("user", user);
  for (const field of ["policyArn", "openIDConnectProviderArn", "sAMLProviderArn", "arn"]) {
    const arn = text(parameters, field);
    if (arn !== undefined) return { arn };
  }
  const profile = text(parameters, "instanceProfileName");
  if (profile !== undefined) return make("instance-profile", profile);
  if (name === "CreateSAMLProvider" && text(parameters, "name") !== undefined)
    return { arn: `arn:aws:iam::${account}:saml-provider/${text(parameters, "name")}` };
  if (name === "CreateOpenIDConnectProvider" && text(parameters, "url") !== undefined)
    return { arn: `arn:aws:iam::${account}:oidc-provider/${text(parameters, "url")!.replace(/^https:\/\//, "")}` };
  if (name === "CreatePolicy" && text(parameters, "policyName") !== undefined)
    return { arn: `arn:aws:iam::${account}:policy${text(parameters, "path") ?? "/"}${text(parameters, "policyName")}` };
  if (ABOUT_ONESELF.test(name) && caller.doubt === undefined) return { arn: caller.principal.arn };
  return undefined;
}

function otherResource(
  event: CloudTrailEvent,
  account: string,
  action: string,
  parameters: Parameters,
): { readonly arn: string } | undefined {
  const [service = ""] = action.split(":");
  if (service === "s3") {
    const bucket = text(parameters, "bucketName");
    if (bucket === undefined) return undefined;
    const key = text(parameters, "key");
    return { arn: `arn:aws:s3:::${bucket}${key === undefined ? "" : `/${key}`}` };
  }
  if (service === "sts") {
    const role = text(parameters, "roleArn");
    if (role !== undefined) return { arn: role };
  }
  if (service === "rolesanywhere") {
    const region = event.text("awsRegion") ?? "";
    for (const [field, kind] of [
      ["trustAnchorId", "trust-anchor"],
      ["profileId", "profile"],
      ["crlId", "crl"],
    ] as const) {
      const id = text(parameters, field);
      if (id !== undefined) return { arn: `arn:aws:rolesanywhere:${region}:${account}:${kind}/${id}` };
    }
    const resource = text(parameters, "resourceArn");
    return resource === undefined ? undefined : { arn: resource };
  }
  const list = event.json("resources");
  if (Array.isArray(list) && list.length === 1) {
    const arn = text(object(list[0]), "ARN");
    if (arn !== undefined) return { arn };
  }
  return undefined;
}

/** The path under which a user or role of this name would be meant by a pattern; nothing where the pattern cannot mean it. */
function pathThatFits(pattern: string, kind: string, name: string): string | undefined {
  const rest = pattern.split(":").slice(5).join(":");
  if (!rest.startsWith(`${kind}/`)) return undefined;
  const inner = rest.slice(kind.length);
  const cut = inner.lastIndexOf("/") + 1;
  const last = inner.slice(cut);
  const fits = new RegExp(
    `^${[...last].map((c) => (c === "*" ? ".*" : c === "?" ? "." : c.replace(/[.+^${}()|[\]\\]/g, "\\$&"))).join("")}$`,
    "s",
  ).test(name);
  return fits ? inner.slice(0, cut).replace(/[*?]/g, "x") : undefined;
}
