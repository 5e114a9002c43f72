import { evidenceFile } from "../../../../modules/evidence/impact/evidence-file";
import { readiness } from "../../../../modules/evidence/impact/ready";
import { AT, fixture, iam, identities, replay, SANDBOX } from "../../evidence/impact/fixture";
import { enforcementChanges } from "../../../../modules/delivery/pull-request/enforcement";
import { evidenceText, parseEvidence, RolloutEvidence } from "../../../../modules/sections/guardrails/evidence";
import type { ProofInput } from "../../../../modules/proofs/types";
import { frozenWith } from "../../../support/environments";
import { plainText } from "../../../../modules/review/sentence";

/** A guardrail goes from observe to enforce: what the review says of the evidence that is cited. */

const OTHER = "666666666602";
const FILE = "evidence/keys.json";
const GUARDRAIL = "deny-access-key-creation";
const TODAY = "2026-02-03";

const days = Array.from({ length: 31 }, (_, n) => `2026-01-${String(n + 1).padStart(2, "0")}T12:00:00Z`);
const month = (account: string) =>
  days.map((time) => iam("TagRole", identities.role(account, "Audit"), { account, time, request: { roleName: "x" } }));

/** The environment with a guardrail observed, or enforced with citations. */
function intent(mode: "observe" | "enforce", files: Readonly<Record<string, string>> = {}, more = ""): ProofInput {
  const cited = Object.keys(files);
  const { environment, state } = fixture((text) =>
    text
      .replace(
        `    - guardrails: [${GUARDRAIL}, deny-root-user]\n      mode: observe\n`,
        `    - guardrails: [${GUARDRAIL}]\n      mode: ${mode}\n${cited.length > 0 ? `      evidence: [${cited.join(", ")}]\n` : ""}`,
      )
      .replace("  rollout:\n", `${more}  rollout:\n`),
  );
  return {
    ...state,
    environment: { ...environment, files: new Map([...environment.files, ...Object.entries(files)]) },
  };
}

const observed = intent("observe");
let yes: RolloutEvidence;

beforeAll(async () => {
  const impact = await replay(observedFixture(), [...month(SANDBOX), ...month(OTHER)], { digest: true });
  const result = readiness(observed.environment, observed, impact, undefined, { at: AT, days: 30 });
  expect(result.rows.map(({ guardrail, ready }) => [guardrail, ready])).toEqual([[GUARDRAIL, true]]);
  const text = evidenceFile(result, observed.environment.organization.id, observed, impact.report, undefined);
  yes = parseEvidence(text) as RolloutEvidence;
});

const observedFixture = () => ({ environment: observed.environment, state: observed });
const sealed = (edit: Partial<RolloutEvidence> = {}): string => {
  const { seal: _, ...content } = { ...yes, ...edit };
  return evidenceText(content);
};
const row = (edit: Partial<RolloutEvidence["rows"][number]>): Partial<RolloutEvidence> => ({
  rows: [{ ...yes.rows[0]!, ...edit }],
});

/** Class and sentence of the one change. */
function told(
  files: Readonly<Record<string, string>>,
  { today = TODAY, agreed = files, more = "", base = observed } = {},
): string {
  const changes = enforcementChanges("example", base, intent("enforce", files, more), today, (name) => agreed[name]);
  return changes.map(({ class: cls, sentence }) => `${cls}: ${plainText(sentence)}`).join("\n");
}

test("a yes for these accounts and statements is cited, with what it rests on", () => {
  const answer = told({ [FILE]: sealed() });
  expect(answer).toMatch(/^neutral: deny-access-key-creation of example goes to enforce in 2 accounts/);
  expect(answer).toContain(`as of ${AT}, 30 days of logs, digest ${yes.logs.digest.slice(0, 12)}`);
  expect(told({ [FILE]: sealed({ quietRegions: ["eu-central-1"] }) })).toContain(
    "accepted, not seen: nothing runs in eu-central-1",
  );
  expect(told({ [FILE]: sealed({ wholeAnswers: 2 }) })).toContain(
    "accepted, not seen: answers of queries (2 files) leave out no event",
  );
});

test("no citation is told, and stops only where the environment asks for evidence", () => {
  expect(told({})).toMatch(/^neutral: .*no evidence cited/);
  expect(told({}, { more: "  requireEvidence: true\n" })).toMatch(/^unknown: .*no evidence cited.*requireEvidence/);
});

test("nothing is told of what was enforced before, and nothing of a guardrail that stays observed", () => {
  expect(told({ [FILE]: sealed() }, { base: intent("enforce") })).toBe("");
  expect(enforcementChanges("example", observed, intent("observe"), TODAY, () => undefined)).toEqual([]);
});

test.each<readonly [string, () => string, string]>([
  ["an edited file", () => told({ [FILE]: sealed().replace(/"files": \d+/, '"files": 9999') }), "edited or cut off"],
  ["half a file", () => told({ [FILE]: sealed().slice(0, 300) }), "no JSON"],
  ["an empty file", () => told({ [FILE]: "" }), "no JSON"],
  ["a file of something else", () => told({ [FILE]: '{"ready": true}' }), "it is no evidence"],
  ["a file that comes with the move", () => told({ [FILE]: sealed() }, { agreed: {} }), "counts once it is merged"],
  [
    "a file that the move edits",
    () => told({ [FILE]: sealed() }, { agreed: { [FILE]: sealed({ daysWanted: 60 }) } }),
    "counts once it is merged",
  ],
  ["another environment's", () => told({ [FILE]: sealed({ environment: "test" }) }), "of environment test"],
  ["another organization's", () => told({ [FILE]: sealed({ organizationId: "o-other" }) }), "of organization o-other"],
  ["one that is too old", () => told({ [FILE]: sealed() }, { today: "2026-02-16" }), "15 days old, more than 14"],
  ["one of a day to come", () => told({ [FILE]: sealed() }, { today: "2026-01-30" }), "still to come"],
  ["one of a single day", () => told({ [FILE]: sealed({ daysWanted: 1 }) }), "asked for 1 day of logs"],
  ["a no", () => told({ [FILE]: sealed(row({ ready: false, obstacles: ["LOGS-OLD"] })) }), "it says no: LOGS-OLD"],
  ["another guardrail's", () => told({ [FILE]: sealed(row({ guardrail: "deny-user-creation" })) }), "says nothing of"],
  ["other statements", () => told({ [FILE]: sealed(row({ statements: "0".repeat(64) })) }), "judged other statements"],
  ["other accounts", () => told({ [FILE]: sealed(row({ accounts: [SANDBOX] })) }), "does not cover sandbox-2"],
  [
    "a newer no beside an older yes",
    () =>
      told({
        [FILE]: sealed(),
        "evidence/later.json": sealed({
          at: "2026-02-02T00:00:00Z",
          ...row({ ready: false, obstacles: ["WOULD-BE-DENIED"] }),
        }),
      }),
    "later.json: it says no: WOULD-BE-DENIED",
  ],
  ["no logs at all", () => told({ [FILE]: sealed({ logs: { ...yes.logs, files: 0, events: 0 } }) }), "logs.files"],
  ["logs without events", () => told({ [FILE]: sealed({ logs: { ...yes.logs, events: 0 } }) }), "logs.events"],
  ["fewer than no logs", () => told({ [FILE]: sealed({ logs: { ...yes.logs, files: -5 } }) }), "logs.files"],
  [
    "a yes with obstacles",
    () => told({ [FILE]: sealed(row({ obstacles: ["WOULD-BE-DENIED"] })) }),
    "rows.0: ready must be",
  ],
  ["a no for no reason", () => told({ [FILE]: sealed(row({ ready: false })) }), "rows.0: ready must be"],
  [
    "an exception that ended since",
    () => told({ [FILE]: sealed({ at: "2026-02-18T00:00:00Z" }) }, { today: "2026-02-21" }),
    "exception mail-product was valid when it was made and ends on 2026-02-20",
  ],
  [
    "an exception that ends today, and held still on the day of the evidence",
    () => told({ [FILE]: sealed({ at: "2026-02-20T12:00:00Z" }) }, { today: "2026-02-20" }),
    "ends on 2026-02-20",
  ],
])("%s stops", (_, run, reason) => {
  const answer = run();
  expect(answer).toMatch(/^unknown: /);
  expect(answer).toContain(reason);
});

test("an exception that goes after the verdict makes it one of other statements", () => {
  const head = intent("enforce", { [FILE]: sealed() });
  const without = { ...head, guardrails: { ...head.guardrails, exceptions: [] } };
  const [change] = enforcementChanges("example", observed, without, TODAY, () => sealed());
  expect(change).toMatchObject({ class: "unknown" });
  expect(plainText(change!.sentence)).toContain("judged other statements or exceptions");
});

test("an exception that ended before the evidence, or that still holds, is no reason against it", () => {
  expect(told({ [FILE]: sealed({ at: "2026-02-18T00:00:00Z" }) }, { today: "2026-02-19" })).toMatch(/^neutral/);
  expect(told({ [FILE]: sealed({ at: "2026-02-21T00:00:00Z" }) }, { today: "2026-02-22" })).toMatch(/^neutral/);
});

test("a base that does not resolve is not taken for one without moves", () => {
  expect(enforcementChanges("example", { unknown: "X: y" }, intent("enforce"), TODAY, () => undefined)).toMatchObject([
    { class: "unknown" },
  ]);
});

test("a cited file that is none is refused where it is cited", () => {
  const { problems } = frozenWith({
    files: { [FILE]: "{}" },
    baseline: [
      [
        "  rollout:\n",
        `  rollout:\n    - guardrails: [protect-break-glass]\n      targets: [all]\n      evidence: [${FILE}]\n`,
      ],
    ],
  });
  expect(problems.map(({ code }) => code)).toContain("EVIDENCE-FILE");
});
