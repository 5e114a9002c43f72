import { findGuardrail, GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import {
  CREDENTIAL_ACTIONS,
  isCandidate,
} from "../../../../../modules/sections/guardrails/catalogue/credential-actions";
import {
  LONG_TERM_CREDENTIAL_EVENTS,
  credentialAction,
} from "../../../../../modules/sections/credential-hygiene/long-term-credential-events";
import { policyDocument } from "../../../../../modules/policy/document";
import { evaluate, FULL_AWS_ACCESS } from "../../../../../modules/policy/evaluate";
import { actionsOf, services } from "../../../../../modules/policy/vocabulary/reference";
import { CASE_ADMIN } from "../../../../../modules/sections/guardrails/context/principals";
import { CONTEXTS } from "../contexts";

/** Actions by service, as the reference has them today. */
const today = (): ReadonlyMap<string, readonly string[]> =>
  new Map(services().map((service) => [service, [...actionsOf(service).values()].map(({ name }) => name)]));

const listed = CREDENTIAL_ACTIONS.flatMap(({ actions }) => actions);

/** Candidates that nobody has looked at, and listed actions that are none. */
function differences(reference: ReadonlyMap<string, readonly string[]>): {
  readonly unlisted: readonly string[];
  readonly gone: readonly string[];
} {
  const candidates = [...reference].flatMap(([service, names]) =>
    names.filter((name) => isCandidate(service, name)).map((name) => `${service}:${name}`),
  );
  return {
    unlisted: candidates.filter((action) => !listed.includes(action)).sort(),
    gone: listed.filter((action) => !candidates.includes(action)).sort(),
  };
}

const [context] = [...CONTEXTS.values()];

/** True when the guardrail denies the action to an ordinary administrator who does it with a long-term token. */
function denies(id: string, action: string): boolean {
  const guardrail = findGuardrail(id)!;
  const service = action.slice(0, action.indexOf(":"));
  return (
    evaluate(
      {
        principal: { type: "role", arn: CASE_ADMIN },
        action,
        resource: "*",
        context: { [`${service}:BearerTokenType`]: "LONG_TERM" },
        unlistedKeys: "absent",
      },
      { scps: [[FULL_AWS_ACCESS, { name: id, document: policyDocument(guardrail.statements(context!)) }]] },
    ).kind === "explicit-deny"
  );
}

test("every action of AWS that may make or revive a credential is denied or has a reason why not", () =>
  expect(differences(today())).toEqual({ unlisted: [], gone: [] }));

test.each([
  ["iot", "CreateCertificateFromCsr"],
  ["geo", "CreateKey"],
  ["logs", "PutBearerTokenAuthentication"],
  ["sso", "CreateInstance"],
  ["iot", "CreateProvisioningClaim"],
  ["cognito-idp", "AddUserPoolClientSecret"],
  ["ivs", "CreateStreamKey"],
  ["transfer", "CreateUser"],
  ["redshift", "CreateClusterUser"],
  ["elasticache", "CreateUser"],
  ["signin", "CreateOAuth2PublicClient"],
  ["organizations", "AcceptHandshake"],
  ["newdatabase", "CreateUser"],
  ["newservice", "RotateClientSecret"],
  ["newservice", "ImportKey"],
  ["newservice", "CreateStreamKey"],
])("%s:%s is found by its name alone", (service, name) => expect(isCandidate(service, name)).toBe(true));

test.each([
  ["kms", "CreateKey"],
  ["payment-cryptography", "ImportKey"],
  ["rds", "CreateDBInstance"],
  ["iam", "DeleteUser"],
  ["secretsmanager", "CreateSecret"],
])("%s:%s is no candidate", (service, name) => expect(isCandidate(service, name)).toBe(false));

test("a new action in a release of the data is found", () => {
  const release = new Map(today());
  release.set("iam", [...release.get("iam")!, "CreateAgentAccessKey", "DescribeAgentAccessKey"]);
  release.set("newservice", ["CallWithBearerToken", "RotateApiKey", "UploadSshPublicKey", "CreateThing"]);
  expect(differences(release).unlisted).toEqual([
    "iam:CreateAgentAccessKey",
    "newservice:CallWithBearerToken",
    "newservice:RotateApiKey",
    "newservice:UploadSshPublicKey",
  ]);
  release.delete("lightsail");
  expect(differences(release).gone).toEqual([
    "lightsail:CreateBucketAccessKey",
    "lightsail:CreateCertificate",
    "lightsail:CreateKeyPair",
    "lightsail:CreateLoadBalancerTlsCertificate",
    "lightsail:ImportKeyPair",
  ]);
});

test.each(
  CREDENTIAL_ACTIONS.filter(({ deniedBy }) => deniedBy).map((entry) => [entry.deniedBy!, entry.actions] as const),
)("%s denies what it is said to deny", (id, actions) => {
  expect(actions.filter((action) => !denies(id, action))).toEqual([]);
});

test("what has a reason is denied by none of the guardrails on credentials", () => {
  const onCredentials = GUARDRAILS.filter(
    ({ id, policyType }) => id.startsWith("deny-") && policyType !== "RESOURCE_CONTROL_POLICY",
  );
  const open = CREDENTIAL_ACTIONS.filter(({ deniedBy }) => !deniedBy).flatMap(({ actions }) => actions);
  expect(
    open.flatMap((action) => onCredentials.filter(({ id }) => denies(id, action)).map(({ id }) => `${action}: ${id}`)),
  ).toEqual([]);
});

test("each stands once, sorted, with a reason", () => {
  expect(listed.length).toBe(new Set(listed).size);
  for (const { actions, because } of CREDENTIAL_ACTIONS) {
    expect(actions).toEqual([...actions].sort());
    expect(because.length).toBeGreaterThan(10);
  }
});

test("what raises an alarm as made, revived or let in is denied by a guardrail", () => {
  const deniedSomewhere = (action: string): boolean =>
    GUARDRAILS.some(({ id, policyType }) => policyType !== "RESOURCE_CONTROL_POLICY" && denies(id, action));
  expect(LONG_TERM_CREDENTIAL_EVENTS.map(credentialAction).filter((action) => !deniedSomewhere(action))).toEqual([]);
});
