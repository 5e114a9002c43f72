import { type Context, decideAssume, requestContext } from "../access/decide";
import type { AccessFacts } from "../access/facts";
import { AwsError, object, text, type AwsRequest, type JsonObject } from "../aws-message";
import type { FrontContext } from "../gap";
import { defined } from "../../modules/kernel/optional";
import { authenticate } from "./session";

/** What a session is asked of. */
export interface SessionParts {
  readonly trustAnchor: JsonObject;
  readonly profile: JsonObject;
  /** PEM of the enabled lists of the trust anchor. */
  readonly lists: readonly string[];
  readonly accountId: string;
}

/** Certificates that came, by subject: what `ListSubjects` shows. */
export type Seen = (accountId: string, region: string, one: ReturnType<typeof authenticate>) => string;

/**
 * `CreateSession`: a certificate for credentials. https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 *
 * @throws AwsError as AWS refuses: certificate, trust anchor, profile, or the role's trust policy, which the project's evaluator decides
 */
export async function createSession(
  request: AwsRequest,
  parts: SessionParts,
  context: FrontContext,
  facts: AccessFacts,
  seen: Seen,
): Promise<JsonObject> {
  const { trustAnchor, profile, lists, accountId } = parts;
  const refused = (message: string): AwsError => new AwsError("AccessDeniedException", message, 403);
  if (trustAnchor["enabled"] !== true) throw refused("The trust anchor is disabled.");
  if (profile["enabled"] !== true) throw refused("The profile is disabled.");
  const bundle = text(object(object(trustAnchor["source"])["sourceData"])["x509CertificateData"]);
  const now = Date.now();
  const one = authenticate(request, bundle, lists, new Date(now));
  const roleArn = text(request.input["roleArn"]);
  if (!(profile["roleArns"] as readonly string[]).includes(roleArn))
    throw refused("The role is not in the list of the profile.");
  const [role, chain] = await Promise.all([facts.principal(accountId, roleArn), facts.chain(accountId)]);
  if (!role || chain?.active === false) throw refused("Unable to assume role.");
  const keys: Context = {
    ...requestContext(accountId, chain, request.region, now),
    "aws:SourceArn": text(trustAnchor["trustAnchorArn"]),
    "aws:SourceAccount": accountId,
    ...Object.fromEntries(
      Object.entries(one.tags).flatMap(([key, value]) => [
        [`aws:PrincipalTag/${key}`, value],
        [`aws:RequestTag/${key}`, value],
      ]),
    ),
    "aws:TagKeys": Object.keys(one.tags),
    "sts:RoleSessionName": one.serial,
    ...defined({ "sts:SourceIdentity": one.commonName }),
  };
  const resourceChain = accountId === context.managementAccountId ? undefined : chain;
  decideAssume({
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    roleArn,
    role,
    principal: { type: "service", arn: "rolesanywhere.amazonaws.com" },
    context: keys,
    ...defined({ resourceChain }),
  });
  const subjectArn = seen(accountId, request.region, one);
  const seconds = Number(request.input["durationSeconds"] ?? profile["durationSeconds"] ?? 3600);
  const key = context.callers.newSessionKey();
  const sessionArn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${one.serial}`;
  const expiresAt = now + Math.min(seconds, Number(profile["durationSeconds"] ?? 3600)) * 1000;
  context.callers.add(key, {
    accountId,
    kind: "session",
    userId: `${role.id}:${one.serial}`,
    principal: { type: "role", arn: roleArn, accountId, sessionArn },
    issuedAt: now,
    expiresAt,
    tags: { ...role.tags, ...one.tags },
  });
  return {
    subjectArn,
    credentialSet: [
      {
        assumedRoleUser: { arn: sessionArn, assumedRoleId: `${role.id}:${one.serial}` },
        credentials: {
          accessKeyId: key,
          secretAccessKey: "local",
          sessionToken: "local",
          expiration: new Date(expiresAt).toISOString(),
        },
        roleArn,
        ...defined({ sourceIdentity: one.commonName }),
      },
    ],
  };
}
