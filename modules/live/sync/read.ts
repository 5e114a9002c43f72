import { OrganizationsClient } from "@aws-sdk/client-organizations";
import type { ManagementSession } from "../../aws/management-session";
import { awsClient } from "../../aws/session";
import type { Problem } from "../../kernel/errors";
import type { Organization } from "../../organization/types";
import { readIdentityCenter } from "./identity-center";
import { readPolicies } from "./policies";
import {
  readDelegatedAdministrators,
  readDelegationPolicy,
  readEnabledRegions,
  readRootAccessFeatures,
  readTrails,
  readTrustedServices,
} from "./services";
import { readRoot, readTree } from "./tree";
import { defined } from "../../kernel/optional";
import { unique } from "../../kernel/lists";

export interface ReadOptions {
  /** Name of the environment: what has it in its tag is ours. */
  readonly environment: string;
  /** The facts as they were, for what cannot be asked and for where to look first. @default - nothing is known */
  readonly previous?: Organization;
  /** Told what is being read, often. @default - nothing is told */
  readonly onProgress?: (step: string) => void;
}

/** What was read; warnings say what could not be. */
export interface ReadFacts {
  readonly organization: Organization;
  readonly warnings: readonly Problem[];
}

/** Reads every fact of an organization through the AWS APIs, sorted. Throws `AwsFailure` at the first call that AWS refuses. */
export async function readOrganization(session: ManagementSession, options: ReadOptions): Promise<ReadFacts> {
  const { managementAccountId } = session;
  const { previous } = options;
  const say = options.onProgress ?? ((): void => undefined);
  const warnings: Problem[] = [];
  const client = awsClient(OrganizationsClient, session);

  say("organization");
  const { rootId, enabledPolicyTypes } = await readRoot(client);
  const { organizationalUnits, accounts } = await readTree(client, rootId, say);
  const policies = await readPolicies(client, options.environment, enabledPolicyTypes, say);
  say("services");
  const trustedServices = await readTrustedServices(client);
  const delegatedAdministrators = await readDelegatedAdministrators(client);
  const delegationPolicy = await readDelegationPolicy(client);
  const rootAccessFeatures = await readRootAccessFeatures(session);
  say("trails");
  const trails = await readTrails(session);
  const asked = await readEnabledRegions(session);
  const enabledRegions = asked ?? previous?.enabledRegions ?? [session.region];
  if (!asked) {
    warnings.push({
      code: "SYNC-REGIONS-UNKNOWN",
      message: `AWS has no call here that lists the enabled regions (account:ListRegions); the facts keep ${enabledRegions.join(", ")}.`,
      fix: "Correct enabledRegions in organization.yaml by hand; the next sync keeps it.",
      severity: "warning",
    });
  }
  const likely = [
    ...(previous?.identityCenter ? [previous.identityCenter.region] : []),
    session.region,
    ...enabledRegions,
  ];
  const identityCenter = await readIdentityCenter(
    session,
    options.environment,
    managementAccountId,
    unique(likely),
    say,
  );
  return {
    warnings,
    organization: {
      id: session.organizationId,
      managementAccountId,
      rootId,
      enabledPolicyTypes,
      trustedServices,
      enabledRegions,
      rootAccessFeatures,
      trails,
      delegatedAdministrators,
      ...defined({ delegationPolicy }),
      // AWS has no call that tells: what a person has found out stays.
      ...(previous?.consoleAuthorization ? { consoleAuthorization: previous.consoleAuthorization } : {}),
      organizationalUnits,
      accounts,
      policies,
      ...defined({ identityCenter }),
    },
  };
}
