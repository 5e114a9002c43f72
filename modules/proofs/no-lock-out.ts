import { memberRoles } from "../sections/member-roles";
import { userArn } from "../sections/break-glass/documents";
import type { KeySets, TextSet } from "../policy/decide";
import type { NamedPolicy, PolicySet } from "../policy/evaluate";
import { policiesBetween } from "./across";
import { ANY_RESOURCE, arnSet, NO_RESOURCE } from "./arns";
import type { Chain } from "./chains";
import { recoveryIn } from "./recovery";
import { AccountRows, ADMINISTRATOR_ACCESS, everybodyBut, roleSet, userSet } from "./rows";
import { sessionsFrom } from "./sessions";
import type { ProofInput, Question, Row } from "./types";
import { defined } from "../kernel/optional";
import { uniqueSorted } from "../kernel/lists";
import { plural } from "../kernel/words";

/** A call that a person makes, and not a service on behalf of somebody. */
export const DIRECT: KeySets = {
  "aws:ViaAWSService": { oneOf: ["false"] },
  "aws:CalledVia": "absent",
  "aws:CalledViaFirst": "absent",
  "aws:CalledViaLast": "absent",
};

/** From the internet, and through no endpoint in a VPC. */
const FROM_THE_INTERNET: KeySets = {
  "aws:SourceVpc": "absent",
  "aws:SourceVpce": "absent",
  "aws:SourceVpcArn": "absent",
  "aws:VpcSourceIp": "absent",
};

/** Global services answer in us-east-1: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion */
export const GLOBAL_REGION = "us-east-1";

/** Break glass gets in, and does its recovery list; nobody shuts the door. */
export function noLockOut(input: ProofInput, chain: Chain, home: Chain, rows: AccountRows): readonly Question[] {
  return [
    ...frontDoor(input, chain, rows),
    ...gettingIn(input, chain, home),
    ...notGettingIn(input, chain),
    ...recovering(input, chain, rows),
  ];
}

/** Networks from which the baseline says that break glass comes: those that it names, or any. */
function networks({ breakGlass: { identity } }: ProofInput): KeySets {
  return {
    ...FROM_THE_INTERNET,
    "aws:SourceIp":
      identity.sourceNetworks.length > 0 ? { networks: identity.sourceNetworks } : { networks: ["0.0.0.0/0", "::/0"] },
  };
}

function fromWhere({ breakGlass: { identity } }: ProofInput): string {
  return identity.sourceNetworks.length > 0 ? "from every allowed network" : "from any network";
}

/** Every region that the facts show as enabled, and the home region. */
export function regions({ environment: { organization, baseline } }: ProofInput): readonly string[] {
  return uniqueSorted([...organization.enabledRegions, baseline.region]);
}

/** The way in: a named user, MFA within the allowed age, its own name as session name. */
function wayIn(input: ProofInput, userName: string): KeySets {
  const { environment, breakGlass } = input;
  return {
    ...DIRECT,
    ...networks(input),
    "aws:MultiFactorAuthPresent": { oneOf: ["true"] },
    "aws:MultiFactorAuthAge": { numbers: { from: 0, to: breakGlass.identity.mfaMaxAgeMinutes * 60 - 1 } },
    "sts:RoleSessionName": { oneOf: [userName] },
    "aws:RequestedRegion": { oneOf: regions(input) },
    "aws:PrincipalOrgID": { oneOf: [environment.organization.id] },
    "aws:ResourceOrgID": { oneOf: [environment.organization.id] },
    // Nobody passes tags or a source identity along: the trust policy allows neither.
    "sts:TransitiveTagKeys": "absent",
    "aws:TagKeys": "absent",
    "sts:SourceIdentity": "absent",
  };
}

function userRow(input: ProofInput, names: readonly string[]): Row {
  const { identity, userPolicy } = input.breakGlass;
  return {
    kind: "break-glass-user",
    name: `the ${plural(names.length, "break-glass user")} ${names.join(", ")}`,
    sets: [userSet({ like: names.map((name) => userArn(identity, name)) })],
    identity: [{ name: "policy of the break-glass users", document: userPolicy }],
  };
}

/** What a new user does with the console before it has MFA: each action on its own things. */
const ENROLMENT = ["iam:ChangePassword", "iam:EnableMFADevice", "iam:ListMFADevices"] as const;

/** Shuts the door of a member account that is the home: a password that ends, a password or a device that is gone. */
export const DOOR_SHUTTERS = ["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"] as const;
/** The same on the users and their devices. */
const USER_SHUTTERS = ["iam:DeactivateMFADevice", "iam:DeleteLoginProfile", "iam:UpdateLoginProfile"] as const;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssignin.html */
export const SIGN_IN = ["signin:Authenticate", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"] as const;

/** The front door of a home that SCPs and RCPs bind. Those of the management account bind nobody. */
function frontDoor(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  const { identity, userPolicy } = input.breakGlass;
  const { organization } = input.environment;
  if (chain.account.id !== identity.homeAccountId || chain.account.id === organization.managementAccountId) return [];
  const own: PolicySet = {
    ...defined({ scps: chain.scps }),
    identity: [{ name: "policy of the break-glass users", document: userPolicy }],
  };
  const before: KeySets = {
    ...DIRECT,
    ...networks(input),
    "aws:MultiFactorAuthPresent": { oneOf: ["false"] },
    "aws:MultiFactorAuthAge": "absent",
    "aws:RequestedRegion": { oneOf: [GLOBAL_REGION] },
  };
  const enrol = (name: string): readonly Question[] => {
    const question = (actions: readonly string[], resources: TextSet, on: string): Question => ({
      proof: "no-lock-out",
      expected: "allowed",
      rows: [userRow(input, [name])],
      actions,
      resources,
      on,
      keys: before,
      when: `without MFA, ${fromWhere(input)}`,
      otherwise: `A new break-glass user can never enrol: ${name} has no MFA yet, and needs these to get it.`,
      policies: own,
    });
    return [
      question(ENROLMENT, { like: [userArn(identity, name)] }, "itself"),
      question(
        ["iam:CreateVirtualMFADevice"],
        { like: [`arn:aws:iam::${identity.homeAccountId}:mfa/${name}`] },
        "its device",
      ),
    ];
  };
  const { consoleAuthorization } = organization;
  const users = userRow(input, identity.userNames);
  const signIn: Question = {
    proof: "no-lock-out",
    expected: "allowed",
    rows: [{ kind: users.kind, name: users.name, sets: users.sets }],
    actions: SIGN_IN,
    resources: ANY_RESOURCE,
    on: "any resource",
    keys: { ...DIRECT, ...networks(input), "aws:RequestedRegion": { oneOf: regions(input) } },
    when: `in every enabled region, ${fromWhere(input)}`,
    otherwise: `Nobody signs in to ${chain.account.name}, the home of break glass, from there.`,
    key: "sign in",
    rcpsAsked: true,
    policies: signInPolicies(chain),
    ...(consoleAuthorization === undefined
      ? {
          missing: {
            fact: "consoleAuthorization",
            why: "the facts do not say whether console authorization is enabled (organization.yaml: consoleAuthorization), and RCPs bind sign-in only where it is",
            fix: "AWS has no call that tells: look in the console (AWS Sign-In, console authorization), and write consoleAuthorization: enabled or disabled in organization.yaml; sync keeps it.",
          },
        }
      : {}),
  };
  const shutters = everybodyBut(rows, chain.account.id, { kinds: new Set(["break-glass"]) });
  const shut = (asks: readonly Row[], actions: readonly string[], resources: TextSet, on: string): Question => ({
    proof: "no-lock-out",
    expected: "denied",
    rows: asks,
    actions,
    resources,
    on,
    otherwise: `Somebody in ${chain.account.name} could block emergency access: delete the passwords of the break-glass users, or take away their MFA devices.`,
    key: "shut the way in",
  });
  const others = everybodyBut(rows, chain.account.id, {
    kinds: new Set(["break-glass-user", "pipeline-member"]),
    patterns: [userArn(identity, "*")],
  });
  return [
    ...identity.userNames.flatMap(enrol),
    ...(consoleAuthorization === "disabled" || !chain.rcps ? [] : [signIn]),
    shut(shutters, DOOR_SHUTTERS, NO_RESOURCE, "the account"),
    shut(others, USER_SHUTTERS, arnSet(userArn(identity, "*"), []), "any break-glass user"),
  ];
}

const signIns = new WeakMap<Chain, PolicySet>();

/** AWS Sign-In obeys RCPs and resource-based policies, not SCPs. https://docs.aws.amazon.com/signin/latest/userguide/console-signin-resource-policies.html */
function signInPolicies(chain: Chain): PolicySet {
  // Where the facts say that RCPs bind sign-in they bind it: put as SCPs, so that nobody asks whether they reach the service.
  const known = signIns.get(chain) ?? {
    scps: (chain.rcps ?? []).map((level) => [{ ...ADMINISTRATOR_ACCESS, name: "RCPFullAWSAccess" }, ...level]),
  };
  signIns.set(chain, known);
  return known;
}

function gettingIn(input: ProofInput, chain: Chain, home: Chain): readonly Question[] {
  const { identity, role, userPolicy } = input.breakGlass;
  const policies: PolicySet = {
    ...policiesBetween(home, chain),
    identity: [{ name: "policy of the break-glass users", document: userPolicy }],
    resource: trustOf(input),
  };
  return identity.userNames.map((name): Question => ({
    proof: "no-lock-out",
    expected: "allowed",
    rows: [userRow(input, [name])],
    actions: ["sts:AssumeRole"],
    resources: { like: [`arn:aws:iam::${chain.account.id}:role/${role.name}`] },
    on: role.name,
    resourceAccountId: chain.account.id,
    keys: wayIn(input, name),
    when: `with MFA of at most ${identity.mfaMaxAgeMinutes} minutes, in every enabled region, ${fromWhere(input)}`,
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
  const named = identity.userNames.map((name) => userArn(identity, name));
  const common = {
    proof: "no-lock-out" as const,
    expected: "denied" as const,
    actions: ["sts:AssumeRole"],
    resources: { like: [`arn:aws:iam::${chain.account.id}:role/${role.name}`] },
    on: role.name,
    resourceAccountId: chain.account.id,
    otherwise: "Somebody gets the break-glass role who should not.",
    policies: trustAlone(input),
  };
  const users = (names: readonly string[]): readonly Row[] => {
    const { identity: _, ...row } = userRow(input, names);
    return [row];
  };
  const maxAge = identity.mfaMaxAgeMinutes * 60;
  return [
    {
      ...common,
      rows: [
        {
          kind: "administrator",
          name: "any role of any account",
          sets: [roleSet({ like: ["arn:aws:iam::*:role/*"] })],
        },
        {
          kind: "iam-user",
          name: "any other user of any account",
          sets: [userSet({ like: ["arn:aws:iam::*:user/*"], except: named })],
        },
        {
          kind: "root",
          name: "the root user of the home account",
          sets: [{ type: "root", arns: { like: [`arn:aws:iam::${identity.homeAccountId}:root`] } }],
        },
      ],
      key: "sts:AssumeRole as another principal",
    },
    {
      ...common,
      rows: users(identity.userNames),
      keys: { "aws:MultiFactorAuthPresent": { oneOf: ["false"], absent: true } },
      when: "without MFA",
      key: "sts:AssumeRole without MFA",
    },
    {
      ...common,
      rows: users(identity.userNames),
      keys: { "aws:MultiFactorAuthAge": { numbers: { from: maxAge }, absent: true } },
      when: `with MFA of ${identity.mfaMaxAgeMinutes} minutes or more, or of no age`,
      key: "sts:AssumeRole with old MFA",
    },
    ...identity.userNames.map((name): Question => ({
      ...common,
      rows: users([name]),
      keys: { "sts:RoleSessionName": { like: ["*"], except: [name], absent: true } },
      when: "under another session name",
      key: "sts:AssumeRole under another name",
    })),
    ...(identity.sourceNetworks.length === 0
      ? []
      : [
          {
            ...common,
            rows: users(identity.userNames),
            keys: {
              "aws:SourceIp": {
                networks: ["0.0.0.0/0", "::/0"],
                exceptNetworks: identity.sourceNetworks,
                absent: true,
              },
            },
            when: "from any network that is not allowed",
            key: "sts:AssumeRole from another network",
          },
        ]),
  ];
}

const alone = new WeakMap<object, PolicySet>();

/** Whoever has all of this: what the trust policy alone must refuse. */
function trustAlone(input: ProofInput): PolicySet {
  const known = alone.get(input.breakGlass) ?? {
    identity: [{ ...ADMINISTRATOR_ACCESS, name: "a policy that allows everything" }],
    resource: trustOf(input),
  };
  alone.set(input.breakGlass, known);
  return known;
}

function recovering(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  const breakGlass = rows.named.find((one) => one.kind === "break-glass");
  if (!breakGlass) return [];
  const { region } = input.environment.baseline;
  const at = { accountId: chain.account.id, region, memberRole: memberRoles(input.environment).of(chain.account.id) };
  const session: KeySets = {
    ...DIRECT,
    ...networks(input),
    ...sessionsFrom(chain),
    // Of a session that MFA opened: the key says so, or is not there.
    "aws:MultiFactorAuthPresent": { oneOf: ["true"], absent: true },
    "aws:SourceIdentity": "absent",
  };
  return recoveryIn(input, chain.account).map((task): Question => ({
    proof: "no-lock-out",
    expected: "allowed",
    // The session's tags: the role's own, and no others, because its trust policy lets nobody pass any.
    rows: [breakGlass],
    actions: task.actions,
    resources: task.resources(at, input),
    on: task.on,
    resourceAccountId: chain.account.id,
    keys: {
      ...session,
      ...task.keys,
      "aws:RequestedRegion": { oneOf: task.scope === "global" ? [GLOBAL_REGION] : [region] },
    },
    when: `in ${task.scope === "global" ? GLOBAL_REGION : region}, ${fromWhere(input)}`,
    otherwise: `Break glass could not ${task.task}.`,
  }));
}
