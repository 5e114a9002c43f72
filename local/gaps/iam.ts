import { AwsError, type JsonObject } from "../aws-message";
import type { Gap, Handler } from "../gap";
import type { OrganizationReader } from "../organization-reader";
import type { CredentialRecords } from "./iam-credentials";

/** moto is IAM. The front adds centralized root access, a setting of the organization, and when credentials were made and used. */
export function iamGap(organization: OrganizationReader, records: CredentialRecords): Gap {
  const credentials = records.gap();
  const enabled = new Set<string>();
  const described = async (): Promise<JsonObject> => ({
    OrganizationId: await organization.id(),
    EnabledFeatures: [...enabled].sort(),
  });
  const change =
    (feature: string, on: boolean): Handler =>
    async (request) => {
      if (
        request.accountId !== organization.managementAccountId &&
        !(await organization.delegatedServices(request.accountId)).includes("iam.amazonaws.com")
      ) {
        throw new AwsError(
          "CallerIsNotManagementAccountException",
          "The request was rejected because the account making the request is not the management account.",
        );
      }
      if (!(await organization.trusts("iam.amazonaws.com"))) {
        throw new AwsError(
          "ServiceAccessNotEnabledException",
          "Trusted access for IAM is not enabled in the organization.",
        );
      }
      if (on) enabled.add(feature);
      else enabled.delete(feature);
      return described();
    };
  return {
    service: "iam",
    ...credentials,
    operations: {
      ...credentials.operations,
      EnableOrganizationsRootCredentialsManagement: change("RootCredentialsManagement", true),
      DisableOrganizationsRootCredentialsManagement: change("RootCredentialsManagement", false),
      EnableOrganizationsRootSessions: change("RootSessions", true),
      DisableOrganizationsRootSessions: change("RootSessions", false),
      ListOrganizationsFeatures: async () => {
        if (!(await organization.trusts("iam.amazonaws.com"))) {
          throw new AwsError(
            "ServiceAccessNotEnabledException",
            "Trusted access for IAM is not enabled in the organization.",
          );
        }
        return described();
      },
    },
  };
}
