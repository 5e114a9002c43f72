import { findGuardrail, GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import {
  ACCOUNT_ACTIONS,
  ORGANIZATION_ACTIONS,
} from "../../../../../modules/sections/guardrails/catalogue/organization-actions";
import { policyDocument } from "../../../../../modules/policy/document";
import { evaluate, FULL_AWS_ACCESS } from "../../../../../modules/policy/evaluate";
import { actionsOf } from "../../../../../modules/policy/vocabulary/reference";
import { CASE_ADMIN, CASE_ROOT } from "../../../../../modules/sections/guardrails/context/principals";
import { CONTEXTS } from "../contexts";

const listed = ORGANIZATION_ACTIONS.flatMap(({ actions }) => actions);
const context = [...CONTEXTS.values()][0]!;

/** Whether a guardrail denies the action to a principal, on any resource. */
const denies = (id: string, action: string, principal = CASE_ADMIN): boolean =>
  evaluate(
    {
      principal: { type: principal === CASE_ROOT ? "root" : "role", arn: principal },
      action,
      resource: "*",
      unlistedKeys: "absent",
    },
    { scps: [[FULL_AWS_ACCESS, { name: id, document: policyDocument(findGuardrail(id)!.statements(context)) }]] },
  ).kind === "explicit-deny";

test("every action that changes the organization is denied or has a reason why not", () => {
  const changes = [...actionsOf("organizations").values()]
    .filter(({ accessLevel }) => !/^(Read|List)$/.test(accessLevel))
    .map(({ name }) => `organizations:${name}`);
  expect(changes.length).toBeGreaterThan(30);
  expect([...listed].sort()).toEqual([...changes, ...ACCOUNT_ACTIONS].sort());
  const known = [...actionsOf("account").values()].map(({ name }) => `account:${name}`);
  expect(known).toEqual(expect.arrayContaining([...ACCOUNT_ACTIONS]));
});

test("what is said to be denied is denied to everybody of the account, and nothing else is", () => {
  const scps = GUARDRAILS.filter(({ id, policyType }) => policyType === undefined && id !== "deny-root-user");
  for (const { deniedBy, actions } of ORGANIZATION_ACTIONS)
    for (const action of actions)
      for (const principal of [CASE_ADMIN, CASE_ROOT])
        expect([action, scps.filter(({ id }) => denies(id, action, principal)).map(({ id }) => id)]).toEqual([
          action,
          deniedBy === undefined ? [] : [deniedBy],
        ]);
});

test("each stands once, sorted, with a reason", () => {
  expect(listed.length).toBe(new Set(listed).size);
  for (const { actions, because } of ORGANIZATION_ACTIONS) {
    expect(actions).toEqual([...actions].sort());
    expect(because.length).toBeGreaterThan(10);
  }
});
