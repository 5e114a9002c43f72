import { policyDocument } from "../../../../modules/policy/document";
import { workloadIdentitySummary } from "../../../../modules/sections/workload-identity/summary";
import type { PolicyStatement } from "../../../../modules/policy/types";
import { exampleState } from "../../../support/environments";

const state = exampleState().workloadIdentity!;

/** What the summary says of one workload's policies when these are its statements. */
function policies(statements: readonly PolicyStatement[]): readonly string[] {
  const stacks = state.stacks.map((stack) => ({
    ...stack,
    oidcRoles: stack.oidcRoles.map((one) => ({
      ...one,
      role: { ...one.role, managedPolicies: [], inlinePolicy: policyDocument(statements) },
    })),
  }));
  const name = stacks.flatMap(({ oidcRoles }) => oidcRoles)[0]!.role.workload;
  const { workloads } = workloadIdentitySummary({ ...state, stacks });
  return workloads.find((one) => one.name === name)!.policies.filter((text) => !text.startsWith("within "));
}

const statement = (Effect: "Allow" | "Deny", Action: string | readonly string[]): PolicyStatement => ({
  Effect,
  Action,
  Resource: "*",
});

test.each([
  [
    "what is allowed, sorted, each once",
    [statement("Allow", ["s3:PutObject", "s3:GetObject", "s3:GetObject"])],
    "s3:GetObject, s3:PutObject",
  ],
  ["not what is denied", [statement("Allow", "s3:*"), statement("Deny", "s3:DeleteBucket")], "s3:*"],
  ["four actions by name", [statement("Allow", ["a:A", "a:B", "a:C", "a:D"])], "a:A, a:B, a:C, a:D"],
  ["more by number", [statement("Allow", ["a:A", "a:B", "a:C", "a:D", "a:E"])], "inline (1 statement)"],
  ["denials alone by number", [statement("Deny", "a:A"), statement("Deny", "a:B")], "inline (2 statements)"],
])("%s", (_, statements, expected) => expect(policies(statements)).toEqual([expected]));
