import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../../modules/kernel/json";
import { checksOf } from "../../../modules/live/verify/run";
import { targetState } from "../../../modules/proofs/environment";
import { loadEnvironment } from "../../../modules/sections/load";
import { CliRun } from "../../support/cli";
import { keylessHere } from "../../support/in-process";
import { marked } from "../../support/mark";
import { temporaryProject } from "../../support/project";

jest.setTimeout(60_000);

/** A Terraform that has the plans that are put there: what is asked here is what an apply believes of a record. */
describe("a record is a claim, and the apply judges again", () => {
  let project: ReturnType<typeof temporaryProject>;
  const path = (...parts: string[]): string => join(project.root, ...parts);
  const git = (...args: readonly string[]): string => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...identity, ...args], { cwd: project.root, encoding: "utf8", stdio: "pipe" }).trim();
  };
  const commit = (message: string): string => {
    git("add", "environments");
    git("commit", "--quiet", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };

  const EMPTY = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
  const creates = (type: string, name: string, after: object) => ({
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    provider_name: "registry.terraform.io/hashicorp/aws",
    change: {
      actions: ["create"],
      before: null,
      after,
      after_unknown: {},
      before_sensitive: false,
      after_sensitive: {},
    },
  });
  const KEY = creates("aws_iam_access_key", "a", { user: "ada" });
  const OTHER_KEY = creates("aws_iam_access_key", "a", { user: "bob" });
  const GROUP = creates("terraform_data", "a", { input: "quiet" });
  const S3 = { backend: { s3: { bucket: "acme-state", key: "a" } } };
  const HCP = { cloud: { organization: "acme", workspaces: { name: "prod-a" } } };

  interface Stack {
    readonly changes: readonly unknown[];
    readonly terraform?: object;
    readonly kind?: "pipeline" | "guardrails";
  }
  function synthesize(stacks: Readonly<Record<string, Stack>>): void {
    for (const [name, { changes, terraform = S3, kind = "guardrails" }] of Object.entries(stacks)) {
      mkdirSync(path("cdktf.out/stacks", `example-${name}`), { recursive: true });
      writeFileSync(
        path("cdktf.out/stacks", `example-${name}`, "cdk.tf.json"),
        JSON.stringify({ terraform, variable: marked(kind, "example") }),
      );
      writeFileSync(path(`example-${name}.plan.json`), JSON.stringify({ ...EMPTY, resource_changes: changes }));
    }
    writeFileSync(
      path("cdktf.out/manifest.json"),
      JSON.stringify({
        stacks: Object.fromEntries(
          Object.keys(stacks).map((name) => [
            name,
            { name: `example-${name}`, workingDirectory: `stacks/example-${name}`, dependencies: [] },
          ]),
        ),
      }),
    );
  }
  const environment = process.env;
  beforeEach(() => {
    project = temporaryProject();
    writeFileSync(
      path("terraform"),
      `#!/bin/sh\n[ "$1" = show ] && cat "${project.root}/$(basename "$PWD").plan.json"\n[ "$1" = apply ] && basename "$PWD" >> "${path("applied")}"\nexit 0\n`,
      { mode: 0o755 },
    );
    process.env = { ...environment, TERRAFORM_BINARY_NAME: path("terraform"), GITHUB_SHA: "", GITHUB_ACTIONS: "" };
    git("init", "--quiet", "-b", "main");
    commit("base");
  });
  afterEach(() => {
    process.env = environment;
    project.remove();
  });
  const applied = (): readonly string[] => {
    try {
      return readFileSync(path("applied"), "utf8").trim().split("\n").sort();
    } catch {
      return [];
    }
  };
  const FILE = "reviewed/reviewed.json";
  const plan = (...args: string[]): Promise<CliRun> =>
    keylessHere(project.root, ["plan", "example", "--output", path("reviewed"), ...args]);
  const apply = (...args: string[]): Promise<CliRun> =>
    keylessHere(project.root, ["apply", "example", "--reviewed", path(FILE), ...args]);

  type Editable = Record<string, unknown> & {
    gate: Record<string, unknown[]> & { rules: string; facts: string };
    stacks: { name: string; digest: string; changes: Record<string, string>; lock: string; backend: string }[];
    others: Editable["stacks"];
    deferred: string[];
    byHand: string[];
  };
  const record = (): Editable => JSON.parse(readFileSync(path(FILE), "utf8")) as Editable;
  /** Edits the record; with its seal made anew, as somebody does who knows of it. */
  function edit(change: (record: Editable) => void, reseal = true): void {
    const edited = record();
    change(edited);
    if (reseal) {
      const { seal: _, ...rest } = edited;
      edited["seal"] = createHash("sha256").update(canonicalJson(rest)).digest("hex");
    }
    writeFileSync(path(FILE), JSON.stringify(edited));
  }
  async function refused(said: RegExp | string, ...args: string[]): Promise<void> {
    const { status, stderr } = await apply(...args);
    expect(stderr).toMatch(said);
    expect(status).toBe(3);
    expect(applied()).toEqual([]);
  }
  const approvals = (...ids: readonly string[]): void =>
    writeFileSync(
      path("environments/example/approvals.yaml"),
      `version: 1\napprovals:${ids.map((id) => `\n  - { id: ${id}, reason: agreed in the review, approver: Ada, expires: 2098-12-31 }`).join("") || " []"}\n`,
    );
  /** The key is approved in a commit, and taken out in the next. */
  async function approvedKey(): Promise<string> {
    const { stdout } = await plan();
    const id = /([a-z-]+-[0-9a-f]{32})/.exec(stdout)![1]!;
    approvals(id);
    commit("approve");
    approvals();
    commit("make it");
    return id;
  }

  describe("guardrails that are enforced", () => {
    const SCP = creates("aws_organizations_policy", "a", {
      name: "a",
      type: "SERVICE_CONTROL_POLICY",
      content: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"*"}}',
    });
    beforeEach(async () => {
      // There are no credentials here, and nobody who answers.
      process.env = {
        ...process.env,
        AWS_ENDPOINT_URL: "http://127.0.0.1:9",
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_CONFIG_FILE: path("none"),
        AWS_SHARED_CREDENTIALS_FILE: path("none"),
      };
      synthesize({ a: { changes: [SCP] } });
      expect((await plan()).status).toBe(0);
    });
    const seen = (more: object = {}): string[] => {
      const environment = loadEnvironment(project.root, "example");
      const at = `${new Date().toISOString().slice(0, 19)}Z`;
      const claims = checksOf(environment, targetState(environment), ["organization", "break-glass"]).map(
        ({ look: _, ...subject }) => ({ ...subject, details: [], at, verdict: "seen" }),
      );
      const { organization } = environment;
      const found = { environment: "example", organizationId: organization.id, from: at, to: at, claims, calls: {} };
      writeFileSync(path("seen.json"), JSON.stringify({ ...found, ...more }));
      return ["--verified", path("seen.json")];
    };

    test("are not applied where AWS cannot be read", async () => {
      await refused(/example-a was not applied: guardrails are enforced only when the break-glass role is seen/);
    });

    test("are applied unseen only where that is asked for, and the output says so", async () => {
      const { status, stdout } = await apply("--no-verify");
      expect({ status, applied: applied() }).toEqual({ status: 0, applied: ["example-a"] });
      expect(stdout).toContain("emergency access: NOT VERIFIED (--no-verify): example-a enforces guardrails");
    });

    test("are applied where another run has just seen emergency access", async () => {
      const { status, stdout } = await apply(...seen());
      expect({ status, applied: applied() }).toEqual({ status: 0, applied: ["example-a"] });
      expect(stdout).toMatch(/the break-glass role is seen in \d+ accounts at 20/);
    });

    test.each<[string, object, RegExp]>([
      ["is old", { from: "2026-01-01T00:00:00Z" }, /DELIVERY-WAY-IN-EVIDENCE[^]*more than 12 hours ago/],
      ["has seen nothing", { claims: [] }, /DELIVERY-WAY-IN-EVIDENCE/],
    ])("are not applied where what another run says %s", async (_, more, words) => {
      await refused(words, ...seen(more));
    });

    test("what another run has seen and not to look contradict each other", async () => {
      expect(await apply(...seen(), "--no-verify")).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("APPLY-VERIFIED") as string,
      });
    });
  });

  const RULES = "environments/example/review.yaml";
  const WAIVER =
    "version: 1\nwaivers:\n  - { name: keys, type: aws_iam_access_key, reason: Nobody reads this, owner: Eve Example, expires: 2098-12-31 }\n";

  test("rules that let more pass stop by themselves, and a commit that nothing was applied of does not make them agreed to", async () => {
    synthesize({ a: { changes: [GROUP] } });
    const applied = git("rev-parse", "HEAD");
    writeFileSync(path(RULES), WAIVER);
    const told = "lets more pass after the merge (review.yaml)";
    // By hand, before they are committed.
    expect(await plan()).toMatchObject({ status: 3, stderr: "", stdout: expect.stringContaining(told) as string });
    const brought = commit("rules for oneself");
    expect((await plan("--since", applied)).status).toBe(3);
    // The next commit needs what the one before has brought.
    synthesize({ a: { changes: [KEY] } });
    commit("nothing, so that the rules are those of the base");
    const { status, stdout } = await plan("--since", applied, brought);
    expect({ status, stdout }).toEqual({ status: 3, stdout: expect.stringContaining(told) as string });
  });

  test("rules that somebody has agreed to count, from the next commit on", async () => {
    synthesize({ a: { changes: [GROUP] } });
    const applied = git("rev-parse", "HEAD");
    writeFileSync(path(RULES), WAIVER);
    const id = /(other-[0-9a-f]{32})/.exec((await plan()).stdout)![1]!;
    git("checkout", "--", "environments");
    git("clean", "-fdq", "environments");
    approvals(id);
    const agreed = commit("approve the rules");
    approvals();
    writeFileSync(path(RULES), WAIVER);
    const merged = commit("the rules");
    expect((await plan("--since", applied, agreed)).status).toBe(0);
    synthesize({ a: { changes: [KEY] } });
    commit("a key");
    expect(await plan("--since", merged)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("waived") as string,
    });
  });

  test("what was reviewed and passes here is applied, and the record says which gate it passed", async () => {
    synthesize({ a: { changes: [KEY] }, b: { changes: [] } });
    const id = await approvedKey();
    expect((await plan()).status).toBe(0);
    expect(record()).toMatchObject({
      commit: git("rev-parse", "HEAD"),
      gate: {
        failOn: ["destroys-guard", "weakens", "unknown"],
        since: [git("rev-parse", "HEAD^1")],
        changes: [{ id }],
        approved: [{ id, approval: id, approver: "Ada", expires: "2098-12-31", reason: "agreed in the review" }],
      },
      stacks: [{ name: "example-a" }],
      others: [{ name: "example-b" }],
    });
    expect(await apply("--seal", String(record()["seal"]))).toMatchObject({ status: 0, stderr: "" });
    expect(applied()).toEqual(["example-a"]);
  });

  test("facts that changed in the checkout between the two are noticed", async () => {
    synthesize({ a: { changes: [GROUP] } });
    const since = ["--since", git("rev-parse", "HEAD")];
    await plan(...since);
    const file = path("environments/example/organization.yaml");
    const text = readFileSync(file, "utf8");
    // Somebody else's policies count beside one's own: one more of them hides what an SCP of these stacks loses.
    writeFileSync(
      file,
      text.replace(
        "policies:",
        'policies:\n  - { id: p-11112222, name: Other, type: SERVICE_CONTROL_POLICY, ours: false, awsManaged: false, targetIds: [r-exmp], content: \'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}\' }',
      ),
    );
    await refused(/rests on other facts \(organization\.yaml\)/, ...since);
    // The same facts, written in another way.
    writeFileSync(file, `# as before\n${text}`);
    expect((await apply(...since)).status).toBe(0);
  });

  test("edited without its seal: noticed, whichever field it is", async () => {
    synthesize({ a: { changes: [GROUP] }, b: { changes: [] } });
    await plan();
    const text = readFileSync(path(FILE), "utf8");
    const edits: readonly ((of: Editable) => void)[] = [
      (of) => (of.gate["failOn"] = ["weakens"]),
      (of) => (of.gate["since"] = ["a"]),
      (of) => (of.gate.rules = "0".repeat(64)),
      (of) => (of.gate.facts = "0".repeat(64)),
      (of) => of.gate["changes"]!.push({ id: "x", class: "neutral" }),
      (of) => (of.gate["approved"] = [{ id: "x", approval: "x", approver: "x", expires: "x", reason: "x" }]),
      (of) => (of.gate["waived"] = [{ id: "x", waiver: "x" }]),
      (of) => (of.stacks[0]!.digest = "0".repeat(64)),
      (of) => (of.stacks[0]!.changes = {}),
      (of) => (of.stacks[0]!.lock = "other"),
      (of) => (of.stacks[0]!.backend = "0".repeat(64)),
      (of) => (of.others = []),
      (of) => (of.stacks = []),
      (of) => (of.deferred = ["example-a"]),
      (of) => (of.byHand = ["example-a"]),
      (of) => (of["seal"] = "0".repeat(64)),
    ];
    for (const change of edits) {
      writeFileSync(path(FILE), text);
      edit(change, false);
      await refused(/The record was edited after the review/);
    }
    writeFileSync(path(FILE), text);
    expect((await apply()).status).toBe(0);
  });

  test("edited and sealed anew: what it says has to be what is found here", async () => {
    synthesize({ a: { changes: [GROUP] }, b: { changes: [] }, pipeline: { changes: [], kind: "pipeline" } });
    await plan();
    const text = readFileSync(path(FILE), "utf8");
    const cases: readonly (readonly [string, (of: Editable) => void, RegExp])[] = [
      ["environment", (of) => (of["environment"] = "prod"), /This is the review of prod, not of example/],
      ["commit", (of) => (of["commit"] = "a".repeat(40)), /This is the review of commit a{40}/],
      ["no commit", (of) => delete of["commit"], /This is the review of no commit/],
      ["failOn", (of) => (of.gate["failOn"] = ["weakens"]), /also stops destroys-guard, unknown/],
      ["no failOn", (of) => (of.gate["failOn"] = []), /also stops destroys-guard, weakens, unknown/],
      ["since", (of) => (of.gate["since"] = ["a".repeat(40)]), /rests on what was agreed to in a{40}/],
      ["rules", (of) => (of.gate.rules = "0".repeat(64)), /rests on other rules/],
      ["changes", (of) => of.gate["changes"]!.push({ id: "x", class: "weakens" }), /differs|something else.*changes/],
      [
        "approved",
        (of) => (of.gate["approved"] = [{ id: "x", approval: "x", approver: "x", expires: "x", reason: "x" }]),
        /something else.*approved/,
      ],
      ["waived", (of) => (of.gate["waived"] = [{ id: "x", waiver: "x" }]), /something else.*waived/],
      ["digest", (of) => (of.stacks[0]!.digest = "0".repeat(64)), /another configuration/],
      ["changes of a stack", (of) => (of.stacks[0]!.changes = {}), /example-a would now/],
      ["backend", (of) => (of.stacks[0]!.backend = "0".repeat(64)), /keeps its state somewhere else/],
      ["a stack left out", (of) => (of.stacks = []), /example-a is synthesized here and was not reviewed/],
      ["another left out", (of) => (of.others = []), /example-b is synthesized here and was not reviewed/],
      ["a stack twice", (of) => of.others.push(of.stacks[0]!), /example-a is in the record twice/],
      [
        "a stack not applied",
        (of) => of.others.push(...of.stacks.splice(0)),
        /example-a has changes that the record does not apply/,
      ],
      [
        "a stack said to be unchanged",
        (of) => of.others.push(...of.stacks.splice(0).map((one) => ({ ...one, changes: {} }))),
        /example-a would now do something else/,
      ],
      [
        "a stack put off",
        (of) => of.deferred.push(...of.stacks.splice(0).map(({ name }) => name)),
        /example-a waits for nothing/,
      ],
      ["a stack by hand", (of) => of.byHand.push("example-a"), /example-a is to be applied by a person/],
      [
        "the pipeline's own stack",
        (of) => of.stacks.push(...of.others.splice(1, 1)),
        /example-pipeline is applied by a person/,
      ],
    ];
    for (const [name, change, said] of cases) {
      writeFileSync(path(FILE), text);
      edit(change);
      await refused(said).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    }
  });

  test("sealed anew is noticed by whoever kept the seal", async () => {
    synthesize({ a: { changes: [GROUP] } });
    await plan();
    const seal = String(record()["seal"]);
    edit((of) => (of.stacks[0]!.lock = "other"));
    await refused(/another record than the one whose seal was given/, "--seal", seal);
  });

  test("other plans than were reviewed are not applied, nor are those of two stacks swapped", async () => {
    synthesize({ a: { changes: [GROUP] }, b: { changes: [creates("terraform_data", "b", { input: "b" })] } });
    await plan();
    const [a, b] = ["a", "b"].map((name) => readFileSync(path(`example-${name}.plan.json`), "utf8"));
    writeFileSync(path("example-a.plan.json"), b!);
    writeFileSync(path("example-b.plan.json"), a!);
    await refused(/example-a would now do something else/);
    edit((of) => {
      const [first, second] = of.stacks;
      of.stacks = [
        { ...second!, name: first!.name },
        { ...first!, name: second!.name },
      ];
    });
    // Then it is what was reviewed, stack by stack; what was judged is the same, and so are the ids.
    synthesize({ a: { changes: [OTHER_KEY] }, b: { changes: [] } });
    await refused(/would now do something else/);
  });

  test("an older record is not replayed: not on another commit, and not when its approvals have served", async () => {
    synthesize({ a: { changes: [KEY] } });
    await approvedKey();
    expect((await plan()).status).toBe(0);
    const old = readFileSync(path(FILE), "utf8");
    commit("something else");
    await refused(/This is the review of commit/);
    // Said to be of this commit: the approvals that it names count no more.
    edit((of) => {
      of["commit"] = git("rev-parse", "HEAD");
      of.gate["since"] = [git("rev-parse", "HEAD^1")];
    });
    await refused(/The gate refuses here, whatever the record contains/);
    // Told to go by older commits than the plan did.
    writeFileSync(path(FILE), old);
    edit((of) => (of["commit"] = git("rev-parse", "HEAD")));
    await refused(/rests on what was agreed to in/);
  });

  test("approvals that are absent here, or have ended since, stop it", async () => {
    synthesize({ a: { changes: [KEY] } });
    const id = await approvedKey();
    expect((await plan()).status).toBe(0);
    approvals(id);
    // Edited and not committed: it would serve again.
    const { status, stderr } = await apply();
    expect(stderr).toMatch(/DELIVERY-GATE/);
    expect(status).toBe(3);
    approvals();
    jest.useFakeTimers({
      now: Date.UTC(2099, 0, 1),
      doNotFake: ["setTimeout", "setInterval", "nextTick", "setImmediate", "queueMicrotask"],
    });
    try {
      await refused(/DELIVERY-GATE/);
    } finally {
      jest.useRealTimers();
    }
    expect((await apply()).status).toBe(0);
  });

  test("a gate that is stricter here than the record's stops it; an explicit --fail-on takes nothing away", async () => {
    synthesize({ a: { changes: [KEY] } });
    const { status, stderr } = await plan("--fail-on", "destroys-guard");
    expect(status).toBe(3);
    expect(stderr).toContain(
      "--fail-on adds to the gate of the environment and takes nothing away: weakens, unknown stop",
    );
    // A review.yaml of the base that stops less is what the environment says; the checkout's own, stricter one counts at once.
    const rules = path("environments/example/review.yaml");
    writeFileSync(rules, "version: 1\nfailOn: [destroys-guard]\n");
    commit("a lax gate");
    commit("next");
    expect((await plan()).status).toBe(0);
    writeFileSync(rules, "version: 1\nfailOn: [destroys-guard, weakens]\n");
    await refused(/also stops weakens, and the record's gate did not/);
  });

  test("a stricter gate of one's own is the record's, and counts at the apply", async () => {
    synthesize({ a: { changes: [GROUP] } });
    expect((await plan("--fail-on", "neutral")).status).toBe(0);
    expect(record().gate["failOn"]).toEqual(["destroys-guard", "weakens", "unknown", "neutral"]);
    expect((await apply()).status).toBe(0);
  });

  test("the state's place counts, HCP Terraform's too", async () => {
    synthesize({ a: { changes: [GROUP], terraform: HCP } });
    await plan();
    for (const terraform of [
      S3,
      { cloud: { organization: "evil", workspaces: { name: "prod-a" } } },
      { cloud: { organization: "acme", workspaces: { name: "prod-b" } } },
      { cloud: { ...HCP.cloud, hostname: "tfe.example.com" } },
      { backend: { remote: { organization: "acme", workspaces: { name: "prod-a" } } } },
      {},
    ]) {
      synthesize({ a: { changes: [GROUP], terraform } });
      await refused(/example-a keeps its state somewhere else than was reviewed/);
    }
    synthesize({ a: { changes: [GROUP], terraform: HCP } });
    expect((await apply()).status).toBe(0);
  });

  test("what a person has applied in between is no difference, what is new in it is one", async () => {
    const role = creates("terraform_data", "p", { input: "p" });
    synthesize({ a: { changes: [GROUP] }, pipeline: { changes: [role], kind: "pipeline" } });
    await plan();
    expect(record().byHand).toEqual(["example-pipeline"]);
    synthesize({ a: { changes: [GROUP] }, pipeline: { changes: [KEY], kind: "pipeline" } });
    await refused(/example-pipeline would now do something else/);
    synthesize({ a: { changes: [GROUP] }, pipeline: { changes: [], kind: "pipeline" } });
    expect((await apply()).status).toBe(0);
    expect(applied()).toEqual(["example-a"]);
  });

  test("a change that comes up in a stack that had none stops it", async () => {
    synthesize({ a: { changes: [GROUP] }, b: { changes: [] } });
    await plan();
    synthesize({ a: { changes: [GROUP] }, b: { changes: [KEY] } });
    await refused(/example-b would now do something else than was reviewed: aws_iam_access_key.a/);
  });
});
