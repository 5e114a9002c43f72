import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogEvent, logFile } from "../../../../local/cloudtrail-logs";
import { readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import type { Engine } from "../../../../modules/evidence/cloudtrail/read";
import { LogSource, parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { readImpact } from "../../../../modules/evidence/impact/report";
import { usageFromLogs } from "../../../../modules/evidence/inventory/from-logs";
import { readMoveUse } from "../../../../modules/evidence/move/read-use";
import { Tables } from "../../../support/athena-tables";
import { EVENTS, KEY, made, OTHER, ready, withoutAssumedRoot } from "../cloudtrail/events";
import { AT, Fixture, SANDBOX } from "../impact/fixture";
import { engineOf, fakeAthena } from "./fake-athena";

/** Athena's queries, run by DuckDB over the same events, give the answers that local files give. */

jest.setTimeout(120_000);

interface From {
  readonly sources: readonly LogSource[];
  readonly engine?: Engine;
  readonly since?: number;
}

async function answers({ sources, ...options }: From, { environment, state }: Fixture = made): Promise<object> {
  const usage = await readKeyUsage(sources, options);
  const impact = await readImpact(environment, state, sources, { at: AT, digests: true, ...options });
  const { use } = await readMoveUse(
    sources,
    {
      roles: [`arn:aws:iam::${SANDBOX}:role/Admin`, `arn:aws:iam::${SANDBOX}:role/Audit`],
      keys: [KEY, "AKIAI44QH8DHBEXAMPLE"],
      accounts: [SANDBOX, OTHER],
      at: AT,
    },
    options,
  );
  const {
    read: { events, eventsBeforeSince },
    ...said
  } = impact.report;
  return {
    keys: usage.keys,
    keysLeftOut: usage.keysLeftOut,
    usedFor: [...usageFromLogs(usage.keys)],
    said,
    events,
    before: options.since === undefined ? eventsBeforeSince : undefined,
    coverage: { ...impact.coverage, logged: 0, answered: 0, places: places(impact.coverage.places) },
    ready: { ...ready(impact, true), wholeAnswers: 0 },
    moves: { ...use, coverage: { ...use.coverage, logged: 0, answered: 0, places: places(use.coverage.places) } },
  };
}

/** The order of events is not that of files. */
const places = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

async function both(
  events: readonly LogEvent[],
  since?: number,
  of?: Fixture,
): Promise<{ readonly local: object; readonly athena: object; readonly asked: readonly string[] }> {
  const root = mkdtempSync(join(tmpdir(), "keyless-same-"));
  const tables = await Tables.of({ "security.logs": events });
  try {
    writeFileSync(join(root, "trail.json"), logFile(events.map(withoutAssumedRoot)));
    const fake = fakeAthena({ tables });
    const more = since === undefined ? {} : { since };
    return {
      local: await answers({ sources: [parseSource(root)], ...more }, of),
      athena: await answers({ sources: [], engine: engineOf(fake), ...more }, of),
      asked: fake.asked,
    };
  } finally {
    tables.close();
    rmSync(root, { recursive: true, force: true });
  }
}

test("the set of events that is read in every shape", async () => {
  const { local, athena } = await both(EVENTS);
  expect(athena).toEqual(local);
});

test("since a time", async () => {
  const { local, athena } = await both(EVENTS, Date.parse("2026-01-20T12:00:00Z") / 1000);
  expect(athena).toEqual(local);
});
