import { serviceOf } from "../cloudtrail/key-usage";
import type { LoggedKeyUsage, Occurrences } from "../cloudtrail/key-usage";
import type { Counted, KeyUsage } from "./types";
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

/** Empty texts are what a record did not say. */
function counted({ top }: Occurrences): readonly Counted[] {
  return top.filter(({ value }) => value !== "").map(({ value, count }) => ({ value, count }));
}
