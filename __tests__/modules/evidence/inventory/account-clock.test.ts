import type { IAMClient } from "@aws-sdk/client-iam";
import { readAccount } from "../../../../modules/evidence/inventory/collect/account";

/** Days are counted from an account's time, and keys are deleted by them: it is AWS's, whatever this machine's clock says. */

test.each([
  ["months behind", 100 * 86_400_000, "2026-11-24T12:00:00Z"],
  ["a day ahead", -86_400_000, "2026-08-15T12:00:00Z"],
  ["right", undefined, "2026-08-16T12:00:00Z"],
])("a clock that is %s does not date an account", async (_, systemClockOffset, at) => {
  const client = {
    config: { systemClockOffset },
    send: () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" })),
  } as unknown as IAMClient;
  const { collectedAt } = await readAccount({
    client,
    accountId: "222222222222",
    signal: new AbortController().signal,
    now: () => new Date("2026-08-16T12:00:00Z"),
  });
  expect(collectedAt).toBe(at);
});
