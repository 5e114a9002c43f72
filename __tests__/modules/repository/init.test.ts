import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { environmentNames, parseAgainst } from "../../../modules/config/load";
import { Baseline, baselineSchema } from "../../../modules/sections/schema";
import { BaselineError, formatProblem, Problem } from "../../../modules/kernel/errors";
import { partitionOf } from "../../../modules/organization/partition";
import { REGIONS } from "../../../modules/organization/regions";
import { newEnvironment } from "../../../modules/repository/init";
import { ROOT } from "../../support/environments";
import { keylessHere } from "../../support/in-process";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "keyless-init-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (name = "prod"): string => readFileSync(join(root, "environments", name, "baseline.yaml"), "utf8");
const init = (name: string, options: { region?: string; backend?: string } = {}): string => {
  const { file, write } = newEnvironment(root, name, { region: "eu-central-1", backend: "local", ...options });
  expect(existsSync(join(root, file))).toBe(false);
  write();
  return file;
};
function refusal(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof BaselineError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}
function problemsOf(yaml: string): readonly string[] {
  const problems: Problem[] = [];
  parseAgainst<Baseline>("baseline.yaml", yaml, baselineSchema, problems);
  return problems.map(formatProblem);
}

test("makes an environment whose file is valid and names its schema", () => {
  expect(init("prod")).toBe("environments/prod/baseline.yaml");
  expect(environmentNames(root)).toEqual(["prod"]);
  expect(problemsOf(text())).toEqual([]);
  expect(text().split("\n")[0]).toBe("# yaml-language-server: $schema=../../docs/schema/baseline.schema.json");
});

test("what stands in comments is valid too, once they are taken away", () => {
  init("prod");
  const uncommented = text().replace(/^#(?=\S| {2})(?! {3}npx keyless)/gm, "");
  expect(Object.keys(parse(uncommented) as object)).toEqual(
    expect.arrayContaining(["identityCenter", "credentialHygiene"]),
  );
  expect((parse(uncommented) as Baseline).guardrails.rollout).toHaveLength(2);
  expect(problemsOf(uncommented)).toEqual([]);
});

test.each([
  ["hcp:acme", "acme/Default Project"],
  ["hcp:acme/landing zone", "acme/landing zone"],
])("with --backend %s the comments say how runs come to their roles", (backend, project) => {
  init("prod", { backend });
  const uncommented = text().replace(/^#(?=\S| {2})(?! {3}npx keyless)/gm, "");
  expect(problemsOf(uncommented)).toEqual([]);
  expect(parse(uncommented)).toMatchObject({ pipeline: { kind: "hcp-terraform", project }, hcp: { notify: [] } });
});

test.each<[string, object]>([
  ["local", { type: "local" }],
  ["s3:acme-state", { type: "s3", bucket: "acme-state", region: "eu-west-1" }],
  ["s3:acme-state/baseline/prod", { type: "s3", bucket: "acme-state", region: "eu-west-1", prefix: "baseline/prod" }],
  ["hcp:acme", { type: "hcp", organization: "acme" }],
  ["hcp:acme/landing zone", { type: "hcp", organization: "acme", project: "landing zone" }],
])("--backend %s", (backend, expected) => {
  init("prod", { backend, region: "eu-west-1" });
  expect((parse(text()) as Baseline).backend).toEqual(expected);
  expect((parse(text()) as Baseline).region).toBe("eu-west-1");
  expect(problemsOf(text())).toEqual([]);
});

test("overwrites nothing", () => {
  init("prod");
  const before = text();
  expect(refusal(() => init("prod", { region: "us-east-1" }))).toEqual([
    "error INIT-EXISTS environments/prod/baseline.yaml\n  environments/prod/baseline.yaml is there already; nothing was written.\n  fix: Change it by hand, or choose another name.",
  ]);
  expect(text()).toBe(before);
});

test.each<[string, string, { region?: string; backend?: string }, string]>([
  ["a name that leads elsewhere", "../prod", {}, "error ENV-NAME"],
  ["a name in capitals", "Prod", {}, "error ENV-NAME"],
  [
    "a region that is not one",
    "prod",
    { region: "europe" },
    'error USAGE\n  --region cannot be "europe".\n  fix: Write a region, for example eu-central-1.',
  ],
  ["a region with a line break", "prod", { region: "eu-central-1\nversion: 2" }, "error USAGE\n  --region cannot be"],
  [
    "a region that there is not",
    "prod",
    { region: "xx-nope-1" },
    "error REGION-UNKNOWN\n  xx-nope-1 is no region that this version knows.\n  fix: ",
  ],
  ["a mistyped region", "prod", { region: "eu-centrall-1" }, "\n  fix: Did you mean eu-central-1? Known: af-south-1, "],
  ["a region that is one too many", "prod", { region: "eu-west-4" }, "\n  fix: Did you mean eu-west-1? "],
  [
    "another partition",
    "prod",
    { region: "us-gov-west-1" },
    "error PARTITION\n  us-gov-west-1 is of the partition aws-us-gov",
  ],
  [
    "a backend that is not one",
    "prod",
    { backend: "gcs:bucket" },
    'error USAGE\n  --backend cannot be "gcs:bucket".\n  fix: Write local, s3:<bucket>',
  ],
  ["a bucket whose name is too short", "prod", { backend: "s3:x" }, "error USAGE backend.bucket"],
])("refuses %s and writes nothing", (_, name, options, expected) => {
  expect(refusal(() => init(name, options)).join("\n")).toContain(expected);
  expect(existsSync(join(root, "environments"))).toBe(false);
});

test("the regions are those that the SDK knows", () => {
  const sdk = join(ROOT, "node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js");
  const known = /"id": "aws",[^]*?"id": "aws-cn"/.exec(readFileSync(sdk, "utf8"))![0];
  const regions = [...known.matchAll(/"([a-z]{2}(?:-[a-z]+)+-\d)": \{/g)].map((match) => match[1]);
  expect(REGIONS).toEqual(regions.sort());
  expect(REGIONS.map(partitionOf)).toEqual(REGIONS.map(() => "aws"));
});

test("with --repository nothing at all is written where the environment would be refused", async () => {
  const { status, stdout, stderr } = await keylessHere(root, ["init", "prod", "--repository", "--region", "xx-nope-1"]);
  expect(stderr).toContain("error REGION-UNKNOWN");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(readdirSync(root)).toEqual([]);
});
