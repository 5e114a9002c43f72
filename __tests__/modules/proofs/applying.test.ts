import { askedOf, reachOf, takesPart } from "../../../modules/proofs/applying";
import { Remembering } from "../../../modules/proofs/remembering";
import type { RequestSet } from "../../../modules/policy/decide";
import type { PolicyStatement } from "../../../modules/policy/types";

/** What is said to take no part takes none: each of these looks like it, and only the first of each kind is it. */

const ROLE = "arn:aws:iam::111111111111:role/a";
const set = (more: Partial<RequestSet> = {}, arn = ROLE): RequestSet => ({
  principals: [{ type: "role", arns: { like: [arn] } }],
  actions: { like: ["iam:DeleteRole"] },
  resources: { like: ["arn:aws:iam::111111111111:user/*"], except: ["arn:aws:iam::111111111111:user/*:*"] },
  ...more,
});
const statement = (more: Partial<PolicyStatement>): PolicyStatement => ({
  Effect: "Deny",
  Action: "*",
  Resource: "*",
  ...more,
});
const sparing = (operator: string, value: string | readonly string[], key = "aws:PrincipalArn"): PolicyStatement =>
  statement({ Condition: { [operator]: { [key]: value } } });
const takes = (one: PolicyStatement, asked = set()): boolean => takesPart(reachOf(one), askedOf(asked));

/** Jest hands a callback to what asks for more than its row has. */
const rows = (all: readonly (readonly [string, PolicyStatement, RequestSet?])[]) =>
  all.map(([name, one, asked = set()]) => [name, one, asked] as const);

test.each(
  rows([
    ["other resources", statement({ Resource: "arn:aws:iam::*:role/x-*" })],
    ["a spared ARN", sparing("ArnNotLike", ["arn:aws:iam::*:role/b", "arn:aws:iam::*:role/a"])],
    ["if it is there", sparing("ArnNotEqualsIfExists", "arn:aws:iam::*:role/*")],
    ["as a text", sparing("StringNotLike", "*:role/a")],
    ["a pattern in a wider one", sparing("ArnNotLike", "arn:aws:iam::*:role/s*"), set({}, `${ROLE.slice(0, -1)}se-*`)],
  ]),
)("takes no part: %s", (_, one, asked) => expect(takes(one, asked)).toBe(false));

test.each(
  rows([
    ["all but some resources", { Effect: "Deny", Action: "*", NotResource: "arn:aws:iam::*:role/x-*" }],
    [
      "resources that may have colons, which wildcards go across",
      statement({ Resource: "arn:aws:iam::*:role/x-*" }),
      set({ resources: { like: ["arn:aws:iam::111111111111:user/*"] } }),
    ],
    [
      "an ARN with a colon more",
      statement({ Resource: "arn:aws:iam::*:*:x" }),
      set({ resources: { like: ["arn:aws:iam::111111111111:user/*"] } }),
    ],
    ["a resource with a variable", statement({ Resource: "arn:aws:iam::*:user/${aws:username}" })],
    ["a short ARN, which may be completed", statement({ Resource: "arn:aws:iam" })],
    ["another ARN is spared", sparing("ArnNotLike", "arn:aws:iam::*:role/b")],
    ["only such are denied", sparing("ArnLike", ROLE)],
    ["a text with a wildcard that does not count", sparing("StringNotEquals", "arn:aws:iam::*:role/a")],
    ["all of no values", sparing("ForAllValues:ArnNotLike", ROLE)],
    ["another key", sparing("ArnNotLike", ROLE, "aws:SourceArn")],
    ["a variable", sparing("ArnNotLike", "arn:aws:iam::*:role/${aws:PrincipalTag/a, 'a'}")],
    ["a wildcard that would have to go across colons", sparing("ArnNotLike", "arn:aws:*:role/a")],
    ["another case", sparing("StringNotLike", "*:role/A")],
    [
      "a wider pattern than what is spared",
      sparing("ArnNotLike", "arn:aws:iam::*:role/sea"),
      set({}, `${ROLE.slice(0, -1)}se*`),
    ],
    ["a wildcard in the middle", sparing("ArnNotLike", "arn:aws:iam::*:role/s*a"), set({}, `${ROLE.slice(0, -1)}s*b`)],
    [
      "one of two is spared",
      sparing("ArnNotLike", ROLE),
      set({ principals: [ROLE, `${ROLE}b`].map((arn) => ({ type: "role", arns: { like: [arn] } })) }),
    ],
    [
      "a service, which has no such ARN",
      sparing("ArnNotLike", "*"),
      set({ principals: [{ type: "service", arns: { like: ["ec2.amazonaws.com"] } }] }),
    ],
    ["somebody whose key is given", sparing("ArnNotLike", ROLE), set({ keys: { "aws:principalarn": "anything" } })],
  ]),
)("may take part: %s", (_, one, asked) => expect(takes(one, asked)).toBe(true));

test("what takes no part is in no key", () => {
  const key = (one: PolicyStatement): string =>
    new Remembering().key(
      set(),
      { scps: [[{ name: "p", document: { Version: "2012-10-17", Statement: [one] } }]] },
      "111111111111",
    );
  expect(key(sparing("ArnNotLike", "arn:aws:iam::*:role/a"))).toBe(key(statement({ Resource: "arn:aws:s3:::x" })));
  expect(key(sparing("ArnNotLike", "arn:aws:iam::*:role/a"))).not.toBe(
    key(sparing("ArnNotLike", "arn:aws:iam::*:role/ab")),
  );
});
