import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderMoves, renderNext } from "../../../../cli/move/render";
import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { moveStatus, orderOfMoves } from "../../../../modules/evidence/move/state";
import { ROOT } from "../../../support/environments";
import { Consumer, coverage, day, evidenceOf, keyEvents, TEN } from "./world";

/** What the command prints, from events. */

const AT = day(35);
const days = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const eventsOf = (one: Consumer, keyTo: number, roleFrom: number): readonly LogEvent[] => [
  ...coverage(one.move.accountId, 0, 34),
  ...days(0, keyTo).flatMap((n) => one.keys.flatMap((key) => keyEvents(one, key, day(n)))),
  ...days(roleFrom, 35).flatMap((n) => one.role(day(n, 11))),
];
const statusOf = (one: Consumer, events: readonly LogEvent[], usedOn: number) =>
  moveStatus(
    one.move,
    evidenceOf(one, { at: AT, events, iam: { keys: Object.fromEntries(one.keys.map((id) => [id, { usedOn }])) } }),
    "example",
  );

test("docs/move.md has what is printed (UPDATE_DOCS=1 writes it)", () => {
  const [github, gitlab, terraform, mainframe] = TEN as readonly [Consumer, Consumer, Consumer, Consumer];
  const [key = ""] = terraform.keys;
  const tried = logEvent({
    call: "iam:ListUsers",
    time: day(34),
    account: terraform.move.accountId,
    identity: identities.user(terraform.move.accountId, terraform.move.user, key),
    userAgent: "TruffleHog",
  });
  const again = keyEvents(gitlab, gitlab.keys[0]!, day(34), "forgotten-cron/2");
  const statuses = [
    statusOf(github, eventsOf(github, 20, 19), 20),
    statusOf(gitlab, [...eventsOf(gitlab, 20, 19), ...again], 34),
    statusOf(terraform, [...eventsOf(terraform, 34, 19), tried], 34),
    statusOf(mainframe, eventsOf(mainframe, 34, 30), 34),
  ].sort(orderOfMoves);
  expect(statuses.map(({ move, state }) => `${move.name} ${state}`)).toEqual([
    "terraform stolen",
    "gitlab role-in-use",
    "github key-silent",
    "mainframe role-in-use",
  ]);
  const quiet = statuses.filter(({ state }) => state === "key-silent");
  const text = [
    "$ npx keyless move example --cloudtrail ./logs",
    renderMoves(statuses, "example", AT),
    "",
    "$ npx keyless move example --cloudtrail ./logs --key AKIAAAAAAAAAAAAAAAA1 --next",
    renderNext(quiet),
  ].join("\n");
  const file = join(ROOT, "docs/move.md");
  const before = readFileSync(file, "utf8");
  const after = before.replace(
    /(<!-- transcript -->\n)[^]*(<!-- \/transcript -->)/,
    (_, head: string, tail: string) => `${head}\n\`\`\`text\n${text}\n\`\`\`\n\n${tail}`,
  );
  if (process.env.UPDATE_DOCS) writeFileSync(file, after);
  else expect(before).toBe(after);
});
