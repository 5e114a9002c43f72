import { join } from "node:path";
import type * as Cli from "../../cli/index";
import { ROOT } from "./environments";

/** Every argument and option of the program that is a path. */

/** Options and arguments with a value that is no path. */
const NO_PATH = new Set(
  `[env] <env> [stacks] --account --action --applied --approver --at --athena --author --backend --branch --concurrency --context --days --end --env
  --fail-on --findings --format --from --guardrail --hcp-host --hcp-run --id --key --kit --limit --no-approvals --now --only --output-location --parallelism --principal
  --pull-request --quiet-region --reason --region --repository --resource --role --seal --shards --since --stack --target --threads --timeout --user
  --verify-role --wait-minutes --workflow --workgroup --yes`.split(/\s+/),
);

/** What a path is for. */
export type Kind = "read" | "read folder" | "read either" | "write" | "write folder";

const EXPLAIN = ["explain", "example", "--requests"];
const NOBODY = ["--role", "nobody"];
/** Each path, by the command and the option or argument: what it is for, and the arguments in front of it. */
export const PATHS: Readonly<Record<string, readonly [Kind, ...string[]]>> = {
  "review [plans]": ["read either", "review"],
  "review --base": ["read folder", "review", "--head", "synth", "--base"],
  "review --head": ["read folder", "review", "--base", "synth", "--head"],
  "review --facts": ["read", "review", "plan.json", "--facts"],
  "review --approvals": ["read", "review", "plan.json", "--env", "example", "--approvals"],
  "review --output": ["write", "review", "plan.json", "--no-approvals", "--fail-on", "none", "--output"],
  "approve <review>": ["read", "approve"],
  "pull-request --head": ["read folder", "pull-request", "--head"],
  "pull-request --head-synth": ["read folder", "pull-request", "--head", "code", "--head-synth"],
  "pull-request --output": ["write", "pull-request", "--head", ".", "--output"],
  "comment --file": ["read", "comment", "--repository", "a/b", "--pull-request", "1", "--file"],
  "comment --workflow-run": ["read", "comment", "--repository", "a/b", "--file", "comment.md", "--workflow-run"],
  "plan --output": ["write folder", "plan", "example", "--output"],
  "apply --reviewed": ["read", "apply", "example", "--reviewed"],
  "apply --verified": ["read", "apply", "example", "--reviewed", "reviewed.json", "--verified"],
  "explain --requests": ["read", ...EXPLAIN],
  "report --output": ["write", "report", "example", "--output"],
  "report --inventory": ["read", "report", "example", "--output", "x.html", "--inventory"],
  "report --history": ["read", "report", "example", "--output", "x.html", "--inventory", "inventory.json", "--history"],
  "report --ready": ["read", "report", "example", "--output", "x.html", "--ready"],
  "report --verify": ["read", "report", "example", "--output", "x.html", "--verify"],
  "inventory --html": ["write", "inventory", "example", ...NOBODY, "--html"],
  "inventory --history": ["read", "inventory", "example", ...NOBODY, "--history"],
  "inventory --credential-report": ["read", "inventory", "example", "--credential-report"],
  "inventory --cloudtrail": ["read either", "inventory", "example", ...NOBODY, "--cloudtrail"],
  "retire --inventory": ["read", "retire", "example", "--inventory"],
  "retire --history": ["read", "retire", "example", "--inventory", "inventory.json", "--history"],
  "retire --journal": ["read", "retire", "example", "--inventory", "inventory.json", "--journal"],
  "impact --cloudtrail": ["read either", "impact", "example", "--cloudtrail"],
  "ready --cloudtrail": ["read either", "ready", "example", "--cloudtrail"],
  "ready --inventory": ["read", "ready", "example", "--cloudtrail", "logs", "--inventory"],
  "retire --moves": ["read", "retire", "example", "--inventory", "inventory.json", "--moves"],
  "ready --moves": ["read", "ready", "example", "--cloudtrail", "logs", "--inventory", "inventory.json", "--moves"],
  "move --messages": ["write folder", "move", "example", "--messages"],
  "move --cloudtrail": ["read either", "move", "example", "--propose", "--inventory", "inventory.json", "--cloudtrail"],
  "move --inventory": ["read", "move", "example", "--inventory"],
  "move --history": ["read", "move", "example", "--inventory", "inventory.json", "--history"],
  "move --journal": ["read", "move", "example", "--journal"],
  "move --verify": ["read", "move", "example", "--verify"],
  "ready --evidence": ["write", "ready", "example", "--cloudtrail", "logs", "--evidence"],
};

/** `command --option` and `command <argument>` of everything that takes a value. */
export function values(): readonly string[] {
  // The compiled one: to load every command as TypeScript takes half a minute.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { createProgram } = require(join(ROOT, "dist/cli/index.js")) as typeof Cli;
  return createProgram(ROOT).commands.flatMap((command) => [
    ...command.registeredArguments.map(
      (one) => `${command.name()} ${one.required ? `<${one.name()}>` : `[${one.name()}]`}`,
    ),
    ...command.options
      .filter((one) => !one.isBoolean() || one.negate)
      .map((one) => `${command.name()} ${one.long ?? one.flags}`),
  ]);
}

/** Comes after what AWS or Terraform has answered: `adopt.test.ts` puts other things in its place, and both write by the same function. */
const TESTED_APART = new Set(["adopt --output", "reshard --output"]);
export const isNoPath = (value: string): boolean =>
  TESTED_APART.has(value) || NO_PATH.has(value.slice(value.indexOf(" ") + 1));
