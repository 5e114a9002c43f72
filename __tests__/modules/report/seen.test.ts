import { defined } from "../../../modules/kernel/optional";
import type { Verification } from "../../../modules/live/verify/run";
import { seenOf, type Wanted } from "../../../modules/report/seen";

const AT = "2026-11-28T01:00:00Z";
const claim = (
  kind: string,
  verdict: Verification["claims"][number]["verdict"],
  accountId = "1",
): Verification["claims"][number] => ({
  section: "identity-center",
  kind,
  name: "Developer",
  promise: "",
  place: { accountId },
  verdict,
  details: [],
  at: AT,
});
const verification = (...claims: Verification["claims"]): Verification => ({
  environment: "e",
  organizationId: "o",
  sections: ["identity-center"],
  from: AT,
  to: AT,
  claims,
  calls: {},
});
const wanted = (kind: string, accountId?: string): Wanted => ({
  section: "identity-center",
  kind,
  name: "Developer",
  ...defined({ accountId }),
});
const BOTH = [wanted("permission-set"), wanted("assignments")];

test.each<[string, Verification | undefined, readonly Wanted[], string]>([
  ["nobody looked", undefined, BOTH, "p"],
  ["both are seen", verification(claim("permission-set", "seen"), claim("assignments", "seen")), BOTH, "s"],
  ["one was not looked at", verification(claim("permission-set", "seen")), BOTH, "p"],
  ["one is missing, the other not looked at", verification(claim("assignments", "missing")), BOTH, "m"],
  ["one differs", verification(claim("permission-set", "seen"), claim("assignments", "different")), BOTH, "d"],
  [
    "one may not be read",
    verification(claim("permission-set", "seen"), claim("assignments", "not-readable")),
    BOTH,
    "n",
  ],
  [
    "of two answers the worse",
    verification(claim("assignments", "seen"), claim("assignments", "missing")),
    [BOTH[1]!],
    "m",
  ],
  ["the same in another account", verification(claim("role", "seen", "1")), [wanted("role", "2")], "p"],
  [
    "missing in another account",
    verification(claim("role", "seen", "1"), claim("role", "missing", "2")),
    [wanted("role", "1")],
    "s",
  ],
  [
    "in whichever account",
    verification(claim("role", "seen", "1"), claim("role", "missing", "2")),
    [wanted("role")],
    "m",
  ],
  ["another kind of that name", verification(claim("group", "seen")), [wanted("role")], "p"],
  // Nothing is asked for: that shows nothing.
  ["nothing", verification(claim("role", "seen")), [], "p"],
])("%s", (_, found, asked, letter) => expect(seenOf(found)(asked)).toBe(letter));
