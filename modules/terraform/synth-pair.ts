import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { extraFiles, lockFile } from "../config/stack-folder";
import { BaselineError } from "../kernel/errors";
import type { StackMark } from "../sections/stack-kinds";
import { environmentTags, listedStacks } from "./environment-stacks";
import { readObject } from "../kernel/json-file";
import { synthLookups } from "./lookups";
import { checkMark, readMark } from "./stack-mark";
import { Attributes, referencesIn, ResourceChange, StackPlan, SurroundingChange } from "./stack-plan";
import { canonicalJson, differing, isObject, Json } from "../kernel/json";
import { unique } from "../kernel/lists";
import { surroundingChanges } from "./surroundings";

/**
 * Two synths of a project as if the first were what exists: no credentials, no state. What people changed by hand it cannot see, and
 * values that only AWS knows stay references.
 */

interface SynthesizedResource {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly key?: string;
  readonly attributes: Attributes;
  readonly preventDestroy: boolean;
  readonly account?: string;
  readonly provisioned: boolean;
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** What decides how Terraform handles it, but for `prevent_destroy`. */
  readonly meta: Json;
  /** By argument: texts as they are written, where Terraform evaluates a part of them that the review does not resolve. */
  readonly live: ReadonlyMap<string, string>;
}

interface SynthesizedStack {
  readonly name: string;
  readonly mark?: StackMark;
  readonly json: Json;
  readonly resources: ReadonlyMap<string, SynthesizedResource>;
  readonly versions: Readonly<Record<string, string>>;
  /** Contents, as digests, of files beside `cdk.tf.json` that Terraform reads too, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Arguments that say how Terraform works, not what there is to be. */
const META = new Set(["//", "lifecycle", "depends_on", "provider", "provisioner", "connection", "for_each", "count"]);

/**
 * @param base folder of the synth before (`cdktf.out`)
 * @param head folder of the synth after
 * @throws BaselineError where a folder holds no synth
 */
export function readSynthPair(base: string, head: string): readonly StackPlan[] {
  const before = readSynth(base);
  const after = readSynth(head);
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => pair(name, join(head, name), before.get(name), after.get(name)));
}

function readSynth(folder: string): ReadonlyMap<string, SynthesizedStack> {
  const stacks = existsSync(join(folder, "stacks")) ? join(folder, "stacks") : folder;
  // Folders of stacks that are no longer synthesized stay, where nobody takes them away.
  const listed = listedStacks(folder)?.map(({ name }) => name);
  const names = existsSync(stacks)
    ? readdirSync(stacks)
        .filter((name) => (!listed || listed.includes(name)) && existsSync(join(stacks, name, "cdk.tf.json")))
        .sort()
    : [];
  if (names.length === 0) {
    throw new BaselineError([
      {
        code: "SYNTH-NONE",
        message: "This folder holds no synthesized stack.",
        fix: "Run npx cdktf synth --output <folder> and name that folder.",
        place: { file: folder },
      },
    ]);
  }
  return new Map(names.map((name) => [name, readStack(name, join(stacks, name, "cdk.tf.json"))]));
}

/**
 * One stack before and after, each the parsed `cdk.tf.json`.
 *
 * @param source file or folder for messages
 */
export function stackPair(name: string, source: string, before: Json | undefined, after: Json | undefined): StackPlan {
  return pair(name, source, before && stackOf(name, before, source), after && stackOf(name, after, source));
}

function readStack(name: string, file: string): SynthesizedStack {
  const json = readObject(file);
  if (!json)
    throw new BaselineError([
      {
        code: "SYNTH-JSON",
        message: "This is not Terraform JSON, or it is cut off.",
        fix: "Synthesize again.",
        place: { file },
      },
    ]);
  const folder = dirname(file);
  const lock = lockFile(folder);
  return {
    ...stackOf(name, json, file),
    files: new Map(
      [...extraFiles(folder), ...(lock === undefined ? [] : [lock])].map((one) => [
        one,
        createHash("sha256")
          .update(contentOf(join(folder, one)))
          .digest("hex"),
      ]),
    ),
  };
}

/** A link that leads nowhere, or a pipe, is a file that cannot be looked into. */
function contentOf(file: string): Buffer | string {
  return lstatSync(file).isFile() ? readFileSync(file) : "not a regular file";
}

function stackOf(name: string, json: Json, source: string): SynthesizedStack {
  const resources = new Map<string, SynthesizedResource>();
  const accounts = providerAccounts(json["provider"]);
  for (const [type, byName] of Object.entries(isObject(json["resource"]) ? json["resource"] : {})) {
    for (const [id, body] of Object.entries(isObject(byName) ? byName : {})) {
      if (!isObject(body)) continue;
      for (const resource of instances(type, id, body, accounts)) resources.set(resource.address, resource);
    }
  }
  const terraform = isObject(json["terraform"]) ? json["terraform"] : {};
  const providers = isObject(terraform["required_providers"]) ? terraform["required_providers"] : {};
  const versions = Object.entries(providers).flatMap(([provider, value]) =>
    isObject(value) && typeof value["version"] === "string"
      ? [[`provider ${provider}`, value["version"]] as const]
      : [],
  );
  const required = terraform["required_version"];
  const mark = readMark(json["variable"], source);
  if (mark) checkMark(mark, [...resources.values()], environmentTags(json), source);
  return {
    name,
    ...(mark ? { mark } : {}),
    json,
    resources,
    versions: Object.fromEntries([
      ...versions,
      ...(typeof required === "string" ? [["Terraform", required] as const] : []),
    ]),
    files: new Map(),
  };
}

/** `aws` or `aws.<alias>` → the one account that the provider may touch. */
function providerAccounts(providers: unknown): ReadonlyMap<string, string> {
  const list: unknown = isObject(providers) ? providers["aws"] : undefined;
  return new Map(
    (Array.isArray(list) ? (list as unknown[]) : []).filter(isObject).flatMap((provider) => {
      const allowed = provider["allowed_account_ids"];
      const only: unknown = Array.isArray(allowed) && allowed.length === 1 ? allowed[0] : undefined;
      return typeof only === "string"
        ? [[typeof provider["alias"] === "string" ? `aws.${provider["alias"]}` : "aws", only] as const]
        : [];
    }),
  );
}

function instances(
  type: string,
  name: string,
  body: Json,
  accounts: ReadonlyMap<string, string>,
): readonly SynthesizedResource[] {
  const attributes = Object.fromEntries(Object.entries(body).filter(([key]) => !META.has(key)));
  const lifecycle = isObject(body["lifecycle"]) ? body["lifecycle"] : {};
  const account = accounts.get(typeof body["provider"] === "string" ? body["provider"] : "aws");
  const { for_each: each, count } = body;
  const meta: Json = {
    provider: body["provider"] ?? type.split("_")[0],
    // A new resource before the old one, or after it: the same in the end.
    lifecycle: Object.fromEntries(
      Object.entries(lifecycle).filter(([key]) => key !== "prevent_destroy" && key !== "create_before_destroy"),
    ),
    provisioner: body["provisioner"],
    connection: body["connection"],
    depends_on: body["depends_on"],
    region: body["region"],
    ...(isObject(each) ? {} : { for_each: each }),
    ...(typeof count === "number" ? {} : { count }),
  };
  const common = {
    type,
    name,
    meta,
    ...(account ? { account } : {}),
    preventDestroy: lifecycle["prevent_destroy"] === true,
    provisioned: body["provisioner"] !== undefined,
    references: references(attributes),
  };
  const instance = (index: string, key: string, value: string): SynthesizedResource => ({
    ...common,
    address: `${type}.${name}[${index}]`,
    key,
    attributes: plain(attributes, { key, value }) as Attributes,
    live: liveTexts(attributes, { key, value }),
  });
  if (isObject(each))
    return Object.entries(each).map(([key, value]) =>
      instance(`"${key}"`, key, typeof value === "string" ? value : key),
    );
  if (typeof count === "number")
    return Array.from({ length: count }, (_, i) => instance(String(i), String(i), String(i)));
  return [
    { ...common, address: `${type}.${name}`, attributes: plain(attributes) as Attributes, live: liveTexts(attributes) },
  ];
}

/** Texts as AWS will see them: escapes of Terraform undone, `each` filled in. */
function plain(value: unknown, each?: { readonly key: string; readonly value: string }): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, each));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, each)]));
  if (typeof value !== "string") return value;
  const filled = each
    ? value.replaceAll("${each.key}", () => each.key).replaceAll("${each.value}", () => each.value)
    : value;
  return filled.replaceAll("$${", () => "${").replaceAll("%%{", () => "%{");
}

interface Each {
  readonly key: string;
  readonly value: string;
}

/**
 * Arguments in which Terraform evaluates something that is no plain reference to a resource or look-up: a directive (`%{ if … }`), a
 * function, a local. `$${` and `%%{` are text.
 */
function liveTexts(attributes: Attributes, each?: Each): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(attributes).flatMap(([name, value]) => {
      const found = textsIn(value).filter((text) => isLive(text, each));
      return found.length > 0 ? [[name, JSON.stringify(found)] as const] : [];
    }),
  );
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]) : [];
}

function isLive(text: string, each: Each | undefined): boolean {
  if (!/[$%]\{/.test(text)) return false;
  const rest = text
    .replace(/\$\$\{|%%\{/g, "")
    .replace(/\$\{(?:data\.)?[a-z][a-z0-9]*_\w+\.[\w-]+(?:\["[^"\\{}]*"\]|\[\d+\])?\.\w+\}/g, "");
  return /[$%]\{/.test(each ? rest.replace(/\$\{each\.(key|value)\}/g, "") : rest);
}

/** By attribute: what it refers to. */
function references(attributes: Attributes): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([attribute, value]) => {
      const found = referencesIn(JSON.stringify(value));
      return found.length > 0 ? [[attribute, found] as const] : [];
    }),
  );
}

function pair(
  name: string,
  source: string,
  before: SynthesizedStack | undefined,
  after: SynthesizedStack | undefined,
): StackPlan {
  const kinds = unique([before?.mark?.kind, after?.mark?.kind].flatMap((kind) => kind ?? []));
  const addresses = [...new Set([...(before?.resources.keys() ?? []), ...(after?.resources.keys() ?? [])])].sort();
  const resources = addresses.map((address): ResourceChange => {
    const old = before?.resources.get(address);
    const now = after?.resources.get(address);
    const one = (now ?? old)!;
    const same = old && now && canonicalJson(old.attributes) === canonicalJson(now.attributes);
    const metaChanged =
      old && now
        ? differing(old.meta, now.meta)
            .filter((what) => what !== "depends_on" || dropsSome(old.meta[what], now.meta[what], after?.json))
            .map((what) => ({ what, value: now.meta[what] ?? null }))
        : [];
    const evaluated = [...unique([...(old?.live.keys() ?? []), ...(now?.live.keys() ?? [])])]
      .filter((attribute) => {
        const changes = (side: SynthesizedResource | undefined): string =>
          canonicalJson([side?.live.get(attribute) ?? null, side?.attributes[attribute] ?? null]);
        return changes(old) !== changes(now);
      })
      .sort();
    return {
      stack: name,
      ...(kinds.length > 0 ? { kinds } : {}),
      address,
      type: one.type,
      name: one.name,
      ...(one.key === undefined ? {} : { key: one.key }),
      ...(one.account === undefined ? {} : { account: one.account }),
      ...(old?.provisioned || now?.provisioned ? { provisioned: true } : {}),
      actions: [same ? "no-op" : old && now ? "update" : now ? "create" : "delete"],
      ...(old ? { before: old.attributes } : {}),
      ...(now ? { after: now.attributes } : {}),
      unknown: new Set(),
      sensitive: new Set(),
      replacedBecause: [],
      references: { ...old?.references, ...now?.references },
      ...(old && now ? { preventDestroy: { before: old.preventDestroy, after: now.preventDestroy } } : {}),
      ...(metaChanged.length > 0 ? { metaChanged } : {}),
      ...(evaluated.length > 0
        ? { evaluated: evaluated.map((what) => ({ what, value: now?.live.get(what) ?? null })) }
        : {}),
    };
  });
  const mark = before?.mark ?? after?.mark;
  const whats = [...new Set([...Object.keys(before?.versions ?? {}), ...Object.keys(after?.versions ?? {})])].sort();
  return {
    name,
    ...(mark ? { mark } : {}),
    source,
    kind: "synth",
    resources,
    drift: [],
    versions:
      before && after
        ? whats
            .map((what) => ({ what, before: before.versions[what] ?? "any", after: after.versions[what] ?? "any" }))
            .filter((v) => v.before !== v.after)
        : [],
    lookups: synthLookups(before?.json, after?.json),
    surroundings: [
      ...(before && after ? surroundingChanges(before.json, after.json) : []),
      ...(after ? fileChanges(before?.files ?? new Map<string, string>(), after.files) : []),
    ],
    incomplete: false,
    presence: before && after ? "both" : after ? "added" : "removed",
  };
}

/**
 * Whether somebody no longer waits for something that is still there. To wait for more changes nothing in the end, and what is gone is told
 * for itself.
 */
function dropsSome(before: unknown, after: unknown, head: Json | undefined): boolean {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
  return list(before).some((one) => !list(after).includes(one) && isThere(one, head));
}

/** Whether a stack has the resource or look-up of an address. What is no such address is taken to be there. */
function isThere(address: unknown, stack: Json | undefined): boolean {
  const [, data, type, name] = /^(data\.)?([a-z][a-z0-9]*_\w+)\.([\w-]+)$/.exec(String(address)) ?? [];
  if (type === undefined || name === undefined || !isObject(stack)) return true;
  const blocks = stack[data === undefined ? "resource" : "data"];
  const ofType = isObject(blocks) && Object.hasOwn(blocks, type) ? blocks[type] : undefined;
  return isObject(ofType) && Object.hasOwn(ofType, name);
}

function fileChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly SurroundingChange[] {
  return [...unique([...before.keys(), ...after.keys()])].sort().flatMap((name): readonly SurroundingChange[] => {
    const [old, now] = [before.get(name), after.get(name)];
    const kind = /\.lock\.hcl$/.test(name) ? "lock file" : "file";
    // `terraform init` writes a lock file wherever it runs; another choice of providers is another matter.
    if (old === now || (kind === "lock file" && (old === undefined || now === undefined))) return [];
    const how = old === undefined ? "new" : now === undefined ? "gone" : "changed";
    return [{ kind, name, how, details: [], value: now ?? null }];
  });
}
