import { KEYLESS } from "../kernel/command";
import { BaselineError, Problem } from "../kernel/errors";
import { count, moreLine } from "../kernel/words";
import { type Claim, SECTIONS, type SectionName } from "../live/verify/claim";
import type { Verification } from "../live/verify/run";
import { placeText } from "../live/verify/summary";
import type { SynthesizedStack } from "../terraform/environment-stacks";
import { type Attributes, type ResourceChange, type StackPlan, text } from "../terraform/stack-plan";
import { sectionNameOf } from "./section-names";

/** Claims that are named one by one. */
const NAMED = 10;
/** What enforces a guardrail. */
const ENFORCES = ["aws_organizations_policy", "aws_organizations_policy_attachment"];

export interface Looking {
  readonly environment: string;
  readonly look: (sections: readonly SectionName[]) => Promise<Verification>;
  readonly say: (line: string) => void;
  /** Waits before it looks again: IAM takes seconds until everybody sees a change. */
  readonly wait: () => Promise<void>;
}

/** For a run whose credentials may not read what has to be seen. */
const OTHER_WAYS =
  "Where these credentials may not read it: --verify-role names a role that may, --verified takes the JSON of a verify that has just run with others (docs/verify.md); --no-verify applies unseen, and says so.";

/** How often it is looked in all, before something counts as missing. */
const LOOKS = 3;

/**
 * The way in is seen in every account before guardrails are enforced: every account that the facts show, and AWS shows no other. One that
 * joined since is bound by the SCPs above it at once, and nobody has looked for the role there. A plan that only takes guardrails away is let pass: it may be the
 * repair.
 *
 * @throws BaselineError exit code 3 where it is not seen, or cannot be read
 */
export async function seeWayIn(looking: Looking, stack: SynthesizedStack, plan: StackPlan): Promise<void> {
  // The plan says it, whatever the stack calls itself.
  if (!enforces(plan)) return;
  const { claims: read, to } = await lookPatiently(looking, ["organization", "break-glass"], stopsWayIn).catch(
    (error: unknown) => {
      throw unread(error, stack);
    },
  );
  const claims = read.filter(isOfWayIn);
  const failed = claims.filter(stops);
  for (const claim of claims.filter((one) => one.verdict !== "seen" && !stops(one)))
    looking.say(`not yet, a person does it: ${said(claim)}`);
  if (failed.length > 0)
    throw new BaselineError(
      problems(
        "DELIVERY-WAY-IN-NOT-SEEN",
        failed,
        [
          `${stack.name} was not applied: guardrails are enforced only when the break-glass role is seen in every account, also in those that joined since the last ${KEYLESS} sync. Fix it (${KEYLESS} verify ${looking.environment} --only organization --only break-glass), and run it again.`,
          ...(failed.some(({ verdict }) => verdict === "not-readable") ? [OTHER_WAYS] : []),
        ].join(" "),
      ),
      3,
    );
  const accounts = claims.filter((claim) => claim.kind === "role").length;
  looking.say(`emergency access: the break-glass role is seen in ${count(accounts, "account")} at ${to}`);
}

/** AWS cannot be asked at all: nothing is seen, and the gate says no. */
function unread(error: unknown, stack: SynthesizedStack): unknown {
  if (!(error instanceof BaselineError) || error.exitCode !== 1) return error;
  return new BaselineError(
    error.problems.map((problem) => ({
      ...problem,
      fix: [
        `${stack.name} was not applied: guardrails are enforced only when the break-glass role is seen in every account.`,
        problem.fix,
        OTHER_WAYS,
      ]
        .filter(Boolean)
        .join(" "),
    })),
    3,
  );
}

/**
 * The same for a run that looks at nothing else, where the guardrails begin to exempt the break-glass role by its name: under another name it may be
 * nowhere yet. Of every other plan that enforces guardrails it says that nobody has looked.
 *
 * @param roleName name of the break-glass role in the target state
 */
export async function seeRenamedWayIn(
  looking: Looking,
  stack: SynthesizedStack,
  plan: StackPlan,
  roleName: string,
): Promise<void> {
  if (plan.resources.some((change) => beginsToName(change, roleName))) await seeWayIn(looking, stack, plan);
  else sayUnseen(looking, stack, plan);
}

/** What a run says that enforces guardrails and was told not to look first. */
export function sayUnseen({ environment, say }: Looking, stack: SynthesizedStack, plan: StackPlan): void {
  if (enforces(plan))
    say(
      `emergency access: NOT VERIFIED (--no-verify): ${stack.name} enforces guardrails, and this run has not looked for the break-glass role; ${KEYLESS} verify ${environment} --only organization --only break-glass does`,
    );
}

/** Whether a guardrail that was there names a role for the first time. One that cannot be read may. */
function beginsToName({ type, before, after, actions }: ResourceChange, roleName: string): boolean {
  if (type !== "aws_organizations_policy" || !actions.includes("update")) return false;
  const names = (side: Attributes | undefined): boolean =>
    new RegExp(`:role/(?:[^"]*/)?${roleName.replace(/[.+*?^${}()|[\]\\]/g, "\\$&")}"`).test(
      text(side, "content") ?? "",
    );
  return !names(before) && (names(after) || text(after, "content") === undefined);
}

/** Of the organization only which accounts there are: the rest of that section is no part of the way in. */
function isOfWayIn({ section, kind }: Claim): boolean {
  return section !== "organization" || kind === "accounts";
}

function stopsWayIn(claim: Claim): boolean {
  return isOfWayIn(claim) && stops(claim);
}

/** A subscription that nobody has confirmed delays alarms, and locks nobody out: a mail may take days to be read. */
function stops(claim: Claim): boolean {
  return claim.verdict !== "seen" && !(claim.kind === "subscription" && claim.waitsForPerson);
}

function enforces(plan: StackPlan): boolean {
  return plan.resources.some(
    ({ type, actions }) => ENFORCES.includes(type) && (actions.includes("create") || actions.includes("update")),
  );
}

/**
 * Reads back what was applied: every claim of the sections whose stacks were.
 *
 * @throws BaselineError exit code 3 where something is not as planned, or cannot be read
 */
export async function seeApplied(looking: Looking, stacks: readonly SynthesizedStack[]): Promise<void> {
  const sections = SECTIONS.filter((name) => stacks.some(({ mark }) => sectionNameOf(mark) === name));
  if (sections.length === 0) return;
  const isFault = (claim: Claim): boolean => claim.verdict !== "seen" && !claim.waitsForPerson;
  const { claims, to } = await lookPatiently(looking, sections, isFault);
  const failed = claims.filter(isFault);
  for (const claim of claims.filter((one) => one.verdict !== "seen" && !isFault(one)))
    looking.say(`not yet, a person does it: ${said(claim)}`);
  if (failed.length > 0)
    throw new BaselineError(
      problems(
        "DELIVERY-NOT-AS-APPLIED",
        failed,
        `Everything was applied, and AWS shows something else: ${KEYLESS} verify ${looking.environment} names all of it.`,
      ),
      3,
    );
  const seen = claims.filter((claim) => claim.verdict === "seen").length;
  looking.say(`verify: ${count(seen, "claim")} on ${sections.join(", ")} seen at ${to}`);
}

async function lookPatiently(
  { look, wait }: Looking,
  sections: readonly SectionName[],
  fails: (claim: Claim) => boolean,
): Promise<Verification> {
  for (let left = LOOKS - 1; ; left--) {
    const found = await look(sections);
    if (left === 0 || !found.claims.some(fails)) return found;
    await wait();
  }
}

function problems(code: string, failed: readonly Claim[], fix: string): readonly Problem[] {
  return failed.slice(0, NAMED).map((claim, index) => ({
    code,
    message: `${said(claim)}.${index === NAMED - 1 ? moreLine(failed.length - NAMED, " ").join("") : ""}`,
    fix,
  }));
}

function said(claim: Claim): string {
  return `${claim.kind} ${claim.name} in ${placeText(claim)} is ${claim.verdict.replace("-", " ")}: ${claim.details.join("; ")}`;
}
