import { ABSENT } from "../evaluate/request";
import type { ContextValue, PolicyRequest } from "../evaluate/request";
import { actionName, expandAction } from "../vocabulary";
import { ACTION, Box, Context, PRINCIPAL, RESOURCE } from "./box";
import { ALLOWED, DENIED, judge, Judged, UNDECIDED } from "./judge";
import { sampleOf } from "./key-values";
import { OutOfSteps, take } from "./language";
import type { Look } from "./box";
import type { Part } from "./request-sets";
import type { DecidingStatement, Reason, Witness } from "./types";

/** What is gathered on the way through a set. */
export interface Findings {
  allowed: Witness | undefined;
  denied: Witness | undefined;
  /** By their text: one for each cause. */
  readonly reasons: Map<string, Reason>;
  /** Statements of the cover. */
  readonly by: Map<string, DecidingStatement>;
  parts: number;
}

/** Asks the evaluator; a witness that it does not confirm is none. */
export type Confirm = (request: Witness["request"]) => Witness["verdict"];

const NAMES = { [ALLOWED]: "allowed", [DENIED]: "denied", [UNDECIDED]: "unknown" } as const;

/**
 * Goes through a box: where a test says more than one thing the box is split along it, until one thing is said of all requests of each part.
 *
 * @param everyPart a request of every part is put to the evaluator, not only the first of each decision
 */
export function explore(
  start: Box,
  of: Judged,
  part: Part,
  context: Context,
  confirm: Confirm,
  findings: Findings,
  everyPart: boolean,
): void {
  const weight =
    1 + Math.ceil((of.denies.length + (of.scps ?? []).reduce((sum, level) => sum + level.allows.length, 0)) / 4);
  const open: { readonly box: Box; readonly proof: boolean }[] = [{ box: start, proof: true }];
  while (open.length > 0) {
    if (findings.allowed && findings.denied && !everyPart) return;
    const { box, proof } = open.pop()!;
    take(context.steps, weight);
    const mixed: Look[] = [];
    const { decisions, holding, open: undecided } = judge(of, box, context, mixed);
    if (decisions === DENIED || decisions === ALLOWED || decisions === UNDECIDED) {
      findings.parts++;
      const [first] = holding;
      if (decisions === DENIED && first && proof) findings.by.set(placeKey(first.at), first.at);
      const needed = decisions === ALLOWED ? !findings.allowed : decisions === DENIED ? !findings.denied : proof;
      if (!needed && !everyPart) continue;
      const request = requestOf(box, part, context);
      const verdict = confirm(request);
      if (verdict.decision !== NAMES[decisions]) {
        addReason(findings, {
          code: "disagreement",
          text: `the sets say ${NAMES[decisions]}, the evaluator says ${verdict.decision}`,
          request,
        });
        continue;
      }
      if (decisions === ALLOWED) findings.allowed ??= { request, verdict };
      else if (decisions === DENIED) findings.denied ??= { request, verdict };
      else if (proof) {
        const at = undecided[0]?.at;
        addReason(findings, {
          code: "not-documented",
          text: `AWS does not say what these policies do with some requests of the set: ${undocumented(request, verdict)}`,
          ...(at ? { at } : {}),
          request,
        });
      }
      continue;
    }
    const next = mixed.find((look) => look.split);
    if (next?.split) {
      // The last one is looked at first: there the test is true.
      for (const one of next.split()) open.push({ box: one, proof });
      continue;
    }
    const stuck = mixed.find((look) => look.reason);
    const request = requestOf(box, part, context);
    if (proof) addReason(findings, { ...(stuck?.reason ?? UNEXPLAINED), request });
    const verdict = confirm(request);
    if (verdict.decision === "allowed") findings.allowed ??= { request, verdict };
    if (verdict.decision === "denied") findings.denied ??= { request, verdict };
    if (proof) for (const look of mixed) for (const one of look.narrow?.() ?? []) open.push({ box: one, proof: false });
  }
}

/** What it is of a request that AWS does not say: conditions with the values that they meet, or the call itself. */
function undocumented(request: PolicyRequest, { deciding }: Witness["verdict"]): string {
  const values = new Map(Object.entries(request.context ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  const said = (key: string): string => {
    const value = values.get(key.toLowerCase());
    return value === undefined || typeof value === "symbol" ? "no value" : JSON.stringify(value);
  };
  const open = deciding.flatMap(({ conditions }) =>
    conditions
      .filter(({ result }) => result === "unknown")
      .map(({ operator, key }) => `${operator} on ${key}, which has ${said(key)}`),
  );
  return open[0] ?? `${request.action} on ${request.resource}`;
}

const UNEXPLAINED = { code: "unsupported", text: "no test tells the requests apart" } as const;

/** Reasons that are given at most. */
const REASONS = 20;

export function addReason({ reasons }: Findings, reason: Reason): void {
  const key = `${reason.code} ${reason.text} ${reason.at ? placeKey(reason.at) : ""}`;
  if (!reasons.has(key) && reasons.size < REASONS) reasons.set(key, reason);
}

export function placeKey({ layer, level, policy, statement }: DecidingStatement): string {
  return `${layer} ${level ?? ""} ${policy} ${String(statement).padStart(4, "0")}`;
}

/** A request of a box, complete. */
export function requestOf(box: Box, { principals, setting }: Part, context: Context): Witness["request"] {
  const text = (dimension: string): string => {
    const found = sampleOf(box.get(dimension)!, context);
    if (typeof found !== "string") throw new OutOfSteps();
    return found;
  };
  const given: Record<string, ContextValue | typeof ABSENT> = {};
  for (const [key, values] of [...box].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === ACTION || key === PRINCIPAL || key === RESOURCE) continue;
    const value = sampleOf(values, context);
    if (value === undefined) continue;
    given[key] = value;
    if (key === "aws:currenttime") given["aws:epochtime"] = value;
  }
  const arn = text(PRINCIPAL);
  const resource = text(RESOURCE);
  const { givenAccount, resourceAccount } = setting;
  const request: PolicyRequest & { readonly unlistedKeys: "absent" } = {
    principal: { type: principals.type, arn, ...(givenAccount === undefined ? {} : { accountId: givenAccount }) },
    action: realAction(box, context) ?? text(ACTION),
    resource,
    ...(resourceAccount === "none" || resourceAccount === "several" ? {} : { resourceAccountId: resourceAccount }),
    context: given,
    unlistedKeys: "absent",
  };
  return request;
}

/** An action that AWS has, in its spelling. */
function realAction(box: Box, { languages, space }: Context): string | undefined {
  const present = box.get(ACTION)?.present;
  if (present?.kind === "listed")
    return present.texts.map((text) => expandAction(text).map(actionName)[0]).find((name) => name !== undefined);
  if (present?.kind !== "texts") return undefined;
  const { language } = present;
  return space.made(language, "an action", () => {
    for (const pattern of languages.patternsOf(language)) {
      const service = /^[a-z0-9-]+(?=:)/.exec(pattern)?.[0];
      if (service === undefined) continue;
      const found = expandAction(pattern)
        .map(actionName)
        .find((name) => languages.has(language, name.toLowerCase()));
      if (found !== undefined) return found;
    }
    return USUAL_ACTIONS.find((name) => languages.has(language, name.toLowerCase()));
  });
}

/** Of sets that name no service. */
const USUAL_ACTIONS = ["iam:CreateAccessKey", "sts:AssumeRole", "s3:GetObject", "ec2:RunInstances", "kms:Decrypt"];
