import type { FrontContext, Gap } from "../gap";
import { OrganizationReader } from "../organization-reader";
import { StackSets } from "../stacksets/stack-sets";
import { accessAnalyzerGap } from "./access-analyzer";
import { accountGap } from "./account";
import { cloudFormationGap } from "./cloudformation";
import { configGap } from "./config";
import { iamGap } from "./iam";
import { identityStoreGap } from "./identity-store";
import { organizationsGap } from "./organizations";
import { rolesAnywhereGap } from "./roles-anywhere";
import { identityCenter, ssoAdminGap } from "./sso-admin";

/** Every gap of moto that the front fills, one file per service. */
export function allGaps(context: FrontContext): readonly Gap[] {
  const organization = new OrganizationReader(context.moto, context.managementAccountId);
  const stackSets = new StackSets(context, organization);
  const instance = identityCenter();
  return [
    accessAnalyzerGap(),
    accountGap(context),
    cloudFormationGap(stackSets, organization),
    configGap(organization),
    iamGap(organization),
    identityStoreGap(context, instance),
    organizationsGap(organization, stackSets),
    rolesAnywhereGap(),
    ssoAdminGap(context, organization, instance),
  ];
}
