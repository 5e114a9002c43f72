import { mostDangerousFirst } from "../policy/danger";
import { listOf, say, Sentence, words } from "./sentence";

/** What actions are called in a sentence. Those that are not here go by their code. */
const PHRASES: Readonly<Record<string, string>> = {
  "*": "every action",
  "iam:createaccesskey": "creation of access keys",
  "iam:createuser": "creation of IAM users",
  "iam:createloginprofile": "creation of console passwords",
  "iam:updateloginprofile": "setting of console passwords",
  "iam:updateaccesskey": "reactivation of access keys",
  "iam:createservicespecificcredential": "creation of service-specific credentials",
  "iam:resetservicespecificcredential": "renewal of service-specific credentials",
  "iam:uploadsigningcertificate": "upload of signing certificates",
  "iam:uploadsshpublickey": "upload of SSH keys",
  "iam:createopenidconnectprovider": "creation of OIDC providers",
  "iam:createsamlprovider": "creation of SAML providers",
  "rolesanywhere:createtrustanchor": "creation of trust anchors",
  "organizations:leaveorganization": "leaving the organization",
  "sts:assumerole": "assuming roles",
  "sts:assumerolewithwebidentity": "assuming roles with web identity",
  "bedrock:callwithbearertoken": "use of Bedrock bearer tokens",
};

export function actionsPhrase(actions: readonly string[]): Sentence {
  const unique = [...new Map(actions.map((action) => [action.toLowerCase(), action])).values()];
  return listOf(
    mostDangerousFirst(unique).map((action) => {
      const phrase = PHRASES[action.toLowerCase()];
      return phrase ? words(phrase) : say`${action}`;
    }),
    4,
  );
}
