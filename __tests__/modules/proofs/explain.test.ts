import type { Environment } from "../../../modules/sections/environment";
import { BaselineError } from "../../../modules/kernel/errors";
import { ExplainAnswer, ExplainQuestion, explainQuestion } from "../../../modules/proofs/explain";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { frozenWith, TextEdit } from "../../support/environments";
import { foreignPolicy } from "./fixture";

function asked(edit: TextEdit, question: Partial<ExplainQuestion>): ExplainAnswer {
  const environment = frozenWith(edit).environment as Environment;
  const { state } = resolveUnproven(environment);
  return explainQuestion(
    { environment, ...state! },
    {
      account: "shop-prod",
      principal: "administrator",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::shop-data/a",
      context: [],
      mfa: false,
      ...question,
    },
  );
}

const OUTSIDER = "arn:aws:iam::999999999999:user/outsider";
/** RCPs bind where their type is enabled. */
const RCPS: readonly [string, string] = ["enabledPolicyTypes:\n", "enabledPolicyTypes:\n  - RESOURCE_CONTROL_POLICY\n"];
const rcp = (name: string, target: string, statement: object): readonly [string, string] => {
  const [from, to] = foreignPolicy(name, target, [{ Effect: "Deny", Principal: "*", ...statement }]);
  return [from, to.replace("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")];
};

describe("principals of other organizations", () => {
  test("are bound by no SCP of the resource's account", () => {
    const deny = foreignPolicy("no-s3", "ou-exmp-workload", [{ Effect: "Deny", Action: "s3:*", Resource: "*" }]);
    const answer = asked({ organization: [deny] }, { principal: OUTSIDER });
    expect(answer.decision).toBe("unknown");
    expect(answer.explanation).toContain("no resource policy was given");
    expect(answer.scps).toEqual([]);
    expect(answer.looksAt[0]).toBe("no SCP binds the principal: it is outside the organization");
    expect(asked({ organization: [deny] }, {}).decision).toBe("denied");
  });

  const perimeter = (condition: object): TextEdit => ({
    organization: [RCPS, rcp("perimeter", "r-exmp", { Action: "s3:*", Resource: "*", Condition: condition })],
  });
  test.each([
    [{ StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "denied"],
    [{ StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "denied"],
    [{ "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": "o-exampleorg1/*" } }, "denied"],
    [{ Null: { "aws:PrincipalOrgID": "true" } }, "unknown"],
    [{ StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "unknown"],
    [{ StringNotEquals: { "aws:ResourceOrgID": "o-exampleorg1" } }, "unknown"],
  ])("meet RCPs: %j", (condition, decision) =>
    expect(asked(perimeter(condition), { principal: OUTSIDER }).decision).toBe(decision),
  );

  test("of an account that is suspended nobody asks", () => {
    const id = asked({}, {}).account.id;
    expect(id).toMatch(/^\d{12}$/);
    expect(() =>
      asked(
        { organization: [["    name: data-prod\n    status: ACTIVE", "    name: data-prod\n    status: SUSPENDED"]] },
        { principal: "arn:aws:iam::444444444401:role/Admin" },
      ),
    ).toThrow(BaselineError);
  });
});

test("an RCP is named with the place of the resource, an SCP with that of the principal", () => {
  const edit: TextEdit = {
    organization: [RCPS, rcp("closed", "ou-exmp-workload", { Action: "s3:*", Resource: "*" })],
  };
  const answer = asked(edit, { principal: "arn:aws:iam::222222222201:role/Reader" });
  expect(answer.explanation).toContain("RCP closed (attached to Workloads)");
  const scp = foreignPolicy("closed-scp", "ou-exmp-security", [{ Effect: "Deny", Action: "s3:*", Resource: "*" }]);
  expect(asked({ organization: [scp] }, { principal: "arn:aws:iam::222222222201:role/Reader" }).explanation).toContain(
    "SCP closed-scp (attached to Security)",
  );
});

test("a name that two active accounts have is ambiguous, not inactive", () => {
  const edit: TextEdit = { organization: [["    name: data-prod\n", "    name: shop-prod\n"]] };
  expect(() => asked(edit, {})).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ code: "ACCOUNT-AMBIGUOUS" })] }) as Error,
  );
});

test("the keys of the resource's place are those of its account", () => {
  const edit = (path: string): TextEdit => ({
    organization: [
      RCPS,
      rcp("paths", "r-exmp", {
        Action: "s3:*",
        Resource: "*",
        Condition: { "ForAnyValue:StringLike": { "aws:ResourceOrgPaths": path } },
      }),
    ],
  });
  const reader = { principal: "arn:aws:iam::222222222201:role/Reader" };
  expect(asked(edit("o-exampleorg1/r-exmp/ou-exmp-workload/*"), reader).decision).toBe("denied");
  expect(asked(edit("o-exampleorg1/r-exmp/ou-exmp-security/*"), reader).decision).not.toBe("denied");
});
