import { AwsError, text, type JsonObject } from "../aws-message";
import type { FrontContext, Gap, Handler, Observer } from "../gap";
import type { OrganizationReader } from "../organization-reader";
import { xmlValue } from "../upstream";
import type { CredentialRecords } from "./iam-credentials";

/** moto is IAM. The front adds centralized root access, a setting of the organization, and when credentials were made and used. */
export function iamGap(context: FrontContext, organization: OrganizationReader, records: CredentialRecords): Gap {
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
    after: { ...credentials.after, ...accessKeys(context, credentials.after?.["CreateAccessKey"]) },
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

/** Whose access keys are, and which of them are active. */
function accessKeys(
  { callers, moto }: FrontContext,
  created: Observer | undefined,
): Readonly<Record<string, Observer>> {
  return {
    CreateAccessKey: async (request, response) => {
      const key = xmlValue(response.body.toString(), "AccessKeyId") ?? "";
      const userName = xmlValue(response.body.toString(), "UserName") ?? "";
      const place = { accountId: request.accountId, region: "us-east-1" };
      const user = await moto.query(place, "iam", "2010-05-08", "GetUser", { UserName: userName });
      callers.add(key, {
        accountId: request.accountId,
        kind: "key",
        userId: xmlValue(user, "UserId") ?? "",
        principal: { type: "user", arn: xmlValue(user, "Arn") ?? "", accountId: request.accountId },
      });
      return created?.(request, response);
    },
    UpdateAccessKey: ({ input }) => callers.setActive(text(input["AccessKeyId"]), input["Status"] === "Active"),
    DeleteAccessKey: ({ input }) => callers.remove(text(input["AccessKeyId"])),
  };
}
