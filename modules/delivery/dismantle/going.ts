import { isObject, parsedObject } from "../../kernel/json";
import { uniqueSorted } from "../../kernel/lists";
import type { Going } from "../../live/leave/going";
import { type ResourceChange, type StackPlan, text } from "../../terraform/stack-plan";

/** Resources that a plan deletes. */
export function deletions(plan: StackPlan): readonly ResourceChange[] {
  return plan.resources.filter(({ actions }) => actions.includes("delete"));
}

/** What of that which plans delete somebody gets in by, as their states have it. */
export function goingOf(plans: readonly StackPlan[]): Going {
  const deleted = plans.flatMap(deletions);
  const of = (type: string): readonly ResourceChange[] => deleted.filter((change) => change.type === type);
  const attribute = (type: string, name: string): readonly string[] =>
    uniqueSorted(of(type).flatMap(({ before }) => text(before, name) ?? []));
  return {
    roles: attribute("aws_iam_role", "arn"),
    users: attribute("aws_iam_user", "arn"),
    stackSetRoles: uniqueSorted(
      of("aws_cloudformation_stack_set").flatMap(({ before }) => rolesOfTemplate(text(before, "template_body") ?? "")),
    ),
    permissionSets: of("aws_ssoadmin_permission_set").map(({ before }) => ({
      name: text(before, "name") ?? "",
      arn: text(before, "arn") ?? "",
    })),
    oidcProviders: attribute("aws_iam_openid_connect_provider", "arn"),
    groups: of("aws_identitystore_group").map(({ before }) => ({
      id: text(before, "group_id") ?? "",
      name: text(before, "display_name") ?? "",
    })),
  };
}

/** Names of the roles that a template of CloudFormation makes, as far as it says them. */
function rolesOfTemplate(template: string): readonly string[] {
  const resources = parsedObject(template)?.["Resources"];
  return Object.values(isObject(resources) ? resources : {}).flatMap((one) => {
    if (!isObject(one) || one["Type"] !== "AWS::IAM::Role") return [];
    const properties = one["Properties"];
    const name = isObject(properties) ? properties["RoleName"] : undefined;
    return typeof name === "string" ? [name] : [];
  });
}
