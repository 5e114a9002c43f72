import type { CloudFormationTemplate } from "../alarms/template";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { normalizeStatement } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { MEMBER_PLAN_STACK_SET } from "./names";
import type { ServiceManagedStackSet } from "../stack-set/types";
import type { StackSettings } from "../../config/settings";
import type { MemberPlanRole, PipelineState } from "./types";

/** The role that plans of member accounts read them with, where a StackSet makes it. No cdktf. */

/** CloudFormation's name for the account that a template is deployed to. */
const THIS_ACCOUNT = "${AWS::AccountId}";

/** The StackSet of the role. */
export function memberPlanStackSet(state: PipelineState, settings: StackSettings): ServiceManagedStackSet {
  return {
    name: MEMBER_PLAN_STACK_SET,
    description: "The role that plans read member accounts with, future ones included",
    template: memberPlanTemplate(state.memberPlan, settings.environment),
    targetIds: [state.rootId],
    // A role is global: one region is enough.
    regions: [settings.region],
  };
}

/** The same role as CloudFormation, for the StackSet. */
export function memberPlanTemplate(role: MemberPlanRole, environment: string): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The role that plans of the keyless org baseline read a member account with",
    Resources: {
      PlanRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: role.name,
          Path: role.path,
          Description: role.description,
          AssumeRolePolicyDocument: normalized(role.trust),
          Policies: [{ PolicyName: role.policyName, PolicyDocument: substituted(normalized(role.permissions)) }],
          Tags: [{ Key: ENVIRONMENT_TAG, Value: environment }],
        },
      },
    },
  };
}

/** The permissions as they are in one account. */
export function inAccount(document: PolicyDocument, accountId: string): PolicyDocument {
  return JSON.parse(JSON.stringify(document).replaceAll(THIS_ACCOUNT, () => accountId)) as PolicyDocument;
}

function normalized(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(normalizeStatement) };
}

/** Wraps every text that names the account into `Fn::Sub`. */
function substituted(value: unknown): unknown {
  if (typeof value === "string") return value.includes(THIS_ACCOUNT) ? { "Fn::Sub": value } : value;
  if (Array.isArray(value)) return value.map(substituted);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, substituted(member)]));
  return value;
}
