import { z } from "zod";
import type { Organization } from "../../organization/types";
import { accountId, oneLine, region } from "./common";

/** AWS's own (`aws:…`) come on top of the 50 that it takes: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html */
const tags = z
  .record(oneLine, oneLine)
  .refine((all) => Object.keys(all).length <= 100, "at most 100 tags: AWS takes 50 of one's own")
  .default({});
const nodeId = z
  .string()
  .regex(/^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/, "an id of a root (r-…) or an OU (ou-…)");
/** https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Group.html */
const groupId = z
  .string()
  .regex(
    /^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$/,
    "an id of a group of the identity store",
  );
const ouId = z.string().regex(/^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/, "an id of an OU (ou-xxxx-xxxxxxxx)");

/** `environments/<env>/organization.yaml`: the facts, written by `keyless sync`. */
export const organizationSchema = z
  .strictObject({
    id: z.string().regex(/^o-[a-z0-9]{10,32}$/, "an organization id (o- and 10 to 32 characters)"),
    managementAccountId: accountId,
    rootId: z.string().regex(/^r-[0-9a-z]{4,32}$/, "a root id (r- and 4 to 32 characters)"),
    enabledPolicyTypes: z.array(oneLine).describe("Policy types enabled on the root."),
    trustedServices: z.array(oneLine).describe("Service principals with trusted access."),
    enabledRegions: z.array(region).describe("Regions enabled in the management account."),
    // Not there is not the same as none: the proofs count on these lists and on the policies, so facts without them are refused. A sync always
    // writes them.
    rootAccessFeatures: z
      .array(oneLine)
      .describe(
        "Centralized root access features that are on; an empty list where none is. If it is missing, run keyless sync, which reads it.",
      ),
    trails: z
      .array(
        z.strictObject({
          name: oneLine,
          homeRegion: region,
          organization: z.boolean(),
          multiRegion: z.boolean(),
          logging: z.boolean(),
        }),
      )
      .default([])
      .describe("CloudTrail trails of the management account."),
    delegatedAdministrators: z
      .array(z.strictObject({ accountId, services: z.array(oneLine) }))
      .describe(
        "Delegated administrators with their services; an empty list where there is none. If it is missing, run keyless sync, which reads it.",
      ),
    delegationPolicy: z
      .string()
      .optional()
      .describe(
        "The organization's resource-based delegation policy as AWS returns it; empty where there is none. Absent: not read.",
      ),
    consoleAuthorization: z
      .enum(["enabled", "disabled"])
      .optional()
      .describe("Whether RCPs and resource-based policies bind signing in to the console. Absent: not known."),
    organizationalUnits: z
      .array(z.strictObject({ id: ouId, name: oneLine.min(1), parentId: nodeId }))
      .describe("Every OU, sorted by id."),
    accounts: z
      .array(
        z.strictObject({
          id: accountId,
          name: oneLine.min(1),
          status: z.enum(["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"]),
          parentId: nodeId,
          tags,
        }),
      )
      .min(1)
      .describe("Every account, sorted by id."),
    policies: z
      .array(
        z.strictObject({
          id: z.string().regex(/^p-[0-9a-zA-Z_]{8,128}$/, "an id of a policy (p-…)"),
          name: oneLine.min(1),
          type: z.enum(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]),
          awsManaged: z.boolean(),
          ours: z.boolean(),
          content: z.string().min(2).describe("The policy document as AWS returns it."),
          targetIds: z.array(oneLine),
        }),
      )
      .describe(
        "SCPs and RCPs of the organization with their attachments, sorted by id; an empty list where there is none. If it is missing, run keyless sync, which reads it.",
      ),
    identityCenter: z
      .strictObject({
        instanceArn: z
          .string()
          .regex(
            /^arn:aws[\w-]*:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/,
            "the ARN of an Identity Center instance",
          ),
        identityStoreId: z
          .string()
          .regex(/^d-[0-9a-f]{10}$|^[0-9a-f-]{36}$/, "the id of an identity store (d- and 10 hex digits)"),
        region,
        groups: z.array(z.strictObject({ id: groupId, displayName: oneLine, synced: z.boolean() })),
        permissionSets: z.array(
          z.strictObject({ name: oneLine, arn: oneLine, ours: z.boolean(), inManagementAccount: z.boolean() }),
        ),
      })
      .optional()
      .describe("Absent: the organization has no Identity Center instance."),
  })
  .describe("Facts of one AWS organization. Written by `keyless sync`; reviewed, not edited.");

/** The parsed facts are the organization's type: the compiler holds the two together. */
export type OrganizationDocument = z.infer<typeof organizationSchema>;

type Assert<T extends true> = T;
type Extends<A, B> = A extends B ? true : false;
export type OrganizationDocumentIsOrganization = Assert<Extends<OrganizationDocument, Organization>>;
