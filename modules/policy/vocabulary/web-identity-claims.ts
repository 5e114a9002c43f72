import { uniqueSorted } from "../../kernel/lists";
import { conditionKeysOf } from "./reference";

/**
 * Claims of tokens that AWS passes on as condition keys (`<issuer>:<claim>`): `sub`, `aud` and `amr` of every issuer, and more of a few. All
 * other claims of a token are never in a request. "Available keys for AWS OIDC federation":
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 *
 * The list of the few is the service authorization reference's, condition keys of AWS STS:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
 */
const EVERY_ISSUER = ["amr", "aud", "sub"];

/** Issuers of old, whose tokens have names of their own for these. */
const WITHOUT_STANDARD: ReadonlySet<string> = new Set(["graph.facebook.com", "www.amazon.com"]);

/** @param issuer host and path, without `https://` */
export function passedClaims(issuer: string): readonly string[] {
  const host = issuer.toLowerCase();
  const own = [...conditionKeysOf("sts").values()].flatMap(({ key }) => {
    const cut = key.indexOf(":");
    return key.slice(0, cut).includes(".") && issuerPattern(key.slice(0, cut)).test(host) ? [key.slice(cut + 1)] : [];
  });
  return uniqueSorted([...own, ...(WITHOUT_STANDARD.has(host) ? [] : EVERY_ISSUER)]);
}

/** `oidc.circleci.com/org/${OrgId}`: a part that each customer has of its own. */
function issuerPattern(text: string): RegExp {
  const parts = text.split(/\$\{\w+\}/).map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/:]+")}$`, "i");
}
