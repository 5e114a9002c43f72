import type { JsonObject } from "../aws-message";
import type { Upstream } from "../upstream";
import { resourceType, type ResourceContext } from "./resource-types";
import { creationOrder, Evaluator, type Existing, type Scope, type Template, type TemplateResource } from "./template";

interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly existing: Existing;
  readonly retains: TemplateResource["retains"];
}

/** One stack of a StackSet in one account and region, and what it has made there. */
export class Stack {
  /** In order of creation. */
  #resources: StackResource[] = [];

  constructor(
    private readonly moto: Upstream,
    readonly name: string,
    readonly id: string,
    private readonly accountId: string,
    private readonly region: string,
  ) {}

  /** Makes the resources what the template says: creates, updates, replaces and deletes. A stack that fails to be created is rolled back. */
  async deploy(
    template: Template,
    parameters: Readonly<Record<string, string>>,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const isNew = this.#resources.length === 0;
    const before = new Map(this.#resources.map((resource) => [resource.logicalId, resource]));
    const existing = new Map(this.#resources.map((resource) => [resource.logicalId, resource.existing]));
    const scope: Scope = {
      accountId: this.accountId,
      region: this.region,
      stackName: this.name,
      stackId: this.id,
      parameters,
    };
    const evaluator = new Evaluator(template, scope, existing);
    const made: StackResource[] = [];
    const replaced: StackResource[] = [];
    try {
      for (const logicalId of creationOrder(template)) {
        const definition = template.resources[logicalId]!;
        if (definition.condition !== undefined && !evaluator.condition(definition.condition)) continue;
        const properties = evaluator.properties(definition.properties);
        const type = resourceType(definition.type);
        const context = this.#context(logicalId, tags);
        const old = before.get(logicalId);
        const updated =
          old && old.type === definition.type
            ? await type.update(context, old.existing, old.properties, properties)
            : undefined;
        if (!updated && old) replaced.push(old);
        // A replacement with a fixed name needs the old one gone first.
        if (!updated && old && !old.retains.onReplace) await this.#delete(old, tags);
        const resource: StackResource = {
          logicalId,
          type: definition.type,
          properties,
          retains: definition.retains,
          existing: updated ?? (await type.create(context, properties)),
        };
        existing.set(logicalId, resource.existing);
        made.push(resource);
      }
    } catch (error) {
      if (isNew) for (const resource of made.reverse()) await this.#remove(resource, tags);
      else
        this.#resources = [
          ...made,
          ...this.#resources.filter(
            (old) => !replaced.includes(old) && !made.some((one) => one.logicalId === old.logicalId),
          ),
        ];
      throw error;
    }
    const kept = new Set(made.map((resource) => resource.logicalId));
    for (const old of [...this.#resources].reverse()) if (!kept.has(old.logicalId)) await this.#remove(old, tags);
    this.#resources = made;
  }

  async destroy(): Promise<void> {
    for (const resource of [...this.#resources].reverse()) await this.#remove(resource, {});
    this.#resources = [];
  }

  /**
   * What is retained stays in the account, also when the creation of its stack is rolled back.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  async #remove(resource: StackResource, tags: Readonly<Record<string, string>>): Promise<void> {
    if (!resource.retains.onDelete) await this.#delete(resource, tags);
  }

  #delete(resource: StackResource, tags: Readonly<Record<string, string>>): Promise<void> {
    return resourceType(resource.type).delete(
      this.#context(resource.logicalId, tags),
      resource.existing,
      resource.properties,
    );
  }

  #context(logicalId: string, tags: Readonly<Record<string, string>>): ResourceContext {
    return {
      moto: this.moto,
      place: { accountId: this.accountId, region: this.region },
      stackName: this.name,
      logicalId,
      tags,
    };
  }
}
