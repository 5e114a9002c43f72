import { explainQuestion } from "../../../../../modules/proofs/explain";
import { prove } from "../../../../../modules/proofs/prove";
import type { ProofId, ProofInput } from "../../../../../modules/proofs/types";
import { whoCan } from "../../../../../modules/proofs/who-can";
import type { PolicyDocument, PolicyStatement } from "../../../../../modules/policy/types";
import { outsideAccountDates } from "../../../../../modules/sections/guardrails/exceptions/dates";
import { restrictOutsideAccounts } from "../../../../../modules/sections/guardrails/rules/restrict-outside-accounts";
import { exampleWith, TextEdit } from "../../../../support/environments";

const ROLLOUT = "    - guardrails: [restrict-web-identity]\n";
const ENFORCED: readonly [string, string] = [
  ROLLOUT,
  "    - guardrails: [restrict-outside-accounts, restrict-web-identity]\n",
];
const VENDORS = `
  outsideAccounts:
    - name: monitoring
      accounts: ["987654321098"]
      owner: Platform
      reason: Reads metrics until our own stack does
      expires: "2027-03-31"
    - name: backup
      accounts: ["876543210987", "765432109876"]
      roles: [vendors/backup]
      owner: Data
      reason: Copies snapshots
      expires: "2027-06-30"
  rollout:
`;

function input(vendors = "", edits: TextEdit["baseline"] = []): ProofInput {
  const { environment, state, problems } = exampleWith({
    baseline: [ENFORCED, ...(vendors === "" ? [] : [["\n  rollout:\n", vendors] as const]), ...edits],
  });
  if (!environment || !state) throw new Error(JSON.stringify(problems));
  return { environment, ...state };
}

/** The same state with other statements in the policy that holds the guardrail. */
function weakened(
  of: ProofInput,
  change: (statements: readonly PolicyStatement[]) => readonly PolicyStatement[],
): ProofInput {
  const document = (before: PolicyDocument): PolicyDocument => ({ ...before, Statement: change(before.Statement) });
  return {
    ...of,
    guardrails: {
      ...of.guardrails,
      policies: of.guardrails.policies.map((policy) =>
        policy.guardrails.includes("restrict-outside-accounts")
          ? { ...policy, document: document(policy.document) }
          : policy,
      ),
    },
  };
}

const open = (of: ProofInput, ...only: readonly ProofId[]): readonly string[] => [
  ...new Set(
    prove(of, { only: new Set(only) }).counterexamples.map(
      ({ proof, principal, decision, action }) => `${proof}|${principal.kind}|${principal.name}|${action}|${decision}`,
    ),
  ),
];
const without = (sid: RegExp) => (statements: readonly PolicyStatement[]) =>
  statements.filter(({ Sid }) => !sid.test(Sid ?? ""));
const withCondition =
  (sid: string, condition: PolicyStatement["Condition"]) => (statements: readonly PolicyStatement[]) =>
    statements.map((one) => (one.Sid === sid ? { ...one, Condition: condition! } : one));

const STRANGERS = "no-mint|outsider|anybody outside the organization|sts:AssumeRole|allowed";

describe("the promise is proven over every outsider", () => {
  test("without vendors, and with some", () => {
    for (const one of [input(), input(VENDORS)]) {
      const report = prove(one);
      expect(report.counterexamples).toEqual([]);
      const cells = report.cells.filter(({ kind, proof }) => kind === "outsider" && proof === "no-mint");
      expect(new Set(cells.map(({ status }) => status))).toEqual(new Set(["proven"]));
    }
  });

  test.each([
    ["the statement is gone", without(/^RestrictOutsideAccounts$/), STRANGERS],
    [
      "another account is spared",
      withCondition("RestrictOutsideAccounts", {
        StringNotEquals: {
          "aws:PrincipalOrgID": "o-exampleorg1",
          "aws:PrincipalAccount": ["765432109876", "876543210987", "987654321098", "111122223333"],
        },
      }),
      STRANGERS,
    ],
    [
      "only those of other organizations are meant, and an account may have none",
      withCondition("RestrictOutsideAccounts", {
        Null: { "aws:PrincipalOrgID": "false" },
        StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" },
      }),
      STRANGERS,
    ],
    [
      "whoever brings an external id is spared",
      withCondition("RestrictOutsideAccounts", {
        Null: { "sts:ExternalId": "true" },
        StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" },
      }),
      STRANGERS,
    ],
    [
      "whoever is tagged is spared",
      withCondition("RestrictOutsideAccounts", {
        StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1", "aws:PrincipalTag/vendor": "yes" },
      }),
      STRANGERS,
    ],
    [
      "a vendor's end is gone",
      without(/After20270331$/),
      "no-mint|outsider|the outside account monitoring after 2027-03-31|sts:AssumeRole|allowed",
    ],
    [
      "a vendor's roles are gone",
      without(/^RestrictOutsideRoles/),
      "no-mint|outsider|the outside account backup|sts:AssumeRole|allowed",
    ],
  ])("%s: a counterexample", (_, change, expected) =>
    expect(open(weakened(input(VENDORS), change), "no-mint")).toContain(expected),
  );
});

describe("what shuts the way in is seen", () => {
  test.each([
    ["another organization's id", { StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg2" } }],
    ["everybody but one account", { StringNotEquals: { "aws:PrincipalAccount": "987654321098" } }],
    ["a path that is not the home's", { "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": ["o-x/*"] } }],
    ["sessions without an external id", { Null: { "sts:ExternalId": "true" } }],
    ["principals of other accounts", { StringNotEquals: { "aws:PrincipalAccount": "${aws:ResourceAccount}" } }],
  ])("%s", (_, condition) => {
    const found = open(
      weakened(input(), withCondition("RestrictOutsideAccounts", condition)),
      "no-lock-out",
      "still-manageable",
    );
    expect(found.some((one) => one.startsWith("no-lock-out|") && /\|(denied|unknown)$/.test(one))).toBe(true);
    expect(found.some((one) => one.startsWith("still-manageable|"))).toBe(true);
  });
});

describe("one question", () => {
  const ask = (principal: string, ...context: readonly string[]) =>
    explainQuestion(input(VENDORS), {
      account: "shop-prod",
      action: "sts:AssumeRole",
      resource: "arn:aws:iam::444444444403:role/vendors/backup",
      principal,
      context,
      mfa: false,
    });

  test("explain names the statement, and the account that is let in until its end", () => {
    const stranger = ask("arn:aws:iam::999999999999:role/app");
    expect(stranger.decision).toBe("denied");
    expect(stranger.deciding.map(({ sid }) => sid)).toContain("RestrictOutsideAccounts");
    const vendor = (time: string) => ask("arn:aws:iam::876543210987:role/app", `aws:CurrentTime=${time}`);
    expect(vendor("2027-07-01T00:00:00Z").deciding.map(({ sid }) => sid)).toEqual([
      "RestrictOutsideAccountsAfter20270630",
    ]);
    // The role's own trust policy is not known.
    expect(vendor("2027-06-30T23:59:59Z").decision).toBe("unknown");
  });

  test("who-can says that nobody outside assumes a role, but for those that are let in", () => {
    const outsiders = (one: ProofInput) =>
      whoCan(one, { account: "shop-prod", action: "sts:AssumeRole" }).answers.filter(({ kind }) => kind === "outsider");
    expect(outsiders(input())).toMatchObject([{ verdict: "nobody", known: "proven" }]);
    expect(outsiders(input(VENDORS)).map(({ verdict }) => verdict)).not.toEqual(["nobody"]);
  });
});

describe("what is written wrong", () => {
  const codes = (entry: string, enforced = true): readonly string[] =>
    exampleWith({
      baseline: [...(enforced ? [ENFORCED] : []), ["\n  rollout:\n", `\n  outsideAccounts:\n${entry}\n  rollout:\n`]],
    }).problems.map(({ code, severity }) => `${severity ?? "error"} ${code}`);
  const entry = (more: { accounts?: string; roles?: string; expires?: string; name?: string } = {}): string =>
    [
      `    - name: ${more.name ?? "vendor"}`,
      `      accounts: ${more.accounts ?? '["987654321098"]'}`,
      ...(more.roles === undefined ? [] : [`      roles: ${more.roles}`]),
      "      owner: Data",
      "      reason: Copies",
      `      expires: "${more.expires ?? "2027-06-30"}"`,
    ].join("\n");

  test("a good entry says nothing", () => expect(codes(entry({ roles: "[vendors/backup, Backup]" }))).toEqual([]));

  test.each([
    ["an account of ours", entry({ accounts: '["444444444403"]' }), "error OUTSIDE-ACCOUNT-OURS"],
    ["the management account", entry({ accounts: '["111111111111"]' }), "error OUTSIDE-ACCOUNT-OURS"],
    ["an account twice", entry({ accounts: '["987654321098", "987654321098"]' }), "error OUTSIDE-ACCOUNT-TWICE"],
    [
      "an account of two vendors",
      `${entry()}\n${entry({ name: "other", expires: "2028-01-01" })}`,
      "error OUTSIDE-ACCOUNT-TWICE",
    ],
    ["no date", entry({ expires: "2027-02-30" }), "error EXCEPTION-DATE"],
    ["no end", entry({ expires: "9999-12-31" }), "error EXCEPTION-DATE"],
    ["two of a name", `${entry()}\n${entry({ accounts: '["876543210987"]' })}`, "error CONFIG-DUPLICATE"],
    ["a wildcard in a role", entry({ roles: '["vendors/*"]' }), "error CONFIG-"],
    ["a variable in a role", entry({ roles: '["${aws:username}"]' }), "error CONFIG-"],
    ["a role by its ARN", entry({ roles: '["arn:aws:iam::444444444403:role/x"]' }), "error CONFIG-"],
    ["a role with a slash before", entry({ roles: '["/vendors/backup"]' }), "error CONFIG-"],
    ["no account", entry({ accounts: "[]" }), "error CONFIG-"],
  ])("%s", (_, text, expected) => {
    const said = codes(text);
    expect(said.some((one) => one.startsWith(expected))).toBe(true);
  });

  test("a list that has no effect", () =>
    expect(codes(entry(), false)).toEqual(["warning OUTSIDE-ACCOUNTS-WITHOUT-EFFECT"]));

  test("no exception of a principal, which is of these accounts", () =>
    expect(
      exampleWith({
        baseline: [
          ENFORCED,
          ["      guardrails: [deny-access-key-creation]\n", "      guardrails: [restrict-outside-accounts]\n"],
        ],
      }).problems.map(({ code }) => code),
    ).toContain("EXCEPTION-NOT-POSSIBLE"));
});

test("its end is said beforehand and afterwards", () => {
  const { environment, ...state } = input(VENDORS);
  const said = (now: string): readonly string[] =>
    outsideAccountDates(environment, state.guardrails.context.outsideAccounts!, new Date(now)).map(
      ({ code, message, place }) => `${code} ${place?.path ?? ""} ${message}`,
    );
  expect(said("2027-01-01T00:00:00Z")).toEqual([]);
  expect(said("2027-03-31T12:00:00Z")).toEqual([
    "EXCEPTION-ENDS-SOON guardrails.outsideAccounts[0].expires The outside account monitoring ends on 2027-03-31, today: AWS then lets it in no more.",
  ]);
  expect(said("2027-07-02T00:00:00Z").map((text) => text.split(" ")[0])).toEqual([
    "EXCEPTION-ENDED",
    "EXCEPTION-ENDED",
  ]);
});

test("statements that are alike are one: vendors with the same end and roles cost no more characters than their ids", () => {
  const { context } = input(VENDORS).guardrails;
  const vendor = context.outsideAccounts![0]!;
  const more = Array.from({ length: 20 }, (_, i) => ({
    ...vendor,
    name: `vendor-${i}`,
    accounts: [String(200000000000 + i)],
  }));
  expect(restrictOutsideAccounts.statements({ ...context, outsideAccounts: more })).toHaveLength(3);
});
