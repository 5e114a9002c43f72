import type { Tags } from "../../organization/existing";
import { ENVIRONMENT_TAG } from "../../config/settings";

/** Whose a thing is, as far as its tags tell. */

/** Tags that tools put on what they make, and what they mean. */
const TOOLS: readonly (readonly [RegExp, (value: string) => string])[] = [
  [/^aws:cloudformation:stack-name$/, (stack) => `CloudFormation stack ${stack}`],
  [/^aws:cloudformation:stack-id$/, (stack) => `CloudFormation stack ${stack}`],
  [/^aws:servicecatalog:/, (value) => `Service Catalog (${value})`],
  [/^(accelerator|accel-p)$/i, (value) => `Landing Zone Accelerator (${value})`],
  [/^org-formation$/i, (value) => `org-formation (${value})`],
];

/** Tags by which people say which tool manages a thing. */
const MANAGED_BY = /^(managed[-_ ]?by|created[-_ ]?by|provisioner|iac)$/i;
const TERRAFORM = /^terraform([-_: ](workspace|module|state))?$/i;

/** The tool or environment that a thing belongs to, in words; undefined where its tags name none. */
export function ownerOf(tags: Tags, environment: string): string | undefined {
  const ours = tags[ENVIRONMENT_TAG];
  if (ours !== undefined && ours !== environment) return `environment ${ours} of a keyless baseline`;
  for (const [key, value] of Object.entries(tags)) {
    const tool = TOOLS.find(([pattern]) => pattern.test(key));
    if (tool) return tool[1](value);
    if (MANAGED_BY.test(key) && value !== "" && !/^(human|hand|manual|manually|nobody|none)$/i.test(value))
      return `${value}, as its tag ${key} says`;
    if (TERRAFORM.test(key) && !/^(false|no)$/i.test(value)) return `another Terraform, as its tag ${key} says`;
  }
  return undefined;
}
