import { memberRoleOf } from "../../modules/config/settings";
import type { Command } from "commander";
import { thereBefore } from "../../modules/delivery/dismantle/before";
import { dismantle, type Preview } from "../../modules/delivery/dismantle/dismantle";
import { previewLines } from "../../modules/delivery/dismantle/words";
import { refuseForeignCode } from "../../modules/delivery/foreign-code";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { defined } from "../../modules/kernel/optional";
import { count } from "../../modules/kernel/words";
import { agreedInHistory } from "../../modules/review/gate/agreed";
import { loadEnvironment, movesHere } from "../../modules/sections/load";
import { breakGlassStackSetName } from "../../modules/sections/break-glass/stack-set";
import { resolveUnproven, type TargetState } from "../../modules/sections/target-state";
import type { Environment } from "../../modules/sections/environment";
import { terraformBinary } from "../../modules/terraform/terraform";
import { requireFreshSynth, stacksToDeliver, statesLeft } from "../delivery";
import { printable } from "../output";
import { Progress } from "../progress";
import { parseParallelism, today } from "../review-options";
import { usage } from "../usage";
import { ask } from "../ask";
import { withoutWorkflowCommands } from "../workflow-log";

interface Options {
  readonly yes?: string;
  readonly dryRun?: boolean;
  readonly parallelism: number;
}

export function addDismantle(program: Command, projectRoot: string): void {
  program
    .command("dismantle")
    .description(
      "take away everything that an environment has made, in the order in which nobody is locked out: guardrails first, emergency access last",
    )
    .argument("<env>", "environment")
    .argument("[stacks...]", "stacks, with or without the environment's name in front (default: all)")
    .option("--dry-run", "print the order and how it is known, and change nothing")
    .option("--yes <env>", "the environment's name once more: nobody is asked")
    .option("--parallelism <n>", "stacks at a time", parseParallelism, 2)
    .addHelpText(
      "after",
      `\nprevent_destroy is lifted in a private copy of the synth and nowhere else. What was adopted stays in AWS, and nobody manages it any more.\nAfter an interruption run it again: it plans what is left (docs/dismantle.md).\n\nExamples:\n  ${KEYLESS} dismantle sandbox --dry-run\n  ${KEYLESS} dismantle sandbox\n  ${KEYLESS} dismantle sandbox --yes sandbox\n  ${KEYLESS} dismantle sandbox workload-identity-444444444401-eu-central-1\n\nExit codes: 0 gone, or nothing was there; 1 Terraform or AWS failed, 2 the usage or the input is wrong, 3 somebody would be locked out, AWS is not as the states say, or nobody confirmed: nothing more was changed.`,
    )
    .action((environment: string, chosen: readonly string[], options: Options) =>
      withoutWorkflowCommands(() => run(projectRoot, environment, chosen, options)),
    );
}

async function run(
  projectRoot: string,
  environment: string,
  chosen: readonly string[],
  { yes, dryRun = false, parallelism }: Options,
): Promise<void> {
  if (yes !== undefined && yes !== environment)
    throw usage(
      "DISMANTLE-CONFIRM",
      `--yes ${JSON.stringify(yes)} is not the name of the environment that is to go.`,
      `Give --yes ${environment}, when you mean ${environment}.`,
    );
  const stacks = stacksToDeliver(projectRoot, environment);
  const going = stacksToDeliver(projectRoot, environment, chosen).map(({ name }) => name);
  requireFreshSynth(projectRoot, environment);
  if (!dryRun && yes === undefined && !process.stdin.isTTY)
    throw usage(
      "DISMANTLE-NOBODY-TO-ASK",
      "Nobody can be asked here.",
      `Read ${KEYLESS} dismantle ${environment} --dry-run first, then give --yes ${environment}.`,
    );
  refuseForeignCode(
    stacks,
    agreedInHistory(projectRoot, environment).rules,
    today(),
    movesHere(projectRoot, environment),
  );
  const loaded = loadEnvironment(projectRoot, environment);
  const { state, problems } = resolveUnproven(loaded);
  if (!state) throw new BaselineError(problems);
  const say = printer();
  const done = await dismantle({
    projectRoot,
    environment,
    stacks,
    chosen: going,
    adopted: thereBefore(environment, loaded.adopted ?? [], movesHere(projectRoot, environment)),
    binary: await terraformBinary(),
    concurrency: parallelism,
    ...looks(loaded, state, say),
    leftStates: () => statesLeft(projectRoot, state.settings),
    now: () => new Date(),
    say: say.line,
    onProgress: say.progress,
    show: (preview) => previewLines(preview, dryRun).forEach(say.line),
    confirm: (preview) => (dryRun ? Promise.resolve(false) : confirmed(preview, yes)),
  }).finally(say.done);
  switch (done.outcome) {
    case "nothing":
      return;
    case "declined":
      if (dryRun) say.line(`Nothing was changed. Without --dry-run ${KEYLESS} dismantle ${environment} does this.`);
      else {
        say.line("Nothing was changed: nobody typed the environment's name.");
        process.exitCode = 3;
      }
      return;
    case "gone":
      say.line(
        `${count(done.deleted, "resource")} deleted${done.letGo > 0 ? `, ${done.letGo} let go` : ""}, as Terraform reported; the states of these stacks are empty.`,
      );
  }
}

async function confirmed({ environment }: Preview, yes: string | undefined): Promise<boolean> {
  if (yes !== undefined) return true;
  return (await ask(`To take this away, type the environment's name (${environment}): `)) === environment;
}

interface Printer {
  readonly line: (text: string) => void;
  readonly progress: (text: string) => void;
  readonly done: () => void;
}

function printer(): Printer {
  const progress = new Progress();
  return {
    line: (text) => {
      progress.done();
      process.stdout.write(`${printable(text)}\n`);
    },
    progress: (text) => progress.update(text),
    done: () => progress.done(),
  };
}

/** How AWS is looked at. The SDK is loaded where it is used: other commands start without it. */
function looks(
  loaded: Environment,
  state: TargetState,
  { progress }: Printer,
): Pick<Parameters<typeof dismantle>[0], "leave" | "verify" | "left" | "retained"> {
  const { settings } = state;
  const { identityCenter } = loaded.organization;
  const now = (): Date => new Date();
  const knownAccounts = loaded.tree.accounts.map(({ id }) => id);
  const retained = {
    region: settings.region,
    memberRole: memberRoleOf(settings),
    environment: loaded.name,
    roleName: state.breakGlass.role.name,
    stackSetName: breakGlassStackSetName,
    homeAccountId: state.breakGlass.identity.homeAccountId,
    knownAccounts,
    now,
    ...defined({ managementRole: settings.managementRole }),
  };
  const roles = () => import("../../modules/live/leave/retained");
  return {
    // Of `rollout: terraform` each account's own stack has the role, and none is left behind.
    ...(state.breakGlass.rollout !== "stackset"
      ? {}
      : {
          retained: {
            stackSetName: retained.stackSetName,
            roleName: retained.roleName,
            hasStackSet: async () => (await roles()).hasStackSet(retained),
            find: async () => (await roles()).findRetained(retained),
            remove: async (accountIds) => (await roles()).deleteRetained(retained, accountIds),
          },
        }),
    leave: async (going, emergencyAccess) => {
      const { lookBeforeLeaving } = await import("../../modules/live/leave/leave");
      return lookBeforeLeaving(going, {
        region: settings.region,
        organizationId: settings.organizationId,
        knownAccounts,
        memberRole: memberRoleOf(settings),
        emergencyAccess,
        now,
        onProgress: (accounts, of) => progress(`looking: ${accounts} of ${of} accounts`),
        ...defined({ managementRole: settings.managementRole, identityCenter }),
      });
    },
    left: async (letGo) => {
      const { lookForLeft } = await import("../../modules/live/leave/left");
      return lookForLeft(loaded, state, { letGo, now });
    },
    verify: async (sections) => {
      const { verify } = await import("../../modules/live/verify/run");
      return verify(loaded, state, {
        sections,
        now,
        onProgress: (accounts, of) => progress(`verify: ${accounts} of ${of} accounts`),
      });
    },
  };
}
