import { AwsError, object, objects, text, type AwsRequest, type JsonObject } from "../aws-message";
import type { FrontContext, Gap } from "../gap";
import type { IdentityCenter } from "./sso-admin";

/** moto keeps groups, users and memberships. The front adds look-up by external id, and updates of groups. */
export function identityStoreGap(context: FrontContext, center: IdentityCenter): Gap {
  const moto = (request: AwsRequest, operation: string, input: JsonObject, seed?: JsonObject): Promise<JsonObject> =>
    context.moto.json(
      { accountId: context.managementAccountId, region: request.region },
      "identitystore",
      `AWSIdentityStore.${operation}`,
      input,
      seed,
    );

  return {
    service: "identitystore",
    accountFor: () => context.managementAccountId,
    guard: (request) => {
      const { instance } = center;
      if (instance?.region !== request.region || instance.identityStoreId !== request.input["IdentityStoreId"]) {
        throw new AwsError(
          "ResourceNotFoundException",
          `There is no identity store ${text(request.input["IdentityStoreId"])} in ${request.region}.`,
        );
      }
    },
    operations: {
      GetGroupId: async (request) => {
        const identifier = object(request.input["AlternateIdentifier"]);
        const external = object(identifier["ExternalId"]);
        const unique = object(identifier["UniqueAttribute"]);
        const { Groups } = await moto(request, "ListGroups", {
          IdentityStoreId: request.input["IdentityStoreId"],
          MaxResults: 1_000_000,
        });
        const found = objects(Groups).find((group) =>
          identifier["ExternalId"] !== undefined
            ? objects(group["ExternalIds"]).some(
                (id) => id["Id"] === external["Id"] && id["Issuer"] === external["Issuer"],
              )
            : text(unique["AttributePath"]).toLowerCase() === "displayname" &&
              group["DisplayName"] === unique["AttributeValue"],
        );
        if (!found) throw new AwsError("ResourceNotFoundException", "GROUP not found.");
        return { GroupId: found["GroupId"], IdentityStoreId: request.input["IdentityStoreId"] };
      },
      UpdateGroup: async (request) => {
        const { IdentityStoreId, GroupId } = request.input;
        const group = await moto(request, "DescribeGroup", { IdentityStoreId, GroupId });
        const changed = new Map(
          objects(request.input["Operations"]).map((operation) => [
            text(operation["AttributePath"]).toLowerCase(),
            operation["AttributeValue"],
          ]),
        );
        // moto cannot change a group: created again with the same id, it keeps its memberships, which moto holds by id.
        await moto(request, "DeleteGroup", { IdentityStoreId, GroupId });
        await moto(
          request,
          "CreateGroup",
          {
            IdentityStoreId,
            DisplayName: changed.get("displayname") ?? group["DisplayName"],
            Description: changed.get("description") ?? group["Description"],
          },
          { group: GroupId, externalIds: group["ExternalIds"] },
        );
        return {};
      },
    },
  };
}
