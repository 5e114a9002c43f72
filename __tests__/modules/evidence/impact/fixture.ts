import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { EventDraft, identities, LogEvent, logEvent, logFile, logPath } from "../../../../local/cloudtrail-logs";
import type { Environment } from "../../../../modules/sections/environment";
import { formatProblem } from "../../../../modules/kernel/errors";
import { Impact, ImpactOptions, readImpact } from "../../../../modules/evidence/impact/report";
import { ImpactCall } from "../../../../modules/evidence/impact/types";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import type { TargetState } from "../../../../modules/sections/target-state";
import { frozenWith, ROOT } from "../../../support/environments";
import { defined } from "../../../../modules/kernel/optional";

/** Accounts of the frozen environment. */
export const MANAGEMENT = "111111111111";
export const DATA_PROD = "444444444401";
export const SHOP_PROD = "444444444403";
export const SANDBOX = "666666666601";
export const SUSPENDED = "777777777701";

export const AT = "2026-02-01T00:00:00Z";

/** The section `guardrails` of the frozen environment is replaced by this one. */
export const ROLLOUT = `guardrails:
  rollout:
    - guardrails: [protect-break-glass]
      targets: [all]
    - guardrails: [deny-access-key-creation, deny-user-creation]
      targets: [{ ou: Workloads }]
    - guardrails: [deny-access-key-creation, deny-root-user]
      mode: observe
      targets: [{ ou: Sandbox }]
  observation:
    subscribers: { emails: [guardrails@example.com] }
  exceptions:
    - name: mail-product
      principal: arn:aws:iam::${DATA_PROD}:role/mail/installer
      guardrails: [deny-access-key-creation]
      owner: Mail team
      reason: The product makes its own keys until version 9.
      expires: "2026-02-20"
    - name: ended
      principal: arn:aws:iam::${DATA_PROD}:role/late
      guardrails: [deny-access-key-creation]
      owner: Mail team
      reason: It has ended.
      expires: "2026-01-20"

breakGlass:
`;

export interface Fixture {
  readonly environment: Environment;
  readonly state: TargetState;
}

/** Two enabled regions are enough to tell one from all. */
function enabledRegions(): string {
  const text = readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8");
  return /enabledRegions:\n(?: {2}- [a-z0-9-]+\n)+/.exec(text)![0];
}

export function fixture(edit: (rollout: string) => string = (rollout) => rollout): Fixture {
  // Everything from `guardrails:` to `breakGlass:` is one text of the file.
  const section = frozenSection();
  const { environment, state, problems } = frozenWith({
    baseline: [[section, edit(ROLLOUT)]],
    organization: [[enabledRegions(), "enabledRegions: [eu-central-1, us-east-1]\n"]],
  });
  if (!environment || !state) throw new Error(problems.map(formatProblem).join("\n"));
  return { environment, state };
}

function frozenSection(): string {
  const text = readFileSync(join(ROOT, "__tests__/cases/environment/baseline.yaml"), "utf8");
  return text.slice(text.indexOf("guardrails:\n"), text.indexOf("breakGlass:\n") + "breakGlass:\n".length);
}

/** An event of IAM. */
export function iam(name: string, identity: EventDraft["identity"], more: Partial<EventDraft> = {}): LogEvent {
  return logEvent({
    call: `iam:${name}`,
    region: "us-east-1",
    time: "2026-01-15T12:00:00Z",
    ...defined({ identity }),
    ...more,
  });
}

/** Writes events into files as a trail of an organization does, one for each account and day. */
export function writeLogs(root: string, events: readonly LogEvent[]): void {
  const files = new Map<string, LogEvent[]>();
  for (const event of events) {
    const path = logPath(
      "o-exampleorg1",
      String(event["recipientAccountId"]),
      String(event["awsRegion"]),
      String(event["eventTime"]),
      "a",
    );
    const list = files.get(path) ?? [];
    list.push(event);
    files.set(path, list);
  }
  for (const [name, list] of files) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gzipSync(logFile(list)));
  }
}

/** Replays events through the fixture's guardrails. */
export async function replay(
  { environment, state }: Fixture,
  events: readonly LogEvent[],
  options: Partial<ImpactOptions> = {},
): Promise<Impact> {
  const root = mkdtempSync(join(tmpdir(), "keyless-impact-"));
  try {
    writeLogs(root, events);
    return await readImpact(environment, state, [parseSource(root)], { at: AT, ...options });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A call in one line. */
export function line(call: ImpactCall): string {
  const why =
    call.coveredBy.length > 0
      ? ` [${call.coveredBy.join(", ")}]`
      : call.because.length > 0
        ? ` (${call.because.join("; ")})`
        : "";
  return `${call.guardrail} ${call.decision} ${call.principal.replace("arn:aws:iam::", "").replace("arn:aws:sts::", "sts:")} ${call.action} ${call.calls}/${call.refused}${why}`;
}

export { identities, logEvent };
