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
const ALL = [claim("accounts", ACCOUNTS[0]!), ...ROLES];
const found = (claims: readonly Claim[], more: Partial<Verification> = {}): Verification => ({
  environment: "prod",
  organizationId: "o-1",
  from: "2026-11-26T20:00:00Z",
  to: "2026-11-26T20:01:00Z",
  claims,
  calls: {},
  ...more,
});
const judge = (given: Verification): Verification =>
  wayInEvidence(given, { file: "seen.json", roleName: "SecurityBreakGlass", accountIds: ACCOUNTS, now: NOW });

test("a recent look at everything is taken as it is, what it lacks too: the caller judges the claims", () => {
  const given = found([...ALL.slice(0, -1), claim("role", ACCOUNTS[1]!, { verdict: "missing" })]);
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
  ["of break glass only", found(ROLES), /which accounts there are/],
  ["of the organization only", found(ALL.slice(0, 1)), /in 2 accounts: 444444444401, 444444444402/],
  ["without one account", found(ALL.slice(0, -1)), /in 1 account: 444444444402/],
  ["of another role", found([ALL[0]!, ...ROLES.map((one) => ({ ...one, name: "Old" }))]), /in 2 accounts/],
  [
    "of roles in another section",
    found([ALL[0]!, ...ROLES.map((one) => ({ ...one, section: "pipeline" as const }))]),
    /in 2/,
  ],
  ["without any claim", found([]), /which accounts there are/],
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
