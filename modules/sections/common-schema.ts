import { z } from "zod";
import { backend } from "../config/schema/backend";
import { CONTROL_TOWER_ROLE } from "./landing-zone/control-tower-shapes";
import { iamName, MOST_TAGS, region, tagKey, tagValue, targets } from "../config/schema/common";

/** What stands in `baseline.yaml` besides the sections: every section may read it. */
export const commonShape = {
  version: z.literal(1).describe("Version of this format."),
  region: region.describe("Home region: where regional resources live unless another Region is given."),
  backend,
  tags: z
    .record(tagKey, tagValue)
    .refine(
      (tags) => Object.keys(tags).length <= MOST_TAGS,
      `at most ${MOST_TAGS} tags: AWS takes 50 on a resource, and three are the baseline's own`,
    )
    .default({})
    .describe("Default tags on every resource that can carry tags."),
  landingZone: z
    .enum(["control-tower", "none"])
    .optional()
    .describe(
      "What else governs the organization. control-tower: guardrails leave AWS Control Tower what it needs, and its SCPs are accepted as its own. none: they make no room for it, and validate does not warn. See docs/landing-zones.md.",
    ),
  access: z
    .strictObject({
      managementRole: iamName
        .optional()
        .describe("Role to assume in the management account. Default: none, the run's own credentials are used there."),
      memberRole: iamName
        .optional()
        .describe(
          "Role that stacks in member accounts assume there. Default: OrganizationAccountAccessRole; AWSControlTowerExecution with landingZone: control-tower.",
        ),
      memberRoles: z
        .array(
          z.strictObject({
            role: iamName.describe("Role that stacks assume in these accounts."),
            targets,
          }),
        )
        .default([])
        .describe("Accounts in which the role has another name than memberRole; each account once."),
    })
    .prefault({})
    .describe("How the providers reach the accounts."),
};

type Written = z.infer<z.ZodObject<typeof commonShape>>;

/** As it was written, with what follows from other keys. */
export type CommonBaseline = WithDefaults<Written>;

interface Defaulted {
  readonly access: { readonly memberRole?: string | undefined };
  readonly landingZone?: Written["landingZone"];
}

type WithDefaults<T extends Pick<Defaulted, "access">> = Omit<T, "access"> & {
  readonly access: T["access"] & { readonly memberRole: string };
};

/** The role by which AWS gives the management account a way into the accounts that Organizations, or Control Tower, makes. */
export function defaultMemberRole(landingZone: Written["landingZone"]): string {
  return landingZone === "control-tower" ? CONTROL_TOWER_ROLE : "OrganizationAccountAccessRole";
}

/** Fills in the defaults that follow from other keys. */
export function withDefaults<T extends Defaulted>(written: T): WithDefaults<T> {
  const { access, landingZone } = written;
  return { ...written, access: { ...access, memberRole: access.memberRole ?? defaultMemberRole(landingZone) } };
}
