import { existsSync } from "node:fs";
import type { Command } from "commander";
import { applyDelivery, applyNow } from "../../modules/delivery/apply";
import type { sectionEnvironments } from "../../modules/delivery/section-roles";
import { parseRecord } from "../../modules/delivery/record";
import { BaselineError } from "../../modules/kernel/errors";
import { readText } from "../../modules/kernel/read-text";
import { resolveUnproven } from "../../modules/sections/target-state";
import { loadEnvironment } from "../../modules/sections/load";
import { terraformBinary } from "../../modules/terraform/terraform";
import { renderText } from "../../modules/review/render/text";
import { refuseForeignCode } from "../../modules/delivery/foreign-code";
import { deliveryGate } from "../../modules/delivery/gate";
import { type Looking, seeApplied, seeRenamedWayIn, seeWayIn } from "../../modules/delivery/verified";
import { MAX_AGE_HOURS, wayInEvidence } from "../../modules/delivery/way-in-evidence";
import { targetState } from "../../modules/proofs/environment";
import { leftStateProblems } from "../../modules/delivery/left-states";
import { stackSettings } from "../../modules/sections/stack-settings";
import { deliveredCommit, requireFreshSynth, stacksToDeliver, statesLeft } from "../delivery";
import { problemText } from "../output";
import { Progress } from "../progress";
import { parseParallelism, today } from "../review-options";
import { usage } from "../usage";
import { ask } from "../ask";
import { verificationOf } from "../verification-file";
import { withoutWorkflowCommands } from "../workflow-log";
import { KEYLESS } from "../../modules/kernel/command";
import { count } from "../../modules/kernel/words";
import { defined } from "../../modules/kernel/optional";

/** Until IAM shows a change everywhere. */
const LOOK_AGAIN_MS = 10_000;

interface Options {
  readonly reviewed?: string;
  readonly seal?: string;
  readonly yes?: boolean;
  readonly since?: readonly string[];
  readonly parallelism: number;
  /** False with --no-verify. */
  readonly verify: boolean;
  readonly verifyRole?: string;
  readonly verified?: string;
}

export function addApply(program: Command, projectRoot: string): void {
  program
    .command("apply")
    .description(
      `plan the synthesized stacks of an environment, show and ask, and apply these plans in the right order; with --reviewed apply exactly what ${KEYLESS} plan has reviewed`,
    )
    .argument("<env>", "environment")
    .argument("[stacks...]", "stacks, with or without the environment's name in front (default: all)")
    .option("--reviewed <file>", `reviewed.json of ${KEYLESS} plan: nothing is asked, and nothing else is applied`)
    .option(
      "--seal <hash>",
      "with --reviewed: the seal that the plan has printed; a record with another one is refused",
    )
    .option("--yes", "apply without asking, whatever the review says")
    .option(
      "--since <commit...>",
      "commits that the branch has been at since everything was last applied, oldest first: their approvals count (default: the commit before)",
    )
    .option("--parallelism <n>", "stacks at a time", parseParallelism, 2)
    .option(
      "--no-verify",
      "do not read AWS before guardrails are enforced and after the apply; the output says that nobody has looked",
    )
    .option(
      "--verify-role <name>",
      "role to read member accounts with, with its path (default: access.memberRole); with --reviewed AWS is read after the apply only where this is given",
    )
    .option(
      "--verified <file>",
      `with --reviewed: JSON of ${KEYLESS} verify <env> --only organization --only break-glass --json, at most ${MAX_AGE_HOURS} hours old, in place of a look before guardrails are enforced`,
    )
    .addHelpText(
      "after",
      `\nBefore guardrails are enforced, the break-glass role must be seen in every account. Afterwards the command reads back what was applied (docs/verify.md).\nWith --reviewed it reads back only with --verify-role: the roles of a pipeline may not read everything.\nWhere the role is not seen, or these credentials may not read it, the guardrails are not applied (exit code 3). Only --no-verify applies them unseen.\n\nExamples:\n  ${KEYLESS} apply prod\n  ${KEYLESS} apply prod guardrails\n  ${KEYLESS} plan prod --output reviewed\n  ${KEYLESS} apply prod --reviewed reviewed/reviewed.json\n  ${KEYLESS} apply prod --reviewed reviewed/reviewed.json --verified seen.json\n\nExit codes: 0 applied, 1 Terraform failed, 2 the usage or the input is wrong, 3 nobody answered yes, something else would be done than was reviewed, or the gate refuses: nothing was applied; or guardrails were not applied because emergency access is not seen; or what was applied is not seen.`,
    )
    .action((environment: string, chosen: readonly string[], options: Options) =>
      withoutWorkflowCommands(() =>
        options.reviewed === undefined
          ? byHand(projectRoot, environment, chosen, options)
          : asReviewed(projectRoot, environment, chosen, options.reviewed, options),
      ),
    );
}

/** A person applies: what is planned is shown, and asked for. */
async function byHand(
  projectRoot: string,
  environment: string,
  chosen: readonly string[],
  { yes = false, parallelism, since, seal, verify, verifyRole, verified }: Options,
): Promise<void> {
  if (verified !== undefined)
    throw usage(
      "APPLY-VERIFIED",
      "--verified is for --reviewed: a run by hand looks itself.",
      "Leave it out, or name a role with --verify-role.",
    );
  if (seal !== undefined)
    throw usage("APPLY-SEAL", "--seal says which record is to be applied.", "Name it with --reviewed.");
  const stacks = stacksToDeliver(projectRoot, environment, chosen);
  requireFreshSynth(projectRoot, environment);
  if (!yes && !process.stdin.isTTY)
    throw usage(
      "APPLY-NOBODY-TO-ASK",
      "Nobody can be asked here.",
      `Read ${KEYLESS} plan ${environment} first and give --yes, or apply a record with --reviewed.`,
    );
  const { review, agreed, moves } = deliveryGate(projectRoot, environment, undefined, since, today());
  refuseForeignCode(stacks, agreed.rules, today(), moves);
  const { progress, say } = printer();
  const reader = lookingAt(projectRoot, environment, { progress, say, role: verifyRole });
  const looking = verify ? reader : undefined;
  const { applied, unchanged, declined } = await applyNow({
    before: looking ? beforeStack(looking) : beforeRenamed(projectRoot, environment, reader),
    // Whoever takes users away is not asked whether to look.
    lookAtUsers: () => reader.look(["break-glass"]),
    projectRoot,
    environment,
    stacks,
    binary: await terraformBinary(),
    concurrency: parallelism,
    say,
    onProgress: (text) => progress.update(text),
    confirm: async (plans) => {
      progress.done();
      process.stdout.write(renderText(review(plans)));
      say(`To apply: ${plans.map(({ name }) => name).join(", ")}`);
      return yes || (await asked());
    },
  }).finally(() => progress.done());
  if (declined) {
    say(`Not applied: nobody answered yes.${applied.length > 0 ? ` Applied before: ${applied.join(", ")}.` : ""}`);
    process.exitCode = 3;
    return;
  }
  say(`${count(applied.length, "stack")} applied, ${unchanged.length} without changes`);
  await readBack(looking, environment, { stacks, applied, say }).finally(() => progress.done());
  if (chosen.length === 0) await sayLeftStates(projectRoot, environment, say);
}

/** A stack that is not synthesized any more deletes nothing, and nobody would hear of it. */
async function sayLeftStates(projectRoot: string, environment: string, say: (line: string) => void): Promise<void> {
  try {
    const left = await statesLeft(projectRoot, stackSettings(loadEnvironment(projectRoot, environment)));
    for (const problem of leftStateProblems(left))
      say(problemText({ ...problem, code: "DELIVERY-STATE-LEFT", severity: "warning" }));
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    // What was applied stays applied: who may not list the bucket hears that nobody has looked.
    say(`States that no stack is synthesized for were not looked for: ${error.problems[0]?.message ?? "unknown why"}`);
  }
}

/** How AWS is looked at; nothing is read before it is asked for. */
function lookingAt(
  projectRoot: string,
  environment: string,
  { progress, say, role }: ReturnType<typeof printer> & { readonly role: string | undefined },
): Looking {
  return {
    environment,
    say,
    wait: () => new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS)),
    look: async (sections) => {
      const loaded = loadEnvironment(projectRoot, environment);
      // The SDK is loaded where it is used: other commands start without it.
      const { verify } = await import("../../modules/live/verify/run");
      return verify(loaded, targetState(loaded), {
        sections,
        now: () => new Date(),
        onProgress: (done, of) => progress.update(`verify: ${done} of ${of} accounts`),
        ...defined({ memberRole: role }),
      });
    },
  };
}

/** What another run has seen, in place of a look. The file is read at once; whether it will do is asked when guardrails are to be enforced. */
function seenBy(projectRoot: string, environment: string, file: string): (reader: Looking) => Looking {
  const loaded = loadEnvironment(projectRoot, environment);
  const found = verificationOf(file, loaded);
  return (reader) => ({
    ...reader,
    // It does not change by waiting.
    wait: () => Promise.resolve(),
    look: async (sections) => {
      // The SDK is loaded where it is used: other commands start without it.
      const { checksOf } = await import("../../modules/live/verify/run");
      return wayInEvidence(found, {
        file,
        claims: checksOf(loaded, targetState(loaded), sections),
        now: new Date(),
      });
    },
  });
}

const beforeStack =
  (looking: Looking): NonNullable<Parameters<typeof applyNow>[0]["before"]> =>
  (stack, plan) =>
    seeWayIn(looking, stack, plan);

const beforeRenamed =
  (projectRoot: string, environment: string, looking: Looking): NonNullable<Parameters<typeof applyNow>[0]["before"]> =>
  (stack, plan) =>
    seeRenamedWayIn(looking, stack, plan, targetState(loadEnvironment(projectRoot, environment)).breakGlass.role.name);

async function readBack(
  looking: Looking | undefined,
  environment: string,
  done: {
    readonly stacks: ReturnType<typeof stacksToDeliver>;
    readonly applied: readonly string[];
    readonly say: (line: string) => void;
  },
): Promise<void> {
  if (done.applied.length === 0) return;
  if (looking)
    await seeApplied(
      looking,
      done.stacks.filter(({ name }) => done.applied.includes(name)),
    );
  else done.say(`Not verified: nobody has looked at what is true now. ${KEYLESS} verify ${environment} does.`);
}

async function asked(): Promise<boolean> {
  return (await ask("Apply? Only yes is a yes: ")) === "yes";
}

function printer(): { readonly progress: Progress; readonly say: (line: string) => void } {
  const progress = new Progress();
  const say = (line: string): void => {
    progress.done();
    process.stdout.write(`${line}\n`);
  };
  return { progress, say };
}

/** The role of its section for each stack, where a run of the pipeline applies. */
async function sectionRoles(projectRoot: string, environment: string): ReturnType<typeof sectionEnvironments> {
  // Proven when it was synthesized.
  const state = resolveUnproven(loadEnvironment(projectRoot, environment)).state;
  if (!state) return undefined;
  const { pipeline, settings } = state;
  if (!pipeline) return undefined;
  // The SDK is loaded where it is used: other commands start without it.
  const { sectionEnvironments: of } = await import("../../modules/delivery/section-roles");
  return of({
    environment,
    region: settings.region,
    pipeline,
    sessionName: `keyless-apply-${process.env["GITHUB_RUN_ID"] ?? "run"}`,
  });
}

/** The pipeline applies what was reviewed. */
async function asReviewed(
  projectRoot: string,
  environment: string,
  chosen: readonly string[],
  file: string,
  { yes, parallelism, seal, since, verify, verifyRole, verified }: Options,
): Promise<void> {
  if (verified !== undefined && !verify)
    throw usage("APPLY-VERIFIED", "--verified and --no-verify contradict each other.", "Leave one of them out.");
  if (chosen.length > 0 || yes)
    throw usage(
      "APPLY-REVIEWED-ONLY",
      "--reviewed applies what was reviewed and asks nobody: leave out stacks and --yes.",
      "Leave them out, or leave --reviewed out.",
    );
  const stacks = stacksToDeliver(projectRoot, environment);
  const seen = verified === undefined ? undefined : seenBy(projectRoot, environment, verified);
  if (!existsSync(file))
    throw new BaselineError([
      {
        code: "DELIVERY-RECORD",
        message: "There is no such file.",
        fix: `Name the reviewed.json of ${KEYLESS} plan <env> --output <folder>: it is there only when the gate has let the plans pass.`,
        place: { file },
      },
    ]);
  const reviewed = parseRecord(file, readText(file), {
    environment,
    commit: deliveredCommit(projectRoot),
    seal,
  });
  // The record's gate may have been stricter than the environment's: that counts here too.
  const gate = deliveryGate(projectRoot, environment, reviewed.gate.failOn, since, today());
  refuseForeignCode(stacks, gate.agreed.rules, today(), gate.moves);
  const { progress, say } = printer();
  const environmentOf = await sectionRoles(projectRoot, environment);
  const reader = lookingAt(projectRoot, environment, { progress, say, role: verifyRole });
  // The roles of a pipeline may not read everything: it reads back where it is told with which role.
  const looking = verify && verifyRole !== undefined ? reader : undefined;
  const { applied } = await applyDelivery({
    before: verify ? beforeStack(seen?.(reader) ?? reader) : beforeRenamed(projectRoot, environment, reader),
    projectRoot,
    environment,
    stacks,
    reviewed,
    gate,
    ...defined({ environmentOf }),
    binary: await terraformBinary(),
    concurrency: parallelism,
    say,
    onProgress: (text) => progress.update(text),
  }).finally(() => progress.done());
  say(`${count(applied.length, "stack")} applied`);
  reviewed.byHand.forEach((stack) => say(`${stack}: not applied, a person does that`));
  if (reviewed.deferred.length > 0) say(`Run the workflow again for: ${reviewed.deferred.join(", ")}`);
  await readBack(looking, environment, { stacks, applied, say }).finally(() => progress.done());
}
