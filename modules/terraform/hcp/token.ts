import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BaselineError } from "../../kernel/errors";
import { isObject } from "../../kernel/json";
import { readText } from "../../kernel/read-text";

export interface TokenSources {
  /**
   * Whether `TFE_TOKEN`, which names no host, may go to this one: a person named the host, or it is HCP Terraform itself. A host that a file of the
   * repository names gets a token of its own only, or whoever changes the file gets the token.
   */
  readonly trusted: boolean;
  /** @default - that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default - where terraform login puts it */
  readonly credentialsFile?: string;
}

/**
 * The token for a host: `TFE_TOKEN`, then `TF_TOKEN_<host>`, then what `terraform login` has kept. The order is the one in which the provider tfe
 * looks: https://registry.terraform.io/providers/hashicorp/tfe/latest/docs#authentication. The token goes into the header and nowhere else.
 *
 * @throws BaselineError (2) where there is none
 */
export function hcpToken(
  host: string,
  { trusted, env = process.env, credentialsFile = loginFile(env) }: TokenSources,
): string {
  const token = (trusted && env["TFE_TOKEN"]) || hostVariable(host, env) || loginToken(host, credentialsFile);
  if (!token) {
    const unused = env["TFE_TOKEN"]
      ? " TFE_TOKEN says nothing of hosts, and this one is not named on the command line."
      : "";
    throw new BaselineError([
      {
        code: "HCP-NO-TOKEN",
        message: `There is no token for ${host}.${unused}`,
        fix: `Put one into ${trusted ? "TFE_TOKEN or " : ""}${variableName(host)}, or run terraform login ${host}${trusted ? "" : "; or name the host with --hcp-host and use TFE_TOKEN"}.`,
      },
    ]);
  }
  // What no header can hold is a mistake of copying; Node's own message would print it.
  if (!/^[\x21-\x7e]+$/.test(token.trim()))
    throw new BaselineError([
      {
        code: "HCP-BAD-TOKEN",
        message: `The token for ${host} has characters that no token has.`,
        fix: "Copy it again, without line breaks.",
      },
    ]);
  return token.trim();
}

/** https://developer.hashicorp.com/terraform/cli/config/config-file#environment-variable-credentials: `_` for a dot, `__` for a dash. */
function variableName(host: string): string {
  return `TF_TOKEN_${host.replaceAll("-", "__").replaceAll(".", "_")}`;
}

function hostVariable(host: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = Object.keys(env).filter(
    (name) =>
      name.startsWith("TF_TOKEN_") &&
      name.slice("TF_TOKEN_".length).replaceAll("__", "-").replaceAll("_", ".").toLowerCase() === host.toLowerCase(),
  );
  return names
    .sort()
    .map((name) => env[name])
    .find((value) => value);
}

/** https://developer.hashicorp.com/terraform/cli/commands/login#credentials-storage */
function loginFile(env: Readonly<Record<string, string | undefined>>): string {
  const appData = env["APPDATA"];
  return process.platform === "win32" && appData
    ? join(appData, "terraform.d", "credentials.tfrc.json")
    : join(env["HOME"] ?? homedir(), ".terraform.d", "credentials.tfrc.json");
}

function loginToken(host: string, file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(readText(file));
  } catch {
    // The parser's words may quote a token.
    throw new BaselineError([
      {
        code: "HCP-CREDENTIALS-FILE",
        message: "The file that terraform login writes cannot be read, or is not JSON.",
        fix: `Run terraform login ${host} again, or put the token into TFE_TOKEN.`,
        place: { file: "~/.terraform.d/credentials.tfrc.json" },
      },
    ]);
  }
  const hosts = isObject(content) ? content["credentials"] : undefined;
  const entry = isObject(hosts)
    ? Object.entries(hosts).find(([name]) => name.toLowerCase() === host.toLowerCase())?.[1]
    : undefined;
  const token = isObject(entry) ? entry["token"] : undefined;
  return typeof token === "string" ? token : undefined;
}
