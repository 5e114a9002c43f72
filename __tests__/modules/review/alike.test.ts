import { alike } from "../../../modules/review/render/alike";
import { say } from "../../../modules/review/sentence";
import type { AccessChange, WitnessView } from "../../../modules/review/types";

const witness = (role: string, rest: Partial<WitnessView> = {}): WitnessView => ({
  principal: `arn:aws:iam::111111111111:role/${role}`,
  action: "s3:GetObject",
  resource: `arn:aws:s3:::${role}/key`,
  context: {},
  before: "denied",
  after: "allowed",
  ...rest,
});

const change = (role: string, rest: Partial<AccessChange> = {}): AccessChange => ({
  id: `roles-${role}`,
  class: "weakens",
  area: "other",
  sentence: say`Role ${role} may now use s3:GetObject (its inline policy).`,
  stacks: ["a"],
  addresses: [`aws_iam_role_policy.${role}`],
  witnesses: [witness(role)],
  diff: [{ sign: "+", text: `inline statement 1: Allow s3:GetObject on arn:aws:s3:::${role}/*` }],
  subjects: [{ type: "aws_iam_role_policy", address: `aws_iam_role_policy.${role}`, attributes: ["policy"] }],
  ...rest,
});

const three = (odd: Partial<AccessChange>): readonly number[] =>
  alike([change("alpha"), change("beta"), change("gamma", odd), change("delta"), change("epsilon")]).map(
    ({ length }) => length,
  );

describe("the same for several", () => {
  test("what is the same but for the name is one group", () => expect(three({})).toEqual([5]));

  test.each<[string, Partial<AccessChange>]>([
    ["on another resource", { diff: [{ sign: "+", text: "inline statement 1: Allow s3:GetObject on *" }] }],
    [
      "in more cases",
      { diff: [{ sign: "+", text: "inline statement 1: Allow s3:GetObject on arn:aws:s3:::gamma/* where a" }] },
    ],
    [
      "and another statement",
      { diff: [...change("gamma").diff, { sign: "-", text: "inline statement 2: Deny s3:* on *" }] },
    ],
    ["by another action", { witnesses: [witness("gamma", { action: "s3:PutObject" })] }],
    ["for anybody", { witnesses: [witness("gamma", { principal: "arn:aws:iam::999999999999:role/Admin" })] }],
    ["for a user", { witnesses: [witness("gamma", { principal: "arn:aws:iam::111111111111:user/gamma" })] }],
    [
      "in another account than its resource's",
      { witnesses: [witness("gamma", { resource: "arn:aws:s3:eu-1:222222222222:gamma/key" })] },
    ],
    ["when it is late", { witnesses: [witness("gamma", { context: { "aws:CurrentTime": "2027" } })] }],
    ["as an administrator", { administrator: true }],
    ["for who must get in", { lockOut: true }],
    ["against a rule", { rule: "no-keys" }],
    [
      "of another kind of resource",
      { subjects: [{ type: "aws_iam_user_policy", address: "a", attributes: ["policy"] }] },
    ],
    ["of another argument", { subjects: [{ type: "aws_iam_role_policy", address: "a", attributes: ["name"] }] }],
  ])("%s it is not", (_, odd) => {
    // Neighbours of the odd one stand by themselves: two are read as quickly one by one.
    expect(three(odd)).toEqual([1, 1, 1, 1, 1]);
  });

  test("what one and the same gains is told one by one", () => {
    const of = (policy: string): AccessChange =>
      change("app", {
        sentence: say`Role ${"app"} gets ${policy}.`,
        witnesses: [],
        diff: [],
      });
    expect(alike(["Read", "List", "PowerUserAccess"].map(of)).map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  test("a role of the same name in several accounts is one group", () => {
    const of = (account: string): AccessChange =>
      change("app", {
        sentence: say`Role ${"app"}${say` in account ${account}`} may now use s3:GetObject.`,
        witnesses: [],
        diff: [],
      });
    expect(alike(["a", "b", "c"].map(of)).map(({ length }) => length)).toEqual([3]);
  });

  test("the same statements in other accounts are the same", () => {
    const of = (account: string): AccessChange =>
      change("app", {
        sentence: say`Role app in account ${account} may now use s3:GetObject.`,
        witnesses: [witness("app", { principal: `arn:aws:iam::${account}:role/app` })],
      });
    expect(alike(["111111111111", "222222222222", "333333333333"].map(of)).map(({ length }) => length)).toEqual([3]);
  });
});
