import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { extraFiles, lockFile } from "../config/stack-folder";
import { BaselineError } from "../kernel/errors";
import type { StackMark } from "../sections/stack-kinds";
import { environmentTags, listedStacks } from "./environment-stacks";
import { readObject } from "../kernel/json-file";
import { keyTwice, withPlainBlocks } from "./blocks";
import { foreignCodeOfSynth, foreignSurrounding } from "./foreign-code";
import { synthLookups } from "./lookups";
import { checkMark, readMark } from "./stack-mark";
import { Attributes, referencesIn, ResourceChange, StackPlan, SurroundingChange } from "./stack-plan";
import { canonicalJson, differing, isObject, Json } from "../kernel/json";
import { unique, uniqueSorted } from "../kernel/lists";
import { addressesBefore, blockKey, isImported, isLetGo, StateBlock, stateBlocks } from "./state-blocks";
import { surroundingChanges } from "./surroundings";
import { defined } from "../kernel/optional";
import { cdktfCommand } from "../kernel/command";
import { readText } from "../kernel/read-text";

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
  readonly region?: string;
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
  return uniqueSorted([...before.keys(), ...after.keys()]).map((name) =>
    pair(name, join(head, name), before.get(name), after.get(name)),
  );
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
        message: "This folder contains no synthesized stack.",
        fix: `Run ${cdktfCommand("synth --output <folder>")} and name that folder.`,
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
  const twice = keyTwice(readText(file));
  if (twice !== undefined)
    throw new BaselineError([
      {
        code: "SYNTH-KEY-TWICE",
        message: `Key ${JSON.stringify(twice.slice(0, 60))} is there twice in one mapping: Terraform would read both.`,
        fix: "Synthesize again: no synth writes that.",
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

function stackOf(name: string, written: Json, source: string): SynthesizedStack {
  const json = withPlainBlocks(written);
  const resources = new Map<string, SynthesizedResource>();
  const accounts = providerPlaces(json["provider"]);
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
    ...defined({ mark }),
    json,
    resources,
    versions: Object.fromEntries([
      ...versions,
      ...(typeof required === "string" ? [["Terraform", required] as const] : []),
    ]),
    files: new Map(),
  };
}

interface ProviderPlace {
  readonly account?: string;
  readonly region?: string;
}

/** `aws` or `aws.<alias>` → the one account that the provider may touch, and its region. */
function providerPlaces(providers: unknown): ReadonlyMap<string, ProviderPlace> {
  const list: unknown = isObject(providers) ? providers["aws"] : undefined;
  return new Map(
    (Array.isArray(list) ? (list as unknown[]) : []).filter(isObject).map((provider) => {
      const { allowed_account_ids: allowed, region, alias } = provider;
      const only: unknown = Array.isArray(allowed) && allowed.length === 1 ? allowed[0] : undefined;
      return [
        typeof alias === "string" ? `aws.${alias}` : "aws",
        {
          ...(typeof only === "string" ? { account: only } : {}),
          ...(typeof region === "string" ? { region } : {}),
        },
      ] as const;
    }),
  );
}

function instances(
  type: string,
  name: string,
  body: Json,
  places: ReadonlyMap<string, ProviderPlace>,
): readonly SynthesizedResource[] {
  const attributes = Object.fromEntries(Object.entries(body).filter(([key]) => !META.has(key)));
  const lifecycle = isObject(body["lifecycle"]) ? body["lifecycle"] : {};
  const place = places.get(typeof body["provider"] === "string" ? body["provider"] : "aws");
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
    ...place,
    preventDestroy: lifecycle["prevent_destroy"] === true,
    provisioned: body["provisioner"] !== undefined,
    references: references(attributes),
  };
  const instance = (index: string, key: string, known: ReadonlyMap<string, string>): SynthesizedResource => ({
    ...common,
    address: `${type}.${name}[${index}]`,
    key,
    attributes: plain(attributes, known) as Attributes,
    live: liveTexts(attributes, known, isObject(each) ? each[key] : undefined),
  });
  if (isObject(each))
    return Object.entries(each).map(([key, value]) => instance(JSON.stringify(key), key, eachTexts(key, value)));
  if (typeof count === "number")
    return Array.from({ length: count }, (_, i) =>
      instance(String(i), String(i), new Map([["${count.index}", String(i)]])),
    );
  return [
    { ...common, address: `${type}.${name}`, attributes: plain(attributes) as Attributes, live: liveTexts(attributes) },
  ];
}

/** What `each` stands for in one instance: its key, its value, and texts, numbers and flags of a value that is a mapping. */
function eachTexts(key: string, value: unknown): ReadonlyMap<string, string> {
  const found = new Map([["${each.key}", key]]);
  const add = (path: string, one: unknown): void => {
    if (typeof one === "string") {
      // An expression in it is evaluated first, to something that is not known here.
      if (!/[$%]\{/.test(one)) found.set(`\${each.value${path}}`, one);
    } else if (typeof one === "number" || typeof one === "boolean") found.set(`\${each.value${path}}`, String(one));
    else if (isObject(one)) for (const [name, item] of Object.entries(one)) add(`${path}.${name}`, item);
  };
  add("", value);
  return found;
}

/** Texts as AWS will see them: escapes of Terraform undone, `each` and `count` filled in. */
function plain(value: unknown, known: ReadonlyMap<string, string> = new Map()): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, known));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, known)]));
  if (typeof value !== "string") return value;
  const filled = value.replace(EACH, (reference) => known.get(reference) ?? reference);
  return filled.replaceAll("$${", () => "${").replaceAll("%%{", () => "%{");
}

/** A reference to `each` or `count`; `$${` is text. */
const EACH = /(?<!\$)\$\{(?:each\.key|each\.value(?:\.[\w-]+)*|count\.index)\}/g;

/**
 * Arguments in which Terraform evaluates something that is no plain reference to a resource or look-up: a directive (`%{ if … }`), a
 * function, a local. `$${` and `%%{` are text.
 *
 * @param from the value that `each` stands for: what is evaluated may be made of it
 */
function liveTexts(
  attributes: Attributes,
  known: ReadonlyMap<string, string> = new Map(),
  from?: unknown,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(attributes).flatMap(([name, value]) => {
      const found = textsIn(value).filter((text) => isLive(text, known));
      return found.length > 0 ? [[name, JSON.stringify([found, from ?? null])] as const] : [];
    }),
  );
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]) : [];
}

function isLive(text: string, known: ReadonlyMap<string, string>): boolean {
  if (!/[$%]\{/.test(text)) return false;
  const rest = text
    .replace(/\$\$\{|%%\{/g, "")
    .replace(/\$\{(?:data\.)?[a-z][a-z0-9]*_\w+\.[\w-]+(?:\["[^"\\{}]*"\]|\[\d+\])?\.\w+\}/g, "")
    .replace(/\$\{[\w.-]+\}/g, (reference) => (known.has(reference) ? "" : reference));
  return /[$%]\{/.test(rest);
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
  base: SynthesizedStack | undefined,
  after: SynthesizedStack | undefined,
): StackPlan {
  const kinds = unique([base?.mark?.kind, after?.mark?.kind].flatMap((kind) => kind ?? []));
  const blocks = stateBlocks(after?.json);
  const previous = previousAddresses(base, after, blocks);
  const before = base && referringAnew(base, previous);
  const taken = new Set(previous.values());
  const addresses = uniqueSorted([...(before?.resources.keys() ?? []), ...(after?.resources.keys() ?? [])]);
  const resources = addresses
    .filter((address) => !taken.has(address))
    .map((address): ResourceChange => {
      const old = before?.resources.get(previous.get(address) ?? address);
      const now = after?.resources.get(address);
      const letGo = old && !now && isLetGo(address, blocks);
      const one = (now ?? old)!;
      const same = old && now && canonicalJson(old.attributes) === canonicalJson(now.attributes);
      const metaChanged =
        old && now
          ? differing(old.meta, now.meta)
              .filter(
                (what) => what !== "depends_on" || dropsSome(old.meta[what], now.meta[what], before?.json, after?.json),
              )
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
        ...defined({ key: one.key, account: one.account, region: one.region, previousAddress: previous.get(address) }),
        ...(letGo ? { forgotten: true as const, meta: one.meta } : {}),
        ...(now && !old && isImported(address, blocks) ? { importing: true, meta: one.meta } : {}),
        ...(old?.provisioned || now?.provisioned ? { provisioned: true } : {}),
        actions: [same ? "no-op" : old && now ? "update" : now ? "create" : letGo ? "forget" : "delete"],
        ...(old ? { before: old.attributes } : {}),
        ...(now ? { after: now.attributes } : letGo ? { after: old.attributes } : {}),
        unknown: new Set(),
        sensitive: new Set(),
        replacedBecause: [],
        references: { ...old?.references, ...now?.references },
        preventDestroy: { before: old?.preventDestroy ?? false, after: now?.preventDestroy ?? false },
        ...(metaChanged.length > 0 ? { metaChanged } : {}),
        ...(evaluated.length > 0
          ? { evaluated: evaluated.map((what) => ({ what, value: now?.live.get(what) ?? null })) }
          : {}),
      };
    });
  const mark = before?.mark ?? after?.mark;
  const known = new Set(stateBlocks(before?.json).map(blockKey));
  const newBlocks = blocks.filter((block) => !known.has(blockKey(block)));
  const whats = uniqueSorted([...Object.keys(before?.versions ?? {}), ...Object.keys(after?.versions ?? {})]);
  return {
    name,
    ...defined({ mark }),
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
      ...(!before && after ? surroundingChanges({}, after.json).filter(isOfNewStack) : []),
      ...foreignChanges(before?.json, after?.json),
      ...(after ? fileChanges(before?.files ?? new Map<string, string>(), after.files) : []),
    ],
    ...(newBlocks.length > 0 ? { stateBlocks: newBlocks } : {}),
    incomplete: false,
    presence: before && after ? "both" : after ? "added" : "removed",
  };
}

/** What every new stack brings, and what the resources of it are told by. Programs and providers from elsewhere are told for themselves. */
const OF_ANY_STACK = new Set([
  "backend",
  "provider",
  "default tags",
  "required provider",
  "variable",
  "local",
  "output",
  "module",
]);

function isOfNewStack({ kind, subject }: SurroundingChange): boolean {
  return !OF_ANY_STACK.has(kind) && subject?.type !== "external";
}

/** The stack with references to what has moved as references to where it is now: Terraform follows it as well. */
function referringAnew(stack: SynthesizedStack, previous: ReadonlyMap<string, string>): SynthesizedStack {
  if (previous.size === 0) return stack;
  const bare = (address: string): string => address.replace(/\[.*$/s, "");
  const again = new Map([...previous].map(([to, from]) => [bare(from), bare(to)]));
  const address = (one: string): string => again.get(one) ?? one;
  const text = (one: string): string =>
    address(one).replace(REFERENCE, (whole, at: string) => (again.has(at) ? `\${${again.get(at)!}` : whole));
  const deep = (value: unknown): unknown =>
    typeof value === "string"
      ? text(value)
      : Array.isArray(value)
        ? value.map(deep)
        : isObject(value)
          ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deep(one)]))
          : value;
  return {
    ...stack,
    resources: new Map(
      [...stack.resources].map(([at, one]) => [
        at,
        {
          ...one,
          attributes: deep(one.attributes) as Attributes,
          meta: deep(one.meta) as Json,
          references: Object.fromEntries(Object.entries(one.references).map(([key, list]) => [key, list.map(address)])),
          live: new Map([...one.live].map(([key, value]) => [key, text(value)])),
        },
      ]),
    ),
  };
}

const REFERENCE = /\$\{([a-z][a-z0-9]*_\w+\.[\w-]+)/g;

/** Where resources were that `moved` blocks have brought to their address. */
function previousAddresses(
  before: SynthesizedStack | undefined,
  after: SynthesizedStack | undefined,
  blocks: readonly StateBlock[],
): ReadonlyMap<string, string> {
  if (!before || !after || !blocks.some(({ kind }) => kind === "moved")) return new Map();
  return new Map(
    [...after.resources.keys()]
      .filter((address) => !before.resources.has(address))
      .flatMap((address) => {
        const from = addressesBefore(address, blocks).find(
          (one) => before.resources.has(one) && !after.resources.has(one),
        );
        const same = from !== undefined && before.resources.get(from)!.type === after.resources.get(address)!.type;
        return same ? [[address, from] as const] : [];
      }),
  );
}

/**
 * Whether somebody no longer waits for something that is still there, at its address or at another one. To wait for more changes nothing in
 * the end, and what is gone is told for itself.
 */
function dropsSome(before: unknown, after: unknown, base: Json | undefined, head: Json | undefined): boolean {
  const list = (value: unknown): readonly string[] =>
    Array.isArray(value) ? (value as readonly unknown[]).map((one) => String(one)) : [];
  const waitsFor = new Set(list(after));
  return list(before).some(
    (one) => !waitsFor.has(one) && (isThere(one, head) || isElsewhere(one, base, head, waitsFor)),
  );
}

interface Dependency {
  readonly blocks: "resource" | "data";
  readonly type: string;
  readonly name: string;
}

/** `aws_iam_role.x`, of an instance too. */
function dependencyOf(address: string): Dependency | undefined {
  const [, data, type, name] = /^(data\.)?([a-z][a-z0-9]*_\w+)\.([\w-]+)(?:\[[^\]]*\])?$/.exec(address) ?? [];
  return type === undefined || name === undefined
    ? undefined
    : { blocks: data === undefined ? "resource" : "data", type, name };
}

function bodies(stack: Json | undefined, { blocks, type }: Dependency): Json {
  const all = stack?.[blocks];
  const ofType = isObject(all) && Object.hasOwn(all, type) ? all[type] : undefined;
  return isObject(ofType) ? ofType : {};
}

/** Whether a stack has the resource or look-up of an address. What is no such address is taken to be there. */
function isThere(address: string, stack: Json | undefined): boolean {
  const dependency = dependencyOf(address);
  return !dependency || !isObject(stack) || Object.hasOwn(bodies(stack, dependency), dependency.name);
}

/** Whether what was at an address is made at another one that nobody waits for: by what it is called, or by all of its arguments. */
function isElsewhere(
  address: string,
  base: Json | undefined,
  head: Json | undefined,
  waitsFor: ReadonlySet<string>,
): boolean {
  const dependency = dependencyOf(address);
  const old = dependency && bodies(base, dependency)[dependency.name];
  if (!dependency || !isObject(old)) return false;
  const called = ["name", "bucket", "policy_id", "target_id", "role", "user"].filter(
    (key) => typeof old[key] === "string",
  );
  return Object.entries(bodies(head, dependency)).some(([name, body]) => {
    if (!isObject(body)) return false;
    const at = `${dependency.blocks === "data" ? "data." : ""}${dependency.type}.${name}`;
    const same =
      called.length > 0
        ? called.every((key) => old[key] === body[key])
        : canonicalJson(without(old)) === canonicalJson(without(body));
    return same && !waitsFor.has(at);
  });
}

function without(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !META.has(key)));
}

/**
 * Code from elsewhere that comes with a stack, or into it. Of stacks on both sides blocks of their own are told as what stands around the
 * resources, and provisioners with their resource.
 */
function foreignChanges(before: Json | undefined, after: Json | undefined): readonly SurroundingChange[] {
  if (!after) return [];
  const known = new Set(before ? foreignCodeOfSynth(before).map((one) => canonicalJson(one)) : []);
  return foreignCodeOfSynth(after)
    .filter((one) => !known.has(canonicalJson(one)))
    .filter(({ type, address, value }) => {
      if (type === "provisioner") return address.startsWith("removed ");
      if (!before) return true;
      return type === "external"
        ? address.startsWith("check.")
        : type === "provider"
          ? value === null
          : type !== "module";
    })
    .map(foreignSurrounding);
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
