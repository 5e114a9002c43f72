import { isObject } from "../../kernel/json";
import { asList } from "../../policy/document";
import { bindingOf, ReviewContext } from "../context";
import { listOf, say, Sentence, words } from "../sentence";
import { Attributes, isReplacement, ResourceChange, text } from "../../terraform/stack-plan";
import type { Area, ChangeClass } from "../types";
import { areaOfStack, guardOf } from "./area";

/**
 * A replacement is a new identity. Its arguments may be the same to the letter: whoever knew the one before does not know it, and what the
 * one before held is gone.
 */

interface Remade {
  /** `IAM user` */
  readonly what: string;
  /** Argument that names it. @default "name" */
  readonly named?: string;
  readonly class: ChangeClass;
  /** What goes with the one before, after `: `. */
  readonly loses: string;
  /** A principal whose ARN AWS stores as a unique id in policies of other resources. */
  readonly principal?: true;
}

const HELD = "its content is gone";

/**
 * By type: what has an identity of its own, or holds something. A principal in a policy is stored as its unique id, so that a new one of
 * the same name is not let in: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const REMADE: Readonly<Record<string, Remade>> = {
  aws_iam_role: { what: "Role", class: "unknown", loses: "its unique id is another one", principal: true },
  aws_iam_user: {
    what: "IAM user",
    class: "unknown",
    loses: "its password, MFA devices, keys and group memberships are gone, and its unique id is another one",
    principal: true,
  },
  aws_iam_group: { what: "Group", class: "unknown", loses: "members and policies that are managed elsewhere are gone" },
  aws_iam_instance_profile: {
    what: "Instance profile",
    class: "unknown",
    loses: "instances that run with the one before have no role any more",
  },
  aws_iam_virtual_mfa_device: {
    what: "Virtual MFA device",
    named: "virtual_mfa_device_name",
    class: "destroys-guard",
    loses: "whoever has the one before can no longer sign in with MFA",
  },
  aws_identitystore_group: {
    what: "Group",
    named: "display_name",
    class: "unknown",
    loses: "its members, and what other configurations assign to it, are gone",
  },
  aws_identitystore_user: {
    what: "User",
    named: "user_name",
    class: "unknown",
    loses: "sign-in, MFA devices and assignments of the one before are gone",
  },
  aws_ssoadmin_permission_set: {
    what: "Permission set",
    class: "unknown",
    loses: "assignments that other configurations make are gone, and so are the roles that it had in accounts",
  },
  aws_cloudformation_stack_set: {
    what: "StackSet",
    class: "unknown",
    loses: "what it put into accounts is deleted with the one before, or stays there unmanaged",
  },
  aws_rolesanywhere_trust_anchor: {
    what: "Trust anchor",
    class: "unknown",
    loses: "its ARN is another one, and roles that name the one before in aws:SourceArn no longer let anybody in",
  },
  aws_rolesanywhere_profile: {
    what: "Roles Anywhere profile",
    class: "unknown",
    loses: "its ARN is another one, and workloads that ask for the one before get no session",
  },
  aws_iam_openid_connect_provider: {
    what: "OIDC provider",
    named: "url",
    class: "neutral",
    loses: "its ARN follows its address; between the two nobody signs in through it",
  },
  aws_iam_saml_provider: {
    what: "SAML provider",
    class: "neutral",
    loses: "its ARN follows its name; between the two nobody signs in through it",
  },
  aws_kms_key: {
    what: "Key",
    named: "description",
    class: "destroys-guard",
    loses: "what the one before encrypted cannot be read once it is deleted",
  },
  aws_kms_external_key: {
    what: "Key",
    named: "description",
    class: "destroys-guard",
    loses: "what the one before encrypted cannot be read once it is deleted",
  },
  aws_kms_replica_key: {
    what: "Key",
    named: "description",
    class: "unknown",
    loses: "its Region can read with it only once it is back",
  },
  aws_sns_topic: {
    what: "Topic",
    class: "unknown",
    loses: "subscriptions that are managed elsewhere are gone, and others have to be confirmed again",
  },
  aws_sqs_queue: { what: "Queue", class: "unknown", loses: HELD },
  aws_cloudwatch_event_bus: {
    what: "Bus",
    class: "unknown",
    loses: "rules and archives that are managed elsewhere are gone",
  },
  aws_s3_bucket: { what: "Bucket", named: "bucket", class: "unknown", loses: HELD },
  aws_secretsmanager_secret: { what: "Secret", class: "unknown", loses: HELD },
  aws_organizations_account: {
    what: "Account",
    class: "destroys-guard",
    loses: "the one before is closed or leaves the organization",
  },
  aws_organizations_organizational_unit: {
    what: "OU",
    class: "unknown",
    loses: "its id is another one: what hangs there elsewhere binds nobody any more",
  },
  aws_organizations_policy: {
    what: "Policy",
    class: "unknown",
    loses:
      "its id is another one, and where other configurations attach it, or until it is attached again, it binds nobody",
  },
  aws_organizations_organization: {
    what: "Organization",
    named: "id",
    class: "destroys-guard",
    loses: "every account has left the one before",
  },
  aws_organizations_policy_attachment: {
    what: "Attachment",
    named: "target_id",
    class: "unknown",
    loses: "between the two its policy does not bind there",
  },
};

/** Says of every resource that is made again what went with the one before; areas that know a guard where nothing else shows it say so by themselves. */
export function reviewReplacements(context: ReviewContext): void {
  for (const resource of context.resources)
    if (!KNOWN_ELSEWHERE.has(resource.type))
      reviewRemade(context, resource, guardOf(resource)?.section === "breakGlass", areaOfStack(resource, "other"));
}

/** What an identity is a guard of depends on more than its type. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(["aws_iam_role", "aws_iam_user", "aws_cloudformation_stack_set"]);

/** @param guard it is a way in, or keeps guards working: it must not be without the one before */
export function reviewRemade(context: ReviewContext, resource: ResourceChange, guard: boolean, area: Area): void {
  const { before, after, type } = resource;
  const remade = Object.hasOwn(REMADE, type) ? REMADE[type] : undefined;
  if (!remade || !before || !after || !isReplacement(resource)) return;
  // Made before the one before is taken away: nothing is without it.
  if (type === "aws_organizations_policy_attachment" && resource.actions[0] === "create") return;
  const named = remade.named ?? "name";
  const name = text(after, named) ?? text(before, named) ?? resource.name;
  context.add({
    class: guard && remade.class !== "neutral" ? "destroys-guard" : remade.class,
    area,
    sentence: say`${words(remade.what)}${named === "id" ? words("") : say` ${name}`} is deleted and made again: ${words(remade.loses)}.${remade.principal ? deadIds(context, resource) : words("")}`,
    resources: [resource],
    binding: bindingOf(resource),
  });
}

/** Policies that name a principal and are not written again in the same apply: they keep the id of the one before. */
function deadIds(context: ReviewContext, principal: ResourceChange): Sentence {
  const arn = text(principal.before, "arn");
  const unread = words(" Policies outside of these plans that name it are not known here.");
  if (arn === undefined) return unread;
  const naming = context.resources.filter((other) => other !== principal && keepsNaming(other, arn));
  return naming.length === 0
    ? say` No policy in these plans names it.${unread}`
    : say` Policies that name it contain the old id and no longer let it in: ${listOf(
        naming.map(({ address }) => address).sort(),
        6,
      )}.${unread}`;
}

/** Whether a policy of a resource lets an ARN in, and Terraform does not write it again. */
function keepsNaming({ before, after, ...rest }: ResourceChange, arn: string): boolean {
  if (!before || !after) return false;
  const again = isReplacement({ before, after, ...rest });
  return !again && Object.keys(before).some((name) => isSame(before, after, name) && names(before[name], arn));
}

function isSame(before: Attributes, after: Attributes, name: string): boolean {
  return before[name] === after[name];
}

function names(value: unknown, arn: string): boolean {
  if (typeof value !== "string" || !value.includes(arn)) return false;
  try {
    return hasPrincipal(JSON.parse(value) as unknown, arn);
  } catch {
    // A template in YAML: that it holds the ARN has to do.
    return true;
  }
}

function hasPrincipal(value: unknown, arn: string): boolean {
  if (Array.isArray(value)) return value.some((one) => hasPrincipal(one, arn));
  if (!isObject(value)) return false;
  const own: unknown = value["Principal"];
  const named = isObject(own) ? Object.values(own).flatMap((one) => asList(one as string | readonly string[])) : [];
  return named.includes(arn) || Object.values(value).some((one) => hasPrincipal(one, arn));
}
