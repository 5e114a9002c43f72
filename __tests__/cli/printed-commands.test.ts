import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { createProgram } from "../../cli/index";
import { ROOT } from "../support/environments";
import { keylessHere } from "../support/in-process";
import { commandsInDocs, commandsInSources, words } from "../support/printed-commands";
import type { PrintedCommand } from "../support/printed-commands";

const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;
const CDKTF = ["plan", "diff", "apply", "deploy", "destroy", "synth", "list", "output"];

/** What is wrong with a printed command, as its reader would find out; undefined where it is accepted. */
function refusal(line: string, inProse = false): string | undefined {
  const [first, second, ...rest] = words(line);
  if (first === "npm") return refusalOfNpm(second!, rest);
  if (second === "cdktf") return rest.length === 0 || CDKTF.includes(rest[0]!) ? undefined : `cdktf has no ${rest[0]!}`;
  const [name, ...args] = rest;
  if (name === undefined || name.startsWith("--help")) return undefined;
  const program = createProgram(ROOT);
  const command = program.commands.find((one) => one.name() === name);
  return command ? refusalOfArguments(command, args, inProse) : `keyless has no command ${name}`;
}

function refusalOfNpm(verb: string, rest: readonly string[]): string | undefined {
  if (verb !== "run") return undefined;
  const script = rest.find((word) => !word.startsWith("-"));
  return script !== undefined && script in scripts ? undefined : `package.json has no script ${String(script)}`;
}

/** @param inProse a sentence may go on behind the command: `run npx keyless sync prod and commit it` */
function refusalOfArguments(command: Command, args: readonly string[], inProse: boolean): string | undefined {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  // `keyless hcp plan`, `keyless retire --help`: whatever has sub-commands is asked for them first.
  const parsed = (() => {
    try {
      return command.parseOptions([...args]);
    } catch (error) {
      // A placeholder such as <logs> stands where a value is checked: the option is there, that is what was asked.
      return /placeholder/.test(String(error)) || args.some((arg) => /^<.*>$/.test(arg)) ? undefined : String(error);
    }
  })();
  if (parsed === undefined) return undefined;
  if (typeof parsed === "string") return parsed;
  const unknown = parsed.unknown.filter((word) => word.startsWith("-") && word !== "--help");
  if (unknown.length > 0) return `${command.name()} has no option ${unknown.join(", ")}`;
  const accepted = command.registeredArguments;
  const many = accepted.some((argument) => argument.variadic) ? Infinity : accepted.length;
  return parsed.operands.length > many && !inProse
    ? `${command.name()} takes ${String(accepted.length)} arguments, not ${parsed.operands.join(" ")}`
    : undefined;
}

function refused(commands: readonly PrintedCommand[], inProse = false): string[] {
  return commands.flatMap(({ place, line }) => {
    const why = refusal(line, inProse);
    return why === undefined ? [] : [`${place}  ${line}  → ${why}`];
  });
}

describe("every command that is printed exists, with its options and arguments", () => {
  test("in README and docs", () => {
    const found = commandsInDocs();
    expect(found.length).toBeGreaterThan(90);
    expect(refused(found)).toEqual([]);
  });

  test("in help, errors and next steps", () => {
    const found = commandsInSources();
    expect(found.length).toBeGreaterThan(90);
    expect(refused(found, true)).toEqual([]);
  });

  test.each([
    ["npx keyless prov example", "keyless has no command prov"],
    ["npx keyless show example --jsn", "show has no option --jsn"],
    ["npx keyless show one two", "show takes 1 arguments, not one two"],
    ["npm run nonsense", "package.json has no script nonsense"],
    ["npx cdktf aply", "cdktf has no aply"],
  ])("and a wrong one is noticed: %s", (line, why) => {
    expect(refusal(line)).toBe(why);
  });
});

/** The lines below "Examples:" of a command's help, as printed. */
function examplesOf(name: string): string[] {
  const command = createProgram(ROOT, name).commands[0]!;
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help
    .slice(help.indexOf("Examples:"))
    .split("\n")
    .filter((line) => line.startsWith("  npx keyless "))
    .map((line) => line.trim());
}

/**
 * What runs with files alone is run here as its help prints it. The others need AWS (sync, verify, inventory, retire), Terraform (plan, apply,
 * recover, review --now, upgrade), GitHub (comment) or what these write; their own suites run them against the local AWS and local servers.
 */
describe("the examples of the help run as printed", () => {
  const root = mkdtempSync(join(tmpdir(), "keyless-printed-"));
  beforeAll(() => {
    mkdirSync(join(root, "environments"));
    ["example", "prod"].forEach((name) =>
      cpSync(join(ROOT, "environments/example"), join(root, "environments", name), { recursive: true }),
    );
    writeFileSync(
      join(root, "questions.jsonl"),
      `${JSON.stringify({ account: "shop-dev", principal: "administrator", action: "s3:GetObject" })}\n`,
    );
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  // --applied asks GitHub which commit was applied last.
  const alone = ["explain", "who-can", "pipeline", "show"]
    .flatMap(examplesOf)
    .filter((line) => !line.includes("--applied"));
  test.each(alone)("%s", async (line) => {
    const [command] = line.split(" > ");
    const ran = await keylessHere(
      root,
      words(command!.replace("questions.jsonl", join(root, "questions.jsonl"))).slice(2),
    );
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    expect(ran.stdout).not.toBe("");
  });

  test.each(examplesOf("init"))("%s", async (line) => {
    const empty = mkdtempSync(join(tmpdir(), "keyless-printed-"));
    try {
      const ran = await keylessHere(empty, words(line).slice(2));
      expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
  });
});
