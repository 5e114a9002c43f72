import { serviceOf } from "../cloudtrail/key-usage";
import type { LoggedKeyUsage, Occurrences } from "../cloudtrail/key-usage";
import { timeText } from "../cloudtrail/event";
import type { ReadReport } from "../cloudtrail/read";
import { leftOutOf } from "../cloudtrail/skipped";
import { isoSeconds } from "./time";
import type { Counted, EvidenceRead, KeyUsage } from "./types";
import { defined } from "../../kernel/optional";

/** The usage of keys that logs tell of, as the inventory keeps it. */
export function usageFromLogs(keys: readonly LoggedKeyUsage[]): ReadonlyMap<string, KeyUsage> {
  return new Map(
    keys.map((key) => [
      key.accessKeyId,
      {
        accessKeyId: key.accessKeyId,
        events: key.events,
        firstAt: key.firstEvent,
        lastAt: key.lastEvent,
        sourceAddresses: counted(key.sourceAddresses),
        ...(key.sourceAddresses.others > 0 ? { otherAddressCalls: key.sourceAddresses.others } : {}),
        userAgents: counted(key.userAgents),
        services: counted(key.services),
        denied: key.denied,
        calls: counted(key.calls),
        ...(key.suspects.length > 0 ? { suspects: key.suspects } : {}),
        lastEvents: key.lastEvents.map(({ time, call, region, error }) => {
          const [service = "", ...name] = call.split(":");
          return {
            at: time,
            service: serviceOf(service),
            name: name.join(":"),
            ...(region === "" ? {} : { region }),
            ...defined({ errorCode: error }),
          };
        }),
      },
    ]),
  );
}

/** What was read of logs: the times of all events, of whichever key. What is before `--since` was not asked for, and is not left out. */
export function readOfLogs(
  { first, last, skipped }: Pick<ReadReport, "first" | "last" | "skipped">,
  keysLeftOut: number,
): EvidenceRead {
  return {
    source: "logs",
    ...(last < 0 ? {} : { from: timeText(first), to: timeText(last) }),
    leftOut: leftOutOf(skipped) + keysLeftOut,
  };
}

/** The event history goes back 90 days: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
export function readOfHistory(now: Date, accountsLeftOut: number): EvidenceRead {
  return {
    source: "event history",
    from: isoSeconds(new Date(now.getTime() - 90 * 86_400_000)),
    to: isoSeconds(now),
    leftOut: accountsLeftOut,
  };
}

/** Empty texts are what a record did not say. */
function counted({ top }: Occurrences): readonly Counted[] {
  return top.filter(({ value }) => value !== "").map(({ value, count }) => ({ value, count }));
}
