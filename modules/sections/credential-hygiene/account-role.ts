import type { CloudFormationTemplate } from "../alarms/template";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { normalizeStatement } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";

/** A role that is in every account: as a resource in the management account, through a StackSet in the others. Plain data, no cdktf. */
export interface AccountRole {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly trust: PolicyDocument;
  readonly policyName: string;
  readonly permissions: PolicyDocument;
  /** ARN, in the management account alone. @default - none */
  readonly permissionsBoundary?: string;
}

/** CloudFormation's name for the account that a template is deployed to. */
export const THIS_ACCOUNT = "${AWS::AccountId}";

/**
 * Roles as CloudFormation, for the StackSet: the same documents, with the account left to CloudFormation.
 * @param roles - by logical id, made for the account `THIS_ACCOUNT`
 */
export function accountRolesTemplate(
  description: string,
  roles: Readonly<Record<string, AccountRole>>,
  environment: string,
): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Resources: Object.fromEntries(
      Object.entries(roles).map(([logicalId, role]) => [
        logicalId,
        {
          Type: "AWS::IAM::Role",
          Properties: {
            RoleName: role.name,
            Path: role.path,
            Description: role.description,
            AssumeRolePolicyDocument: inAnyAccount(normalized(role.trust)),
            Policies: [{ PolicyName: role.policyName, PolicyDocument: inAnyAccount(normalized(role.permissions)) }],
            Tags: [{ Key: ENVIRONMENT_TAG, Value: environment }],
          },
        },
      ]),
    ),
  };
}

function normalized(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(normalizeStatement) };
}

/** Wraps every text that names the account into `Fn::Sub`. */
function inAnyAccount(value: unknown): unknown {
  if (typeof value === "string") return value.includes(THIS_ACCOUNT) ? { "Fn::Sub": value } : value;
  if (Array.isArray(value)) return value.map(inAnyAccount);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inAnyAccount(member)]));
  return value;
}
