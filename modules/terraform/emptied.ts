import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { BaselineError } from "../kernel/errors";
import { isObject, Json } from "../kernel/json";
import { byKey, uniqueSorted } from "../kernel/lists";
import { readObject } from "../kernel/json-file";
import { writeAtomically } from "../kernel/write-file";
import type { SynthesizedStack } from "./environment-stacks";
import { referencesIn } from "./stack-plan";

/**
 * A stack with nothing in it: a private copy with the state, the providers and the mark of the synthesized one, and none of its resources. Its plan
 * deletes what the state has, in the order that the state knows; there is no `prevent_destroy` in it, because there is no resource. The synth is
 * never changed.
 */
export interface EmptiedStack extends SynthesizedStack {
  /** Addresses that the synthesized stack protects by `prevent_destroy`, sorted. */
  readonly protectedAddresses: readonly string[];
  /** Addresses of its resources, sorted. */
  readonly addresses: readonly string[];
  /** The same with the key of each instance, where the stack writes them; sorted. */
  readonly instances: readonly ResourceInstance[];
  /** Arguments that the synthesized stack writes, by address. */
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
  /** Addresses that Terraform lets go of without deleting them, sorted. */
  readonly letGo: readonly string[];
}

export interface ResourceInstance {
  readonly address: string;
  /** Key of `for_each`, or number of `count`. @default - it is a single one, or an expression makes the keys */
  readonly key?: string;
}

const LOCK_FILE = ".terraform.lock.hcl";

/**
 * @param parent private folder
 * @param adopted addresses that were there before this project: they and what is part of them stay in AWS
 * @throws BaselineError where there is no such stack, or its state is kept by HCP Terraform
 */
export function emptyStack(stack: SynthesizedStack, parent: string, adopted: readonly string[] = []): EmptiedStack {
  const file = join(stack.folder, "cdk.tf.json");
  const whole = readObject(file);
  const terraform = whole?.["terraform"];
  if (!whole || !isObject(terraform))
    throw new BaselineError([
      {
        code: "DISMANTLE-SYNTH",
        message: "This is not a synthesized stack.",
        fix: "Run npm run synth.",
        place: { file },
      },
    ]);
  if (terraform["cloud"] !== undefined)
    throw new BaselineError([
      {
        code: "DISMANTLE-HCP",
        message: `${stack.name} keeps its state at HCP Terraform, and its workspaces are made by a stack of this environment: taking it away from here is not supported.`,
        fix: "Move the states to s3 or local first (docs/dismantle.md), or queue destroy runs there, in the order that the page names.",
        place: { file },
      },
    ]);
  const bodies = resourceBodies(whole);
  // What the stack itself lets go of (moves.yaml), and has perhaps not let go of yet.
  const removed = blocks(whole["removed"]).flatMap(({ from, lifecycle }) =>
    typeof from === "string" && blocks(lifecycle).some(({ destroy }) => destroy === false) ? [from] : [],
  );
  const letGo = withEarlier([...partsOf(adopted, bodies), ...removed], blocks(whole["moved"]));
  const folder = join(parent, "emptied", stack.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const emptied: Json = {
    terraform: absoluteState(terraform, stack.folder),
    ...(whole["provider"] === undefined ? {} : { provider: whole["provider"] }),
    ...(whole["variable"] === undefined ? {} : { variable: whole["variable"] }),
    ...(letGo.length > 0 ? { removed: letGo.map((from) => ({ from, lifecycle: { destroy: false } })) } : {}),
  };
  writeAtomically(join(folder, "cdk.tf.json"), `${JSON.stringify(emptied, null, 2)}\n`, { mode: 0o600 });
  // The providers that the stack was applied with, and no newer ones.
  const lock = join(stack.folder, LOCK_FILE);
  if (existsSync(lock)) copyFileSync(lock, join(folder, LOCK_FILE));
  return {
    ...stack,
    folder,
    addresses: [...bodies.keys()].sort(),
    instances: [...bodies].sort(byKey(([address]) => address)).flatMap(([address, body]) => instancesOf(address, body)),
    protectedAddresses: [...bodies]
      .filter(([, body]) => isProtected(body))
      .map(([address]) => address)
      .sort(),
    written: new Map([...bodies].map(([address, body]) => [address, new Set(blocks(body).flatMap(Object.keys))])),
    letGo,
  };
}

function resourceBodies(stack: Json): ReadonlyMap<string, unknown> {
  const resources = isObject(stack["resource"]) ? stack["resource"] : {};
  return new Map(
    Object.entries(resources).flatMap(([type, named]) =>
      Object.entries(isObject(named) ? named : {}).map(([name, body]) => [`${type}.${name}`, body] as const),
    ),
  );
}

function instancesOf(address: string, body: unknown): readonly ResourceInstance[] {
  const [one] = blocks(body);
  const [each, number] = [one?.["for_each"], one?.["count"]];
  if (isObject(each))
    return Object.keys(each)
      .sort()
      .map((key) => ({ address, key }));
  if (typeof number === "number") return Array.from({ length: number }, (_, i) => ({ address, key: String(i) }));
  return [{ address }];
}

function isProtected(body: unknown): boolean {
  return blocks(body).some((one) =>
    blocks(one["lifecycle"]).some((lifecycle) => lifecycle["prevent_destroy"] === true),
  );
}

function blocks(value: unknown): readonly Json[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isObject);
}

/** The addresses, and every resource whose arguments are made of one of them: the assignments of a permission set, the attachments of a policy. */
function partsOf(addresses: readonly string[], bodies: ReadonlyMap<string, unknown>): readonly string[] {
  const found = new Set(addresses.map(base));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [address, body] of bodies)
      if (referencesIn(JSON.stringify(body)).some((reference) => found.has(reference))) found.add(address);
  }
  return [...found].sort();
}

/** With the addresses that the state has for as long as the stack's own moves are not applied. */
function withEarlier(addresses: readonly string[], moved: readonly Json[]): readonly string[] {
  const found = new Set(addresses);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { from, to } of moved)
      if (typeof from === "string" && typeof to === "string" && found.has(base(to))) found.add(base(from));
  }
  return uniqueSorted([...found]);
}

/** An address without the key of an instance. */
const base = (address: string): string => address.replace(/\[.*$/s, "");

/** The state of the synthesized stack, from wherever the copy is. */
function absoluteState(terraform: Json, folder: string): Json {
  const backend = isObject(terraform["backend"]) ? terraform["backend"] : {};
  const local = isObject(backend["local"]) ? backend["local"] : undefined;
  if (Object.keys(backend).length > 0 && !local) return terraform;
  const path = typeof local?.["path"] === "string" ? local["path"] : "terraform.tfstate";
  return { ...terraform, backend: { local: { ...local, path: resolve(folder, path) } } };
}
