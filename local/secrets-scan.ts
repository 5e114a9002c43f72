import { readFileSync } from "node:fs";

/** A secret that was found: where, and of what kind. Never the secret itself. */
export interface SecretFinding {
  readonly file: string;
  /** Path in the JSON document, for example `resources[0].instances[0].attributes.secret`; empty for a text that is no JSON. */
  readonly path: string;
  readonly kind: "access-key-id" | "secret-access-key" | "private-key" | "password" | "secret" | "mfa-seed";
}

const ACCESS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
/** Forty characters of base64 with nothing of the alphabet around; both cases, a digit, and a spread that a hash in hex has not. */
const SECRET_KEY = /(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
const MFA_SEEDS = new Set(["base_32_string_seed", "qr_code_png"]);
/** Attributes that look like secrets by name and are none: encrypted to a key of the user's, or a plain setting. */
const HARMLESS = new Set([
  "encrypted_password",
  "encrypted_ses_smtp_password_v4",
  "encrypted_secret",
  "password_length",
  "password_reset_required",
  "allow_users_to_change_password",
  "hard_expiry",
  "password_reuse_prevention",
  "max_password_age",
  "minimum_password_length",
]);
const PASSWORD = /(^|_)password$/;
const SECRET =
  /(^|_)(secret|secret_key|secret_access_key|secret_string|ses_smtp_password_v4|private_key|private_key_pem|client_secret|session_token)$/;

/** Scans state and plan files. */
export function scanFiles(files: readonly string[]): readonly SecretFinding[] {
  return files.flatMap((file) => scanText(file, readFileSync(file, "utf8")));
}

/** Scans one text; JSON is searched member by member, anything else as a whole. */
export function scanText(file: string, content: string): readonly SecretFinding[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return kindsIn(content).map((kind) => ({ file, path: "", kind }));
  }
  const findings: SecretFinding[] = [];
  walk(parsed, "", "", (path, kind) => findings.push({ file, path, kind }));
  return findings;
}

type Report = (path: string, kind: SecretFinding["kind"]) => void;

function walk(value: unknown, path: string, name: string, report: Report): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => walk(item, `${path}[${index}]`, name, report));
  } else if (typeof value === "object" && value !== null) {
    // Terraform's plan repeats names of attributes with `true` for "sensitive" or "unknown": not values, so not findings.
    for (const [key, member] of Object.entries(value)) walk(member, path ? `${path}.${key}` : key, key, report);
  } else if (typeof value === "string" && value !== "") {
    const named = kindOfName(name);
    if (named && !isReference(value)) report(path, named);
    else kindsIn(value).forEach((kind) => report(path, kind));
    const inner = innerJson(value);
    if (inner !== undefined) walk(inner, `${path}(json)`, "", report);
  }
}

function kindOfName(name: string): SecretFinding["kind"] | undefined {
  if (MFA_SEEDS.has(name)) return "mfa-seed";
  if (HARMLESS.has(name)) return undefined;
  if (PASSWORD.test(name)) return "password";
  return SECRET.test(name) ? "secret" : undefined;
}

/** Names that say "not set" or point elsewhere. */
function isReference(value: string): boolean {
  return value.startsWith("arn:") || value.startsWith("${");
}

/** Policies and templates are JSON in a string. Only what has a secret of its own matters there: their attribute names are not Terraform's. */
function innerJson(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" ? undefinedIfPolicy(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function undefinedIfPolicy(parsed: unknown): unknown {
  return typeof parsed === "object" && parsed !== null && ("Statement" in parsed || "Resources" in parsed)
    ? undefined
    : parsed;
}

function kindsIn(text: string): SecretFinding["kind"][] {
  const kinds: SecretFinding["kind"][] = [];
  if (ACCESS_KEY_ID.test(text)) kinds.push("access-key-id");
  if (PRIVATE_KEY.test(text)) kinds.push("private-key");
  // A certificate is base64 too, in lines of 64: it never matches at 40 with borders, but its last line may.
  const withoutPem = text.replace(/-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g, "");
  if ([...withoutPem.matchAll(SECRET_KEY)].some(([candidate]) => looksRandom(candidate)))
    kinds.push("secret-access-key");
  return kinds;
}

/** Hex digests and long names have no mix of upper case, lower case and digits; nor do paths with many slashes. */
function looksRandom(candidate: string): boolean {
  const distinct = new Set(candidate).size;
  return (
    /[A-Z]/.test(candidate) &&
    /[a-z]/.test(candidate) &&
    /\d/.test(candidate) &&
    distinct >= 20 &&
    (candidate.match(/\//g)?.length ?? 0) <= 4
  );
}
