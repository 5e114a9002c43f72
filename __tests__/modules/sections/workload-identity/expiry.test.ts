import { certificateDates } from "../../../../modules/sections/workload-identity/expiry";
import { formatProblem } from "../../../../modules/kernel/errors";
import { exampleWith } from "../../../support/environments";
import { makeCertificate } from "./certificate-maker";

// Each makes certificates and proves an environment.
jest.setTimeout(60_000);

/** What validate says of a bundle on 1 June 2026. */
async function said(...dates: readonly (readonly [string, string])[]): Promise<readonly string[]> {
  const pems = await Promise.all(
    dates.map(([notBefore, notAfter], i) =>
      makeCertificate({ subject: `CN=CA ${i + 1}`, notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    ),
  );
  const { environment, state } = exampleWith({
    files: { "certificates/datacenter-ca.pem": pems.map(({ pem }) => pem).join("") },
  });
  return certificateDates(environment!, state!.workloadIdentity!, new Date("2026-06-01T12:00:00Z")).map((problem) =>
    formatProblem(problem).replace(/environments\S+ /, ""),
  );
}

const VALID = ["2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] as const;
const EXPIRED = ["2020-01-01T00:00:00Z", "2026-05-31T00:00:00Z"] as const;

test("a certificate with years to go: nothing", async () => expect(await said(VALID)).toEqual([]));

test("45 days ahead a warning, 46 not yet", async () => {
  expect(await said(["2026-01-01T00:00:00Z", "2026-07-17T13:00:00Z"])).toEqual([]);
  expect(await said(["2026-01-01T00:00:00Z", "2026-07-16T13:00:00Z"])).toEqual([
    expect.stringMatching(
      /^warning CERTIFICATE-ENDS-SOON workloadIdentity\.trustAnchors\[0\]\.certificateBundleFile\n {2}The certificate CN=CA 1 of the trust anchor datacenter ends on 2026-07-16, in 45 days\.\n {2}fix: /,
    ),
  ]);
});

test("expired and alone: an error, because nobody gets in", async () => {
  expect(await said(EXPIRED)).toEqual([
    expect.stringMatching(/^error CERTIFICATE-EXPIRED .*\n {2}.* ended on 2026-05-31: no workload gets in any more\./),
  ]);
});

test("expired beside a valid one: a warning", async () => {
  expect(await said(EXPIRED, VALID)).toEqual([
    expect.stringMatching(
      /^warning CERTIFICATE-EXPIRED .*\n {2}The certificate CN=CA 1 .* ended on 2026-05-31\.\n {2}fix: Take it out/,
    ),
  ]);
});

test("not valid yet: an error alone, a warning beside a valid one", async () => {
  const early = ["2026-07-01T00:00:00Z", "2036-01-01T00:00:00Z"] as const;
  expect(await said(early)).toEqual([expect.stringMatching(/^error CERTIFICATE-NOT-YET-VALID/)]);
  expect(await said(early, VALID)).toEqual([expect.stringMatching(/^warning CERTIFICATE-NOT-YET-VALID/)]);
});

test("resolving says nothing of dates: synth has no clock", () => expect(exampleWith().problems).toEqual([]));
