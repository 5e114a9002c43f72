import {
  CloudFormationClient,
  DescribeStackSetCommand,
  paginateListStackInstances,
} from "@aws-sdk/client-cloudformation";
import { unless } from "../../aws/failure";
import { canonicalJson } from "../../kernel/json";
import type { CloudFormationTemplate } from "../../sections/alarms/template";
import { differing, Finding, missing, SectionName, valueDifference } from "./claim";
import type { Check, Reader } from "./live";

/** A StackSet as it is to be, and where its stacks are to be. */
export interface PlannedStackSet {
  readonly section: SectionName;
  /** Account whose StackSet it is, with its name and the region of the StackSet. */
  readonly place: Check["place"] & { readonly region: string };
  readonly name: string;
  readonly template: CloudFormationTemplate;
  readonly selfManaged?: boolean;
  /** Accounts that join are covered. @default true */
  readonly autoDeployment?: boolean;
  readonly accountIds: readonly string[];
  readonly regions: readonly string[];
}

/** The StackSet itself, and its instances by status. */
export function stackSetChecks(planned: PlannedStackSet): readonly Check[] {
  const { section, place, name } = planned;
  const wanted = planned.accountIds.length * planned.regions.length;
  return [
    {
      section,
      place,
      kind: "stack-set",
      name,
      promise: `StackSet with this template${planned.selfManaged ? "" : planned.autoDeployment === false ? ", not deployed to accounts that join" : ", deployed to accounts that join"}`,
      look: (reader) => stackSetFinding(reader, planned),
    },
    {
      section,
      place,
      kind: "stack-instances",
      name,
      promise: `${wanted} stack instances, all CURRENT, and no others`,
      look: (reader) => instancesFinding(reader, planned),
    },
  ];
}

async function stackSetFinding(reader: Reader, planned: PlannedStackSet): Promise<Finding> {
  const client = reader.client(CloudFormationClient, planned.place.region);
  const set = await unless(
    ({ code }) => code.startsWith("StackSetNotFound"),
    async () => (await client.send(new DescribeStackSetCommand({ StackSetName: planned.name }))).StackSet,
    () => undefined,
  );
  if (!set) return missing("the StackSet does not exist");
  const model = planned.selfManaged ? "SELF_MANAGED" : "SERVICE_MANAGED";
  return differing([
    ...valueDifference("status", "ACTIVE", set.Status),
    ...valueDifference("permission model", model, set.PermissionModel),
    ...(planned.selfManaged
      ? []
      : valueDifference("automatic deployment", planned.autoDeployment ?? true, set.AutoDeployment?.Enabled ?? false)),
    ...(sameJson(planned.template, set.TemplateBody) ? [] : ["the template is another one"]),
  ]);
}

async function instancesFinding(reader: Reader, planned: PlannedStackSet): Promise<Finding> {
  const client = reader.client(CloudFormationClient, planned.place.region);
  const found = new Map<string, string>();
  const isThere = await unless(
    ({ code }) => code.startsWith("StackSetNotFound"),
    async () => {
      for await (const page of paginateListStackInstances({ client }, { StackSetName: planned.name }))
        for (const one of page.Summaries ?? [])
          found.set(
            `${one.Account} ${one.Region}`,
            one.Status === "CURRENT"
              ? "CURRENT"
              : [one.StackInstanceStatus?.DetailedStatus ?? one.Status, one.StatusReason].filter(Boolean).join(": "),
          );
      return true;
    },
    () => false,
  );
  if (!isThere) return missing("the StackSet does not exist");
  const wanted = planned.accountIds.flatMap((account) => planned.regions.map((region) => `${account} ${region}`));
  const planned_ = new Set(wanted);
  const details = [
    ...wanted.filter((key) => !found.has(key)).map((key) => `no instance in ${key}`),
    ...[...found]
      .filter(([key, status]) => planned_.has(key) && status !== "CURRENT")
      .map(([key, status]) => `${key} is ${status}`),
    // What CloudFormation keeps of a suspended account reaches nobody.
    ...[...found]
      .filter(([key, status]) => !planned_.has(key) && !status.startsWith("SKIPPED_SUSPENDED_ACCOUNT"))
      .map(([key]) => `${key} has an instance that is not planned`),
  ].sort();
  return differing(details);
}

/** White space, the order of keys, and JSON that CloudFormation answers as text make no difference. */
function sameJson(planned: unknown, found: string | undefined): boolean {
  try {
    return found !== undefined && canonicalJson(planned) === canonicalJson(JSON.parse(found));
  } catch {
    return false;
  }
}
