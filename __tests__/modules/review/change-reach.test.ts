import { reviewOf } from "./reviewed";
import type { Edit } from "./corpus";
import corpus from "./corpus.json";
import { Names } from "../../../modules/review/names";
import { reachOfChange } from "../../../modules/review/change-reach";
import { say } from "../../../modules/review/sentence";
import type { ResourceChange } from "../../../modules/terraform/stack-plan";

/** Where a change is felt: what a map may show, and never fewer accounts than its sentence says. */

const edits = (name: string): readonly Edit[] =>
  (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[]).find((one) => one.name === name)!.edits;

const resource = (type: string, more: Partial<ResourceChange> = {}): ResourceChange => ({
  stack: "s",
  address: `${type}.x`,
  type,
  name: "x",
  actions: ["update"],
  unknown: new Set(),
  sensitive: new Set(),
  replacedBecause: [],
  references: {},
  ...more,
});
const names = new Names();
const of = (...resources: readonly ResourceChange[]) => reachOfChange(say`Something changes.`, resources, names);

test.each([
  ["SCP detached from one OU of many", /OU |accounts/],
  ["permission set's managed policy swapped", /accounts?/],
])("%s: the accounts that the sentence says", (name, said) => {
  const changes = reviewOf(edits(name)).changes.filter(({ class: cls }) => cls !== "neutral");
  expect(changes.length).toBeGreaterThan(0);
  for (const { reach, sentence } of changes) {
    expect(reach?.how).toBe("stated");
    expect(reach!.places.length).toBeGreaterThan(0);
    expect(sentence.parts.map((part) => ("text" in part ? part.text : part.name)).join("")).toMatch(said);
  }
});

test("a role is where its ARN, else its provider says", () => {
  const arn = "arn:aws:iam::444444444401:role/x";
  expect(of(resource("aws_iam_role", { after: { arn }, account: "555555555501" }))).toEqual({
    how: "resource",
    places: ["444444444401"],
  });
  expect(of(resource("aws_iam_role", { account: "555555555501" }))!.places).toEqual(["555555555501"]);
});

test.each([
  ["a resource without account or ARN", [resource("aws_iam_role")]],
  [
    "a permission set, which lies in one account and is felt in others",
    [resource("aws_ssoadmin_permission_set", { account: "111111111111" })],
  ],
  ["an SCP that is attached nowhere", [resource("aws_organizations_policy", { account: "111111111111" })]],
  ["a StackSet", [resource("aws_cloudformation_stack_set", { account: "111111111111" })]],
  ["another provider's", [resource("tfe_workspace", { account: "111111111111" })]],
  [
    "one that is known beside one that is not",
    [resource("aws_iam_role", { account: "111111111111" }), resource("aws_iam_role")],
  ],
  [
    "a target that is not known yet",
    [resource("aws_organizations_policy_attachment", { after: { policy_id: "p-1" } })],
  ],
  ["nothing at all", []],
])("not known: %s", (_, resources) => expect(of(...resources)).toBeUndefined());

test("an attachment that moves is felt where it was and where it comes", () => {
  const moved = resource("aws_organizations_policy_attachment", {
    before: { target_id: "111111111111" },
    after: { target_id: "222222222222" },
  });
  expect(of(moved)!.places).toEqual(["111111111111", "222222222222"]);
});

test("what a role gains is where it is, as far as its resources say: it may reach into other accounts", () => {
  const { changes } = reviewOf([["set", "aws_iam_role.management", "max_session_duration", 43_200]]);
  expect(changes.length).toBeGreaterThan(0);
  for (const { reach } of changes) expect(reach?.how).not.toBe("stated");
});
