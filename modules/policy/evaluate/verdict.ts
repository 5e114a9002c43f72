import { hasResourceControl } from "../vocabulary/reference";
import { CompiledCondition, conditionsHold } from "./conditions";
import type { ActionPlan, Candidate, CompiledSet, GroupPlan } from "./compiled";
import { allowed, applies, Grant, grant } from "./grant";
import type { PreparedRequest } from "./request";
import type { Deciding, TruthName, Verdict } from "./types";
import { and, FALSE, or, TRUE, Truth, truth, UNKNOWN } from "./truth";

/**
 * Services whose resources RCPs bind, as AWS has announced them: the first five in November 2024, `ecr` and `aoss` in June 2025, Cognito and
 * `logs` in January 2026, `dynamodb` in February 2026.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
 */
export const RCP_SERVICES = new Set([
  "kms",
  "s3",
  "secretsmanager",
  "sqs",
  "sts",
  "aoss",
  "ecr",
  "cognito-identity",
  "cognito-idp",
  "logs",
  "dynamodb",
]);
/**
 * "The kms:RetireGrant permission is not effective in an RCP, even if the Action element specifies an asterisk (*) as a wildcard."
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html
 */
export const NOT_BY_RCP = new Set(["kms:retiregrant"]);

/** Whoever has credentials may call these, even with a policy that denies them. */
export const NEEDS_NO_PERMISSION = new Set([
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  "sts:getcalleridentity",
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
  "sts:getsessiontoken",
]);

const ALLOWED_WITHOUT_PERMISSION: Verdict = { decision: "allowed", kind: "explicit-allow", deciding: [] };

function isServiceLinkedRole({ principal: { type, arn } }: PreparedRequest): boolean {
  return type === "role" && /^arn:[^:]+:iam::\d{12}:role\/aws-service-role\//.test(arn);
}

/**
 * SCPs bind the users, roles and root users of member accounts, service-linked roles excepted.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
function scpsBind(request: PreparedRequest): boolean {
  const { type } = request.principal;
  return (
    type === "user" || type === "root" || type === "assumedRoot" || (type === "role" && !isServiceLinkedRole(request))
  );
}

/** A service that is in the reference data alone is likely to have joined them: what an RCP denies there is not known to be denied, nor to be allowed. */
function rcpsBind(request: PreparedRequest): Truth {
  if (NOT_BY_RCP.has(request.action) || isServiceLinkedRole(request)) return FALSE;
  const service = request.action.slice(0, request.action.indexOf(":"));
  if (RCP_SERVICES.has(service)) return TRUE;
  return hasResourceControl(service) ? UNKNOWN : FALSE;
}

export function judge(request: PreparedRequest, set: CompiledSet): Verdict {
  const plan = set.plan(request.action);
  if (NEEDS_NO_PERMISSION.has(request.action)) return ALLOWED_WITHOUT_PERMISSION;
  const scps = scpsBind(request);
  const boundaryHolds =
    set.source.boundary !== undefined && (request.principal.type === "user" || request.principal.type === "role");
  let deny: Truth = FALSE;
  const found: Candidate[] = [];
  const open: Candidate[] = [];
  if (plan.denies.length > 0) {
    const binds = binding(request, scps, boundaryHolds);
    for (const candidate of plan.denies) {
      const bound = binds(candidate);
      if (bound === FALSE) continue;
      const truth = and(bound, denies(candidate, request, boundaryHolds));
      if (truth === TRUE) found.push(candidate);
      else if (truth === UNKNOWN) open.push(candidate);
      deny = or(deny, truth);
    }
    if (deny === TRUE) return { decision: "denied", kind: "explicit-deny", deciding: found.map(holding) };
  }
  let chain: Truth = TRUE;
  if (scps) for (const level of plan.scps) chain = and(chain, allowed(level, request));
  const granted = chain === FALSE ? undefined : grant(plan, set.source, request);
  const result = granted ? and(chain, granted.result) : FALSE;
  if (result === FALSE)
    return {
      decision: "denied",
      kind: "implicit-deny",
      deciding: notAllowing(plan, scps, granted ?? grant(plan, set.source, request), request, FALSE),
    };
  if (result === UNKNOWN || deny === UNKNOWN) {
    return {
      decision: "unknown",
      kind: "unknown",
      deciding: [
        ...open.map((c) => ({
          ...deciding(c, request),
          ...(c.group.layer === "rcp" && rcpsBind(request) === UNKNOWN ? { binds: "unknown" as const } : {}),
        })),
        ...(result === UNKNOWN && granted ? notAllowing(plan, scps, granted, request, UNKNOWN) : []),
      ],
    };
  }
  return { decision: "allowed", kind: "explicit-allow", deciding: allowing(plan, scps, request) };
}

function binding(request: PreparedRequest, scps: boolean, boundaryHolds: boolean): (candidate: Candidate) => Truth {
  const { type } = request.principal;
  const own = type === "user" || type === "role" || type === "root" || type === "assumedRoot";
  return ({ group: { layer } }) => {
    switch (layer) {
      case "scp":
        return truth(scps);
      case "rcp":
        return rcpsBind(request);
      case "boundary":
        return truth(boundaryHolds);
      case "resource":
        return TRUE;
      default:
        return truth(own);
    }
  };
}

/**
 * A Deny with NotPrincipal in a resource policy denies every principal with a boundary, whoever it lists.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
function denies(candidate: Candidate, request: PreparedRequest, boundaryHolds: boolean): Truth {
  const { statement } = candidate;
  if (boundaryHolds && statement.exceptPrincipals)
    return and(candidate.action, and(statement.resource(request), conditionsHold(statement.conditions, request)));
  return applies(candidate, request);
}

function layersOf(
  plan: ActionPlan,
  granted: Grant,
): readonly (readonly [GroupPlan | undefined, Truth | undefined, Deciding["layer"]])[] {
  return [
    [plan.identity, granted.identity, "identity"],
    [plan.boundary, granted.boundary, "boundary"],
    [plan.session, granted.session, "session"],
    [plan.resource, granted.resource, "resource"],
  ];
}

/** The layers that do not allow (`FALSE`) or leave it open (`UNKNOWN`), with the statements that would allow but for a condition. */
function notAllowing(
  plan: ActionPlan,
  scps: boolean,
  granted: Grant,
  request: PreparedRequest,
  wanted: Truth,
): readonly Deciding[] {
  const found: Deciding[] = [];
  const add = (group: GroupPlan): void => {
    found.push({
      layer: group.group.layer,
      ...(group.group.level === undefined ? {} : { level: group.group.level }),
      policy: group.group.names.join(", "),
      conditions: [],
    });
    for (const candidate of group.allows) {
      const { statement } = candidate;
      const target = statement.principal
        ? and(statement.resource(request), statement.principal.any(request))
        : statement.resource(request);
      if (target !== FALSE && applies(candidate, request) <= wanted) found.push(deciding(candidate, request));
    }
  };
  if (scps) for (const level of plan.scps) if (allowed(level, request) === wanted) add(level);
  if (granted.result > wanted) return found;
  // Where layers could stand in for one another all of them are named that do not say more.
  const layers = layersOf(plan, granted);
  for (const [group, said, layer] of layers) {
    if (said === undefined || said > wanted) continue;
    if (group) add(group);
    else found.push({ layer, policy: "", conditions: [] });
  }
  return found;
}

function allowing(plan: ActionPlan, scps: boolean, request: PreparedRequest): readonly Deciding[] {
  const found: Deciding[] = [];
  const groups = [...(scps ? plan.scps : []), plan.identity, plan.boundary, plan.session, plan.resource];
  for (const group of groups) {
    if (!group) continue;
    const candidate = group.certain ?? group.allows.find((c) => applies(c, request) === TRUE);
    if (candidate) found.push(holding(candidate));
  }
  return found;
}

/** Of a statement that takes effect: its conditions hold, all of them. */
function holding(candidate: Candidate): Deciding {
  return (candidate.decides ??= named(candidate, () => "true"));
}

const NAMES: readonly TruthName[] = ["false", "unknown", "true"];

function deciding(candidate: Candidate, request: PreparedRequest): Deciding {
  return named(candidate, (condition) => NAMES[condition.test(request)]!);
}

function named({ group, policy, statement }: Candidate, result: (condition: CompiledCondition) => TruthName): Deciding {
  return {
    layer: group.layer,
    ...(group.level === undefined ? {} : { level: group.level }),
    policy,
    statement: statement.index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
    effect: statement.effect,
    conditions: statement.conditions.map((c) => ({
      operator: c.operator,
      key: c.key,
      values: c.values,
      result: result(c),
    })),
  };
}
