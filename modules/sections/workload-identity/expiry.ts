import type { WorkloadIdentityEnvironment } from "./types";
import type { Problem } from "../../kernel/errors";
import type { CertificateAuthority } from "./certificates";
import type { RevocationList } from "./revocation";
import type { WorkloadIdentityState } from "./types";
import { KEYLESS } from "../../kernel/command";
import { count } from "../../kernel/words";

/** As early as AWS itself notifies: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/customize-notification-settings.html */
export const WARNING_DAYS = 45;
const DAY = 86_400_000;

/**
 * What the dates of the trust anchors' certificates say. For `keyless validate` only: synth must give the same bytes tomorrow, and so
 * looks at no clock.
 *
 * An error where no certificate of a trust anchor is valid, because then nobody gets in; a warning where one is left, because a
 * second certificate is how one replaces the other.
 */
export function certificateDates(
  environment: WorkloadIdentityEnvironment,
  state: WorkloadIdentityState,
  now: Date,
): readonly Problem[] {
  const path = new Map(
    environment.baseline.workloadIdentity?.trustAnchors.map((anchor, i) => [
      anchor.name,
      ["workloadIdentity", "trustAnchors", i, "certificateBundleFile"] as const,
    ]),
  );
  return state.stacks.flatMap((stack) =>
    stack.trustAnchors.flatMap(({ name, source }) => {
      if ("privateCaArn" in source) return [];
      const place = environment.place([...(path.get(name) ?? [])]);
      const valid = source.authorities.some((authority) => validity(authority, now) === "valid");
      return source.authorities.flatMap((authority): readonly Problem[] => {
        const what = `The certificate ${authority.subject} of the trust anchor ${name}`;
        const severity = valid ? ({ severity: "warning" } as const) : {};
        switch (validity(authority, now)) {
          case "expired":
            return [
              {
                code: "CERTIFICATE-EXPIRED",
                message: `${what} ended on ${day(authority.notAfter)}${valid ? "" : ": no workload gets in any more"}.`,
                fix: valid ? "Take it out of the file." : "Put the CA's new certificate into the file, and apply.",
                place,
                ...severity,
              },
            ];
          case "early":
            return [
              {
                code: "CERTIFICATE-NOT-YET-VALID",
                message: `${what} begins on ${day(authority.notBefore)}${valid ? "" : ": no workload gets in before"}.`,
                fix: valid
                  ? "Nothing, if it is there to take over."
                  : "Keep the old certificate next to it until then.",
                place,
                ...severity,
              },
            ];
          case "valid": {
            const days = Math.floor((Date.parse(authority.notAfter) - now.getTime()) / DAY);
            if (days > WARNING_DAYS) return [];
            return [
              {
                code: "CERTIFICATE-ENDS-SOON",
                message: `${what} ends on ${day(authority.notAfter)}, in ${count(days, "day")}.`,
                fix: "Add the CA's new certificate (a trust anchor takes two) and apply. Take the old one out when every workload has a certificate from the new one.",
                place,
                severity: "warning",
              },
            ];
          }
        }
      });
    }),
  );
}

/**
 * What the dates of the revocation lists say, of files alone: an address is asked by `keyless crl`. Warnings: what AWS does with a list that
 * is over is documented nowhere, and the last one is better than none.
 */
export function revocationDates(
  environment: WorkloadIdentityEnvironment,
  state: WorkloadIdentityState,
  now: Date,
): readonly Problem[] {
  const section = environment.baseline.workloadIdentity?.trustAnchors ?? [];
  return state.stacks.flatMap((stack) =>
    stack.trustAnchors.flatMap(({ name, revocationLists = [] }) =>
      revocationLists.flatMap((named, n): readonly Problem[] => {
        if (!("file" in named)) return [];
        const i = section.findIndex((anchor) => anchor.name === name);
        const place = environment.place(["workloadIdentity", "trustAnchors", i, "revocationLists", n, "file"]);
        const what = `The revocation list ${named.file} of ${named.list.issuer}`;
        const fix = `Put the CA's present list there; ${KEYLESS} crl ${environment.name} imports it.`;
        switch (currency(named.list, now)) {
          case "stale":
            return [
              {
                code: "CRL-STALE",
                message: `${what} was to be followed by another one on ${day(named.list.nextUpdate!)}: what was revoked since is not on it.`,
                fix,
                place,
                severity: "warning",
              },
            ];
          case "early":
            return [
              {
                code: "CRL-NOT-YET-VALID",
                message: `${what} is of ${day(named.list.thisUpdate)}, which is still to come.`,
                fix: "Check the CA's clock and this machine's.",
                place,
                severity: "warning",
              },
            ];
          case "current":
            return [];
        }
      }),
    ),
  );
}

/** Whether a revocation list is the one that counts at a time. One that names no successor never gets stale. */
export function currency(
  { thisUpdate, nextUpdate }: Pick<RevocationList, "thisUpdate" | "nextUpdate">,
  now: Date,
): "current" | "stale" | "early" {
  if (Date.parse(thisUpdate) > now.getTime()) return "early";
  return nextUpdate !== undefined && Date.parse(nextUpdate) < now.getTime() ? "stale" : "current";
}

function validity(authority: CertificateAuthority, now: Date): "valid" | "expired" | "early" {
  if (Date.parse(authority.notAfter) < now.getTime()) return "expired";
  return Date.parse(authority.notBefore) > now.getTime() ? "early" : "valid";
}

function day(date: string): string {
  return date.slice(0, 10);
}
