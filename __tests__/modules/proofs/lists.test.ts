import {
  credentialAction,
  LONG_TERM_CREDENTIAL_EVENTS,
} from "../../../modules/sections/credential-hygiene/long-term-credential-events";
import { GUARDRAILS } from "../../../modules/sections/guardrails/catalogue/guardrails";
import { actionName, expandAction } from "../../../modules/policy/vocabulary";
import { promisesOf } from "../../../modules/proofs/promises";
import { BECOME_ROLE, BECOME_USER } from "../../../modules/proofs/exemptions-hold";
import { RECOVERY } from "../../../modules/proofs/recovery";
import { ASSIGNS, BECOMES_ROOT, DEPLOYS, LENDS, TAKES_OFF } from "../../../modules/proofs/delegates";
import { DOOR_SHUTTERS } from "../../../modules/proofs/no-lock-out";
import { KINDS, PROOFS } from "../../../modules/proofs/types";
import { KIND_IDS, PROOF_IDS } from "../../../modules/sections/proofs/schema";
import { proven } from "./fixture";

const { environment, state } = proven();
const PROMISES = promisesOf({ environment, ...state });

/** The lists of the proofs are written apart from the guardrails'; these hold them against AWS's service authorization reference. */

const changes = (type: string): readonly string[] =>
  expandAction("iam:*")
    .filter(
      ({ reference }) =>
        !/^(Read|List)$/.test(reference.accessLevel) && reference.resourceTypes.some(({ name }) => name === type),
    )
    .map(actionName);

test("every action that changes or passes a role is asked about", () => {
  const serviceLinked = ["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"];
  expect([...BECOME_ROLE, ...serviceLinked].sort()).toEqual([...changes("role")].sort());
});

test("every action that changes a user is asked about, but for what takes a credential away", () => {
  const cleanUp = [
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteSSHPublicKey",
    "iam:DeleteServiceSpecificCredential",
    "iam:DeleteSigningCertificate",
  ];
  expect([...BECOME_USER, ...cleanUp].sort()).toEqual([...changes("user")].sort());
});

test("every change of a StackSet or its instances is asked about, but for what takes away or starts without instances", () => {
  const changed = expandAction("cloudformation:*")
    .filter(({ reference }) => reference.accessLevel === "Write" && /StackSet|StackInstances/.test(reference.name))
    .map(actionName);
  const harmless = [
    "CreateStackSet",
    "DeleteStackInstances",
    "DeleteStackSet",
    "ImportStacksToStackSet",
    "StopStackSetOperation",
  ].map((name) => `cloudformation:${name}`);
  expect([...DEPLOYS, ...harmless].sort()).toEqual([...changed].sort());
});

test("every event that makes or revives a credential is promised by a guardrail that there is", () => {
  const promised = new Set(PROMISES.flatMap((promise) => promise.actions));
  expect(LONG_TERM_CREDENTIAL_EVENTS.map(credentialAction).filter((action) => !promised.has(action))).toEqual([]);
  for (const { guardrail } of PROMISES) expect(GUARDRAILS.map((one) => one.id)).toContain(guardrail);
});

test("every action of the lists is AWS's", () => {
  const all = [
    ...PROMISES.flatMap((promise) => promise.actions).filter((action) => action !== "*"),
    ...ASSIGNS,
    ...BECOMES_ROOT,
    ...LENDS,
    ...TAKES_OFF,
    ...DOOR_SHUTTERS,
    ...RECOVERY.flatMap((task) => task.actions),
    ...BECOME_ROLE,
    ...BECOME_USER,
    ...DEPLOYS,
  ];
  expect([...new Set(all)].filter((action) => !expandAction(action).map(actionName).includes(action))).toEqual([]);
});

test("what the baseline may name is what there is", () => {
  expect(KIND_IDS).toEqual(KINDS.map(({ id }) => id));
  expect(PROOF_IDS).toEqual(PROOFS.map(({ id }) => id));
});
