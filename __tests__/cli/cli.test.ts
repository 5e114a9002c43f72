import { SUMMARIES } from "../../cli/summaries";
import { summaries } from "../../cli/summaries-text";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram } from "../../cli/index";
import { keyless } from "../support/cli";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

jest.setTimeout(60_000);

const commands = createProgram("/nowhere").commands;

describe("every command", () => {
  test.each(commands.map((command) => command.name()))("%s is loaded by its name alone", (name) => {
    expect(createProgram("/nowhere", name).commands.map((command) => command.name())).toEqual([name]);
  });

  test.each(commands.map((command) => [command.name(), command] as const))(
    "%s says what it is for, with examples",
    (name, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(command.description()).not.toBe("");
      expect(help).toContain("Usage: npx keyless");
      expect(help).toMatch(new RegExp(`\\nExamples:\\n(  .*\\n)*  .*keyless ${name}\\b`));
      for (const option of command.options) expect([option.long, option.description]).not.toEqual([option.long, ""]);
    },
  );
});

test("--version prints what package.json says", async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as { version: string };
  const warm = new Warm();
  try {
    for (const flag of ["--version", "-V"])
      expect(await warm.keyless("/", [flag])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  } finally {
    await warm.stop();
  }
});

describe("exit codes and messages", () => {
  const project = temporaryProject();
  const warm = new Warm();
  afterAll(async () => {
    await warm.stop();
    project.remove();
  });
  const run = (...args: string[]): ReturnType<typeof keyless> => warm.keyless(project.root, args);

  test.each<[string, readonly string[], string]>([
    [
      "an unknown command",
      ["sink"],
      "error USAGE\n  Unknown command 'sink'.\n  fix: Did you mean sync? npx keyless --help shows the commands.\n",
    ],
    [
      "help of an unknown command",
      ["help", "sink"],
      "error USAGE\n  Unknown command 'sink'.\n  fix: Did you mean sync? npx keyless --help shows the commands.\n",
    ],
    [
      "an unknown option",
      ["validate", "--jsn"],
      "error USAGE\n  Unknown option '--jsn'.\n  fix: Did you mean --json? npx keyless validate --help shows its arguments and options.\n",
    ],
    [
      "an unknown option without a command",
      ["--nope"],
      "error USAGE\n  Unknown option '--nope'.\n  fix: npx keyless --help shows the commands.\n",
    ],
    [
      "an argument too many",
      ["validate", "example", "more"],
      "error USAGE\n  Too many arguments for 'validate'. Expected 1 argument but got 2.\n  fix: npx keyless validate --help shows",
    ],
    ["a missing argument", ["plan"], "error USAGE\n  Missing required argument 'env'.\n  fix: npx keyless plan --help"],
    [
      "an option without its value",
      ["review", "--output"],
      "error USAGE\n  Option '--output <file>' argument missing.\n  fix: npx keyless review --help",
    ],
    [
      "a missing option",
      ["pull-request"],
      "error USAGE\n  Required option '--head <folder>' not specified.\n  fix: npx keyless pull-request --help",
    ],
    [
      "an environment that does not exist",
      ["sync", "exmple"],
      "error ENV-UNKNOWN\n  There is no environment exmple.\n  fix: Did you mean example? Known: example. npx keyless init exmple makes it.",
    ],
    [
      "a review that does not exist",
      ["approve", "review.jsn", "--prune"],
      "error APPROVE-REVIEW\n  review.jsn is neither a file nor an environment.\n  fix: Name what npx keyless review --format json has written, or an environment. Known: example.\n",
    ],
    [
      "a review that does not exist, beside its environment",
      ["approve", "review.jsn", "--prune", "--env", "example"],
      "error APPROVE-REVIEW\n  There is no file review.jsn.\n",
    ],
    [
      "a mistyped environment whose approvals are pruned",
      ["approve", "exmple", "--prune"],
      "error APPROVE-REVIEW\n  exmple is neither a file nor an environment.\n  fix: Name what npx keyless review --format json has written, or an environment. Did you mean example? Known: example.\n",
    ],
    ["a name that no environment can have", ["sync", "../example"], "error ENV-NAME"],
  ])("%s is wrong usage: 2", async (_, args, expected) => {
    const { status, stdout, stderr } = await run(...args);
    expect(stderr).toContain(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("in a folder of the project, the project's folder is named, and nothing of it is used", async () => {
    const folders = ["environments", "environments/example", "environments/example/policies"];
    for (const folder of folders.map((name) => join(project.root, name))) {
      const where = `The project's folder is ${realpathSync(project.root)}: run it there.`;
      expect(await warm.keyless(folder, ["validate"])).toMatchObject({
        status: 2,
        stdout: "",
        stderr: expect.stringContaining(
          `error ENV-NONE\n  This folder has no environments.\n  fix: ${where}`,
        ) as unknown,
      });
      for (const args of [
        ["show", "example"],
        ["plan", "example"],
        ["sync", "example"],
        ["review", "--now", "example"],
      ]) {
        const { status, stdout, stderr } = await warm.keyless(folder, args);
        expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: "" });
        expect(stderr).toContain(`There is no environment example: this folder has no environments.\n  fix: ${where}`);
      }
      expect((await warm.keyless(folder, ["approve", "example", "--prune"])).stderr).toContain(where);
      const before = readdirSync(folder);
      for (const args of [
        ["init", "prod", "--region", "eu-central-1"],
        ["init", "--repository"],
      ])
        expect(await warm.keyless(folder, args)).toEqual({
          status: 2,
          stdout: "",
          stderr: `error INIT-IN-ENVIRONMENTS\n  This folder is one of a project's environments, and no project of its own; nothing was written.\n  fix: ${where}\n`,
        });
      expect(readdirSync(folder)).toEqual(before);
    }
  });

  test("no environment at all names the command that makes one", async () => {
    const empty = mkdtempSync(join(tmpdir(), "keyless-empty-"));
    try {
      for (const command of ["validate", "show", "prove"])
        expect(await warm.keyless(empty, [command])).toEqual({
          status: 2,
          stdout: "",
          stderr:
            "error ENV-NONE\n  This folder has no environments.\n  fix: Run it in the project's folder, or make an environment: npx keyless init <name> --region <region>.\n",
        });
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  test("validate: all environments, each with its verdict; 2 when one of them is wrong", async () => {
    expect(await keyless(project.root, ["validate"])).toEqual({
      status: 0,
      stdout: "example: valid\n",
      // Nobody has looked: that is said, and is no warning.
      stderr: expect.stringMatching(/^example: .* is not known: npx keyless sync example --existing\n$/) as unknown,
    });
    const folder = join(project.root, "environments/second");
    mkdirSync(folder);
    const example = join(project.root, "environments/example");
    const facts = readFileSync(join(example, "organization.yaml"), "utf8");
    writeFileSync(join(folder, "organization.yaml"), facts.replace("id: o-exampleorg1\n", "id: o-exampleorg2\n"));
    writeFileSync(
      join(folder, "baseline.yaml"),
      "version: 1\nregion: eu-central-1\nbackend: { type: local }\nbreakGlass:\n  homeAccount: management\n  users:\n    - { name: a, holder: TO FILL IN }\n    - { name: b, holder: A safe }\n",
    );
    const warned = await run("validate");
    expect(warned.status).toBe(0);
    expect(warned.stdout).toContain(
      "warning CONFIG-TO-FILL-IN environments/second/baseline.yaml:7:26 breakGlass.users[0].holder\n  breakGlass.users[0].holder is still to be filled in.\n  fix: Write what belongs there.\n",
    );
    expect(warned.stdout).toMatch(
      /example: valid\n[^]*second: valid, \d warnings: 1 value is still to be filled in\n$/,
    );

    // Facts of the same organization, as sync writes them and in another form of YAML: each of the two is wrong.
    for (const id of ["id: o-exampleorg1\n", '"id": "o-exampleorg1"\n']) {
      writeFileSync(join(folder, "organization.yaml"), facts.replace("id: o-exampleorg1\n", id));
      const twins = await run("validate");
      expect(twins.status).toBe(2);
      expect(twins.stdout).toContain(
        "error ENV-SAME-ORGANIZATION environments/example/organization.yaml:3:5 id\n  second is an environment of organization o-exampleorg1 too",
      );
      expect(twins.stdout).toContain("ENV-SAME-ORGANIZATION environments/second/organization.yaml");
    }
    writeFileSync(join(folder, "organization.yaml"), facts.replace("id: o-exampleorg1\n", "id: o-exampleorg2\n"));

    writeFileSync(join(folder, "baseline.yaml"), "version: 1\n");
    const wrong = await run("validate");
    expect(wrong.status).toBe(2);
    expect(wrong.stdout).toMatch(/example: valid\n[^]*second: 3 errors\n$/);
    const json = await run("validate", "second", "--json");
    expect(json.status).toBe(2);
    expect(
      (JSON.parse(json.stdout) as readonly { problems: readonly { code: string; place: object }[] }[])[0]!.problems.map(
        ({ code }) => code,
      ),
    ).toEqual(["CONFIG-MISSING", "CONFIG-MISSING", "CONFIG-MISSING"]);
    rmSync(folder, { recursive: true });
  });

  test("colour is for terminals that want it", async () => {
    const forced = await keyless(project.root, ["validate"], { NO_COLOR: "", FORCE_COLOR: "1" });
    expect(forced.stdout).toContain("\u001b[32mvalid");
    expect((await keyless(project.root, ["validate"], { NO_COLOR: "1", FORCE_COLOR: "1" })).stdout).toBe(
      "example: valid\n",
    );
  });
});

test("cli/summaries.ts is current: npm run docs writes it", () => expect(SUMMARIES).toEqual(summaries()));
