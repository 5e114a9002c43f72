import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalAws, startLocalAws } from "../../local/runner";
import { loadEnvironment } from "../../modules/sections/load";
import { ROOT } from "../support/environments";
import { describeReal } from "../support/real";

jest.setTimeout(600_000);

interface Run {
  readonly status: number | null;
  readonly output: string;
}

/** The journey of the README in a fresh clone, its commands as printed: a new environment, and an AWS that refuses one stack at first. */
describeReal("the README's commands from a fresh clone", () => {
  const clone = mkdtempSync(join(tmpdir(), "keyless-clone-"));
  const baseline = join(clone, "environments/acme/baseline.yaml");
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  let local: LocalAws;

  beforeAll(async () => {
    // What is committed or about to be, and never what a run has left here; installed and built as `npm ci && npm start` leave it.
    const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: ROOT,
      encoding: "utf8",
    }).stdout.split("\n");
    for (const file of listed.filter((name) => name !== "" && existsSync(join(ROOT, name))))
      cpSync(join(ROOT, file), join(clone, file), { preserveTimestamps: true });
    cpSync(join(ROOT, "dist"), join(clone, "dist"), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
    local = await startLocalAws({ facts: loadEnvironment(ROOT, "example").organization, region: "eu-central-1" });
  });
  afterAll(async () => {
    await local?.stop();
    rmSync(clone, { recursive: true, force: true });
  });

  /** Runs a command that the README prints, with a name and a region put in, and what the test adds to it because nobody sits at a terminal. */
  function asPrinted(command: string, ...more: readonly string[]): Promise<Run> {
    expect(readme).toContain(`\`${command}\``);
    const [program, ...args] = command.replace("<env>", "acme").replace("<region>", "eu-central-1").split(" ");
    const child = spawn(program!, [...args, ...more], {
      cwd: clone,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...local.env, NO_COLOR: "1" },
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve) => child.on("close", (status) => resolve({ status, output })));
  }
  const withStatus = (status: number, text = ""): Run => ({
    status,
    output: expect.stringContaining(text) as unknown as string,
  });

  test("init, sync, validate and show, then plan and apply: AWS refuses a stack, all stops cleanly, and the second run ends", async () => {
    expect(await asPrinted("npx keyless init <env> --region <region>")).toEqual(withStatus(0, "npx keyless sync acme"));
    expect(await asPrinted("npx keyless sync <env>")).toEqual(
      withStatus(0, "wrote environments/acme/organization.yaml"),
    );
    // The local AWS is the example's organization, and an organization belongs to one environment.
    rmSync(join(clone, "environments/example"), { recursive: true });
    expect(await asPrinted("npx keyless validate <env>")).toEqual(withStatus(0, "still to be filled in"));
    const filled = readFileSync(baseline, "utf8")
      .replaceAll(/"TO FILL IN:[^"]*"/g, "a safe")
      .replace("emails: []", "emails: [security-alerts@example.com]");
    writeFileSync(baseline, filled);
    expect(await asPrinted("npx keyless validate <env>")).toEqual({
      status: 0,
      output: expect.stringMatching(/^acme: valid\nacme: .* not known: npx keyless sync acme --existing\n$/) as unknown,
    });
    expect(await asPrinted("npx keyless show <env>")).toEqual(withStatus(0, "planned in 14 of 14 accounts"));
    expect(await asPrinted("npm run synth")).toEqual(withStatus(0));
    // A first plan is a gate that says no: nobody has approved anything yet. `apply` shows it to a person and asks.
    expect(await asPrinted("npx keyless plan <env>")).toEqual(withStatus(3, "approves all of it"));
    expect(await asPrinted("npx keyless apply <env>")).toEqual(withStatus(2, "give --yes"));

    // Guardrails wait for a way in that is seen, and nobody here registers MFA devices: --no-verify, and verify says so at the end.
    local.faults.add({ operation: "organizations:AttachPolicy", kind: "refuse", times: 1 });
    const refused = await asPrinted("npx keyless apply <env>", "--yes", "--no-verify");
    expect(refused).toEqual(withStatus(1, "error DELIVERY-APPLY-FAILED\n  acme-guardrails cannot be applied: Error: "));
    // Nobody was asked to look (--no-verify), and the run says so before it enforces.
    expect(refused.output).toMatch(
      /acme-break-glass: applied\nemergency access: NOT VERIFIED \(--no-verify\): acme-guardrails enforces guardrails, .*\nacme-guardrails: failed\n/,
    );
    expect(refused.output).toContain("AccessDeniedException");
    expect(refused.output).toContain(
      "fix: Applied: acme-break-glass. When the cause is fixed, run it again: it plans what is left.",
    );
    expect(refused.output).not.toMatch(/unhandled|\n\s+at .*\.js/i);

    expect(await asPrinted("npx keyless apply <env>", "--yes", "--no-verify")).toEqual(
      withStatus(0, "acme-guardrails: applied\n1 stack applied, 1 without changes\n"),
    );
    expect(await asPrinted("npx keyless apply <env>", "--yes", "--no-verify")).toEqual(
      withStatus(0, "0 stacks applied, 2 without changes\n"),
    );
    // What only people can do is missing, and said: nobody has registered the users' MFA devices or confirmed the subscription.
    const verified = await asPrinted("npx keyless verify <env>");
    expect(verified).toEqual(withStatus(3, "the user has no password and no MFA device"));
    expect(verified.output).toContain("the subscription is not confirmed");
    expect(verified.output).toMatch(/not as planned: 3 claims of \d+ fail/);
  });
});
