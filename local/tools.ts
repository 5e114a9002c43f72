import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";

/** What a real run needs, found on this machine. */
export interface LocalTools {
  /** Path of `terraform` or `tofu`. */
  readonly terraform: string;
  readonly flavor: "terraform" | "tofu";
  /** A folder with `registry.terraform.io/hashicorp/aws` below; absent when the provider is to be downloaded. */
  readonly providerMirror?: string;
  /** A Python that can import moto's server. */
  readonly python: string;
}

export interface MissingTool {
  readonly name: string;
  /** How to get it, in one sentence. */
  readonly fix: string;
}

export type Discovery = { readonly tools: LocalTools } | { readonly missing: readonly MissingTool[] };

type Environment = Readonly<Record<string, string | undefined>>;

const PROVIDER = join("hashicorp", "aws");
const REGISTRIES = ["registry.terraform.io", "registry.opentofu.org"];

/** Looks for Terraform or OpenTofu, a mirror of the AWS provider, and moto. Nothing is downloaded. */
export function discoverTools(env: Environment = process.env): Discovery {
  const terraform = findTerraform(env);
  const providerMirror = mirrorCandidates(env).find(hasProvider);
  const python = findPythonWithMoto(env);
  const download = env["TF_PLUGIN_DIRECT"] === "1";

  const missing: MissingTool[] = [];
  if (!terraform)
    missing.push({
      name: "terraform or tofu",
      fix: "Install Terraform 1.10 or later (or OpenTofu) and put it on PATH, or name it in TERRAFORM_BINARY_NAME.",
    });
  if (!providerMirror && !download) {
    missing.push({
      name: "a mirror of the provider hashicorp/aws",
      fix: "Run `terraform providers mirror <folder>` where there is a network and set TF_PLUGIN_MIRROR=<folder>, or set TF_PLUGIN_DIRECT=1 to download it.",
    });
  }
  if (!python)
    missing.push({
      name: "moto",
      fix: 'Install it with `pip install "moto[server]"` (moto_server on PATH, or a python3 that can import moto.server).',
    });
  if (missing.length > 0 || !terraform || !python) return { missing };
  return {
    tools: {
      terraform,
      flavor: basename(terraform).startsWith("tofu") ? "tofu" : "terraform",
      python,
      ...(providerMirror ? { providerMirror } : {}),
    },
  };
}

function findTerraform(env: Environment): string | undefined {
  const named = env["TERRAFORM_BINARY_NAME"];
  return [...(named ? [named] : []), "terraform", "tofu"]
    .map((name) => onPath(name, env))
    .find((path) => path !== undefined);
}

/** Folders that may hold an unpacked or packed mirror, the explicit one first. */
function mirrorCandidates(env: Environment): readonly string[] {
  const home = homedir();
  const data = env["XDG_DATA_HOME"] ?? join(home, ".local", "share");
  const shared = (env["XDG_DATA_DIRS"] ?? ["/usr/local/share", "/usr/share"].join(delimiter)).split(delimiter);
  return [
    ...(env["TF_PLUGIN_MIRROR"] ? [resolve(env["TF_PLUGIN_MIRROR"])] : []),
    // Terraform's implied mirror directories.
    join(home, ".terraform.d", "plugins"),
    join(home, "Library", "Application Support", "io.terraform", "plugins"),
    ...[data, ...shared].map((folder) => join(folder, "terraform", "plugins")),
    ...subfolders("/opt"),
  ];
}

function hasProvider(folder: string): boolean {
  return REGISTRIES.some((registry) => existsSync(join(folder, registry, PROVIDER)));
}

function subfolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** moto is found as a module of a Python, or through the interpreter that the script `moto_server` names in its first line. */
function findPythonWithMoto(env: Environment): string | undefined {
  const script = onPath("moto_server", env);
  const shebang = script
    ? /^#!(\S*python[\d.]*)\s*$/m.exec(readFileSync(script, "utf8").slice(0, 300))?.[1]
    : undefined;
  const candidates = [...(shebang ? [shebang] : []), onPath("python3", env), onPath("python", env)];
  return candidates.find(
    (python) =>
      python !== undefined &&
      spawnSync(python, ["-c", "import moto.server"], { stdio: "ignore", timeout: 30_000 }).status === 0,
  );
}

function onPath(name: string, env: Environment): string | undefined {
  const candidates =
    isAbsolute(name) || name.includes("/")
      ? [resolve(name)]
      : (env["PATH"] ?? "")
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Writes Terraform's CLI configuration for a run: providers from the mirror, anything else directly. A file of our own, because the
 * one that TF_CLI_CONFIG_FILE names may be missing or may send Terraform elsewhere.
 */
export function writeCliConfig(folder: string, tools: LocalTools): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "cli.tfrc");
  const lines = ["disable_checkpoint = true"];
  if (tools.providerMirror) {
    const mirror = tools.flavor === "tofu" ? mirrorForTofu(folder, tools.providerMirror) : tools.providerMirror;
    const names = JSON.stringify(REGISTRIES.map((registry) => `${registry}/hashicorp/aws`));
    lines.push(
      "provider_installation {",
      `  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${names}\n  }`,
      `  direct {\n    exclude = ${names}\n  }`,
      "}",
    );
  }
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** OpenTofu looks the same provider up under its own registry's name: a link gives a mirror made by Terraform that name. */
function mirrorForTofu(folder: string, mirror: string): string {
  if (existsSync(join(mirror, "registry.opentofu.org", PROVIDER))) return mirror;
  const alias = join(folder, "tofu-mirror", "registry.opentofu.org", PROVIDER);
  mkdirSync(dirname(alias), { recursive: true });
  if (!existsSync(alias)) symlinkSync(join(mirror, "registry.terraform.io", PROVIDER), alias);
  return join(folder, "tofu-mirror");
}
