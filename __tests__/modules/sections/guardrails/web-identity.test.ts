import { attachedDocuments } from "../../../../modules/proofs/attached";
import { exampleWith, TextEdit } from "../../../support/environments";
import { webIdentityAnswers } from "../../../support/web-identity";

/** The example's machines that come with a token, under the RCPs as they would be attached. */
const answers = (edit: TextEdit = {}) => {
  const { environment, state, problems } = exampleWith(edit);
  if (!environment || !state) throw new Error(JSON.stringify(problems));
  return webIdentityAnswers(environment, state, attachedDocuments({ environment, ...state }));
};
const ENTRY = "    - guardrails: [restrict-web-identity]\n      targets: [all]\n";

test("workloads of the example come in with their own tokens; a stranger of the same issuer does not, even where a role trusts everybody", () => {
  expect(answers()).toEqual(
    ["network-plan", "warehouse-load", "shop-deploy"].map((workload) => ({
      workload,
      own: "allowed",
      stranger: "denied",
    })),
  );
});

test("without the guardrail such a role is open to the world", () => {
  expect(answers({ baseline: [[ENTRY, ""]] }).map(({ own, stranger }) => [own, stranger])).toEqual([
    ["allowed", "allowed"],
    ["allowed", "allowed"],
    ["allowed", "allowed"],
  ]);
});

test("where it is enforced in one OU, it binds there alone", () => {
  expect(
    answers({ baseline: [[ENTRY, ENTRY.replace("[all]", "[{ ou: Infrastructure }]")]] }).map(
      ({ workload, stranger }) => [workload, stranger],
    ),
  ).toEqual([
    ["network-plan", "denied"],
    ["warehouse-load", "allowed"],
    ["shop-deploy", "allowed"],
  ]);
});

test("what guardrails.webIdentity trusts comes in as well", () => {
  const trusting: TextEdit = {
    baseline: [
      [
        "  rollout:\n",
        '  webIdentity:\n    trusted:\n      - issuer: token.actions.githubusercontent.com\n        values: ["repo:stranger/*"]\n  rollout:\n',
      ],
    ],
  };
  expect(answers(trusting).map(({ workload, stranger }) => [workload, stranger])).toEqual([
    ["network-plan", "denied"],
    ["warehouse-load", "denied"],
    ["shop-deploy", "allowed"],
  ]);
});
