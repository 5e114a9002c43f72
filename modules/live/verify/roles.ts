import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import { AwsFailure, unless } from "../../aws/failure";
import type { PolicyDocument } from "../../policy/types";
import { differing, Finding, listDifferences, missing, valueDifference } from "./claim";
import type { Documents } from "./documents";
import type { Reader } from "./live";

/** IAM is global; its endpoint is signed for this region in the standard partition. */
const iamOf = (reader: Reader): IAMClient => reader.client(IAMClient);

export interface PlannedRole {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly trust: PolicyDocument;
  /** ARNs of the policies that are attached, and no others. */
  readonly attached: readonly string[];
  /** Inline policies by name, and no others. */
  readonly inline: Readonly<Record<string, PolicyDocument>>;
  /** @default - not looked at */
  readonly maxSessionSeconds?: number;
  /** ARN of the boundary. @default - there is none */
  readonly boundary?: string;
}

export function isNoSuchEntity({ code }: AwsFailure): boolean {
  return /^NoSuchEntity/.test(code);
}

/** Whether a role is there with this trust, these policies and no others. */
export async function roleFinding(reader: Reader, planned: PlannedRole, documents: Documents): Promise<Finding> {
  const client = iamOf(reader);
  const role = await unless(
    isNoSuchEntity,
    async () => (await client.send(new GetRoleCommand({ RoleName: planned.name }))).Role,
    () => undefined,
  );
  if (!role) return missing("the role does not exist");
  const attached: string[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client }, { RoleName: planned.name }))
    attached.push(...(page.AttachedPolicies ?? []).map((policy) => policy.PolicyArn ?? ""));
  const inline: string[] = [];
  for await (const page of paginateListRolePolicies({ client }, { RoleName: planned.name }))
    inline.push(...(page.PolicyNames ?? []));
  const details = [
    ...valueDifference("path", planned.path, role.Path),
    ...documents.differences(
      "trust policy",
      "resource",
      planned.trust,
      role.AssumeRolePolicyDocument,
      reader.accountId,
      role.Arn,
    ),
    ...listDifferences("the role", planned.attached, attached),
    ...listDifferences("the role", Object.keys(planned.inline).map(inlineName), inline.map(inlineName)),
    ...valueDifference("permissions boundary", planned.boundary, role.PermissionsBoundary?.PermissionsBoundaryArn),
    ...(planned.maxSessionSeconds === undefined
      ? []
      : valueDifference("longest session in seconds", planned.maxSessionSeconds, role.MaxSessionDuration)),
  ];
  for (const [name, document] of Object.entries(planned.inline)) {
    if (!inline.includes(name)) continue;
    const { PolicyDocument: text } = await client.send(
      new GetRolePolicyCommand({ RoleName: planned.name, PolicyName: name }),
    );
    details.push(...documents.differences(`inline policy ${name}`, "identity", document, text, reader.accountId));
  }
  return differing(details);
}

const inlineName = (name: string): string => `inline policy ${name}`;
