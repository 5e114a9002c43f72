import { GetOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProvidersCommand } from "@aws-sdk/client-iam";
import { byKey } from "../../kernel/lists";
import type { ExistingOidcProvider } from "../../organization/existing";
import type { Reader } from "../verify/live";
import { rolesOf, tagsOf } from "./by-name";

/** What is read here, in words. */
export const ALL_PROVIDERS = "OIDC providers";

/** The OIDC providers of an account, and which of its roles trust each. */
export async function readProviders(reader: Reader): Promise<readonly ExistingOidcProvider[]> {
  const client = reader.client(IAMClient);
  const { OpenIDConnectProviderList = [] } = await client.send(new ListOpenIDConnectProvidersCommand({}));
  const found: ExistingOidcProvider[] = [];
  for (const { Arn: arn = "" } of OpenIDConnectProviderList) {
    const provider = await client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    const usedBy = (await rolesOf(reader))
      .filter(({ AssumeRolePolicyDocument = "" }) => trusts(AssumeRolePolicyDocument, arn))
      .map(({ RoleName = "" }) => RoleName)
      .sort();
    found.push({
      accountId: reader.accountId,
      arn,
      // IAM leaves the scheme out.
      url: `https://${(provider.Url ?? "").replace(/^https:\/\//, "")}`,
      audiences: [...(provider.ClientIDList ?? [])].sort(),
      tags: tagsOf(provider.Tags),
      usedBy,
    });
  }
  return found.sort(byKey(({ arn }) => arn));
}

/** Whether a trust policy, URL-encoded as IAM returns it, names the provider. */
function trusts(encoded: string, arn: string): boolean {
  let text = encoded;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    // Not encoded.
  }
  return text.toLowerCase().includes(JSON.stringify(arn).toLowerCase());
}
