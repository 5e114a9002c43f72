import { asList } from "../../../modules/policy/document";
import type { PolicyStatement } from "../../../modules/policy/types";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { prove } from "../../../modules/proofs/prove";
import type { AttachedDocument } from "../../../modules/proofs/types";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { environmentOf } from "./trap";

/**
 * A guardrail that spares a part changes a proof: cases of single requests, as the catalogue has them, cannot see one name, region, network
 * or tag that is left out; proofs over sets must.
 */

const environment = environmentOf({});
const { state } = resolveUnproven(environment);
const input = { environment, ...state! };
const documents = attachedDocuments(input);

/** What is open when statements of a policy of ours say something else. */
function openWith(sid: string, change: (statement: PolicyStatement) => PolicyStatement): readonly string[] {
  let changed = 0;
  const policies = documents.map((policy): AttachedDocument => {
    if (!policy.ours) return policy;
    const statements = asList(policy.document.Statement).map((statement): PolicyStatement => {
      if (statement.Sid !== sid) return statement;
      changed++;
      return change(statement);
    });
    return { ...policy, document: { ...policy.document, Statement: statements } };
  });
  expect(changed).toBeGreaterThan(0);
  return prove(input, { policies, only: new Set(["no-mint"]) }).counterexamples.map(({ id }) => id);
}

const beside =
  (operator: string, key: string, value: string) =>
  (statement: PolicyStatement): PolicyStatement => ({
    ...statement,
    Condition: { ...statement.Condition, [operator]: { ...statement.Condition?.[operator], [key]: value } },
  });

const NAMES = "one kind of names";
const ROLES = "one kind of roles";

const WEAKER: Readonly<Record<string, (statement: PolicyStatement) => PolicyStatement>> = {
  [NAMES]: ({ Resource: _, ...rest }) => ({ ...rest, NotResource: "arn:aws:iam::*:user/svc-*" }) as PolicyStatement,
  "one region": beside("StringNotEquals", "aws:RequestedRegion", "us-west-2"),
  "one network": beside("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
  "one tag": beside("StringNotEquals", "aws:PrincipalTag/spared", "true"),
  [ROLES]: beside("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/Spared*"),
};

/** What changes nothing, and why. */
const EQUIVALENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RestrictWebIdentity: {
    [NAMES]: "its actions take roles, and no user is one",
    [ROLES]: "who comes with a token has no aws:PrincipalArn, and a negated operator holds of a key that is absent",
  },
  DenyAccessKeyCreationAfter20270630: { [ROLES]: "it speaks of excepted users alone" },
  DenyRootUser: { [ROLES]: "it speaks of root users alone" },
};

/** Custom policies and those that protect the baseline's own things make no promise of every principal. */
const WITHOUT_PROMISE = /^(KeepAuditTrail|ProtectAlarmKeys|ProtectRecordersAndProtectRemediation)$/;
/** Of the same form as others, and long to prove: one name is enough. */
const BRIEFLY = /^(DenyServiceCredentials|DenyBearerTokens(AwsExternal|Bedrock)|ProtectPacks)/;

const SIDS = documents
  .filter((policy) => policy.ours)
  .flatMap((policy) => asList(policy.document.Statement))
  .filter((statement) => asList(statement.Resource).includes("*") && !WITHOUT_PROMISE.test(statement.Sid!))
  .map((statement) => statement.Sid!);

test("as they are nothing is open", () => {
  expect(SIDS.length).toBeGreaterThan(10);
  expect(openWith(SIDS[0]!, (statement) => statement)).toEqual([]);
});

test.each(SIDS)("%s spares nothing without a counterexample", (sid) => {
  const unseen = Object.entries(WEAKER)
    .filter(([name]) => name === NAMES || !BRIEFLY.test(sid))
    .filter(([, change]) => openWith(sid, change).length === 0)
    .map(([name]) => name);
  expect(unseen).toEqual(Object.keys(EQUIVALENT[sid] ?? {}));
});
