import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { isObject, Json } from "../../kernel/json";
import { byKey } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import type { OrganizationTree } from "../../organization/tree";
import { stackSetsReaching } from "../../sections/member-stack-sets";
import type { TargetState } from "../../sections/target-state";
import { addEnvironment } from "../../../stacks/environment";
import { Attributes, ResourceChange, soleReference, text } from "../../terraform/stack-plan";
import { stackPair } from "../../terraform/synth-pair";

/** A thing with a name of its own that the baseline makes, and that AWS has once. */
export interface Wanted {
  /** Terraform's type; of what a StackSet makes, that of the same thing. */
  readonly type: string;
  readonly accountId: string;
  /** Absent: the type is global. */
  readonly region?: string;
  readonly name: string;
  /** Stack without the environment. */
  readonly stack: string;
  /** Absent: a StackSet makes it. */
  readonly address?: string;
  readonly stackSet?: string;
}

/** Which arguments are the name, for each type of which AWS takes one of a name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  aws_accessanalyzer_analyzer: ["analyzer_name"],
  aws_cloudformation_stack_set: ["name"],
  aws_cloudwatch_event_bus: ["name"],
  aws_cloudwatch_event_rule: ["event_bus_name", "name"],
  aws_config_organization_conformance_pack: ["name"],
  aws_config_organization_managed_rule: ["name"],
  aws_iam_openid_connect_provider: ["url"],
  aws_iam_policy: ["name"],
  aws_iam_role: ["name"],
  aws_iam_user: ["name"],
  aws_identitystore_group: ["display_name"],
  aws_kms_alias: ["name"],
  aws_organizations_policy: ["type", "name"],
  aws_sns_topic: ["name"],
  aws_ssoadmin_permission_set: ["name"],
};

const GLOBAL = /^aws_(iam|organizations|ssoadmin|identitystore)_/;

/** Whether an account has one for all of its regions. */
export function isGlobal(type: string): boolean {
  return GLOBAL.test(type);
}

/** A name as AWS compares it: IAM tells no case, and an issuer has no scheme. */
export function comparable(type: string, name: string): string {
  if (type === "aws_iam_openid_connect_provider")
    return name
      .replace(/^https:\/\//, "")
      .replace(/\/+$/, "")
      .toLowerCase();
  return type.startsWith("aws_iam_") ? name.toLowerCase() : name;
}

/** Everything by name that the target state makes, sorted: what the stacks hold, and roles that StackSets make in member accounts. */
export function wantedThings(state: TargetState, tree: OrganizationTree): readonly Wanted[] {
  return [...ofStacks(state), ...ofStackSets(state, tree)].sort(
    byKey(({ type, accountId, region = "", name }) => `${type} ${accountId} ${region} ${name}`),
  );
}

function ofStacks(state: TargetState): readonly Wanted[] {
  const outdir = mkdtempSync(join(tmpdir(), "keyless-wanted-"));
  try {
    const app = new App({ outdir, skipValidation: true });
    const prefix = `${state.settings.environment}-`.length;
    return addEnvironment(app, state).flatMap((stack) => {
      const { resources } = stackPair(stack.stackName, "", undefined, stack.toTerraform() as Json);
      return resources.flatMap((one) => wantedOf(one, resources, stack.stackName.slice(prefix)));
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function wantedOf(one: ResourceChange, all: readonly ResourceChange[], stack: string): readonly Wanted[] {
  const keys = NAMED[one.type];
  if (!keys || one.account === undefined || one.after === undefined) return [];
  const parts = keys.map((key) => literal(one.after!, key, all));
  if (parts.some((part) => part === undefined)) return [];
  return [
    {
      type: one.type,
      accountId: one.account,
      ...defined({ region: isGlobal(one.type) ? undefined : one.region }),
      name: parts.join("/"),
      stack,
      address: one.address,
    },
  ];
}

/** An argument as it is written, or that of the resource of the same stack that it refers to. */
function literal(after: Attributes, key: string, all: readonly ResourceChange[]): string | undefined {
  const value = text(after, key) ?? (key === "event_bus_name" ? "default" : undefined);
  if (value === undefined || !value.includes("${")) return value;
  const reference = soleReference(value);
  const target = reference && all.find(({ address }) => address === reference.address);
  const found = target?.after && text(target.after, reference!.attribute);
  return found === undefined || found.includes("${") ? undefined : found;
}

function ofStackSets(state: TargetState, tree: OrganizationTree): readonly Wanted[] {
  return tree.accounts.flatMap(({ id: accountId }) =>
    stackSetsReaching(state, state.settings, tree, accountId).flatMap((stackSet) =>
      Object.values(stackSet.template.Resources).flatMap((resource): readonly Wanted[] => {
        if (!isObject(resource) || resource["Type"] !== "AWS::IAM::Role" || !isObject(resource["Properties"]))
          return [];
        const { RoleName } = resource["Properties"];
        const names =
          typeof RoleName === "string"
            ? [RoleName]
            : isObject(RoleName) && typeof RoleName["Fn::Sub"] === "string"
              ? stackSet.regions.map((region) => (RoleName["Fn::Sub"] as string).replaceAll("${AWS::Region}", region))
              : [];
        return names
          .filter((name) => !name.includes("${"))
          .map((name) => ({ type: "aws_iam_role", accountId, name, stack: stackSet.name, stackSet: stackSet.name }));
      }),
    ),
  );
}
