import { canonicalJson } from "../../kernel/json";
import { uniqueSorted } from "../../kernel/lists";
import type { AttachedPolicy, Organization } from "../../organization/types";
import { asList, normalizeStatement } from "../../policy/document";
import { readPolicyText } from "../../policy/read";
import type { OneOrMany, PolicyStatement } from "../../policy/types";
import { MANDATORY_STATEMENTS } from "./control-tower-shapes";

/**
 * What is AWS Control Tower's in an organization, as the facts show it. Its SCPs carry no tags, and anybody may name a policy
 * aws-guardrails-…: they are known by their statements alone.
 */

/** What the statements of a policy say of its owner. */
export interface Recognized {
  /** Identifiers of statements that are a mandatory control's, word by word. */
  readonly known: readonly string[];
  /** The others: their identifiers, or their places from 1. */
  readonly others: readonly string[];
}

/** In one organization every ARN has one partition: AWS writes it out in some versions, and as a wildcard in others. */
const anyPartition = (text: string): string => text.replace(/^arn:(aws[\w-]*|\*):/, "arn:*:");

/** Actions and condition keys are the same in upper and lower case; lists have no order. */
function shapeOf(statement: PolicyStatement): string {
  const lower = (values: OneOrMany<string> | undefined): { readonly values?: readonly string[] } =>
    values === undefined ? {} : { values: asList(values).map((one) => one.toLowerCase()) };
  const condition = Object.fromEntries(
    Object.entries(statement.Condition ?? {}).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [key.toLowerCase(), asList(values).map(anyPartition)]),
      ),
    ]),
  );
  const { values: action } = lower(statement.Action);
  const { values: notAction } = lower(statement.NotAction);
  return canonicalJson(
    normalizeStatement({
      ...statement,
      ...(action ? { Action: action } : {}),
      ...(notAction ? { NotAction: notAction } : {}),
      ...(statement.Resource === undefined ? {} : { Resource: asList(statement.Resource).map(anyPartition) }),
      ...(statement.Condition === undefined ? {} : { Condition: condition }),
    }),
  );
}

const SHAPES: ReadonlySet<string> = new Set(MANDATORY_STATEMENTS.map(shapeOf));

const recognized = new Map<string, Recognized>();

/** Which statements of a document are a mandatory control's. A document that cannot be read has none. */
export function recognize(content: string): Recognized {
  const before = recognized.get(content);
  if (before) return before;
  const known: string[] = [];
  const others: string[] = [];
  const { document } = readPolicyText(content);
  document?.Statement.forEach((statement, i) =>
    (SHAPES.has(shapeOf(statement)) ? known : others).push(statement.Sid ?? String(i + 1)),
  );
  // With another version of the policy language the same words mean something else: `${…}` is plain text there.
  const found: Recognized =
    document?.Version === "2012-10-17" ? { known, others } : { known: [], others: [...known, ...others] };
  recognized.set(content, found);
  return found;
}

/** An SCP all of whose statements are mandatory controls of AWS Control Tower. */
export function isControlTowerPolicy({
  type,
  awsManaged,
  content,
}: Pick<AttachedPolicy, "type" | "awsManaged" | "content">): boolean {
  if (awsManaged || type !== "SERVICE_CONTROL_POLICY") return false;
  const { known, others } = recognize(content);
  return known.length > 0 && others.length === 0;
}

/** A policy that has some statement of its kind, or the names of its controls, but is not known to be its own by all of its content. */
export function resemblesControlTower({ type, awsManaged, content }: AttachedPolicy): boolean {
  if (awsManaged || type !== "SERVICE_CONTROL_POLICY") return false;
  const { known, others } = recognize(content);
  return others.length > 0 && [...known, ...others].every((sid) => /^(GR|CT)[A-Z0-9]{6,}$/.test(sid));
}

/** Names of the SCPs that are AWS Control Tower's by their content. A name that another policy of the organization has as well names neither. */
export function controlTowerPolicies({ policies }: Organization): readonly string[] {
  const theirs = policies.filter(isControlTowerPolicy);
  return uniqueSorted(
    theirs.map(({ name }) => name).filter((name) => policies.filter((other) => other.name === name).length === 1),
  );
}

/** How a landing zone is known, or why it is not. */
export interface LandingZoneEvidence {
  readonly controlTower: "seen" | "not seen" | "unknown";
  /** In words, of the facts: for a sentence that begins with what is said. */
  readonly because: string;
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-CTower.html */
const PRINCIPAL = "controltower.amazonaws.com";

/**
 * Whether AWS Control Tower governs the organization, from the facts. Its trusted access is what AWS says of it: taken away, Control Tower
 * itself reports its landing zone as drifted. SCPs of its shape stay where a landing zone was decommissioned, and may be copied.
 */
export function landingZoneEvidence(organization: Organization): LandingZoneEvidence {
  const { trustedServices, enabledPolicyTypes } = organization;
  const names = controlTowerPolicies(organization);
  const shown =
    names.length === 0
      ? "no SCP has the statements of its mandatory controls"
      : `${names.length === 1 ? "the SCP" : `${names.length} SCPs, among them`} ${names[0]!} ${names.length === 1 ? "has" : "have"} the statements of its mandatory controls`;
  if (trustedServices.includes(PRINCIPAL))
    return { controlTower: "seen", because: `trustedServices names ${PRINCIPAL}, and ${shown}` };
  if (names.length > 0)
    return { controlTower: "unknown", because: `${shown}, but trustedServices does not name ${PRINCIPAL}` };
  if (trustedServices.length === 0 && !enabledPolicyTypes.includes("SERVICE_CONTROL_POLICY"))
    return {
      controlTower: "unknown",
      because: "trustedServices is empty, and SCPs, which are not enabled, cannot show it either",
    };
  return { controlTower: "not seen", because: `trustedServices does not name ${PRINCIPAL}, and ${shown}` };
}
