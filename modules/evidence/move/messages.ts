import { cell } from "../inventory/csv";
import { slug } from "../inventory/replacement";
import { KEYLESS } from "../../kernel/command";
import { count, listed } from "../../kernel/words";
import { inline } from "./kits/kit";
import type { MoveStatus } from "./types";

/** A file of the folder of messages. */
export interface MessageFile {
  readonly name: string;
  readonly text: string;
}

/** What an owner has to do; nothing that is done, or that others have to do, is in a message. */
export function messageFiles(statuses: readonly MoveStatus[], environment: string, at: string): readonly MessageFile[] {
  const open = statuses.filter(({ actor }) => actor === "owner");
  const owners = [...new Set(open.map(({ move }) => move.owner))].sort();
  const names = new Set<string>(["moves"]);
  const markdown = owners.map((owner): MessageFile => {
    const base = slug(owner);
    let name = base;
    for (let n = 2; names.has(name); n++) name = `${base}-${n}`;
    names.add(name);
    return {
      name: `${name}.md`,
      text: message(
        owner,
        open.filter(({ move }) => move.owner === owner),
        environment,
        at,
      ),
    };
  });
  return [...markdown, { name: "moves.csv", text: csv(statuses) }, { name: "moves.json", text: json(statuses, at) }];
}

function message(owner: string, statuses: readonly MoveStatus[], environment: string, at: string): string {
  const until = statuses.flatMap(({ move }) => move.until ?? []).sort()[0];
  return [
    `# ${count(statuses.length, "access key")} of ${inline(owner)} in ${environment}`,
    "",
    `Long-term access keys go away. ${statuses.length === 1 ? "This one is" : "These are"} yours${until === undefined ? "" : `, the first until **${until}**`}. As of ${at.slice(0, 10)}, by what logs and IAM show:`,
    ...statuses.flatMap((status) => item(status, environment)),
    "",
    "Nobody takes a key away before its role was seen doing the key's work. A reply that it is done is not needed: CloudTrail shows it.",
    "",
  ].join("\n");
}

function item(status: MoveStatus, environment: string): readonly string[] {
  const { move, back, actions } = status;
  const missing = actions.filter(({ made }) => made !== "yes").map(({ action }) => action);
  return [
    "",
    `## ${move.keyId ?? "All keys"} of user ${inline(move.user)} in ${inline(move.accountName)}`,
    "",
    `- Used by: ${inline(move.usedBy)}`,
    ...(move.consumer.file === undefined ? [] : [`- File to change: \`${move.consumer.file}\``]),
    ...(move.until === undefined ? [] : [`- Until: ${move.until}`]),
    ...(back ? [`- **${inline(back.message)}**`] : []),
    `- To do: ${inline(status.waitsFor)}`,
    ...(missing.length > 0 ? [`- The role was not seen doing yet: ${listed(missing, 10)}`] : []),
    `- How: \`${KEYLESS} move ${environment} --kit ${move.keyId ?? move.name}\` prints the files`,
  ];
}

const COLUMNS: readonly (readonly [string, (status: MoveStatus) => string | undefined])[] = [
  ["owner", ({ move }) => move.owner],
  ["account_id", ({ move }) => move.accountId],
  ["account", ({ move }) => move.accountName],
  ["user", ({ move }) => move.user],
  ["key", ({ move, keyIds }) => move.keyId ?? keyIds.join(" ")],
  ["used_by", ({ move }) => move.usedBy],
  ["state", ({ state }) => state],
  ["waits_for", ({ waitsFor }) => waitsFor],
  ["who", ({ actor }) => actor],
  ["until", ({ move }) => move.until],
  ["stepped_back", ({ back }) => back?.message],
];

function csv(statuses: readonly MoveStatus[]): string {
  const rows = statuses.map((status) => COLUMNS.map(([, value]) => cell(value(status))).join(","));
  return `${[COLUMNS.map(([heading]) => heading).join(","), ...rows].join("\r\n")}\r\n`;
}

function json(statuses: readonly MoveStatus[], at: string): string {
  const rows = statuses.map((status) =>
    Object.fromEntries(COLUMNS.map(([name, value]) => [name, value(status) ?? null])),
  );
  return `${JSON.stringify({ at, moves: rows }, null, 2)}\n`;
}
