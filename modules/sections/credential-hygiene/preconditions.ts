import type { ProblemList } from "../../config/problem-list";
import type { Account } from "../../organization/types";
import { REGIONS_WITHOUT_IAM_RECORDING } from "./config-rules";
import type { CredentialHygieneEnvironment, CredentialHygieneSection } from "./types";
import { KEYLESS } from "../../kernel/command";

/** Deploys organization rules and conformance packs; `config.amazonaws.com` is for aggregators only. https://docs.aws.amazon.com/config/latest/developerguide/aggregated-register-delegated-administrator.html */
const CONFIG_SERVICE = "config-multiaccountsetup.amazonaws.com";
const ANALYZER_SERVICE = "access-analyzer.amazonaws.com";
const STACKSETS_SERVICE = "member.org.stacksets.cloudformation.amazonaws.com";

/** What the facts must show before any of this can be applied or can work. */
export function checkPreconditions(
  environment: CredentialHygieneEnvironment,
  problems: ProblemList,
  section: CredentialHygieneSection,
  region: string,
  managing: Account | undefined,
): void {
  const { organization, name } = environment;
  const trusted = (service: string, path: string, why: string, enable: string): void => {
    if (!organization.trustedServices.includes(service))
      problems.error(
        "FACTS-NO-TRUSTED-ACCESS",
        ["credentialHygiene", path],
        why,
        `${enable}, then ${KEYLESS} sync ${name}.`,
      );
  };
  const enable = (service: string): string =>
    `aws organizations enable-aws-service-access --service-principal ${service}`;
  trusted(
    CONFIG_SERVICE,
    "managedFrom",
    "AWS Config has no trusted access to the organization, so that no organization rule can be made.",
    enable(CONFIG_SERVICE),
  );
  if (section.analyzer) {
    trusted(
      ANALYZER_SERVICE,
      "analyzer",
      "Access Analyzer has no trusted access to the organization, so that no organization analyzer can be made.",
      `${enable(ANALYZER_SERVICE)} (or analyzer: false)`,
    );
  }
  trusted(
    STACKSETS_SERVICE,
    "alarms",
    "StackSets have no trusted access to the organization, so that the alarms cannot reach the member accounts.",
    "aws cloudformation activate-organizations-access (in the management account)",
  );
  checkDelegation(environment, problems, section, managing);
  checkTrail(environment, problems);

  if (REGIONS_WITHOUT_IAM_RECORDING.includes(region)) {
    problems.error(
      "CREDENTIAL-HYGIENE-REGION",
      ["credentialHygiene", "region"],
      `AWS Config does not record IAM users in ${region}: the rules would never find anything.`,
      "Name a region that opened before February 2022 and where the recorders record IAM, for example region: eu-central-1.",
    );
  } else if (!organization.enabledRegions.includes(region)) {
    problems.error(
      "REGION-NOT-ENABLED",
      ["credentialHygiene", "region"],
      `Region ${region} is not enabled in this organization.`,
      `Enabled: ${[...organization.enabledRegions].sort().join(", ")}.`,
    );
  }
  const { emails, httpsEndpoints } = section.alarms.subscribers;
  if (emails.length + httpsEndpoints.length === 0) {
    problems.warning(
      "CREDENTIAL-HYGIENE-NOBODY-HEARS",
      ["credentialHygiene", "alarms"],
      "Nobody is subscribed to the alarms on new long-term credentials.",
      "Add alarms.subscribers.emails.",
    );
  }
}

function checkDelegation(
  { organization, name }: CredentialHygieneEnvironment,
  problems: ProblemList,
  section: CredentialHygieneSection,
  managing: Account | undefined,
): void {
  if (!managing || managing.id === organization.managementAccountId) return;
  const services =
    organization.delegatedAdministrators.find((admin) => admin.accountId === managing.id)?.services ?? [];
  const missing = [CONFIG_SERVICE, ...(section.analyzer ? [ANALYZER_SERVICE] : [])].filter(
    (service) => !services.includes(service),
  );
  if (missing.length === 0) return;
  const register = missing.map(
    (service) =>
      `aws organizations register-delegated-administrator --account-id ${managing.id} --service-principal ${service}`,
  );
  problems.error(
    "FACTS-NO-DELEGATION",
    ["credentialHygiene", "managedFrom"],
    `${managing.name} (${managing.id}) is not a delegated administrator for ${missing.join(" and ")}.`,
    `${register.join(" && ")}, then ${KEYLESS} sync ${name}; or managedFrom: management.`,
  );
}

/** A trail of the management account alone does not make EventBridge see calls in member accounts. */
function checkTrail({ organization, name }: CredentialHygieneEnvironment, problems: ProblemList): void {
  if (organization.trails.some((trail) => trail.organization && trail.multiRegion && trail.logging)) return;
  const found = organization.trails.map((trail) => {
    const lacks = [
      ...(trail.organization ? [] : ["is not an organization trail"]),
      ...(trail.multiRegion ? [] : ["has one region only"]),
      ...(trail.logging ? [] : ["does not log"]),
    ];
    return `${trail.name} ${lacks.join(" and ")}`;
  });
  problems.error(
    "FACTS-NO-ORGANIZATION-TRAIL",
    ["credentialHygiene", "alarms"],
    `The facts show no organization trail that logs in every region${found.length > 0 ? ` (${found.join("; ")})` : ""}: EventBridge sees API calls through a trail only, so no alarm would come from member accounts.`,
    `aws cloudtrail create-trail --name organization-trail --s3-bucket-name <bucket> --is-organization-trail --is-multi-region-trail and aws cloudtrail start-logging --name organization-trail, then ${KEYLESS} sync ${name}.`,
  );
}
