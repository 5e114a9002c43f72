import { awsFailure } from "../../../../modules/aws/failure";
import {
  otherAdministratorsFinding,
  type SetPolicies,
} from "../../../../modules/live/verify/sections/other-administrators";

/** A permission set makes administrators by what its policies say, in whichever account they say it. */

const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Allow", ...one })) });
const ALL = policy({ Action: "*", Resource: "*" });
const READS = policy({ Action: "s3:Get*", Resource: "*" });
const ACCOUNTS = ["444444444401", "444444444402"];
const set = (more: Partial<SetPolicies>): SetPolicies => ({
  name: "Ops",
  managed: [],
  customer: [],
  inline: undefined,
  ...more,
});
type Documents = Readonly<Record<string, string | Error | undefined>>;
const find = (one: SetPolicies, documents: Documents = {}, known: readonly string[] = []) => {
  const asked: string[] = [];
  return otherAdministratorsFinding([one], new Set(known), {
    accounts: () => Promise.resolve(ACCOUNTS),
    document: (accountId, name) => {
      asked.push(`${accountId} ${name}`);
      const found = documents[`${accountId} ${name}`];
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
  }).then((finding) => ({ ...finding, asked }));
};

test("a customer managed policy that allows everything, in one account of two", async () => {
  const documents = { "444444444401 /boss": READS, "444444444402 /boss": ALL };
  const { verdict, details } = await find(set({ customer: ["/boss"] }), documents);
  expect(verdict).toBe("different");
  expect(details).toEqual([
    "Ops in 2 accounts gives administrator access (customer managed policy /boss in 444444444402), and the facts do not show it",
  ]);
});

test.each<[string, string, string]>([
  ["everything", ALL, "different"],
  ["everything, percent-encoded", encodeURIComponent(ALL), "different"],
  [
    "everything, with MFA",
    policy({ Action: "*", Resource: "*", Condition: { Bool: { "aws:a": "true" } } }),
    "different",
  ],
  ["everything but one action", policy({ NotAction: "s3:GetObject", Resource: "*" }), "different"],
  ["everything but one resource", policy({ Action: "*", NotResource: "arn:aws:s3:::a" }), "different"],
  ["iam:*", policy({ Action: ["iam:*"], Resource: ["*"] }), "different"],
  [
    "patterns of actions",
    policy({ Action: ["iam:*Policy", "iam:CreatePolicyV*"], Resource: "arn:aws:iam::*:*" }),
    "different",
  ],
  ["one statement without brackets", ALL.replace("[{", "{").replace("}]", "}"), "different"],
  ["some reading", READS, "seen"],
  ["a Deny of everything", policy({ Effect: "Deny", Action: "*", Resource: "*" }), "seen"],
  ["everything but IAM", policy({ NotAction: "iam:*", Resource: "*" }), "seen"],
  ["no policy", "boss", "not-readable"],
])("a document of %s, as each kind of policy", async (_, text, verdict) => {
  const both = { "444444444401 /a": text, "444444444402 /a": text };
  expect((await find(set({ customer: ["/a"] }), both)).verdict).toBe(verdict);
  expect((await find(set({ inline: text }))).verdict).toBe(verdict);
  expect(
    (await find(set({ managed: ["arn:aws:iam::aws:policy/Any"] }), { "aws arn:aws:iam::aws:policy/Any": text }))
      .verdict,
  ).toBe(verdict);
});

test.each(["aws", "aws-us-gov", "aws-cn"])(
  "AWS's own AdministratorAccess in %s needs no reading",
  async (partition) => {
    const { verdict, asked } = await find(set({ managed: [`arn:${partition}:iam::aws:policy/AdministratorAccess`] }));
    expect({ verdict, asked }).toEqual({ verdict: "different", asked: [] });
  },
);

test("what may not be read in one account is not called seen, and does not hide what is found in another", async () => {
  const denied = awsFailure("iam:GetPolicy", Object.assign(new Error("no"), { name: "AccessDenied" }));
  const one = await find(set({ customer: ["/a"] }), { "444444444401 /a": READS, "444444444402 /a": denied });
  expect(one).toMatchObject({
    verdict: "not-readable",
    details: [expect.stringMatching(/^Ops: \/a in 444444444402: AWS refuses iam:GetPolicy/)],
  });
  const other = await find(set({ customer: ["/a"] }), { "444444444401 /a": ALL, "444444444402 /a": denied });
  expect(other.verdict).toBe("different");
  expect(other.details).toHaveLength(2);
});

test("a policy that an account does not have gives nothing there", async () => {
  expect((await find(set({ customer: ["/a"] }))).verdict).toBe("seen");
});

test("a set of the facts is let be, and said only to have its name there", async () => {
  const { verdict, details, asked } = await find(set({ inline: ALL, customer: ["/a"] }), {}, ["Ops"]);
  expect({ verdict, details, asked }).toEqual({
    verdict: "seen",
    details: ["Ops in 2 accounts (the facts have a set of this name)"],
    asked: [],
  });
});
