import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as Cli from "../../cli/index";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

/**
 * Names are other people's: of accounts, users, roles and files, and whatever is on a command line that a script has put together. Nothing that
 * a terminal or a runner takes for a command may come through in any message of any command.
 */

jest.setTimeout(240_000);

const project = temporaryProject();
const warm = new Warm();
afterAll(async () => {
  await warm.stop();
  project.remove();
});

/** Clears a screen in two ways, turns writing round, ends its line in three ways, and orders GitHub's and Azure's runners about. */
const COMMANDS = "\n::add-mask::y\u2028::set-env name=a::b\r##[error]c\n  ::stop-commands::d\n##vso[task.setvariable]e";
const HOSTILE = `x\u001b[2J\u001b]0;title\u0007\u009b2J\u202e${COMMANDS}`;

/** What is alive in a text; colours are our own. */
function alive(text: string): readonly string[] {
  const plain = text.replace(/\u001b\[(?:0|1|2|22|3[1-6]|39|90)m/g, "");
  return [
    ...(plain.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g) ?? []),
    ...(plain.match(/^[ \t]*::.*/gm) ?? []),
    ...(plain.match(/##(\[|vso\[).*/g) ?? []),
  ];
}

const NO_AWS = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_MAX_ATTEMPTS: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  GITHUB_TOKEN: "none",
  GITHUB_API_URL: "http://127.0.0.1:9",
};
const run = async (args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await warm.keyless(project.root, args, NO_AWS);
  expect([args, alive(stdout + stderr)]).toEqual([args, []]);
  return stdout + stderr;
};

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { createProgram } = require(join(ROOT, "dist/cli/index.js")) as typeof Cli;
const commands = createProgram(ROOT).commands;

test("what is looked for would be found", () => {
  const found = alive(HOSTILE).join("|");
  for (const one of ["\u001b", "\u0007", "\u009b", "\u202e", "\u2028", "::add-mask", "::set-env", "##[", "##vso["])
    expect(found).toContain(one);
});

test.each(commands.map((command) => [command.name(), command] as const))(
  "%s, with such an argument, and each option with such a value",
  async (name, command) => {
    const given = command.registeredArguments.map((one) => (one.name() === "env" ? "example" : HOSTILE));
    // Without one of two the others are not looked at.
    const more = name === "comment" ? ["--repository", "a/b", "--pull-request", "1"] : [];
    const mandatory = command.options.filter((one) => one.mandatory);
    const needed = (but?: string): readonly string[] =>
      mandatory.filter(({ long }) => long !== but).flatMap(({ long }) => [long!, HOSTILE]);
    let said = await run([name, ...command.registeredArguments.map(() => HOSTILE), ...needed(), ...more]);
    for (const option of command.options.filter((one) => one.required || one.optional))
      said += await run([name, ...given, ...needed(option.long), ...more, option.long!, HOSTILE]);
    said += await run([name, `--${HOSTILE}`]);
    // Something was said, and the name is in it: otherwise nothing is shown.
    expect(said).toMatch(/add-mask/);
  },
);

describe("in the files", () => {
  const put = (file: string, content: unknown): void => {
    mkdirSync(join(project.root, file, ".."), { recursive: true });
    writeFileSync(join(project.root, file), typeof content === "string" ? content : JSON.stringify(content));
  };
  /** What YAML takes: no control characters, which are refused with the file. */
  const YAML = JSON.stringify(`x\u202e${COMMANDS.replaceAll("\r", " ")}`);

  test("facts and intent", async () => {
    cpSync(join(project.root, "environments/example"), join(project.root, "environments/hostile"), { recursive: true });
    const edit = (file: string, edits: readonly (readonly [string, string])[]): void => {
      const path = join(project.root, "environments/hostile", file);
      put(
        `environments/hostile/${file}`,
        edits.reduce(
          (text, [from, to]) => {
            expect(text).toContain(from);
            return text.replaceAll(from, () => to);
          },
          readFileSync(path, "utf8"),
        ),
      );
    };
    edit("organization.yaml", [
      ["name: shop-prod", `name: ${YAML}`],
      ["name: sandbox-limits", `name: ${YAML}`],
      ["tier: security", `tier: ${YAML}`],
    ]);
    edit("baseline.yaml", [
      ["owner: Data team", `owner: ${YAML}`],
      ["holder: Safe in Berlin - two people of the security team", `holder: ${YAML}`],
      ["description: Reads the bill", `description: ${YAML}`],
    ]);
    put("logs/empty.json", { Records: [] });
    let said = "";
    for (const args of [
      ["validate", "hostile"],
      ["show", "hostile"],
      ["prove", "hostile"],
      ["prove", "hostile", "--markdown"],
      ["report", "hostile", "--output", "report.html"],
      ["impact", "hostile", "--cloudtrail", "logs"],
      ["ready", "hostile", "--cloudtrail", "logs"],
      ["who-can", "hostile", "--account", "444444444403", "--action", "iam:CreateUser"],
      ["explain", "hostile", "--account", "444444444403", "--principal", "administrator", "--action", "iam:CreateUser"],
    ])
      said += await run(args);
    expect(said).toMatch(/add-mask/);
  });

  test("plans, logs, reports and inventories", async () => {
    const change = { actions: ["create"], before: null, after: { user: HOSTILE, name: HOSTILE }, after_unknown: {} };
    const resource = (type: string): object => ({
      address: `${type}.${HOSTILE}`,
      mode: "managed",
      type,
      name: HOSTILE,
      provider_name: "registry.terraform.io/hashicorp/aws",
      change,
    });
    const plan = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
    put("plan.json", {
      ...plan,
      resource_changes: ["aws_iam_access_key", "aws_iam_user", "aws_iam_role"].map(resource),
    });
    put("logs/one.json", {
      Records: [
        {
          eventVersion: "1.08",
          eventTime: "2026-11-26T08:00:00Z",
          eventSource: "iam.amazonaws.com",
          eventName: "CreateAccessKey",
          awsRegion: "us-east-1",
          recipientAccountId: "444444444403",
          userAgent: HOSTILE,
          sourceIPAddress: HOSTILE,
          userIdentity: {
            type: "IAMUser",
            arn: `arn:aws:iam::444444444403:user/${HOSTILE}`,
            accountId: "444444444403",
            userName: HOSTILE,
            accessKeyId: "AKIAEXAMPLEEXAMPLE00",
          },
          requestParameters: { userName: HOSTILE },
        },
      ],
    });
    put(`logs/${"::add-mask::f"}.json`, "[");
    put("questions.jsonl", `${JSON.stringify({ account: HOSTILE, principal: HOSTILE, action: HOSTILE })}\n`);
    symlinkSync("nothing", join(project.root, "::add-mask::link"));
    let said = "";
    for (const args of [
      ["review", "plan.json", "--no-approvals"],
      ["review", "plan.json", "--no-approvals", "--format", "markdown"],
      ["review", "::add-mask::link"],
      ["impact", "example", "--cloudtrail", "logs"],
      ["ready", "example", "--cloudtrail", "logs"],
      ["explain", "example", "--requests", "questions.jsonl"],
    ])
      said += await run(args);
    expect(said).toMatch(/add-mask/);
  });
});
