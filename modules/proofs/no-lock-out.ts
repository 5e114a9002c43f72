import { BlockList, isIPv6 } from "node:net";
import { userArn } from "../sections/break-glass/documents";
import { policyDocument } from "../policy/document";
import { ABSENT, NamedPolicy, PolicyRequest, PolicySet } from "../policy/evaluate";
import type { Chain } from "./chains";
import { recoveryIn } from "./recovery";
import type { Principal, ProofInput, Question } from "./types";

/** A call that a person makes, and not a service on behalf of somebody. */
export const DIRECT: NonNullable<PolicyRequest["context"]> = {
  "aws:ViaAWSService": "false",
  "aws:CalledVia": ABSENT,
  "aws:CalledViaFirst": ABSENT,
  "aws:CalledViaLast": ABSENT,
};

/** Global services answer in us-east-1: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion */
export const GLOBAL_REGION = "us-east-1";

/** Whoever has all of this: what the trust policy alone must refuse. */
const EVERYTHING: NamedPolicy = {
  name: "a policy that allows everything",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

/** Break glass gets in, and does its recovery list. */
export function noLockOut(
  input: ProofInput,
  chain: Chain,
  home: Chain,
  people: readonly Principal[],
): readonly Question[] {
  return [...gettingIn(input, chain, home), ...notGettingIn(input, chain), ...recovering(input, chain, people)];
}

/** The way in: a named user, MFA a minute ago, its own name as session name, from a network that is allowed. */
function wayIn(input: ProofInput, userName: string): NonNullable<PolicyRequest["context"]> {
  const { sourceNetworks } = input.breakGlass.identity;
  const inside = sourceNetworks[0]?.split("/")[0];
  return {
    ...DIRECT,
    "aws:MultiFactorAuthPresent": "true",
    "aws:MultiFactorAuthAge": "60",
    "sts:RoleSessionName": userName,
    "aws:RequestedRegion": input.environment.baseline.region,
    "aws:PrincipalOrgID": input.environment.organization.id,
    "aws:ResourceOrgID": input.environment.organization.id,
    ...(inside === undefined ? {} : { "aws:SourceIp": inside }),
  };
}

function gettingIn(input: ProofInput, chain: Chain, home: Chain): readonly Question[] {
  const { identity, role, userPolicy } = input.breakGlass;
  const policies: PolicySet = {
    ...(home.scps ? { scps: home.scps } : {}),
    ...(chain.rcps ? { rcps: chain.rcps } : {}),
    identity: [{ name: "policy of the break-glass users", document: userPolicy }],
    resource: trustOf(input),
  };
  return identity.userNames.map((name): Question => ({
    proof: "no-lock-out",
    expected: "allowed",
    principal: {
      kind: "break-glass-user",
      name: `break-glass user ${name}`,
      request: { type: "user", arn: userArn(identity, name) },
      context: {},
    },
    action: "sts:AssumeRole",
    resource: `arn:aws:iam::${chain.account.id}:role/${role.name}`,
    context: wayIn(input, name),
    otherwise: `Nobody gets into ${chain.account.name} on the day when Identity Center is down.`,
    key: "sts:AssumeRole with MFA",
    from: home.places[0]!,
    policies,
  }));
}

const trusts = new WeakMap<object, NamedPolicy>();

function trustOf({ breakGlass: { role } }: ProofInput): NamedPolicy {
  const known = trusts.get(role) ?? { name: `trust policy of ${role.name}`, document: role.trust };
  trusts.set(role, known);
  return known;
}

/** Whom the trust policy refuses, whatever else they may do. */
function notGettingIn(input: ProofInput, chain: Chain): readonly Question[] {
  const { identity, role } = input.breakGlass;
  const user = identity.userNames[0] ?? "";
  const maxAge = identity.mfaMaxAgeMinutes * 60;
  const way = wayIn(input, user);
  const named: Principal["request"] = { type: "user", arn: userArn(identity, user) };
  const outside = addressOutside(identity.sourceNetworks);
  const tries: readonly {
    readonly who: string;
    readonly key: string;
    readonly request?: Principal["request"];
    readonly context?: NonNullable<PolicyRequest["context"]>;
  }[] = [
    {
      who: "without MFA",
      key: "without MFA",
      context: { "aws:MultiFactorAuthPresent": ABSENT, "aws:MultiFactorAuthAge": ABSENT },
    },
    {
      who: "signed in to the console without MFA",
      key: "with MFA false",
      context: { "aws:MultiFactorAuthPresent": "false", "aws:MultiFactorAuthAge": ABSENT },
    },
    {
      who: "with an MFA sign-in whose age nobody knows",
      key: "with MFA of no age",
      context: { "aws:MultiFactorAuthAge": ABSENT },
    },
    {
      who: `with an MFA sign-in ${identity.mfaMaxAgeMinutes} minutes old`,
      key: "with old MFA",
      context: { "aws:MultiFactorAuthAge": String(maxAge) },
    },
    { who: "under another session name", key: "under another name", context: { "sts:RoleSessionName": `${user}x` } },
    {
      who: "another user of the same path",
      key: "another user",
      request: { type: "user", arn: userArn(identity, `${user}x`) },
      context: { "sts:RoleSessionName": `${user}x` },
    },
    {
      who: "a user of the same name outside the path",
      key: "another path",
      request: { type: "user", arn: `arn:aws:iam::${identity.homeAccountId}:user/${user}` },
    },
    {
      who: "a role of the home account",
      key: "a role",
      request: { type: "role", arn: `arn:aws:iam::${identity.homeAccountId}:role/Admin` },
    },
    {
      who: "the root user of the home account",
      key: "root",
      request: { type: "root", arn: `arn:aws:iam::${identity.homeAccountId}:root` },
    },
    {
      who: "a user of the same name in another account",
      key: "another account",
      request: { type: "user", arn: userArn({ ...identity, homeAccountId: "999999999999" }, user) },
    },
    ...(outside === undefined
      ? []
      : [{ who: `from ${outside}`, key: "from another network", context: { "aws:SourceIp": outside } }]),
  ];
  const policies = trustAlone(input);
  return tries.map(({ who, key, request, context }): Question => ({
    proof: "no-lock-out",
    expected: "denied",
    principal: {
      kind: "break-glass-user",
      name: request ? who : `break-glass user ${user} ${who}`,
      request: request ?? named,
      context: {},
    },
    action: "sts:AssumeRole",
    resource: `arn:aws:iam::${chain.account.id}:role/${role.name}`,
    context: { ...way, ...context },
    otherwise: "Somebody gets the break-glass role who should not.",
    key: `sts:AssumeRole ${key}`,
    policies,
  }));
}

const alone = new WeakMap<object, PolicySet>();

function trustAlone(input: ProofInput): PolicySet {
  const known = alone.get(input.breakGlass) ?? { identity: [EVERYTHING], resource: trustOf(input) };
  alone.set(input.breakGlass, known);
  return known;
}

/** An address of none of the networks; nothing without networks, and where they leave nothing out. */
function addressOutside(networks: readonly string[]): string | undefined {
  if (networks.length === 0) return undefined;
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return ["192.0.2.1", "198.51.100.1", "203.0.113.1", "8.8.8.8", "2001:db8::1"].find(
    (address) => !list.check(address, isIPv6(address) ? "ipv6" : "ipv4"),
  );
}

function recovering(input: ProofInput, chain: Chain, people: readonly Principal[]): readonly Question[] {
  const breakGlass = people.find((one) => one.kind === "break-glass");
  if (!breakGlass) return [];
  const { region, access } = input.environment.baseline;
  const at = { accountId: chain.account.id, region, memberRole: access.memberRole };
  // The session's tags: the role's own, and no others, because its trust policy lets nobody pass any.
  return recoveryIn(input, chain.account).flatMap((task) =>
    task.actions.map((action): Question => ({
      proof: "no-lock-out",
      expected: "allowed",
      principal: breakGlass,
      action,
      resource: task.resource(at),
      context: { ...DIRECT, ...task.context, "aws:RequestedRegion": task.scope === "global" ? GLOBAL_REGION : region },
      otherwise: `Break glass could not ${task.task}.`,
    })),
  );
}
