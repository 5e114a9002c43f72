import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import Ajv from "ajv";
import { parse } from "yaml";
import { commandNames } from "../../cli";
import { LocalAws, startLocalAws } from "../../local/runner";
import { companyFiles, toolFiles } from "../../modules/repository/company";
import { loadEnvironment } from "../../modules/sections/load";
import { change, commitAll, emptyCompany, install, pack, Run, run, stacksOf } from "../support/company";
import { ROOT } from "../support/environments";
import { describeReal } from "../support/real";

/**
 * What a company does with the package, in a folder outside of the clone: install, init, synth, validate, prove, review, plan and apply, and an
 * upgrade. The package is packed from `dist` as the build before the tests left it.
 */

const { work, company } = emptyCompany();
let tarball: string;
const keyless = (...args: readonly string[]): Run => run(company, "npx", "keyless", ...args);
const untracked = (): string[] =>
  run(company, "git", "status", "--porcelain", "--untracked-files=all")
    .stdout.split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(3))
    .sort();
const own = [...companyFiles(), ...toolFiles()].map(({ file }) => file);

beforeAll(() => {
  tarball = pack(ROOT, work);
  run(company, "git", "init", "--quiet");
  install(company, tarball);
}, 900_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("installed in an empty folder: init makes a repository, and its synth has the bytes of the clone", () => {
  expect(keyless("init", "--repository")).toMatchObject({ status: 0, stderr: "" });
  install(company);
  cpSync(join(ROOT, "environments/example"), join(company, "environments/example"), { recursive: true });
  expect(run(company, "npx", "cdktf", "synth")).toMatchObject({ status: 0 });
  const clone = mkdtempSync(join(work, "clone-"));
  cpSync(join(ROOT, "environments/example"), join(clone, "environments/example"), { recursive: true });
  expect(run(clone, process.execPath, join(ROOT, "dist/main.js"))).toMatchObject({ status: 0 });
  const stacks = stacksOf(company);
  expect(Object.keys(stacks).length).toBeGreaterThan(10);
  expect(stacks).toEqual(stacksOf(clone));
}, 900_000);

test("package.json pins the version; .gitignore leaves the files of the company and of the tool, and nothing that is made", () => {
  const manifest = JSON.parse(readFileSync(join(company, "package.json"), "utf8")) as Record<string, unknown>;
  expect(manifest["dependencies"]).toEqual({ "keyless-org-baseline": `file:../${tarball.split("/").at(-1)!}` });
  expect(existsSync(join(company, "cdktf.out"))).toBe(true);
  expect(untracked().filter((file) => !file.startsWith("environments/"))).toEqual(
    [...own, "package.json", "package-lock.json"].sort(),
  );
});

/** Last line that matches decides, as on GitHub; patterns of the two kinds that the file uses. */
function ownerOf(file: string): string | undefined {
  return readFileSync(join(company, ".github/CODEOWNERS"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/ +/) as [string, string])
    .filter(([pattern]) =>
      pattern.endsWith("/")
        ? file.startsWith(pattern.slice(1))
        : pattern === "*" ||
          new RegExp(`^${pattern.slice(1).replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`).test(file),
    )
    .at(-1)?.[1];
}

test("CODEOWNERS: somebody owns every file; who approves exceptions, workflows and the version is the security team", () => {
  const security = "@your-company/security-team";
  expect(untracked().map((file) => [file, ownerOf(file)])).not.toContainEqual([expect.anything(), undefined]);
  for (const file of [
    "environments/prod/approvals.yaml",
    "environments/prod/review.yaml",
    ".github/workflows/apply.yml",
    ".github/CODEOWNERS",
    "package-lock.json",
    "main.ts",
  ])
    expect([file, ownerOf(file)]).toEqual([file, security]);
  expect(ownerOf("environments/prod/baseline.yaml")).toBe("@your-company/platform-team");
});

test("an editor finds the JSON Schema of every YAML file, and the files are valid by it", () => {
  expect(keyless("init", "prod", "--region", "eu-central-1")).toMatchObject({ status: 0, stderr: "" });
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const files = ["example/baseline.yaml", "example/organization.yaml", "prod/baseline.yaml"];
  for (const name of files) {
    const file = join(company, "environments", name);
    const yaml = readFileSync(file, "utf8");
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(yaml)?.[1];
    const path = join(dirname(file), schema ?? "is not named");
    expect([name, existsSync(path)]).toEqual([name, true]);
    const valid = ajv.compile(JSON.parse(readFileSync(path, "utf8")) as object);
    expect([name, valid(parse(yaml)), valid.errors]).toEqual([name, true, null]);
    expect(valid({ nonsense: true })).toBe(false);
  }
  rmSync(join(company, "environments/prod"), { recursive: true });
});

test("its workflows call scripts, commands and workflows that this repository has", () => {
  const { scripts } = JSON.parse(readFileSync(join(company, "package.json"), "utf8")) as { scripts: object };
  const workflows = toolFiles().filter(({ file }) => file.startsWith(".github/workflows/"));
  expect(workflows.length).toBe(5);
  for (const { file } of workflows) {
    const workflow = readFileSync(join(company, file), "utf8");
    for (const [, script] of workflow.matchAll(/npm run (?:--silent )?([\w-]+)/g))
      expect(scripts).toHaveProperty(script!);
    for (const [, command] of workflow.matchAll(/npx --no -- keyless ([\w-]+)/g))
      expect(commandNames()).toContain(command);
    for (const [, used] of workflow.matchAll(/uses: \.\/(\S+)/g)) expect(existsSync(join(company, used!))).toBe(true);
    expect(workflow).not.toMatch(/dist\/cli|cli\/commands/);
  }
});

test("which file belongs to whom: the guide, the repository's own README and the code say the same", () => {
  const expanded = (text: string): string[] =>
    [...text.matchAll(/`([^`]+)`/g)].flatMap(([, name]) => {
      const [, head, list, tail] = /^(.*)\{(.*)\}(.*)$/.exec(name!) ?? [];
      return list === undefined ? [name!] : list.split(",").map((one) => `${head!}${one}${tail!}`);
    });
  const rows = (text: string): string[][] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split("|").map((cell) => cell.trim()));
  const guide = rows(readFileSync(join(ROOT, "docs/company-repository.md"), "utf8"));
  const belong = (to: string): string[] => guide.filter((row) => row[2] === to).flatMap((row) => expanded(row[1]!));
  const folded = (files: readonly string[]): string[] =>
    [...new Set(files.map((file) => (file.startsWith("docs/schema/") ? "docs/schema/" : file)))].sort();
  expect(belong("the tool").sort()).toEqual(folded(toolFiles().map(({ file }) => file)));
  expect(belong("the company").sort()).toEqual(
    [
      ...companyFiles().map(({ file }) => file),
      "package.json",
      "environments/",
      "environments/<name>/organization.yaml",
    ].sort(),
  );
  const readme = rows(readFileSync(join(company, "README.md"), "utf8"));
  expect(
    readme
      .filter((row) => row[2]!.startsWith("the tool"))
      .flatMap((row) => expanded(row[1]!))
      .sort(),
  ).toEqual(belong("the tool").sort());
});

test("validate, prove and review answer there, and every command says how it is used", () => {
  expect(keyless("validate")).toMatchObject({ status: 0, stdout: "example: valid\n" });
  expect(keyless("prove", "example")).toMatchObject({ status: 0, stderr: "" });
  expect(keyless("report", "example", "--output", join(work, "page.html"))).toMatchObject({ status: 0 });
  const before = join(work, "before");
  cpSync(join(company, "cdktf.out"), before, { recursive: true });
  const review = keyless("review", "--base", before, "--head", "cdktf.out");
  expect(review).toMatchObject({ status: 0, stderr: "" });
  expect(review.stdout).toContain("Nothing changes.");
  const program = join(company, "node_modules/.bin/keyless");
  for (const name of commandNames()) {
    const { status, stdout, stderr } = run(company, program, name, "--help");
    expect([name, status, stderr]).toEqual([name, 0, ""]);
    expect(stdout).toContain(`Usage: npx keyless ${name}`);
  }
}, 900_000);

test("its own program may use the evaluator: every snippet of docs/library.md, in TypeScript and JavaScript, as CommonJS and ES module", () => {
  const folder = join(company, "program");
  mkdirSync(folder);
  const snippets = [...readFileSync(join(ROOT, "docs/library.md"), "utf8").matchAll(/```ts\n(import [^]*?)```/g)];
  expect(snippets.length).toBeGreaterThan(2);
  for (const [i, [, code]] of snippets.entries())
    for (const ending of ["cts", "mts"]) writeFileSync(join(folder, `snippet-${i}.${ending}`), code!);
  writeFileSync(
    join(folder, "wrong.cts"),
    'import { evaluate } from "keyless-org-baseline";\nevaluate({ action: 1 });\n',
  );
  writeFileSync(join(folder, "inside.mjs"), 'import "keyless-org-baseline/dist/modules/policy/evaluate.js";\n');
  const compile = (files: readonly string[], ...options: readonly string[]): Run =>
    run(
      folder,
      "npx",
      "tsc",
      "--strict",
      "--skipLibCheck",
      "--target",
      "es2022",
      "--lib",
      "es2023,dom",
      ...options,
      ...files,
    );
  const names = snippets.map((_, i) => `snippet-${i}`);
  const sources = names.flatMap((name) => [`${name}.cts`, `${name}.mts`]);
  expect(compile(sources, "--module", "nodenext")).toMatchObject({ status: 0, stdout: "" });
  // Kinds of resolution that read `types`, not `exports`, or the other way round.
  const node10 = ["--module", "commonjs", "--moduleResolution", "node10", "--noEmit"];
  expect(compile(sources, ...node10)).toMatchObject({ status: 0, stdout: "" });
  expect(compile(sources, "--module", "esnext", "--moduleResolution", "bundler", "--noEmit")).toMatchObject({
    status: 0,
    stdout: "",
  });
  expect(compile(["wrong.cts"], "--module", "nodenext", "--noEmit").stdout).toContain("error TS");
  for (const [i, [, code]] of snippets.entries()) {
    const expected = [...code!.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)]
      .map(([, printed]) => `${printed!}\n`)
      .join("");
    for (const ending of ["cjs", "mjs"])
      expect([i, ending, run(folder, process.execPath, `snippet-${i}.${ending}`)]).toEqual([
        i,
        ending,
        { status: 0, stdout: expected, stderr: "" },
      ]);
  }
  expect(run(folder, process.execPath, "inside.mjs").stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  rmSync(folder, { recursive: true });
}, 120_000);

/** Makes the company's last commit one that used another package, and leaves the lock file of this one in the work tree. */
function committedWith(old: string): void {
  const lock = join(company, "package-lock.json");
  const installed = readFileSync(lock, "utf8");
  const entry = /("node_modules\/keyless-org-baseline": \{\s+"version": ")[^"]*(",\s+"resolved": ")file:[^"]*"/;
  change(lock, entry, `$10.0.9$2file:${old}"`);
  commitAll(company);
  writeFileSync(lock, installed);
}

test("upgrade reviews what the installed version no longer denies, and writes nothing", () => {
  // A version that denied one action more.
  const old = join(work, "old");
  mkdirSync(old);
  expect(run(old, "tar", "-xzf", tarball, "--strip-components=1")).toMatchObject({ status: 0 });
  change(
    join(old, "dist/modules/sections/guardrails/rules/deny-access-key-creation.js"),
    'Action: "iam:CreateAccessKey"',
    'Action: ["iam:CreateAccessKey", "iam:CreateAccountAlias"]',
  );
  change(join(old, "package.json"), /"version": "[^"]*"/, '"version": "0.0.9"');
  committedWith(pack(old, work));

  const upgrade = keyless("upgrade");
  expect([upgrade.status, upgrade.stderr]).toEqual([3, ""]);
  expect(upgrade.stdout).toMatch(/^0\.0\.9 → \d/);
  expect(upgrade.stdout).toContain("iam:CreateAccountAlias");
  expect(upgrade.stdout).toMatch(/weaken/);
  expect(run(company, "git", "status", "--porcelain")).toMatchObject({ stdout: " M package-lock.json\n" });
}, 900_000);

/** The package of a commit, built and packed; undefined where this clone does not have the commit. */
function packageOf(commit: string): string | undefined {
  if (run(ROOT, "git", "cat-file", "-e", `${commit}^{commit}`).status !== 0) return undefined;
  const folder = mkdtempSync(join(work, "commit-"));
  const archive = join(folder, "commit.tar");
  expect(run(ROOT, "git", "archive", "--output", archive, commit)).toMatchObject({ status: 0 });
  expect(run(folder, "tar", "-xf", archive)).toMatchObject({ status: 0 });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  // Types were checked when it was committed.
  const built = run(folder, process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".", "--noCheck");
  expect([built.status, built.stdout]).toEqual([0, ""]);
  rmSync(join(folder, "node_modules"));
  const into = join(folder, "packed");
  mkdirSync(into);
  return pack(folder, into);
}

test("upgrade from the package of the commit before: its review says what the stacks of both versions say", () => {
  const old = packageOf("HEAD~1");
  if (old === undefined) {
    process.stderr.write(
      "SKIPPED: upgrade from the commit before: this clone has one commit only (fetch more of it)\n",
    );
    return;
  }
  committedWith(old);
  const upgrade = keyless("upgrade");
  expect([0, 3]).toContain(upgrade.status);
  expect(upgrade.stderr).toBe("");
  // Looked at another way: both synths, side by side.
  const extracted = mkdtempSync(join(work, "extracted-"));
  expect(run(extracted, "tar", "-xzf", old, "--strip-components=1")).toMatchObject({ status: 0 });
  symlinkSync(join(company, "node_modules"), join(extracted, "node_modules"));
  const before = mkdtempSync(join(work, "synth-"));
  cpSync(join(company, "environments"), join(before, "environments"), { recursive: true });
  const main = join(extracted, "dist/main.js");
  expect(run(before, process.execPath, main)).toMatchObject({ status: 0 });
  const same = JSON.stringify(stacksOf(before)) === JSON.stringify(stacksOf(company));
  const [, review] = upgrade.stdout.split("example:\n");
  expect([same, upgrade.stdout]).toEqual([review!.includes("\nNothing changes.\n"), upgrade.stdout]);
  if (same) expect(upgrade.status).toBe(0);
}, 900_000);

/** What needs AWS and Terraform, from the company's repository too. */
describeReal("against the local AWS", () => {
  let local: LocalAws;
  // Not `spawnSync`: the local AWS answers in this process.
  const withAws = async (...args: readonly string[]): Promise<Run> => {
    const child = spawn(join(company, "node_modules/.bin/keyless"), args, {
      cwd: company,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...local.env, NO_COLOR: "1" },
    });
    const status = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await status, stdout, stderr };
  };
  beforeAll(async () => {
    local = await startLocalAws({ facts: loadEnvironment(ROOT, "example").organization, region: "eu-central-1" });
  }, 120_000);
  afterAll(async () => {
    await local?.stop();
  });

  test("sync, plan, apply and verify a new environment", async () => {
    const baseline = join(company, "environments/acme/baseline.yaml");
    expect(keyless("init", "acme", "--region", "eu-central-1")).toMatchObject({ status: 0 });
    expect(await withAws("sync", "acme")).toMatchObject({ status: 0 });
    const filled = readFileSync(baseline, "utf8")
      .replaceAll(/"TO FILL IN:[^"]*"/g, "a safe")
      .replace("emails: []", "emails: [security-alerts@example.com]");
    writeFileSync(baseline, filled);
    expect(run(company, "npm", "run", "synth")).toMatchObject({ status: 0 });
    expect((await withAws("plan", "acme")).status).toBe(3);
    const applied = await withAws("apply", "acme", "--yes", "--no-verify");
    expect([applied.status, applied.stdout]).toEqual([0, expect.stringContaining("2 stacks applied")]);
    const verified = await withAws("verify", "acme");
    expect([verified.status, verified.stdout]).toEqual([3, expect.stringContaining("not as planned: 3 claims")]);
    expect((await withAws("inventory", "acme", "--role", "OrganizationAccountAccessRole")).status).toBe(0);
  }, 600_000);
});
