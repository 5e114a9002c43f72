import type { RequestPrincipal } from "../../modules/policy/evaluate";
import { passedClaims } from "../../modules/policy/vocabulary/web-identity-claims";
import { AwsError, text, type JsonObject } from "../aws-message";
import type { Context } from "./decide";
import type { ProviderFacts } from "./facts";

/** Tokens and assertions of identity providers. Their signatures are not checked: nobody here has the provider's keys. */

export interface Identity {
  readonly principal: RequestPrincipal;
  readonly context: Context;
}

/** @throws AwsError for what AWS does not take: no such provider, another audience, expired */
export function readIdentity(
  action: "sts:AssumeRoleWithWebIdentity" | "sts:AssumeRoleWithSAML",
  input: JsonObject,
  providers: ProviderFacts,
  now: number,
): Identity {
  return action === "sts:AssumeRoleWithWebIdentity"
    ? webIdentity(text(input["WebIdentityToken"]), providers, now)
    : saml(input, providers, now);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
function webIdentity(token: string, { oidc }: ProviderFacts, now: number): Identity {
  const claims = claimsOf(token);
  const issuer = text(claims["iss"] as JsonObject[string]);
  const url = issuer.replace(/^https:\/\//, "");
  const provider = oidc.find((one) => one.url === url);
  if (!provider)
    throw new AwsError("InvalidIdentityToken", `No OpenIDConnect provider found in your account for ${issuer}`);
  const audiences = [claims["aud"]].flat().map(String);
  // "azp … aud": AWS takes the authorized party where there are several. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
  const audience = claims["azp"] === undefined ? audiences : [String(claims["azp"])];
  if (!audience.some((one) => provider.audiences.includes(one)))
    throw new AwsError("InvalidIdentityToken", "Incorrect token audience");
  if (Number(claims["exp"]) * 1000 <= now)
    throw new AwsError(
      "ExpiredTokenException",
      `Token expired: current date/time ${Math.floor(now / 1000)} must be before the expiration date/time ${String(claims["exp"])}`,
    );
  // What AWS passes on of this issuer's tokens, by its own reference; the rest of a token is never in a request.
  const others = passedClaims(url).filter(
    (name) => !["aud", "sub", "azp", "oaud"].includes(name) && claims[name] !== undefined,
  );
  return {
    principal: { type: "webIdentity", arn: provider.arn },
    context: {
      [`${url}:aud`]: audience[0] ?? "",
      [`${url}:sub`]: String(claims["sub"] ?? ""),
      ...(claims["azp"] === undefined ? {} : { [`${url}:oaud`]: audiences[0] ?? "" }),
      ...Object.fromEntries(
        others.map((name) => [
          `${url}:${name}`,
          Array.isArray(claims[name]) ? claims[name].map(String) : String(claims[name]),
        ]),
      ),
      "aws:FederatedProvider": provider.arn,
    },
  };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const [, payload = "", signature] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Readonly<Record<string, unknown>>;
    if (signature === undefined || !Number.isFinite(claims["exp"])) throw new Error("no JSON Web Token with an end");
    return claims;
  } catch {
    throw new AwsError(
      "InvalidIdentityToken",
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html */
function saml(input: JsonObject, providers: ProviderFacts, now: number): Identity {
  const provider = text(input["PrincipalArn"]);
  const roleArn = text(input["RoleArn"]);
  const xml = Buffer.from(text(input["SAMLAssertion"]), "base64").toString("utf8");
  const values = (name: string): readonly string[] => {
    const attribute = new RegExp(
      `<(?:\\w+:)?Attribute [^>]*Name="https://aws.amazon.com/SAML/Attributes/${name}"[^>]*>(.*?)</(?:\\w+:)?Attribute>`,
      "s",
    ).exec(xml)?.[1];
    return [...(attribute ?? "").matchAll(/AttributeValue[^>]*>([^<]*)</g)].map((match) => (match[1] ?? "").trim());
  };
  const element = (name: string): string | undefined =>
    new RegExp(`<(?:\\w+:)?${name}[^>]*>([^<]*)<`).exec(xml)?.[1]?.trim();
  if (!providers.saml.includes(provider))
    throw new AwsError("InvalidIdentityToken", `Specified provider doesn't exist: ${provider}`);
  const pair = values("Role").map((value) =>
    value
      .split(",")
      .map((part) => part.trim())
      .sort()
      .join(","),
  );
  if (!pair.includes([roleArn, provider].sort().join(",")))
    throw new AwsError("AccessDenied", "RoleArn and PrincipalArn are not in the assertion's Role attribute", 403);
  const end = Date.parse(/NotOnOrAfter="([^"]+)"/.exec(xml)?.[1] ?? "");
  if (!Number.isFinite(end) || end <= now)
    throw new AwsError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance");
  const [sessionName] = values("RoleSessionName");
  if (!sessionName) throw new AwsError("InvalidIdentityToken", "The assertion has no RoleSessionName.");
  const subject = element("NameID");
  const audience = /Recipient="([^"]+)"/.exec(xml)?.[1];
  return {
    principal: { type: "saml", arn: provider },
    context: {
      ...(audience ? { "SAML:aud": audience } : {}),
      ...(subject ? { "SAML:sub": subject } : {}),
      "SAML:iss": element("Issuer") ?? "",
      "sts:RoleSessionName": sessionName,
      "aws:FederatedProvider": provider,
    },
  };
}
