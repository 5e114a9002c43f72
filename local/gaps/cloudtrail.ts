import type { Gap } from "../gap";
import type { CredentialRecords } from "./iam-credentials";

/** moto has trails; the front adds the event history, as far as the seed of access keys tells it. */
export function cloudTrailGap(records: CredentialRecords): Gap {
  return { service: "cloudtrail", operations: { LookupEvents: (request) => records.lookUp(request) } };
}
