import { parse, type ScalarTag, type CollectionTag } from "yaml";
import type { Json, JsonObject } from "../aws-message";
import { AwsError, object, text, texts } from "../aws-message";

/** A parsed CloudFormation template, short forms of intrinsic functions written out. */
export interface Template {
  readonly parameters: JsonObject;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  /** `DeletionPolicy` and `UpdateReplacePolicy`: the resource stays when its stack goes, or when another takes its place. */
  readonly retains: { readonly onDelete: boolean; readonly onReplace: boolean };
}

const FULL_FORM = [
  "Base64",
  "Cidr",
  "FindInMap",
  "GetAtt",
  "GetAZs",
  "If",
  "Join",
  "Select",
  "Split",
  "Sub",
  "And",
  "Equals",
  "Not",
  "Or",
  "Transform",
];

/** JSON or YAML, as CloudFormation takes it. */
export function parseTemplate(body: string): Template {
  let parsed: JsonObject;
  try {
    parsed = object(parse(body, { customTags: shortForms(), merge: false }) as Json);
  } catch (error) {
    throw new AwsError("ValidationError", `Template format error: ${(error as Error).message}`);
  }
  const resources = object(parsed["Resources"]);
  if (Object.keys(resources).length === 0)
    throw new AwsError("ValidationError", "Template format error: At least one Resources member must be defined.");
  return {
    parameters: object(parsed["Parameters"]),
    mappings: object(parsed["Mappings"]),
    conditions: object(parsed["Conditions"]),
    resources: Object.fromEntries(
      Object.entries(resources).map(([logicalId, value]) => {
        const resource = object(value);
        const dependsOn = resource["DependsOn"];
        return [
          logicalId,
          {
            type: text(resource["Type"]),
            properties: object(resource["Properties"]),
            dependsOn: typeof dependsOn === "string" ? [dependsOn] : texts(dependsOn),
            condition: typeof resource["Condition"] === "string" ? resource["Condition"] : undefined,
            retains: {
              onDelete: resource["DeletionPolicy"] === "Retain",
              onReplace: resource["UpdateReplacePolicy"] === "Retain",
            },
          },
        ];
      }),
    ),
  };
}

/** `!Sub text` is `{"Fn::Sub": "text"}`, on scalars, lists and maps alike. */
function shortForms(): (ScalarTag | CollectionTag)[] {
  const tags: (ScalarTag | CollectionTag)[] = [];
  for (const name of ["Ref", "Condition", ...FULL_FORM]) {
    const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
    const scalar = (value: string): Json => ({ [key]: name === "GetAtt" ? splitAttribute(value) : value });
    tags.push({ tag: `!${name}`, resolve: (value: string) => scalar(value) });
    for (const collection of ["seq", "map"] as const) {
      tags.push({
        tag: `!${name}`,
        collection,
        resolve: (value) => ({ [key]: (value as { toJSON(): Json }).toJSON() }),
      });
    }
  }
  return tags;
}

function splitAttribute(value: string): string[] {
  const dot = value.indexOf(".");
  return [value.slice(0, dot), value.slice(dot + 1)];
}

/** What a template is evaluated with, in one account and region. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
  /** Values given for parameters; defaults of the template stand for the others. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A resource that exists: what `Ref` and `Fn::GetAtt` give. */
export interface Existing {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const NO_VALUE = Symbol("AWS::NoValue");
type Evaluated = Json | typeof NO_VALUE;

/** Evaluates intrinsic functions; each function that CloudFormation has and this lacks is an error by name. */
export class Evaluator {
  constructor(
    private readonly template: Template,
    private readonly scope: Scope,
    private readonly existing: ReadonlyMap<string, Existing>,
  ) {}

  properties(properties: JsonObject): JsonObject {
    return object(this.#value(properties) as Json);
  }

  condition(name: string): boolean {
    const definition = this.template.conditions[name];
    if (definition === undefined)
      throw new AwsError("ValidationError", `Template error: unresolved condition dependency ${name}`);
    return this.#truth(definition);
  }

  #value(value: Json | undefined): Evaluated {
    if (Array.isArray(value))
      return value.map((item) => this.#value(item)).filter((item): item is Json => item !== NO_VALUE);
    if (typeof value !== "object" || value === null) return value ?? null;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === "Ref" || key.startsWith("Fn::")))
      return this.#intrinsic(key, value[key]);
    const entries = Object.entries(value).map(([name, member]) => [name, this.#value(member)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== NO_VALUE));
  }

  #intrinsic(name: string, argument: Json | undefined): Evaluated {
    const list = Array.isArray(argument) ? argument : [];
    switch (name) {
      case "Ref":
        return this.#ref(text(argument));
      case "Fn::GetAtt":
        return typeof argument === "string"
          ? this.#attribute(...(splitAttribute(argument) as [string, string]))
          : this.#attribute(text(list[0]), texts(list.slice(1)).join("."));
      case "Fn::Sub":
        return typeof argument === "string"
          ? this.#substitute(argument, {})
          : this.#substitute(text(list[0]), object(this.#value(list[1]) as Json));
      case "Fn::Join":
        return texts(this.#value(list[1]) as Json).join(text(list[0]));
      case "Fn::Split":
        return text(this.#value(list[1]) as Json).split(text(list[0]));
      case "Fn::Select":
        return (this.#value(list[1]) as Json[])[Number(text(this.#value(list[0]) as Json))] ?? null;
      case "Fn::If":
        return this.condition(text(list[0])) ? this.#value(list[1]) : this.#value(list[2]);
      case "Fn::FindInMap": {
        const [map, top, second] = list.map((item) => text(this.#value(item) as Json));
        const found = object(object(this.template.mappings[map ?? ""])[top ?? ""])[second ?? ""];
        if (found === undefined)
          throw new AwsError("ValidationError", `Template error: Unable to get mapping for ${map}::${top}::${second}`);
        return found;
      }
      default:
        throw new AwsError("ValidationError", `The local AWS does not evaluate ${name}.`);
    }
  }

  #truth(value: Json | undefined): boolean {
    const definition = object(value);
    const [name = ""] = Object.keys(definition);
    const argument = definition[name];
    const list = Array.isArray(argument) ? argument : [];
    switch (name) {
      case "Fn::Equals":
        return text(this.#value(list[0]) as Json) === text(this.#value(list[1]) as Json);
      case "Fn::Not":
        return !this.#truth(list[0]);
      case "Fn::And":
        return list.every((item) => this.#truth(item));
      case "Fn::Or":
        return list.some((item) => this.#truth(item));
      case "Condition":
        return this.condition(text(argument));
      default:
        throw new AwsError("ValidationError", `The local AWS does not evaluate the condition ${name}.`);
    }
  }

  #ref(name: string): Evaluated {
    switch (name) {
      case "AWS::AccountId":
        return this.scope.accountId;
      case "AWS::Region":
        return this.scope.region;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return this.scope.stackName;
      case "AWS::StackId":
        return this.scope.stackId;
      case "AWS::NoValue":
        return NO_VALUE;
    }
    const parameter = this.template.parameters[name];
    if (parameter !== undefined) {
      const value = this.scope.parameters[name] ?? object(parameter)["Default"];
      if (value === undefined) throw new AwsError("ValidationError", `Parameters: [${name}] must have values`);
      const isList =
        text(object(parameter)["Type"]).startsWith("List<") || object(parameter)["Type"] === "CommaDelimitedList";
      return isList
        ? text(value)
            .split(",")
            .map((item) => item.trim())
        : text(value);
    }
    return this.#existing(name).physicalId;
  }

  #attribute(name: string, attribute: string): string {
    const value = this.#existing(name).attributes[attribute];
    if (value === undefined)
      throw new AwsError(
        "ValidationError",
        `Template error: resource ${name} does not support attribute ${attribute} in Fn::GetAtt`,
      );
    return value;
  }

  #existing(name: string): Existing {
    const found = this.existing.get(name);
    if (!found)
      throw new AwsError("ValidationError", `Template format error: Unresolved resource dependencies [${name}]`);
    return found;
  }

  #substitute(template: string, variables: JsonObject): string {
    return template.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`; // ${!Literal} is ${Literal}
      if (variables[name] !== undefined) return text(variables[name]);
      if (name.includes(".") && !name.startsWith("AWS::"))
        return this.#attribute(...(splitAttribute(name) as [string, string]));
      return text(this.#ref(name) as Json);
    });
  }
}

/** Logical ids in an order in which every resource comes after those it refers to; stable for equal templates. */
export function creationOrder(template: Template): readonly string[] {
  const order: string[] = [];
  const visiting = new Set<string>();
  const visit = (logicalId: string): void => {
    if (order.includes(logicalId)) return;
    if (visiting.has(logicalId))
      throw new AwsError("ValidationError", `Circular dependency between resources: [${[...visiting].join(", ")}]`);
    visiting.add(logicalId);
    const resource = template.resources[logicalId]!;
    [...resource.dependsOn, ...references(resource.properties)]
      .filter((name) => template.resources[name] !== undefined && name !== logicalId)
      .forEach(visit);
    visiting.delete(logicalId);
    order.push(logicalId);
  };
  Object.keys(template.resources).forEach(visit);
  return order;
}

function references(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === "Ref") return [text(member)];
    if (key === "Fn::GetAtt")
      return [typeof member === "string" ? splitAttribute(member)[0]! : text((member as Json[])[0])];
    if (key === "Fn::Sub") {
      const template = typeof member === "string" ? member : text((member as Json[])[0]);
      return [
        ...[...template.matchAll(/\$\{([^}!]*)\}/g)].map(([, name = ""]) => name.split(".")[0]!),
        ...references(member),
      ];
    }
    return references(member);
  });
}
