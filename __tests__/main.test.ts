import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "./support/environments";
import { Warm } from "./support/warm";

const folders: string[] = [];
const warm = new Warm();
afterAll(async () => {
  await warm.stop();
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

jest.setTimeout(120_000);

/** A copy of the project's inputs in a folder of its own; the compiled program stays where it is. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "keyless-"));
  folders.push(folder);
  cpSync(join(ROOT, "environments"), join(folder, "environments"), { recursive: true });
  cpSync(join(ROOT, "cdktf.json"), join(folder, "cdktf.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** As cdktf starts it: a process of its own. */
function synth(
  folder: string,
  nodeOptions: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
): { status: number | null; stderr: string } {
  const main = join(ROOT, "dist/main.js");
  if (!existsSync(main)) throw new Error("dist/main.js is missing: run npm run build first (npm test does)");
  const run = spawnSync(process.execPath, [...nodeOptions, main], {
    cwd: folder,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TZ: folders.length % 2 ? "UTC" : "Asia/Tokyo",
      ...more,
    },
  });
  return { status: run.status, stderr: run.stderr };
}

/** The same in the process that is warm. */
async function synthHere(folder: string): Promise<{ status: number | null; stderr: string }> {
  const { status, stderr } = await warm.synth(folder, { PATH: process.env["PATH"], HOME: process.env["HOME"] });
  return { status, stderr };
}

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const read = (folder: string, file: string): string => readFileSync(join(folder, "cdktf.out", file), "utf8");

const STACKS = [
  "break-glass",
  "credential-hygiene",
  "guardrail-observation",
  "guardrails",
  "identity-center",
  "identity-center-00",
  "identity-center-03",
  "identity-center-management",
  "pipeline",
  "workload-identity-333333333302-eu-central-1",
  "workload-identity-444444444401-eu-central-1",
  "workload-identity-444444444402-eu-central-1",
  "workload-identity-444444444403-eu-central-1",
].map((name) => `example-${name}`);

describe("synth", () => {
  const one = project();
  const first = synth(one);

  test("the example synthesizes", () => {
    expect(first).toEqual({ status: 0, stderr: "" });
    expect(files(join(one, "cdktf.out")).filter((f) => f.endsWith("cdk.tf.json"))).toEqual(
      STACKS.map((name) => `stacks/${name}/cdk.tf.json`).sort(),
    );
  });

  test("two synths in different folders give identical bytes, where neither Terraform nor OpenTofu is installed too", () => {
    const two = project();
    expect(synth(two, [], { PATH: "" })).toEqual({ status: 0, stderr: "" });
    expect(files(join(two, "cdktf.out"))).toEqual(files(join(one, "cdktf.out")));
    for (const file of files(join(one, "cdktf.out"))) expect([file, read(two, file)]).toEqual([file, read(one, file)]);
  });

  test("files beside a stack: plan and apply refuse them before anything runs, the next synth removes them", () => {
    const folder = join(one, "cdktf.out/stacks/example-guardrails");
    const names = ["a.tftest.hcl", "evil.tf", "evil.tf.json", "override.tofu", "x.auto.tfvars"];
    const kept = join(folder, ".terraform.lock.hcl");
    for (const file of [...names.map((name) => join(folder, name)), kept]) writeFileSync(file, "");
    for (const command of ["plan", "apply"]) {
      const run = spawnSync(process.execPath, [join(ROOT, "bin/keyless.js"), command, "example"], {
        cwd: one,
        encoding: "utf8",
        // No Terraform is found: whatever ran it would say so.
        env: { PATH: "", HOME: process.env["HOME"] },
      });
      const refused = [...run.stderr.matchAll(/DELIVERY-EXTRA-FILE \S*\/([\w.]+)/g)].map((match) => match[1]);
      expect([command, run.status, refused]).toEqual([command, 2, names]);
    }
    expect(synth(one)).toEqual({ status: 0, stderr: "" });
    expect(readdirSync(folder).sort()).toEqual([".terraform.lock.hcl", "cdk.tf.json"]);
    rmSync(kept);
  });

  test("code from elsewhere in a stack: plan, its check, apply and recover refuse it before anything runs", () => {
    const file = join(one, "cdktf.out/stacks/example-guardrails/cdk.tf.json");
    const text = readFileSync(file, "utf8");
    const stack = JSON.parse(text) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...stack, data: [{ external: { x: { program: ["touch", "ran"] } } }] }));
    const run = (...words: readonly string[]): readonly unknown[] => {
      const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "bin/keyless.js"), ...words], {
        cwd: one,
        encoding: "utf8",
        env: { PATH: "", HOME: process.env["HOME"] },
      });
      return [words[0], status, [...stderr.matchAll(/[A-Z]+-[A-Z-]+/g)].map(([code]) => code)];
    };
    const twice = ["DELIVERY-FOREIGN-CODE", "DELIVERY-FOREIGN-CODE"];
    expect(run("plan", "example")).toEqual(["plan", 3, twice]);
    expect(run("plan", "example", "--check")).toEqual(["plan", 3, twice]);
    expect(run("apply", "example", "--yes")).toEqual(["apply", 3, twice]);
    expect(run("recover", "example")).toEqual(["recover", 3, twice]);
    writeFileSync(file, text);
    expect(run("plan", "example", "--check")).toEqual(["plan", 0, []]);
  });

  test("a synth under cdktn gives the same JSON but for version metadata", () => {
    const fork = project();
    expect(synth(fork, ["-r", join(ROOT, "__tests__/support/cdktn-hook.js")])).toEqual({ status: 0, stderr: "" });
    const withoutMetadata = (text: string): unknown => ({ ...(JSON.parse(text) as object), "//": undefined });
    const metadata = (text: string): { version?: string } =>
      (JSON.parse(text) as { "//": { metadata: { version?: string } } })["//"].metadata;
    const stacks = files(join(one, "cdktf.out")).filter((f) => f.endsWith("cdk.tf.json"));
    expect(files(join(fork, "cdktf.out")).filter((f) => f.endsWith("cdk.tf.json"))).toEqual(stacks);
    for (const file of stacks) {
      expect([file, withoutMetadata(read(fork, file))]).toEqual([file, withoutMetadata(read(one, file))]);
      // The fork really ran.
      expect(metadata(read(fork, file)).version).not.toBe(metadata(read(one, file)).version);
    }
  });

  test("workspaces of HCP Terraform, where they are asked for: the same under both, and beside them the other stacks", async () => {
    const hcp = (): string =>
      edited([
        ["baseline", "backend:\n  type: local\n", "backend:\n  type: hcp\n  organization: acme\n"],
        [
          "baseline",
          "  kind: github\n  project: example/keyless-org-baseline\n  environment: production\n",
          "  kind: hcp-terraform\n  project: acme/Default Project\n\nhcp:\n  notify: [ada@example.com]\n",
        ],
      ]);
    const [folder, fork] = [hcp(), hcp()];
    expect(await synthHere(folder)).toEqual({ status: 0, stderr: "" });
    expect(synth(fork, ["-r", join(ROOT, "__tests__/support/cdktn-hook.js")])).toEqual({ status: 0, stderr: "" });
    const stacks = files(join(folder, "cdktf.out")).filter((f) => f.endsWith("cdk.tf.json"));
    expect(stacks).toEqual([...STACKS, "example-hcp-workspaces"].map((name) => `stacks/${name}/cdk.tf.json`).sort());
    const without = (text: string): unknown => ({ ...(JSON.parse(text) as object), "//": undefined });
    for (const file of stacks) expect([file, without(read(fork, file))]).toEqual([file, without(read(folder, file))]);
  });

  test("a mistake in the files is said without a stack trace, exit code 2, and nothing is written", () => {
    const broken = project();
    const file = join(broken, "environments/example/baseline.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("version: 1", "version: 9"));
    const { status, stderr } = synth(broken);
    expect(status).toBe(2);
    expect(stderr).toContain("error CONFIG-VALUE environments/example/baseline.yaml:3:10 version");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(broken, "cdktf.out"))).toBe(false);
  });

  /** Copies the project with texts of its files replaced. */
  function edited(edits: readonly (readonly [file: "baseline" | "organization", from: string, to: string])[]): string {
    const folder = project();
    for (const [name, from, to] of edits) {
      const file = join(folder, `environments/example/${name}.yaml`);
      const parts = readFileSync(file, "utf8").split(from);
      expect([from, parts.length]).toEqual([from, 2]);
      writeFileSync(file, parts.join(to));
    }
    return folder;
  }

  const foreign = (statement: string): string =>
    `policies:\n  - id: p-oldrules\n    name: old-rules\n    type: SERVICE_CONTROL_POLICY\n    awsManaged: false\n    ours: false\n    content: '{"Version":"2012-10-17","Statement":[${statement}]}'\n    targetIds: [ou-exmp-workload]\n`;

  test.each([
    ["iam:*", "Break glass could not fix"],
    ["sts:AssumeRole", "Nobody gets into"],
  ])(
    "refuses, with a counterexample, an SCP of the user's own that denies %s to break glass",
    async (action, words) => {
      const custom = "\n  custom:\n";
      const folder = edited([
        [
          "baseline",
          custom,
          `${custom}    - name: no-changes\n      description: Nobody changes anything\n      file: policies/no-changes.json\n      targets: [all]\n`,
        ],
        ["baseline", "  homeAccount: management", "  homeAccount: log-archive"],
      ]);
      writeFileSync(
        join(folder, "environments/example/policies/no-changes.json"),
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Sid: "NoChanges", Effect: "Deny", Action: action, Resource: "*" }],
        }),
      );
      const { status, stderr } = await synthHere(folder);
      expect(stderr).toMatch(
        /error PROOF-NO-LOCK-OUT environments\/example\/baseline\.yaml:\d+:\d+ guardrails\.custom\[0\]\.file\n/,
      );
      expect(stderr).toContain(words);
      expect(stderr).toContain(
        "Statement NoChanges of the SCP keyless-custom-no-changes (attached to (root)) denies it",
      );
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(status).toBe(3);
      expect(existsSync(join(folder, "cdktf.out"))).toBe(false);
    },
  );

  test.each([
    [
      "an SCP of somebody else's that denies iam:* to break glass",
      [["organization", "policies:\n", foreign('{"Sid":"NoIam","Effect":"Deny","Action":"iam:*","Resource":"*"}')]],
      "PROOF-NO-LOCK-OUT",
      "Statement NoIam of the SCP old-rules (attached to Workloads) denies it",
    ],
    [
      "one that denies sts:AssumeRole to break-glass users in a member account",
      [
        ["baseline", "  homeAccount: management", "  homeAccount: shop-prod"],
        [
          "organization",
          "policies:\n",
          foreign('{"Sid":"NoHopping","Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}'),
        ],
      ],
      "PROOF-NO-LOCK-OUT",
      "Statement NoHopping of the SCP old-rules (attached to Workloads) denies it",
    ],
    [
      "a permission set whose role falls under an exemption",
      [
        [
          "baseline",
          "  remediation: manual",
          '  remediation: manual\n  retirement:\n    principals: ["arn:aws:iam::222222222202:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Secur*"]',
        ],
      ],
      "PROOF-EXEMPTIONS-HOLD",
      "Whoever is assigned the permission set SecurityAudit can become KeylessRetirement",
    ],
    [
      "an OU whose guardrails are off while the environment claims them everywhere",
      [
        [
          "baseline",
          "\n  claims:\n",
          "\n  claims:\n    - guardrails: [deny-user-creation, deny-leaving-organization]\n      enforcedIn: [all]\n",
        ],
        [
          "baseline",
          "    # deny-long-term-key-use is",
          "    - guardrails: [deny-leaving-organization]\n      mode: off\n      reason: A sandbox is to leave\n      targets: [{ ou: Sandbox }]\n    # deny-long-term-key-use is",
        ],
      ],
      "PROOF-NO-MINT",
      "The environment claims that deny-leaving-organization is enforced in Sandbox, and it is not",
    ],
  ] as const)("refuses, with a counterexample, %s", async (_, edits, code, words) => {
    const folder = edited(edits);
    const { status, stderr } = await synthHere(folder);
    expect(stderr).toContain(`error ${code} environments/example/`);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(3);
    expect(existsSync(join(folder, "cdktf.out"))).toBe(false);
  });
});
