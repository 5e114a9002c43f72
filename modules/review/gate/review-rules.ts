import { z } from "zod";
import { parseAgainst } from "../../config/load";
import { BaselineError, Problem } from "../../kernel/errors";
import type { ChangeClass } from "../types";

/** Rules of one's own: `environments/<env>/review.yaml`. They count as they are in the base of a change. */

const date = z.iso.date({ error: "a date such as 2026-12-31" });
const reason = z.string().min(10, "say why in ten characters or more").max(500);
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, "a short name in lower case with hyphens")
  .describe("Name of the rule: the review shows it where the rule acts.");

/** Which resources and arguments a rule is about; all that is given has to fit. */
const scope = {
  type: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Terraform type, with * and ?: aws_sns_*. In full, and with an address: external, provisioner, module, provider, configuration-file, plan.",
    ),
  address: z.string().min(1).optional().describe("Terraform address, with * and ?: module.team[*].aws_iam_role.this."),
  attribute: z
    .string()
    .min(1)
    .optional()
    .describe("Argument, with * and ?. A change fits only when every argument that it changes does."),
};

const scoped = (rule: { readonly type?: unknown; readonly address?: unknown; readonly attribute?: unknown }): boolean =>
  rule.type !== undefined || rule.address !== undefined || rule.attribute !== undefined;
const SCOPED = {
  error: "name a type, an address or an attribute: a rule about everything would be no rule",
  path: ["name"],
};

const waiver = z
  .strictObject({
    name,
    ...scope,
    reason: reason.describe("Why these changes may pass."),
    owner: z.string().min(1).max(200).describe("Who answers for it."),
    expires: date.describe("Last day on which the waiver counts (UTC)."),
    classes: z
      .array(z.enum(["destroys-guard", "weakens", "unknown"]))
      .min(1)
      .default(["weakens", "unknown"])
      .describe(
        "Classes of changes that it covers. One that covers destroys-guard names it here, and one address without * and ?.",
      ),
  })
  .refine(scoped, SCOPED);

const raise = z
  .strictObject({
    name,
    ...scope,
    to: z.enum(["destroys-guard", "weakens", "unknown"]).describe("Class that such a change has at least."),
    reason: reason.describe("Why it counts for more."),
  })
  .refine(scoped, SCOPED);

const neverGrant = z
  .strictObject({
    name,
    actions: z
      .array(z.string().min(1))
      .min(1)
      .describe("Actions that no changed policy may allow, as policies write them."),
    resources: z.array(z.string().min(1)).min(1).default(["*"]).describe("On which resources. @default all"),
    except: z.array(z.string().min(1)).default([]).describe("Terraform addresses that may, with * and ?."),
    reason: reason.describe("Why nobody may."),
  })
  .describe("Like a reference policy of IAM Access Analyzer's CheckAccessNotGranted. No approval lets it pass.");

/** What stops unless the environment says otherwise. */
export const DEFAULT_GATE: readonly ChangeClass[] = ["weakens", "destroys-guard", "unknown"];

const principals = z
  .strictObject({
    inside: z
      .array(z.string().min(1))
      .default([])
      .describe("Account ids and ARNs, with * and ?, that count as inside though the organization does not have them."),
    outside: z
      .array(z.string().min(1))
      .default([])
      .describe("Account ids, ARNs and providers, with * and ?, that count as outside though they seem to be inside."),
  })
  .describe(
    "Who counts as inside and outside. With this section every policy that lets in somebody from outside is reported.",
  );

export const reviewRulesSchema = z
  .strictObject({
    version: z.literal(1),
    failOn: z
      .array(z.enum(["destroys-guard", "weakens", "unknown", "strengthens", "neutral"]))
      .min(1)
      .default([...DEFAULT_GATE])
      .describe("Classes of changes that stop a pull request, a plan and an apply unless they are approved or waived."),
    waivers: z.array(waiver).default([]).describe("Changes that do not stop, until a day."),
    raise: z.array(raise).default([]).describe("Changes that count for more than their class."),
    neverGrant: z.array(neverGrant).default([]).describe("What no changed policy may allow."),
    principals: principals.optional(),
  })
  .describe("Rules of the access review of one environment.");

export type ReviewRules = z.infer<typeof reviewRulesSchema>;
export type Waiver = ReviewRules["waivers"][number];
export type Raise = ReviewRules["raise"][number];
export type NeverGrant = ReviewRules["neverGrant"][number];

export const NO_RULES: ReviewRules = { version: 1, failOn: [...DEFAULT_GATE], waivers: [], raise: [], neverGrant: [] };

/** Problems of a file of rules, with their places; its rules where there are none. */
export function checkReviewRules(
  file: string,
  content: string,
): { readonly rules?: ReviewRules; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parsed = parseAgainst(file, content, reviewRulesSchema, problems);
  if (!parsed) return { problems };
  const { value, document } = parsed;
  const seen = new Set<string>();
  for (const key of ["waivers", "raise", "neverGrant"] as const)
    value[key].forEach((rule, i) => {
      if (seen.has(rule.name))
        problems.push({
          code: "REVIEW-RULE-TWICE",
          message: `Two rules are called ${rule.name}.`,
          fix: "Give each a name of its own: the review names the rule that acts.",
          place: document.place([key, i, "name"]),
        });
      seen.add(rule.name);
    });
  value.waivers.forEach(({ classes, address }, i) => {
    if (classes.includes("destroys-guard") && (address === undefined || /[*?]/.test(address)))
      problems.push({
        code: "REVIEW-RULE-GUARD",
        message: "A waiver of destroys-guard would let any guard that fits be taken away.",
        fix: "Name the one address of the resource, without * and ?, or leave destroys-guard out and approve the change by its id.",
        place: document.place(["waivers", i, "classes"]),
      });
  });
  value.neverGrant.forEach(({ actions }, i) =>
    actions.forEach((action, k) => {
      if (!/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/i.test(action))
        problems.push({
          code: "REVIEW-RULE-ACTION",
          message: `${JSON.stringify(action)} is not an action.`,
          fix: "Write it as service:Action, for example iam:CreateAccessKey or iam:*.",
          place: document.place(["neverGrant", i, "actions", k]),
        });
    }),
  );
  return problems.length > 0 ? { problems } : { rules: value, problems };
}

/** @throws BaselineError with every problem and its place */
export function parseReviewRules(file: string, content: string): ReviewRules {
  const { rules, problems } = checkReviewRules(file, content);
  if (!rules) throw new BaselineError(problems);
  return rules;
}

/** A pattern with `*` and `?`, over the whole text; everything else means itself. */
export function fits(pattern: string, text: string): boolean {
  // Greedy with one step back: linear times the number of stars, whatever the pattern.
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || (pattern[p] === text[t] && pattern[p] !== "*"))) {
      p++;
      t++;
    } else if (pattern[p] === "*") {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
