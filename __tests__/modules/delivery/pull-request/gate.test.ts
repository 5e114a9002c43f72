import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reviewPullRequest } from "../../../../modules/delivery/pull-request/review";
import type { ChangeClass } from "../../../../modules/review/types";

const work = mkdtempSync(join(tmpdir(), "keyless-pull-request-gate-"));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

function synth(name: string, action: string): string {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
  });
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" }],
  });
  const folder = join(work, name, "stacks/app");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "cdk.tf.json"),
    JSON.stringify({
      resource: {
        aws_iam_role: { app: { name: "app", assume_role_policy: trust } },
        aws_iam_role_policy: { app: { name: "app", role: "${aws_iam_role.app.name}", policy } },
      },
    }),
  );
  writeFileSync(
    join(work, name, "manifest.json"),
    JSON.stringify({
      version: "0.21.0",
      stacks: { app: { name: "app", synthesizedStackPath: "stacks/app/cdk.tf.json", workingDirectory: "stacks/app" } },
    }),
  );
  return join(work, name);
}

/** A pull request that makes a role an administrator, judged by the base's own gate and what the command line adds. */
function stopping(failOn: readonly ChangeClass[] | undefined): number {
  const empty = join(work, "checkout");
  mkdirSync(join(empty, "environments"), { recursive: true });
  return reviewPullRequest({
    base: empty,
    head: empty,
    baseSynth: synth("base", "s3:GetObject"),
    headSynth: synth("head", "*"),
    failOn,
    codeChanges: false,
    today: "2026-11-26",
  }).reduce((sum, { report }) => sum + report.gate.stopping.length, 0);
}

test.each([[undefined], [["destroys-guard"]], [["neutral"]], [[]]] as const)(
  "the base's gate stops whatever --fail-on says: %j",
  (failOn) => {
    expect(stopping(failOn)).toBeGreaterThan(0);
  },
);
