import { plural } from "../../../kernel/words";
import type { KeyMove } from "../types";

/** What the owner of a consumer gets: files to change, what to remove, how to see that it works. Text only; nothing is done. */
export interface Kit {
  readonly title: string;
  /** The first is the one that changes; in the order of the work. */
  readonly files: readonly KitFile[];
  /** Steps beside the files. */
  readonly steps: readonly string[];
  /** What to remove once it works. */
  readonly remove: readonly string[];
  /** How to see that it works. */
  readonly check: readonly string[];
  readonly notes: readonly string[];
}

export interface KitFile {
  readonly name: string;
  readonly language: "yaml" | "ini" | "json" | "sh" | "powershell" | "groovy" | "hcl" | "systemd" | "python";
  readonly text: string;
}

export interface KitInput {
  readonly move: KeyMove;
  /** Region of the environment. */
  readonly region: string;
  /** Start page of Identity Center. @default - to fill in */
  readonly startUrl?: string;
  /** Region of Identity Center. @default - that of the environment */
  readonly identityCenterRegion?: string;
}

/** Names of the secrets that hold the key: those of the file, or what everybody calls them. */
export function secretsOf({ consumer }: KeyMove): readonly string[] {
  return consumer.secrets ?? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
}

/** Every SDK takes keys of the environment and of `~/.aws/credentials` before anything else. */
export const KEY_WINS =
  "As long as the key is in the environment or in ~/.aws/credentials, SDKs take it before the role: nothing changes until it is out of there.";

/** What the call of a check shows. */
export function callerIdentity(role: string): string {
  return `\`aws sts get-caller-identity\` in the place of the consumer names \`${role}\`, and no user. The move counts only its real calls, by CloudTrail.`;
}

export function removeSecrets(move: KeyMove, where: string): string {
  const names = secretsOf(move);
  return `${where}: the ${plural(names.length, "secret")} ${names.join(", ")}${move.keyId === undefined ? "" : ` (key ${move.keyId})`}.`;
}

/** A kit as Markdown. */
export function kitText(kit: Kit, { move }: KitInput): string {
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines.map((line) => `- ${line}`)];
  return [
    `# ${kit.title}`,
    "",
    `For ${inline(move.owner)}: ${inline(move.usedBy)}`,
    "",
    `It replaces ${move.keyId === undefined ? "every access key" : `access key \`${move.keyId}\``} of user \`${move.user}\` in ${move.accountName} (${move.accountId}).`,
    ...kit.files.flatMap(({ name, language, text }) => [
      "",
      `## ${name}`,
      "",
      `\`\`\`${FENCE[language] ?? language}`,
      text.trimEnd(),
      "```",
    ]),
    ...section("Do", kit.steps),
    ...section("Remove, once it works", kit.remove),
    ...section("See that it works", kit.check),
    ...section("Worth knowing", kit.notes),
    "",
  ].join("\n");
}

const FENCE: Readonly<Record<string, string>> = { systemd: "ini" };

/** Texts of people and of logs, as text of one line: no markup, no link, and nothing that a reader of the file does not see. */
export function inline(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .replace(/:\/\//g, ":\u2060//")
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}\u2060.`)
    .replace(/[\\`*_[\]<>|#]/g, "\\$&");
}
