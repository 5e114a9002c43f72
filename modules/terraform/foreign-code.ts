import { isObject, Json } from "../kernel/json";
import { byKey } from "../kernel/lists";
import { Block, blocksOf } from "./blocks";
import type { SurroundingChange } from "./stack-plan";

/**
 * Code that runs where Terraform runs and that is neither Terraform nor a provider that this project uses: programs of `data.external`,
 * provisioners, modules and providers from elsewhere, files of the AWS configuration, which may name a program (`credential_process`).
 * What is found here is told by the review, and refused before a plan, unless the environment's review.yaml waives it.
 */

/** Types as a waiver names them. */
export type ForeignType = "external" | "provisioner" | "module" | "provider" | "configuration-file";

export interface ForeignCode {
  readonly type: ForeignType;
  /** Address as Terraform writes it; of modules and providers their source, so that nobody puts another one in its place. */
  readonly address: string;
  /** Where it stands, where the address does not say it. */
  readonly at?: string;
  /** All that is written of it. */
  readonly value: unknown;
}

/** As the review tells it, and as a waiver names it. */
export function foreignSurrounding({ type, address, at, value }: ForeignCode): SurroundingChange {
  return {
    kind: KINDS[type],
    name: at ?? address,
    how: "new",
    details: at === undefined ? [] : [address],
    value: [address, value],
    subject: { type, address },
  };
}

const KINDS: Readonly<Record<ForeignType, string>> = {
  external: "program",
  provisioner: "provisioner",
  module: "foreign module",
  provider: "foreign provider",
  "configuration-file": "configuration file",
};

/** Providers that the stacks use. https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses */
const OWN_PROVIDERS: ReadonlySet<string> = new Set([
  "hashicorp/aws",
  "hashicorp/tfe",
  "terraform.io/builtin/terraform",
]);

/** The registries that a source without a host means, of Terraform and OpenTofu. */
const REGISTRY = /^registry\.(terraform\.io|opentofu\.org)\//;

export function isOwnProvider(source: string): boolean {
  return OWN_PROVIDERS.has(providerSource(source));
}

/** Without the host where it is the registry. */
export function providerSource(source: string): string {
  const plain = source.toLowerCase().replace(REGISTRY, "");
  return plain.includes("/") ? plain : plain === "terraform" ? "terraform.io/builtin/terraform" : `hashicorp/${plain}`;
}

/** @param stack `cdk.tf.json`, parsed; whatever form its blocks are written in */
export function foreignCodeOfSynth(stack: Json): readonly ForeignCode[] {
  const resources = blocksOf(stack["resource"], 2);
  const checks = blocksOf(stack["check"], 1);
  const data = [
    ...blocksOf(stack["data"], 2).map((block) => ({ ...block, within: "" })),
    ...checks.flatMap(({ labels, body }) =>
      blocksOf(body["data"], 2).map((block) => ({ ...block, within: `check.${labels[0]!}.` })),
    ),
  ];
  const others = [...blocksOf(stack["ephemeral"], 2), ...blocksOf(stack["action"], 2)];
  return sorted([
    ...data
      .filter(({ labels }) => labels[0] === "external")
      .map(({ labels, body, within }): ForeignCode => ({
        type: "external",
        address: `${within}data.${labels.join(".")}`,
        value: body,
      })),
    ...[...resources, ...data, ...others].flatMap(({ labels, body }) => provisionersOf(labels.join("."), body)),
    ...blocksOf(stack["removed"], 0).flatMap(({ body }) => provisionersOf(`removed ${String(body["from"])}`, body)),
    ...blocksOf(stack["module"], 1).map(({ labels, body }): ForeignCode => ({
      type: "module",
      address: typeof body["source"] === "string" ? body["source"] : "without a source",
      at: `module.${labels[0]!}`,
      value: body,
    })),
    ...providersOf(stack, [...resources, ...data, ...others]),
    ...configurationFiles(stack),
    // OpenTofu runs the programs that it names: https://opentofu.org/docs/language/state/encryption/
    ...blocksOf(stack["terraform"], 0).flatMap(({ body }) =>
      body["encryption"] === undefined
        ? []
        : [{ type: "external" as const, address: "terraform.encryption", value: body["encryption"] }],
    ),
  ]);
}

function provisionersOf(address: string, body: Json): readonly ForeignCode[] {
  const { provisioner } = body;
  const none =
    provisioner === undefined || provisioner === null || (Array.isArray(provisioner) && provisioner.length === 0);
  return none ? [] : [{ type: "provisioner", address, value: provisioner }];
}

/** Those that are asked for, and those that the types of blocks stand for where nobody asks. */
function providersOf(stack: Json, typed: readonly Block[]): readonly ForeignCode[] {
  const sources = new Map<string, { readonly source: string; readonly value: unknown }>();
  const required = blocksOf(stack["terraform"], 0).flatMap(({ body }) => blocksOf(body["required_providers"], 0));
  for (const { body } of required)
    for (const [name, value] of Object.entries(body).filter(([key]) => key !== "//")) {
      const source = isObject(value) && typeof value["source"] === "string" ? value["source"] : name;
      sources.set(name, { source, value });
    }
  const implied = [
    ...blocksOf(stack["provider"], 1).map(({ labels }) => labels[0]!),
    ...typed.map(({ labels, body }) =>
      typeof body["provider"] === "string" ? body["provider"].split(".")[0]! : labels[0]!.split("_")[0]!,
    ),
  ];
  for (const name of implied) if (!sources.has(name)) sources.set(name, { source: name, value: null });
  return [...sources.values()]
    .filter(({ source }) => !isOwnProvider(source))
    .map(({ source, value }): ForeignCode => ({ type: "provider", address: providerSource(source), value }));
}

/** A file of the AWS configuration may name programs: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html */
function configurationFiles(stack: Json): readonly ForeignCode[] {
  const backends = blocksOf(stack["terraform"], 0).flatMap(({ body }) => blocksOf(body["backend"], 1));
  // A look-up of another state has a backend, too.
  const data = [stack, ...blocksOf(stack["check"], 1).map(({ body }) => body)].flatMap((one) =>
    blocksOf(one["data"], 2),
  );
  const states = data
    .filter(({ labels }) => labels[0] === "terraform_remote_state")
    .flatMap(({ labels, body }) => blocksOf(body["config"], 0).map((block) => ({ ...block, labels: [labels[1]!] })));
  return [
    ...blocksOf(stack["provider"], 1).map((block) => ({ ...block, what: "provider" })),
    ...backends.map((block) => ({ ...block, what: "backend" })),
    ...states.map((block) => ({ ...block, what: "data.terraform_remote_state" })),
  ].flatMap(({ labels, body, what }): readonly ForeignCode[] => {
    const files = ["shared_config_files", "shared_credentials_files", "shared_credentials_file"].filter((name) => {
      const value = body[name];
      return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
    });
    return files.map((name) => ({
      type: "configuration-file",
      address: `${what}.${labels[0]!}.${name}`,
      value: body[name],
    }));
  });
}

/** @param plan as `terraform show -json` writes it. Provisioners are not in the list: they run where their resource changes, and are told there */
export function foreignCodeOfPlan(plan: Json): readonly ForeignCode[] {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const root = isObject(configuration["root_module"]) ? configuration["root_module"] : {};
  const configured = isObject(configuration["provider_config"]) ? configuration["provider_config"] : {};
  const names = new Set<string>();
  for (const one of Object.values(configured))
    if (isObject(one) && typeof (one["full_name"] ?? one["name"]) === "string")
      names.add(String(one["full_name"] ?? one["name"]));
  for (const key of ["resource_changes", "resource_drift", "deferred_changes"]) named(plan[key], names);
  const prior = isObject(plan["prior_state"]) ? plan["prior_state"]["values"] : undefined;
  named(isObject(prior) ? prior["root_module"] : undefined, names);
  return sorted([
    ...ofModule(root, ""),
    ...[...names]
      .filter((name) => !isOwnProvider(name))
      .map((name): ForeignCode => ({ type: "provider", address: providerSource(name), value: null })),
  ]);
}

/** Names of providers, at any depth. */
function named(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) value.forEach((one) => named(one, names));
  if (!isObject(value)) return;
  if (typeof value["provider_name"] === "string") names.add(value["provider_name"]);
  for (const key of ["resources", "child_modules", "resource_change"]) named(value[key], names);
}

/** Data sources that run a program, and modules that are not of this repository, in modules at any depth. */
function ofModule(module: Json, prefix: string): readonly ForeignCode[] {
  const resources = (Array.isArray(module["resources"]) ? (module["resources"] as unknown[]) : []).filter(isObject);
  const calls = isObject(module["module_calls"]) ? module["module_calls"] : {};
  return [
    ...resources
      .filter(({ mode, type }) => mode === "data" && type === "external")
      .map((one): ForeignCode => ({
        type: "external",
        address: `${prefix}${String(one["address"])}`,
        value: one["expressions"] ?? null,
      })),
    ...Object.entries(calls).flatMap(([name, call]): readonly ForeignCode[] => {
      if (!isObject(call)) return [];
      const { source, version_constraint: version, module: inner } = call;
      const isLocal = typeof source === "string" && /^\.\.?\//.test(source);
      return [
        ...(isLocal
          ? []
          : [
              {
                type: "module" as const,
                address: typeof source === "string" ? source : "without a source",
                at: `${prefix}module.${name}`,
                value: { source: source ?? null, version: version ?? null },
              },
            ]),
        ...(isObject(inner) ? ofModule(inner, `${prefix}module.${name}.`) : []),
      ];
    }),
  ];
}

function sorted(found: readonly ForeignCode[]): readonly ForeignCode[] {
  const key = ({ type, address, at }: ForeignCode): string => `${type} ${address} ${at ?? ""}`;
  return [...new Map(found.map((one) => [key(one), one])).values()].sort(byKey(key));
}
