import type { CloudFormationTemplate } from "../alarms/template";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { normalizeStatement } from "../../policy/document";
import type { RoleDefinition } from "./documents";

/** The role as CloudFormation, for the StackSet. The trust policy is the very document that the resources use. */
export function roleTemplate(role: RoleDefinition, environment: string): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The break-glass role of the keyless org baseline",
    Resources: {
      BreakGlassRole: {
        Type: "AWS::IAM::Role",
        // An instance that leaves the StackSet must not take the way in with it.
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          RoleName: role.name,
          Path: role.path,
          Description: role.description,
          MaxSessionDuration: role.maxSessionSeconds,
          AssumeRolePolicyDocument: { ...role.trust, Statement: role.trust.Statement.map(normalizeStatement) },
          ManagedPolicyArns: [...role.managedPolicyArns],
          Tags: [{ Key: ENVIRONMENT_TAG, Value: environment }],
        },
      },
    },
  };
}
