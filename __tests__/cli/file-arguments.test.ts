import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isNoPath, Kind, PATHS, values } from "../support/path-arguments";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

/**
 * What a person names on the command line may be anything: a folder, a pipe that nobody writes to, a device that never ends. Every argument and
 * option that is a path is put through that; one that is new has to be named here.
 */

jest.setTimeout(60_000);

const project = temporaryProject();
const warm = new Warm();
afterAll(async () => {
  await warm.stop();
  project.remove();
});

test("every argument and option with a value is a path of the table, or is named as none", () => {
  const known = values().filter((value) => !Object.hasOwn(PATHS, value) && !/ --no-/.test(value));
  expect(known.filter((value) => !isNoPath(value))).toEqual([]);
  expect(Object.keys(PATHS).filter((path) => !values().includes(path))).toEqual([]);
});

/** Nobody answers there, and nothing of this machine's is asked. */
const NO_AWS = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_MAX_ATTEMPTS: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  GITHUB_TOKEN: "none",
  GITHUB_API_URL: "http://127.0.0.1:9",
};

/** What is there in place of what was meant. */
const STRANGE: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => mkdirSync(path),
  "a pipe": (path) => void spawnSync("mkfifo", [path]),
  "an endless device": (path) => symlinkSync("/dev/zero", path),
  "a plain file": (path) => writeFileSync(path, "x"),
  "a folder with pipes and devices": (path) => {
    mkdirSync(path);
    for (const name of ["a.json", "cdk.tf.json", "manifest.json", "log.json.gz"])
      spawnSync("mkfifo", [join(path, name)]);
    for (const name of ["b.json", "c.json.gz"]) symlinkSync("/dev/zero", join(path, name));
    mkdirSync(join(path, "stacks/example-x"), { recursive: true });
    spawnSync("mkfifo", [join(path, "stacks/example-x/cdk.tf.json")]);
    mkdirSync(join(path, "environments/example"), { recursive: true });
    spawnSync("mkfifo", [join(path, "environments/example/baseline.yaml")]);
  },
  "a full disk": (path) => symlinkSync("/dev/full", path),
};
const FITS: Readonly<Record<Kind, readonly (keyof typeof STRANGE)[]>> = {
  read: ["a folder", "a pipe", "an endless device"],
  "read folder": ["a pipe", "an endless device", "a plain file", "a folder with pipes and devices"],
  "read either": ["a pipe", "an endless device", "a folder with pipes and devices"],
  write: ["a folder", "a pipe", "a full disk"],
  "write folder": ["a pipe", "an endless device", "a plain file"],
};

beforeAll(async () => {
  const at = (name: string): string => join(project.root, name);
  const plan = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
  writeFileSync(at("plan.json"), JSON.stringify({ ...plan, resource_changes: [] }));
  writeFileSync(at("comment.md"), "nothing");
  const days = { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 };
  writeFileSync(
    at("inventory.json"),
    JSON.stringify({
      format: "keyless-inventory/1",
      environment: "example",
      organizationId: "o-exampleorg1",
      generatedAt: "2026-11-26T08:00:00Z",
      days,
      masked: false,
      accounts: [],
      credentials: [],
    }),
  );
  mkdirSync(at("logs"));
  writeFileSync(at("logs/empty.json"), JSON.stringify({ Records: [] }));
  mkdirSync(at("code/cli"), { recursive: true });
  writeFileSync(at("code/cli/x.ts"), "");
  mkdirSync(at("code/environments"));
  expect((await warm.synth(project.root)).status).toBe(0);
  symlinkSync("cdktf.out", at("synth"));
});

describe.each(Object.entries(PATHS))("%s", (_, [kind, ...args]) => {
  // What AWS answers would have to be there first.
  const fits = FITS[kind].filter((what) => what !== "a full disk" || args[0] !== "inventory");
  test.each(fits)("%s", async (what) => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "keyless-strange-"));
    try {
      const path = join(folder, "given");
      STRANGE[what]!(path);
      const { status, stdout, stderr } = await warm.keyless(project.root, [...args, path], NO_AWS);
      const said = stdout + stderr;
      expect(said).not.toMatch(/Internal error|\n\s+at |Invalid string length|heap/);
      // Logs in a folder that cannot be read are named and counted: what they would have shown is not known.
      const isCounted = /^not read: 8 links and special files$/m.test(said);
      if (isCounted) return;
      expect(said).toMatch(
        what === "a folder with pipes and devices" ? /given|PULL-REQUEST-CODE|AWS-UNREACHABLE/ : /given/,
      );
      expect([said, [1, 2].includes(status ?? 0)]).toEqual([said, true]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
