import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { requireUnchanged, writeProposal } from "../../modules/live/adopt/write";
import { proposeAdoption } from "../../modules/live/adopt/propose";
import { EXAMPLE_ORGANIZATION, ROOT } from "../support/environments";
import { keylessHere } from "../support/in-process";
import type { CliRun } from "../support/cli";

/** What happens while the question stands, and what is answered. */
let answer: () => string = () => "yes";
jest.mock("node:readline/promises", () => ({
  createInterface: () => ({
    question: () => Promise.resolve(answer()),
    once: () => undefined,
    close: () => undefined,
  }),
}));

const root = mkdtempSync(join(tmpdir(), "keyless-adopt-cli-"));
const folder = join(root, "environments/example");
const baseline = join(folder, "baseline.yaml");
const FILES = ["baseline.yaml", "moves.yaml", "policies/sandbox-limits.json"];
const run = (...args: readonly string[]): Promise<CliRun> => keylessHere(root, ["adopt", "example", ...args]);
const written = (): readonly string[] => FILES.filter((file) => existsSync(join(folder, file)));
const tty = process.stdin.isTTY;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(ROOT, "environments/example"), folder, { recursive: true });
  const existing = {
    version: 1,
    organizationId: /^id: (o-\S+)$/m.exec(EXAMPLE_ORGANIZATION)![1]!,
    readAt: "2026-11-27T03:00:00Z",
    permissionSets: [],
    policies: [{ id: "p-exmpsandbx", name: "sandbox-limits", description: "Ours for years" }],
    oidcProviders: [],
    things: [],
    names: {},
    looked: [],
    notRead: [],
  };
  writeFileSync(join(folder, "existing.yaml"), stringify(existing));
  process.stdin.isTTY = true;
  answer = () => "yes";
});
afterAll(() => {
  process.stdin.isTTY = tty;
  rmSync(root, { recursive: true, force: true });
});

describe("adopt --write", () => {
  test("writes what was shown, and nothing without a yes", async () => {
    answer = () => "no";
    expect((await run("--write")).status).toBe(3);
    expect(written()).toEqual(["baseline.yaml"]);
    answer = () => "yes";
    expect(await run("--write")).toMatchObject({ status: 0, stderr: "" });
    expect(written()).toEqual(FILES);
  });

  test.each<[string, () => string]>([
    ["baseline.yaml", () => readFileSync(baseline, "utf8").replace("The embedded example", "My edit")],
    ["moves.yaml", () => "version: 1\n# mine\n"],
    ["policies/sandbox-limits.json", () => "{}\n"],
  ])("an edit of %s while the question stands is kept, and nothing is written", async (file, text) => {
    const mine = text();
    answer = () => {
      writeFileSync(join(folder, file), mine);
      return "yes";
    };
    const { status, stderr } = await run("--write");
    expect(stderr).toMatch(file.startsWith("policies/") ? /^error ADOPT-FILE-EXISTS / : /^error ADOPT-CHANGED /);
    expect(status).toBe(file.startsWith("policies/") ? 2 : 1);
    expect(readFileSync(join(folder, file), "utf8")).toBe(mine);
    expect(written()).toEqual([...new Set(["baseline.yaml", file])]);
  });

  test("a file that is touched and not changed is no change", () => {
    const { files } = proposeAdoption(root, "example");
    utimesSync(baseline, 0, 0);
    expect(() => requireUnchanged(root, "example", files)).not.toThrow();
  });

  test("moves.yaml comes before baseline.yaml, and policies before both: a run that stops is found", () => {
    const { files } = proposeAdoption(root, "example");
    // A folder in the place of the file that comes next stops it.
    mkdirSync(join(folder, "moves.yaml"));
    const before = readFileSync(baseline, "utf8");
    expect(() => writeProposal(root, "example", files)).toThrow("FILE-NOT-WRITTEN");
    expect(existsSync(join(folder, "policies/sandbox-limits.json"))).toBe(true);
    expect(readFileSync(baseline, "utf8")).toBe(before);
    rmSync(join(folder, "moves.yaml"), { recursive: true });
    expect(proposeAdoption(root, "example").files).toEqual(files);
  });
});

describe("adopt --output", () => {
  const output = join(root, "proposal");
  beforeEach(() => rmSync(output, { recursive: true, force: true }));

  test("makes the folder, and the same once more is fine", async () => {
    for (let i = 0; i < 2; i++) {
      expect(await run("--output", output)).toMatchObject({ status: 0, stderr: "" });
      expect(readdirSync(output).sort()).toEqual(["baseline.yaml", "moves.yaml", "policies"]);
    }
    expect(written()).toEqual(["baseline.yaml"]);
  });

  test("writes over nothing, in the environment's folder neither", async () => {
    mkdirSync(output);
    writeFileSync(join(output, "moves.yaml"), "mine\n");
    expect(await run("--output", output)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error ADOPT-FILE-EXISTS .*moves\.yaml\n/) as unknown,
    });
    expect(readdirSync(output)).toEqual(["moves.yaml"]);
    expect((await run("--output", folder)).stderr).toMatch(/^error ADOPT-FILE-EXISTS .*baseline\.yaml\n/);
    expect(written()).toEqual(["baseline.yaml"]);
  });

  test("a file in the place of the folder, or above it, is one message", async () => {
    writeFileSync(output, "mine\n");
    expect(await run("--output", output)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error ADOPT-OUTPUT /) as unknown,
    });
    expect((await run("--output", join(output, "below"))).stderr).toMatch(/^error FILE-NOT-WRITTEN /);
    expect(readFileSync(output, "utf8")).toBe("mine\n");
  });
});
