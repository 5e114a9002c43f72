import { AccessFacts } from "../access/facts";
import type { FrontContext, Gap } from "../gap";
import { OrganizationReader } from "../organization-reader";
import { StackSets } from "../stacksets/stack-sets";
import { accessAnalyzerGap } from "./access-analyzer";
import { accountGap } from "./account";
import { cloudFormationGap } from "./cloudformation";
import { cloudTrailGap } from "./cloudtrail";
import { configGap } from "./config";
import { iamGap } from "./iam";
import { CredentialRecords } from "./iam-credentials";
import { identityStoreGap } from "./identity-store";
import { organizationsGap } from "./organizations";
import { rolesAnywhereGap } from "./roles-anywhere";
import { identityCenter, ssoAdminGap } from "./sso-admin";
import { snsGap } from "./sns";
import { stsGap } from "./sts";

/** Every gap of moto that the front fills, one file per service. */
export function allGaps(context: FrontContext): readonly Gap[] {
  const organization = new OrganizationReader(context.moto, context.managementAccountId);
  const stackSets = new StackSets(context, organization);
  const instance = identityCenter();
  const facts = new AccessFacts(context.moto, context.managementAccountId);
  const records = new CredentialRecords(context);
  return [
    accessAnalyzerGap(),
    accountGap(context),
    cloudFormationGap(stackSets, organization),
    configGap(organization),
    cloudTrailGap(context, records),
    iamGap(context, organization, records),
    identityStoreGap(context, instance),
    organizationsGap(organization, stackSets),
    rolesAnywhereGap(context, facts),
    snsGap(),
    ssoAdminGap(context, organization, instance),
    stsGap(context, facts),
  ];
}
