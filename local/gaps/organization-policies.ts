import { asList } from "../../modules/policy/document";
import { readPolicyText } from "../../modules/policy/read";
import type { PolicyStatement } from "../../modules/policy/types";
import { AwsError } from "../aws-message";

/**
 * What AWS Organizations takes as an SCP or RCP.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 *
 * @throws AwsError MalformedPolicyDocumentException, with the reason behind AWS's sentence
 */
export function checkGrammar(type: string, content: string): void {
  const { document, problems } = readPolicyText(content);
  if (!document) throw malformed(problems.map(({ message }) => message).join(" "));
  const wrong =
    type === "RESOURCE_CONTROL_POLICY" ? wrongInRcp : type === "SERVICE_CONTROL_POLICY" ? wrongInScp : undefined;
  if (document.Statement.length === 0) throw malformed("It has no statement.");
  for (const statement of document.Statement) {
    const reason = wrong?.(statement);
    if (reason !== undefined) throw malformed(reason);
  }
}

function malformed(why: string): AwsError {
  return new AwsError(
    "MalformedPolicyDocumentException",
    `The provided policy document does not meet the requirements of the specified policy type. ${why}`,
  );
}

function wrongInScp(statement: PolicyStatement): string | undefined {
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) return "SCPs have no Principal.";
  return withoutResource(statement);
}

/** "Effect: Deny": Allow is of `RCPFullAWSAccess` alone; "Principal": "*"; no NotPrincipal and no NotAction. */
function wrongInRcp(statement: PolicyStatement): string | undefined {
  if (statement.Effect !== "Deny") return "RCPs only deny.";
  if (statement.NotPrincipal !== undefined) return "RCPs have no NotPrincipal.";
  const { Principal: principal } = statement;
  const everybody =
    principal === "*" ||
    (typeof principal === "object" && Object.keys(principal).length === 1 && asList(principal.AWS).join() === "*");
  if (!everybody) return 'The Principal of an RCP is "*".';
  if (statement.NotAction !== undefined) return "RCPs have no NotAction.";
  return withoutResource(statement);
}

function withoutResource(statement: PolicyStatement): string | undefined {
  return statement.Resource === undefined && statement.NotResource === undefined
    ? "A statement has Resource or NotResource."
    : undefined;
}
