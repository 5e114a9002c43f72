import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { reviewPullRequest } from "../../../../modules/delivery/pull-request/review";
import { evidenceText } from "../../../../modules/sections/guardrails/evidence";
import { plainText } from "../../../../modules/review/sentence";
import { ROOT } from "../../../support/environments";

/** A pull request that enforces what the example observes: the evidence of its base is looked at, not that of its head. */

const work = mkdtempSync(join(tmpdir(), "keyless-evidence-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const ENVIRONMENT = "environments/example";
const EVIDENCE = evidenceText({
  format: "keyless-evidence/1",
  environment: "example",
  organizationId: "o-exampleorg1",
  at: "2026-11-26T00:00:00Z",
  daysWanted: 30,
  quietRegions: [],
  logs: { digest: "0".repeat(64), files: 1, events: 1 },
  rows: [],
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(work, file)), { recursive: true });
  writeFileSync(join(work, file), text);
}

function review(cited: string, where: readonly string[]): { readonly told: string; readonly stopping: number } {
  rmSync(work, { recursive: true, force: true });
  for (const side of ["base", "head"]) {
    cpSync(join(ROOT, ENVIRONMENT), join(work, side, ENVIRONMENT), { recursive: true });
    if (where.includes(side)) write(`${side}/${ENVIRONMENT}/evidence/x.json`, EVIDENCE);
    const stack = { name: "app", synthesizedStackPath: "stacks/app/cdk.tf.json", workingDirectory: "stacks/app" };
    const mark = { environment: "example", kind: "guardrails", section: "guardrails" };
    write(`${side}-synth/manifest.json`, JSON.stringify({ version: "0.21.0", stacks: { app: stack } }));
    write(
      `${side}-synth/stacks/app/cdk.tf.json`,
      JSON.stringify({ variable: { keyless_stack: { default: mark } }, resource: { terraform_data: { a: {} } } }),
    );
  }
  const file = `head/${ENVIRONMENT}/baseline.yaml`;
  const text = readFileSync(join(work, file), "utf8");
  write(file, text.replace("mode: observe", `mode: enforce${cited}`));
  const [one] = reviewPullRequest({
    base: join(work, "base"),
    head: join(work, "head"),
    baseSynth: join(work, "base-synth"),
    headSynth: join(work, "head-synth"),
    failOn: undefined,
    codeChanges: false,
    today: "2026-11-26",
  });
  const { review: found, gate } = one!.report;
  return { told: found.changes.map(({ sentence }) => plainText(sentence)).join("\n"), stopping: gate.stopping.length };
}

const CITED = "\n      evidence: [evidence/x.json]";

test.each([
  ["no citation", "", ["base", "head"], "no evidence cited", 0],
  ["evidence that comes with the move", CITED, ["head"], "evidence counts once it is merged", 1],
  ["evidence of the base that says nothing of it", CITED, ["base", "head"], "it says nothing of", 1],
])("%s", (_, cited, where, said, least) => {
  const { told, stopping } = review(cited, where);
  expect(told).toContain(said);
  expect(Math.min(stopping, 1)).toBe(least);
  expect(told.includes("counts once it is merged")).toBe(!where.includes("base"));
});
