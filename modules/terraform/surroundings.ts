import { differing, isObject, Json } from "../kernel/json";
import { asList } from "../policy/document";
import { providerSource } from "./foreign-code";
import type { SurroundingChange } from "./stack-plan";
import { uniqueSorted } from "../kernel/lists";

/**
 * What is around the resources of a synthesized stack: providers, look-ups, modules, the backend. A resource whose own text stays the same
 * can still become another one through them.
 */

/** Versions have their own lines; what an output shows is no access, and secrets in it are Terraform's to refuse. */
const SPOKEN_OF_ELSEWHERE = new Set(["//", "resource", "output", "terraform", "import", "moved", "removed"]);

/**
 * Everything in two versions of a stack that is no resource. Unknown parts of Terraform's language are compared as well: silence would
 * be a claim.
 *
 * @param before `cdk.tf.json`, parsed
 */
export function surroundingChanges(before: Json, after: Json): readonly SurroundingChange[] {
  const [left, right] = [surroundings(before), surroundings(after)];
  return uniqueSorted([...left.keys(), ...right.keys()]).flatMap((key): readonly SurroundingChange[] => {
    const [old, now] = [left.get(key), right.get(key)];
    const { kind, name } = (now ?? old)!;
    if (now === undefined) return [{ kind, name, how: "gone", details: [], value: null }];
    const subject = subjectOf(now);
    if (old === undefined) return [{ kind, name, how: "new", details: [], value: now.value, ...subject }];
    const details = differing(old.value, now.value);
    return details.length > 0 ? [{ kind, name, how: "changed", details, value: now.value, ...subject }] : [];
  });
}

/** What a waiver names it by: as in a plan (`foreign-code.ts`). */
function subjectOf({ kind, name, value }: Surrounding): Pick<SurroundingChange, "subject"> {
  const source = typeof value["source"] === "string" ? value["source"] : undefined;
  if (kind === "data source" && name.startsWith("external."))
    return { subject: { type: "external", address: `data.${name}` } };
  if (kind === "module" && source !== undefined) return { subject: { type: "module", address: source } };
  return kind === "required provider" ? { subject: { type: "provider", address: providerSource(source ?? name) } } : {};
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
          for (const block of asList(blocks)) {
            const full = isObject(block) && typeof block["alias"] === "string" ? `${name}.${block["alias"]}` : name;
            add("provider", full, isObject(block) ? without(block, "default_tags") : block);
            // Tags that everything gets.
            if (isObject(block)) add("default tags", full, tagsOf(block["default_tags"]));
          }
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

/** A block is a list of one in some synths. */
function tagsOf(block: unknown): Json {
  const one: unknown = Array.isArray(block) ? block[0] : block;
  return isObject(one) && isObject(one["tags"]) ? one["tags"] : {};
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function without(value: Json, name: string): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
