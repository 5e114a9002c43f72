import { STACK_MARK } from "../sections/stack-kinds";
import { bindingOf, ReviewContext } from "./context";
import { tagsAskedFor } from "./silence";
import { listOf, say, Sentence, words } from "./sentence";
import { defined } from "../kernel/optional";
import { changedAttributes, ResourceChange, StackPlan, SurroundingChange } from "../terraform/stack-plan";

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
  "tfe_agent_pool",
  "tfe_organization_membership",
  "tfe_organization_run_task",
  "tfe_project",
  "tfe_team",
]);

/** Says what changes around the resources. What comes or goes without a resource that uses it decides nothing. */
export function reviewSurroundings(context: ReviewContext): void {
  let tags: ReadonlySet<string> | undefined;
  const asked = (): ReadonlySet<string> => (tags ??= tagsAskedFor(context));
  for (const plan of context.plans) {
    for (const change of plan.surroundings) {
      const sentence = sentenceOf(change, plan);
      if (sentence)
        context.addAbout(plan, {
          class:
            change.kind === "default tags" && !change.details.some((key) => asked().has(key.toLowerCase()))
              ? "neutral"
              : "unknown",
          area: "other",
          sentence: say`Stack ${plan.name}: ${sentence}`,
          binding: change.value,
          ...defined({ subject: change.subject }),
        });
    }
  }
}

function sentenceOf({ kind, name, how, details }: SurroundingChange, plan: StackPlan): Sentence | undefined {
  const changed =
    details.length === 0 || (details.length === 1 && details[0] === "value") ? words("") : say` (${listOf(details)})`;
  switch (kind) {
    case "provider":
      if (how === "changed")
        return say`${name}, the provider, is set up in another way${changed}: where and as whom Terraform acts may be another place and another role.`;
      // One with an alias comes with resources of its own, or with a `provider` that changes; both are said.
      return name.includes(".") || !plan.resources.some((one) => one.before && one.after && isMadeBy(one, name))
        ? undefined
        : say`${name}, the provider, is ${words(how === "new" ? "set up here now" : "no longer set up here")}: where and as whom Terraform acts may be another place and another role.`;
    case "default tags":
      return how === "changed"
        ? say`everything that ${name}, the provider, makes gets other tags: ${listOf(details)}.`
        : undefined;
    case "file":
      return how === "gone"
        ? say`file ${name} next to cdk.tf.json is gone: Terraform read it as part of the configuration.`
        : say`file ${name} next to cdk.tf.json ${words(how === "new" ? "is new" : "changes")}: Terraform reads it as part of the configuration, and no synth wrote it.`;
    case "lock file":
      return say`${name} changes: other providers, or other builds of them, run where Terraform runs.`;
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
      if (name === STACK_MARK && how !== "new")
        return how === "gone"
          ? words("it no longer says what it is.")
          : say`it says that it is something else than before${changed}; it is judged as both.`;
      return how === "changed"
        ? say`variable ${name} has another value: whatever refers to it means something else.`
        : undefined;
    case "local":
      return how === "changed"
        ? say`${words(kind)} ${name} has another value: whatever refers to it means something else.`
        : undefined;
    case "module":
      return say`module ${name} ${words(how === "new" ? "is new" : how === "gone" ? "is gone" : "changes")}; its content is not reviewed.`;
    case "program":
      return say`${name} runs a program where Terraform plans.`;
    case "provisioner":
      return say`${name} runs a program where Terraform runs (provisioner).`;
    case "foreign module":
      return say`${name} is loaded from ${details[0]!}: code that is not of this repository.`;
    case "foreign provider":
      return say`provider ${name} is used: its program runs where Terraform runs, and the stacks of this project do not need it.`;
    case "configuration file":
      return say`${name} names a file of the AWS configuration, which may name programs.`;
    case "check":
      return say`check ${name} fails: what it was written to make sure of is not so.`;
    case "open check":
      return say`check ${name} can only be made after the apply: whether what it makes sure of is so is not known.`;
    case "deferred change":
      return say`${name} is put off to a later plan: what it will be is not known here.`;
    case "part of the plan":
      return say`its plan has a part, ${name}, that is not known here: what it means is not looked into.`;
    case "action":
      return say`action ${name} runs in addition to the changes of resources.`;
    case "backend":
      return say`its state is kept elsewhere${changed}: what there is may be made a second time.`;
    default:
      return say`${`${kind} ${name}`.trim()} ${words(how === "new" ? "is new" : how === "gone" ? "is gone" : "changes")}; what that means is not known here.`;
  }
}

function isMadeBy({ type }: ResourceChange, provider: string): boolean {
  return type === provider || type.startsWith(`${provider}_`);
}

/** Arguments that say how Terraform handles a resource, and what it means when they change. */
const META: Readonly<Record<string, string>> = {
  provider: "is managed through another provider: it may be made in another account or region",
  lifecycle: "has another lifecycle: changes of it may be ignored from now on",
  provisioner: "runs another program where Terraform runs (provisioner)",
  connection: "is connected to in another way (connection)",
  for_each: "is made for other members (for_each)",
  count: "is made another number of times (count)",
  depends_on: "no longer waits for what it waited for (depends_on): it may be made before it, or be gone after it",
  region: "is made in another region (region)",
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
    for (const { what, value } of resource.evaluated ?? [])
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address}: Terraform evaluates a part of ${what} (a directive %{…}, or an expression $\{…} that is no plain reference); what it will be is not known here.`,
        resources: [resource],
        binding: [what, value],
      });
  }
}

/**
 * Data that Terraform keeps and hands on: two synths show the same reference before and after, and another value behind it. A plan shows
 * the value, or that it is not known.
 */
export function reviewHandedOn(context: ReviewContext): void {
  for (const plan of context.plans) {
    if (plan.kind !== "synth") continue;
    for (const data of plan.resources) {
      if (data.type !== "terraform_data" || changedAttributes(data).length === 0) continue;
      const users = plan.resources.filter((one) =>
        Object.values(one.references).some((list) => list.includes(`${data.type}.${data.name}`)),
      );
      if (users.length === 0) continue;
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${data.address} has other data (${listOf(changedAttributes(data))}): what ${listOf(users.map(({ address }) => address).sort(), 4)} ${words(users.length === 1 ? "makes" : "make")} of it means something else.`,
        resources: [data, ...users],
        binding: bindingOf(data),
      });
    }
  }
}
