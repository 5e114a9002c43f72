import { callerContext, type Context, decideAssume, notAuthorized, requestContext } from "../access/decide";
import { type AccessFacts, type ChainFacts, type PrincipalFacts, readWritten } from "../access/facts";
import { readIdentity } from "../access/tokens";
import type { NamedPolicy } from "../../modules/policy/evaluate";
import { AwsError, object, objects, text, texts, type AwsRequest, type Caller, type JsonObject } from "../aws-message";
import { type FrontContext, type Gap, type Handler, type Observer, TO_MOTO } from "../gap";
import { xmlValue } from "../upstream";
import { defined } from "../../modules/kernel/optional";

/** A session that role chaining makes lasts an hour at most: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const CHAINED_SECONDS = 3600;

interface Target {
  readonly arn: string;
  readonly account: string;
  readonly chain?: ChainFacts;
  readonly role: PrincipalFacts;
}

/**
 * moto gives out credentials for whatever role is named, whether there is one or not. The front lets a role be assumed only by whom its
 * trust policy, the caller's own policies, SCPs and RCPs allow it, as AWS does.
 */
export function stsGap(context: FrontContext, facts: AccessFacts): Gap {
  /** Nothing where there is no such role, or its account is closed. */
  const find = async (arn: string): Promise<Target | undefined> => {
    const account = /^arn:[^:]+:iam::(\d{12}):role\//.exec(arn)?.[1];
    if (account === undefined) throw new AwsError("ValidationError", `${arn} is invalid`);
    const [role, chain] = await Promise.all([facts.principal(account, arn), facts.chain(account)]);
    return role === undefined || chain?.active === false ? undefined : { arn, account, role, ...defined({ chain }) };
  };
  /** SCPs and RCPs bind member accounts. */
  const bound = (account: string, chain: ChainFacts | undefined): ChainFacts | undefined =>
    account === context.managementAccountId ? undefined : chain;

  const assumeRole = async (request: AwsRequest): Promise<typeof TO_MOTO> => {
    const { caller, input } = request;
    const arn = text(input["RoleArn"]);
    checkSessionName(input);
    const shown = caller.principal.sessionArn ?? caller.principal.arn;
    const target = await find(arn);
    if (!target) throw notAuthorized(shown, "sts:AssumeRole", arn);
    checkDuration(input, target.role, caller.kind !== "key" && caller.principal.type === "role");
    const own = await ownPolicies(caller, facts);
    const chain = await facts.chain(caller.accountId);
    const now = Date.now();
    const mfa = givenMfa(input, own.facts, now);
    const principalChain = bound(caller.accountId, chain);
    const resourceChain = bound(target.account, target.chain);
    decideAssume({
      actions: actionsOf("sts:AssumeRole", input),
      roleArn: arn,
      role: target.role,
      principal: caller.principal,
      shown,
      context: {
        ...requestContext(target.account, target.chain, request.region, now),
        ...callerContext(
          { ...caller, ...(own.facts ? { tags: { ...own.facts.tags, ...caller.tags } } : {}) },
          chain,
          now,
        ),
        ...(mfa === undefined ? {} : { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 0 }),
        ...sessionContext(input),
      },
      own: own.policies,
      ...defined({ principalChain, resourceChain }),
    });
    return TO_MOTO;
  };

  const assumeWithIdentity =
    (action: "sts:AssumeRoleWithWebIdentity" | "sts:AssumeRoleWithSAML"): Handler =>
    async (request): Promise<typeof TO_MOTO> => {
      const { input, region } = request;
      const arn = text(input["RoleArn"]);
      if (action === "sts:AssumeRoleWithWebIdentity") checkSessionName(input);
      const target = await find(arn);
      if (!target) throw new AwsError("AccessDenied", `Not authorized to perform ${action}`, 403);
      checkDuration(input, target.role, false);
      const now = Date.now();
      const identity = readIdentity(action, input, await facts.providers(target.account), now);
      const resourceChain = bound(target.account, target.chain);
      decideAssume({
        actions: [action],
        roleArn: arn,
        role: target.role,
        principal: identity.principal,
        context: {
          ...requestContext(target.account, target.chain, region, now),
          ...sessionContext(input),
          ...identity.context,
        },
        ...defined({ resourceChain }),
      });
      return TO_MOTO;
    };

  /** A session works in the account of its role: AWS knows it from the key, the front from the answer that gave the key out. */
  const remember: Observer = async (request, response) => {
    const xml = response.body.toString();
    const key = xmlValue(xml, "AccessKeyId");
    const sessionArn = xmlValue(xml, "Arn") ?? "";
    const roleArn = text(request.input["RoleArn"]);
    const accountId = /^arn:[^:]+:sts::(\d{12}):/.exec(sessionArn)?.[1];
    if (!key || !accountId) return;
    const role = await facts.principal(accountId, roleArn);
    const { input } = request;
    const now = Date.now();
    context.history.push({
      accountId: request.caller.accountId,
      region: request.region,
      name: request.operation,
      source: "sts.amazonaws.com",
      time: now,
      requestParameters: { roleArn, roleSessionName: input["RoleSessionName"] },
      callerArn: request.caller.principal.sessionArn ?? request.caller.principal.arn,
    });
    context.callers.add(key, {
      accountId,
      kind: "session",
      userId: `${role?.id ?? ""}:${sessionArn.slice(sessionArn.lastIndexOf("/") + 1)}`,
      principal: { type: "role", arn: roleArn, accountId, sessionArn },
      issuedAt: now,
      expiresAt: Date.parse(xmlValue(xml, "Expiration") ?? "") || now + CHAINED_SECONDS * 1000,
      // "The temporary credentials returned by AssumeRole do not include MFA information in the context", says the page on MFA-protected API
      // access, where MFA was given as well as where it was not; CloudTrail's `mfaAuthenticated` of such sessions says otherwise.
      ...(input["SerialNumber"] === undefined ? {} : { mfa: "notKnown" as const }),
      tags: { ...role?.tags, ...tagsOf(input) },
      ...(await sessionPolicies(input, accountId, context)),
    });
  };

  return {
    service: "sts",
    operations: {
      AssumeRole: assumeRole,
      AssumeRoleWithWebIdentity: assumeWithIdentity("sts:AssumeRoleWithWebIdentity"),
      AssumeRoleWithSAML: assumeWithIdentity("sts:AssumeRoleWithSAML"),
      GetCallerIdentity: ({ caller: { principal, userId, accountId } }) => ({
        UserId: userId,
        Account: accountId,
        Arn: principal.sessionArn ?? principal.arn,
      }),
      GetSessionToken: (request) => getSessionToken(request, context, facts),
    },
    after: { AssumeRole: remember, AssumeRoleWithWebIdentity: remember, AssumeRoleWithSAML: remember },
  };
}

/** Policies of the caller, and what else is known of it. */
async function ownPolicies(
  caller: Caller,
  facts: AccessFacts,
): Promise<{
  readonly facts?: PrincipalFacts;
  readonly policies: {
    readonly identity: readonly NamedPolicy[];
    readonly boundary?: NamedPolicy;
    readonly session?: readonly NamedPolicy[];
  };
}> {
  if (caller.kind === "administrator")
    return { policies: { identity: [readWritten({ name: "AdministratorAccess", document: ADMINISTRATOR })] } };
  const found = await facts.principal(caller.accountId, caller.principal.arn);
  // Whoever is gone has no policies left; its sessions end with it.
  if (!found) return { policies: { identity: [] } };
  return {
    facts: found,
    policies: {
      identity: found.policies.map(readWritten),
      ...(found.boundary ? { boundary: readWritten(found.boundary) } : {}),
      ...defined({ session: caller.session }),
    },
  };
}

const ADMINISTRATOR = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/** What the call needs beside the role itself: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required */
function actionsOf(action: string, input: JsonObject): readonly string[] {
  return [
    action,
    ...(objects(input["Tags"]).length > 0 ? ["sts:TagSession"] : []),
    ...(input["SourceIdentity"] === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
}

function tagsOf(input: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(objects(input["Tags"]).map((tag) => [text(tag["Key"]), text(tag["Value"])]));
}

/** Condition keys that the call itself carries. */
function sessionContext(input: JsonObject): Context {
  const given = (key: string, member: string): Context =>
    input[member] === undefined ? {} : { [key]: text(input[member]) };
  const tags = tagsOf(input);
  const transitive = texts(input["TransitiveTagKeys"]);
  return {
    ...given("sts:RoleSessionName", "RoleSessionName"),
    ...given("sts:ExternalId", "ExternalId"),
    ...given("sts:SourceIdentity", "SourceIdentity"),
    ...(Object.keys(tags).length > 0 ? { "aws:TagKeys": Object.keys(tags) } : {}),
    ...(transitive.length > 0 ? { "sts:TransitiveTagKeys": transitive } : {}),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}

async function sessionPolicies(
  input: JsonObject,
  accountId: string,
  { moto }: FrontContext,
): Promise<{ readonly session?: readonly NamedPolicy[] }> {
  const inline = input["Policy"] === undefined ? [] : [{ name: "session policy", document: text(input["Policy"]) }];
  const named = await Promise.all(
    objects(input["PolicyArns"]).map(async (one) => {
      const PolicyArn = text(one["arn"]);
      const place = { accountId, region: "us-east-1" };
      const ask = (action: string, more: Readonly<Record<string, string>> = {}): Promise<string> =>
        moto.query(place, "iam", "2010-05-08", action, { PolicyArn, ...more });
      const VersionId = xmlValue(await ask("GetPolicy"), "DefaultVersionId") ?? "v1";
      const document = xmlValue(await ask("GetPolicyVersion", { VersionId }), "Document") ?? "";
      return { name: PolicyArn, document: decodeURIComponent(document) };
    }),
  );
  const all = [...inline, ...named];
  return all.length > 0 ? { session: all.map(readWritten) } : {};
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, RoleSessionName: 2 to 64 characters of `[\w+=,.@-]*` */
function checkSessionName(input: JsonObject): void {
  const name = text(input["RoleSessionName"]);
  if (!/^[\w+=,.@-]{2,64}$/.test(name))
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, DurationSeconds */
function checkDuration(input: JsonObject, role: PrincipalFacts, chained: boolean): void {
  const seconds = Number(text(input["DurationSeconds"], String(CHAINED_SECONDS)));
  if (seconds < 900)
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
    );
  // "if you assume a role using role chaining and provide a DurationSeconds parameter value greater than one hour, the operation fails."
  if (chained && seconds > CHAINED_SECONDS)
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  if (seconds > (role.maxSessionSeconds ?? CHAINED_SECONDS))
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
}

/**
 * MFA that goes along with a call. The code is not compared: nobody here has the device.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
function givenMfa(input: JsonObject, user: PrincipalFacts | undefined, now: number): number | undefined {
  if (input["SerialNumber"] === undefined && input["TokenCode"] === undefined) return undefined;
  const serial = text(input["SerialNumber"]);
  if (!user?.mfaDevices?.includes(serial) || !/^\d{6}$/.test(text(input["TokenCode"])))
    throw new AwsError(
      "AccessDenied",
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
      403,
    );
  return now;
}

/**
 * Temporary credentials of a user: from its access key, or, with the header of the seed, as after a sign-in to the console, for which AWS
 * has no API.
 */
async function getSessionToken(request: AwsRequest, context: FrontContext, facts: AccessFacts): Promise<JsonObject> {
  const now = Date.now();
  const header = request.headers["x-local-seed"];
  const signIn = object((JSON.parse(typeof header === "string" ? header : "{}") as JsonObject)["signIn"]);
  const isSignIn = signIn["user"] !== undefined;
  const arn = isSignIn ? text(signIn["user"]) : request.caller.principal.arn;
  const accountId = /^arn:[^:]+:iam::(\d{12}):user\//.exec(arn)?.[1];
  // "You cannot call GetSessionToken with credentials of a role": https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
  if (accountId === undefined || (!isSignIn && request.caller.kind !== "key"))
    throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
  const user = await facts.principal(accountId, arn);
  if (!user) throw new AwsError("AccessDenied", `There is no user ${arn}.`, 403);
  const mfa = isSignIn ? signedIn(signIn, arn, user, now) : givenMfa(request.input, user, now);
  const key = context.callers.newSessionKey();
  const seconds = Number(text(request.input["DurationSeconds"], "43200"));
  context.callers.add(key, {
    accountId,
    kind: "session",
    userId: user.id,
    principal: { type: "user", arn, accountId },
    issuedAt: now,
    expiresAt: now + seconds * 1000,
    ...defined({ mfa }),
    tags: user.tags,
  });
  return {
    Credentials: {
      AccessKeyId: key,
      SecretAccessKey: "local",
      SessionToken: "local",
      Expiration: new Date(now + seconds * 1000).toISOString(),
    },
  };
}

/** The console asks for the password, and for MFA as soon as one device is registered. */
function signedIn(signIn: JsonObject, arn: string, user: PrincipalFacts, now: number): number | undefined {
  const hasDevice = (user.mfaDevices ?? []).length > 0;
  if (!user.hasPassword) throw new AwsError("AccessDenied", `${arn} has no password to sign in with.`, 403);
  if (hasDevice !== (text(signIn["mfa"]) === "true"))
    throw new AwsError(
      "AccessDenied",
      hasDevice ? `The console asks ${arn} for MFA.` : `${arn} has no MFA device.`,
      403,
    );
  return hasDevice ? now - Number(text(signIn["mfaAgeSeconds"], "0")) * 1000 : undefined;
}
