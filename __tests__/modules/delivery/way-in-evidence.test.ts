import { wayInEvidence } from "../../../modules/delivery/way-in-evidence";
import { BaselineError } from "../../../modules/kernel/errors";
import type { Claim } from "../../../modules/live/verify/claim";
import type { Verification } from "../../../modules/live/verify/run";

/** What another run has seen stands for a look only where it is of both sections, recent, and of this role in every account. */

const ACCOUNTS = ["444444444401", "444444444402"];
const NOW = new Date("2026-11-26T21:00:00Z");
const claim = (kind: string, accountId: string, more: Partial<Claim> = {}): Claim => ({
  section: kind === "accounts" ? "organization" : "break-glass",
  kind,
  name: kind === "role" ? "SecurityBreakGlass" : kind,
  promise: "as planned",
  place: { accountId },
  details: [],
  at: "2026-11-26T20:00:00Z",
  verdict: "seen",
  ...more,
});
const ROLES = ACCOUNTS.map((id) => claim("role", id));
const ALL = [claim("accounts", ACCOUNTS[0]!), ...ROLES, claim("user-mfa", ACCOUNTS[0]!, { name: "break-glass-1" })];
const found = (claims: readonly Claim[], more: Partial<Verification> = {}): Verification => ({
  environment: "prod",
  organizationId: "o-1",
  from: "2026-11-26T20:00:00Z",
  to: "2026-11-26T20:01:00Z",
  claims,
  calls: {},
  ...more,
});
const judge = (given: Verification): Verification => wayInEvidence(given, { file: "seen.json", claims: ALL, now: NOW });

test("a recent look at everything is taken as it is, what it lacks too: the caller judges the claims", () => {
  const given = found(ALL.map((one) => ({ ...one, verdict: "missing" as const })));
  expect(judge(given)).toBe(given);
});

test.each<[string, Verification, RegExp]>([
  ["a day old", found(ALL, { from: "2026-11-25T20:00:00Z" }), /more than 12 hours ago/],
  [
    "with a claim from another day",
    found([...ALL, claim("trail", "1", { at: "2026-11-20T20:00:00Z" })]),
    /more than 12/,
  ],
  ["from the future", found(ALL, { to: "2026-11-26T22:00:00Z" }), /from the future/],
  ["with a claim without a time", found([...ALL, claim("trail", "1", { at: "soon" })]), /without a time/],
  ["of break glass only", found(ALL.slice(1)), /lacks 1 claim .*: accounts accounts in 444444444401/],
  ["of the organization only", found(ALL.slice(0, 1)), /lacks 3 claims .*: role SecurityBreakGlass in 444444444401, /],
  [
    "without one account",
    found(ALL.filter((_, i) => i !== 2)),
    /lacks 1 claim .*: role SecurityBreakGlass in 444444444402/,
  ],
  ["without a user", found(ALL.slice(0, -1)), /lacks 1 claim .*: user-mfa break-glass-1/],
  ["of another role", found(ALL.map((one) => (one.kind === "role" ? { ...one, name: "Old" } : one))), /lacks 2 claims/],
  ["of another section", found(ALL.map((one) => ({ ...one, section: "pipeline" as const }))), /lacks 4 claims/],
  ["of another Region", found(ALL.map((one) => ({ ...one, place: { ...one.place, region: "eu-west-1" } }))), /lacks 4/],
  ["without any claim", found([]), /lacks 4 claims/],
])("%s: the gate says no", (_, given, words) => {
  let error: unknown;
  try {
    judge(given);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(BaselineError);
  expect((error as BaselineError).exitCode).toBe(3);
  expect((error as BaselineError).problems.map(({ message }) => message).join(" ")).toMatch(words);
});
