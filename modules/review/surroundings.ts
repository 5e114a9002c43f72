import { asList } from "../policy/document";
import { differing, isObject, Json } from "./json";
import type { ReviewContext } from "./context";
import { listOf, say, Sentence, words } from "./sentence";
import type { SurroundingChange } from "../terraform/stack-plan";

/**
 * What stands around the resources of a synthesized stack. A resource whose own text stays the same can still become another one: through
 * a look-up that finds somebody else, a provider that goes to another account, a module or a program that nobody reviews.
 */

/** Look-ups that only read: a new one decides nothing by itself, the resources that use it do. */
const READERS = new Set([
  "aws_identitystore_group",
  "aws_identitystore_user",
  "aws_organizations_organization",
  "aws_ssoadmin_instances",
  "aws_caller_identity",
  "aws_partition",
  "aws_region",
]);

/** Versions have their own lines; what an output shows is no access, and secrets in it are Terraform's to refuse. */
const SPOKEN_OF_ELSEWHERE = new Set(["//", "resource", "output", "terraform"]);

/**
 * Everything in two versions of a stack that is no resource. Unknown parts of Terraform's language are compared as well: silence would
 * be a claim.
 *
 * @param before `cdk.tf.json`, parsed
 */
export function surroundingChanges(before: Json, after: Json): readonly SurroundingChange[] {
  const [left, right] = [surroundings(before), surroundings(after)];
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((key): readonly SurroundingChange[] => {
    const [old, now] = [left.get(key), right.get(key)];
    const { kind, name } = (now ?? old)!;
    if (old === undefined) return [{ kind, name, how: "new", details: [], value: now!.value }];
    if (now === undefined) return [{ kind, name, how: "gone", details: [], value: null }];
    const details = differing(old.value, now.value);
    return details.length > 0 ? [{ kind, name, how: "changed", details, value: now.value }] : [];
  });
}

interface Surrounding {
  readonly kind: string;
  readonly name: string;
  readonly value: Json;
}

/** By kind and name. */
function surroundings(stack: Json): ReadonlyMap<string, Surrounding> {
  const found = new Map<string, Surrounding>();
  const add = (kind: string, name: string, value: unknown): void => {
    const { "//": _comment, ...rest } = isObject(value) ? value : { value };
    found.set(`${kind} ${name}`, { kind, name, value: rest });
  };
  const terraform = isObject(stack["terraform"]) ? stack["terraform"] : {};
  for (const [key, value] of Object.entries(terraform)) {
    if (key === "required_version") continue;
    if (key !== "required_providers")
      add(
        key === "backend" || key === "cloud" ? "backend" : `terraform.${key}`,
        "",
        key === "cloud" ? { cloud: value } : value,
      );
    // Its version is a line of its own; another source is another program.
    else
      for (const [name, provider] of entries(value))
        add("required provider", name, isObject(provider) ? without(provider, "version") : provider);
  }
  for (const [key, value] of Object.entries(stack)) {
    if (SPOKEN_OF_ELSEWHERE.has(key)) continue;
    switch (key) {
      case "provider":
        for (const [name, blocks] of entries(value)) {
          // Tags that everything gets: those that policies ask for are looked at with the resources.
          for (const block of asList(blocks))
            add(
              "provider",
              isObject(block) && typeof block["alias"] === "string" ? `${name}.${block["alias"]}` : name,
              isObject(block) ? without(block, "default_tags") : block,
            );
        }
        break;
      case "data":
        for (const [type, byName] of entries(value))
          for (const [name, body] of entries(byName)) add("data source", `${type}.${name}`, body);
        break;
      case "variable":
        for (const [name, body] of entries(value))
          add("variable", name, isObject(body) ? without(body, "description") : body);
        break;
      case "locals":
        for (const [name, body] of entries(value)) add("local", name, { value: body });
        break;
      case "module":
        for (const [name, body] of entries(value)) add("module", name, body);
        break;
      default:
        add("block", key, { value });
    }
  }
  return found;
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function without(value: Json, name: string): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

/** Says what changes around the resources. What comes or goes without a resource that uses it decides nothing. */
export function reviewSurroundings(context: ReviewContext): void {
  for (const plan of context.plans) {
    for (const change of plan.surroundings) {
      const sentence = sentenceOf(change);
      if (sentence)
        context.addAbout(plan, {
          class: "unknown",
          area: "other",
          sentence: say`Stack ${plan.name}: ${sentence}`,
          binding: change.value,
        });
    }
  }
}

function sentenceOf({ kind, name, how, details }: SurroundingChange): Sentence | undefined {
  const changed =
    details.length === 0 || (details.length === 1 && details[0] === "value") ? words("") : say` (${listOf(details)})`;
  switch (kind) {
    case "provider":
      // A new one comes with resources of its own, or with a `provider` that changes; both are said.
      return how === "changed"
        ? say`${name}, the provider, is set up in another way${changed}: where and as whom Terraform acts may be another place and another role.`
        : undefined;
    case "required provider":
      return how === "gone"
        ? undefined
        : how === "new"
          ? say`provider ${name} is new: its program runs where Terraform runs.`
          : say`provider ${name} comes from another place: another program runs where Terraform runs.`;
    case "data source":
      if (how === "gone") return undefined;
      if (how === "new")
        return READERS.has(name.split(".")[0]!)
          ? undefined
          : say`data source ${name} is new: it may run or ask anything while Terraform plans.`;
      return say`data source ${name} looks up something else${changed}: whatever refers to it means something else.`;
    case "variable":
    case "local":
      return how === "changed"
        ? say`${words(kind)} ${name} has another value: whatever refers to it means something else.`
        : undefined;
    case "module":
      return say`module ${name} ${words(how === "new" ? "is new" : how === "gone" ? "is gone" : "changes")}; what it holds is not looked into.`;
    case "action":
      return say`action ${name} is run beside the changes of resources.`;
    case "backend":
      return say`its state is kept elsewhere${changed}: what there is may be made a second time.`;
    default:
      return say`${`${kind} ${name}`.trim()} ${words(how === "new" ? "is new" : how === "gone" ? "is gone" : "changes")}; what that means is not known here.`;
  }
}

/** Arguments that say how Terraform handles a resource, and what it means when they change. */
const META: Readonly<Record<string, string>> = {
  provider: "is managed through another provider: it may be made in another account or region",
  lifecycle: "has another lifecycle: changes of it may be ignored from now on",
  provisioner: "runs another program where Terraform runs (provisioner)",
  connection: "is connected to in another way (connection)",
  for_each: "is made for other members (for_each)",
  count: "is made another number of times (count)",
};

export function reviewMeta(context: ReviewContext): void {
  for (const resource of context.resources) {
    for (const { what, value } of resource.metaChanged ?? []) {
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address} ${words(META[what] ?? "is handled in another way")}.`,
        resources: [resource],
        binding: value,
      });
    }
  }
}
