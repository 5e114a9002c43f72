import type { AlarmHub, ForwarderRule } from "../alarms/documents";
import type { ProblemList } from "../../config/problem-list";
import type { BreakGlassEnvironment } from "./types";
import { checkDuplicates, resolveAccount } from "../../config/references";
import type { PolicyDocument } from "../../policy/types";
import { breakGlassAlarmRules } from "./alarm-rules";
import { BreakGlassIdentity, breakGlassRole, breakGlassUserPolicy, RoleDefinition } from "./documents";
import { readPgpPublicKey } from "./pgp";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";
import { uniqueSorted } from "../../kernel/lists";

export const STACKSETS_SERVICE = "member.org.stacksets.cloudformation.amazonaws.com";

export interface BreakGlassUser {
  readonly name: string;
  readonly holder: string;
}

/** Break glass as it is to be. Plain data. */
export interface BreakGlassState {
  readonly identity: BreakGlassIdentity;
  readonly managementAccountId: string;
  readonly rootId: string;
  readonly users: readonly BreakGlassUser[];
  readonly userPolicy: PolicyDocument;
  readonly role: RoleDefinition;
  readonly rollout: "stackset" | "terraform";
  /** Member accounts other than the home account, sorted: those that the StackSet or a stack of their own covers today. */
  readonly memberAccountIds: readonly string[];
  /** Base64 of the PGP public key; absent: no passwords are made. */
  readonly pgpKey?: string;
  readonly alarms: {
    readonly hub: AlarmHub;
    readonly rules: readonly ForwarderRule[];
    /** Watched regions, sorted. */
    readonly regions: readonly string[];
  };
}

/** Regions whose endpoints an IAM user's sign-in may land on although it was meant for another one. */
const SIGN_IN_REGIONS = ["us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"];

/** Resolves the section `breakGlass`. Problems are collected; the state is absent only where there is nothing to build on. */
export function resolveBreakGlass(
  environment: BreakGlassEnvironment,
  problems: ProblemList,
): BreakGlassState | undefined {
  const { baseline, organization, tree } = environment;
  const section = baseline.breakGlass;
  const home = resolveAccount(environment, problems, section.homeAccount, ["breakGlass", "homeAccount"]);
  checkDuplicates(
    problems,
    section.users.map((user) => user.name),
    "break-glass user",
    (i) => ["breakGlass", "users", i, "name"],
  );

  if (section.rollout === "stackset" && !organization.trustedServices.includes(STACKSETS_SERVICE)) {
    problems.error(
      "FACTS-NO-TRUSTED-ACCESS",
      ["breakGlass", "rollout"],
      "StackSets have no trusted access to the organization, so that no service-managed StackSet can be made.",
      `aws organizations enable-aws-service-access --service-principal ${STACKSETS_SERVICE} (better: aws cloudformation activate-organizations-access), then ${KEYLESS} sync ${environment.name}; or rollout: terraform.`,
    );
  }
  // A trail of the management account alone carries no event of another account: users of a member home account would sign in unheard.
  const ofMember = home !== undefined && home.id !== organization.managementAccountId;
  if (!organization.trails.some((trail) => trail.logging && trail.multiRegion && (trail.organization || !ofMember))) {
    problems.error(
      "FACTS-NO-TRAIL",
      ["breakGlass", "alarms"],
      `The facts show no multi-region CloudTrail trail that logs${ofMember ? ` what happens in ${home.name}, which takes an organization trail` : ""}: EventBridge sees API calls and sign-ins through a trail only, so no alarm would ever come.`,
      `Make an organization trail (aws cloudtrail create-trail --is-multi-region-trail --is-organization-trail … and start-logging), then ${KEYLESS} sync ${environment.name}.`,
    );
  }
  const { subscribers } = section.alarms;
  if (subscribers.emails.length + subscribers.httpsEndpoints.length === 0) {
    problems.warning(
      "BREAK-GLASS-NOBODY-HEARS",
      ["breakGlass", "alarms"],
      "Nobody is subscribed to the break-glass alarms.",
      "Add alarms.subscribers.emails.",
    );
  }
  const enabled = new Set(organization.enabledRegions);
  section.alarms.regions?.forEach((region, i) => {
    if (!enabled.has(region)) {
      problems.error(
        "REGION-NOT-ENABLED",
        ["breakGlass", "alarms", "regions", i],
        `Region ${region} is not enabled in this organization.`,
        `Enabled: ${[...enabled].sort().join(", ")}.`,
      );
    }
  });
  const missing = SIGN_IN_REGIONS.filter(
    (region) => section.alarms.regions && !section.alarms.regions.includes(region) && enabled.has(region),
  );
  if (missing.length > 0) {
    problems.error(
      "BREAK-GLASS-BLIND-REGION",
      ["breakGlass", "alarms", "regions"],
      `Console sign-ins of IAM users can be logged in ${missing.join(", ")}, which would not be watched.`,
      "Add them, or leave regions out: then every enabled region is watched.",
    );
  }

  let pgpKey: string | undefined;
  if (section.passwords) {
    const key = readPgpPublicKey(environment.files.get(section.passwords.pgpPublicKeyFile) ?? "");
    if ("problem" in key) {
      problems.error(
        "BREAK-GLASS-PGP-KEY",
        ["breakGlass", "passwords", "pgpPublicKeyFile"],
        `${section.passwords.pgpPublicKeyFile} ${key.problem}.`,
        "Export it with gpg --armor --export <key id>.",
      );
    } else pgpKey = key.base64;
  }
  if (!home) return undefined;

  const identity: BreakGlassIdentity = {
    organizationId: organization.id,
    homeAccountId: home.id,
    roleName: section.roleName,
    userPath: section.userPath,
    userNames: section.users.map((user) => user.name).sort(),
    mfaMaxAgeMinutes: section.mfaMaxAgeMinutes,
    sourceNetworks: [...section.sourceNetworks].sort(),
  };
  return {
    identity,
    managementAccountId: organization.managementAccountId,
    rootId: organization.rootId,
    users: [...section.users].sort((a, b) => (a.name < b.name ? -1 : 1)),
    userPolicy: breakGlassUserPolicy(identity),
    role: breakGlassRole(identity),
    rollout: section.rollout,
    memberAccountIds: tree.accounts
      .map((a) => a.id)
      .filter((id) => id !== organization.managementAccountId && id !== home.id),
    ...defined({ pgpKey }),
    alarms: {
      hub: {
        name: "keyless-break-glass-alarms",
        accountId: home.id,
        region: baseline.region,
        organizationId: organization.id,
        subscribers,
        forwarderRoleName: "keyless-break-glass-forwarder",
      },
      rules: breakGlassAlarmRules(identity),
      regions: uniqueSorted(section.alarms.regions ?? organization.enabledRegions),
    },
  };
}
