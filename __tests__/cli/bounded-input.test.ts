import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOf } from "../support/cli";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

/** What is wrong with a file costs little to say, and stops nothing but what rests on it. */

jest.setTimeout(120_000);

let project: ReturnType<typeof temporaryProject>;
const warm = new Warm();
beforeEach(() => (project = temporaryProject()));
afterEach(() => project.remove());
afterAll(() => warm.stop());

const edit = (file: string, from: string, to: string): void => {
  const path = join(project.root, file);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
};
const INTENT = "environments/example/baseline.yaml";
const FACTS = "environments/example/organization.yaml";
const tags = (n: number, indent: string): string => Array.from({ length: n }, (_, i) => `${indent}t${i}: x\n`).join("");

/** Each level holds the one before ten times. */
const bomb = (): string =>
  ["  a: &a [x, x, x, x, x, x, x, x, x, x]"]
    .concat([..."bcdefghi"].map((name, i) => `  ${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(", ")}]`))
    .join("\n");

test.each<[string, string, string, () => string, string]>([
  [
    "aliases that explode",
    INTENT,
    "tags:\n",
    () => `tags:\n${bomb()}\n`,
    "error YAML-ALIAS environments/example/baseline.yaml:1:1",
  ],
  ["700,000 tags", INTENT, "tags:\n", () => `tags:\n${tags(700_000, "  ")}`, "baseline.yaml is larger than 4 MB."],
  ["30,000 tags of an account", FACTS, "    tags:\n", () => `    tags:\n${tags(30_000, "      ")}`, "at most 100 tags"],
  [
    "1,600,000 tags of an account",
    FACTS,
    "    tags:\n",
    () => `    tags:\n${tags(1_600_000, "      ")}`,
    "organization.yaml is larger than 16 MB.",
  ],
])("%s: one error, with a heap of 300 MB", (_, file, from, to, expected) => {
  edit(file, from, to());
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--max-old-space-size=300", join(ROOT, "dist/cli/index.js"), "validate", "example"],
    { cwd: project.root, encoding: "utf8", env: environmentOf(project.root), timeout: 100_000 },
  );
  const said = stdout + stderr;
  expect([status, said]).toEqual([2, expect.stringContaining(expected)]);
  expect(said.match(/^error /gm)).toHaveLength(1);
});

test("an environment with a mistake stops itself and no other", async () => {
  cpSync(join(project.root, "environments/example"), join(project.root, "environments/second"), { recursive: true });
  edit("environments/second/baseline.yaml", "region: eu-central-1", "region: eu-centrl-1");
  edit("environments/second/organization.yaml", "id: o-exampleorg1", "id: o-exampleorg2");
  const second = "error FACTS-REGION environments/second/baseline.yaml:4:9 region";
  const synth = await warm.synth(project.root);
  expect([synth.status, synth.stderr]).toEqual([2, expect.stringContaining(second)]);
  expect((await warm.keyless(project.root, ["show", "example"])).status).toBe(0);
  const validated = await warm.keyless(project.root, ["validate"]);
  expect([validated.status, validated.stdout]).toEqual([2, expect.stringContaining(second)]);
  expect(validated.stdout).not.toMatch(/^error .* environments\/example/m);
  // What was synthesized of the other is as good as alone.
  const review = ["review", "--base", "cdktf.out", "--head", "cdktf.out", "--env", "example", "--no-approvals"];
  expect((await warm.keyless(project.root, review)).status).toBe(0);
});

test("a profile that is not there is named", async () => {
  const { status, stderr } = await warm.keyless(project.root, ["sync", "example"], {
    AWS_PROFILE: "nobodys",
    AWS_CONFIG_FILE: join(project.root, "none"),
    AWS_SHARED_CREDENTIALS_FILE: join(project.root, "none"),
    AWS_EC2_METADATA_DISABLED: "true",
  });
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('The profile "nobodys" (AWS_PROFILE) is not configured'),
  ]);
});
