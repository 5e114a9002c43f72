import { AwsFailure, awsProblem } from "../../aws/failure";
import { assumedRole } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { type StackSettings, memberRoleOf } from "../../config/settings";
import { KEYLESS } from "../../kernel/command";
import { BaselineError, Problem } from "../../kernel/errors";
import { isObject, Json } from "../../kernel/json";
import type { SynthesizedStack } from "../../terraform/environment-stacks";
import { notedRun } from "../../terraform/runs";
import { changeState, checkStopped, planAgain, withWorkplace, Workplace } from "../../terraform/saved-plans";
import type { Attributes } from "../../terraform/stack-plan";
import { indented, TerraformFailed } from "../../terraform/terraform";
import { canBeFound, find, Found } from "./find";
import { ageText, doubtAboutLock, lockIn, lockTime } from "./lock";
import { unique } from "../../kernel/lists";

export interface RecoverOptions {
  readonly projectRoot: string;
  readonly settings: StackSettings;
  /** Stacks to look at. */
  readonly stacks: readonly SynthesizedStack[];
  readonly binary: string;
  /** One line for each thing that was done or found. */
  readonly say: (line: string) => void;
  readonly now?: () => number;
}

export interface Recovered {
  /** Addresses that were taken into the state, with the stack in front. */
  readonly imported: readonly string[];
  readonly untainted: readonly string[];
  /** Locks that were broken. */
  readonly unlocked: readonly string[];
  /** What a person has to decide. */
  readonly left: readonly string[];
}

/** Rounds of finding: what hangs on something can be found when that is in the state. */
const MOST_ROUNDS = 5;

/**
 * Brings the states of interrupted applies up to what is in AWS: imports what the plan would make, is there already and is ours,
 * untaints what is complete, and breaks a lock that is certainly dead. It changes states and nothing in AWS.
 *
 * @throws BaselineError exit code 1 where a stack cannot be planned, or its lock may be somebody's
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const result = { imported: [], untainted: [], unlocked: [], left: [] } as {
    readonly [kind in keyof Recovered]: string[];
  };
  const problems: Problem[] = [];
  await withWorkplace(options.projectRoot, async (place) => {
    // One after the other: a state is being repaired, and what is said stays in order.
    for (const stack of options.stacks) {
      checkStopped(place);
      try {
        await recoverStack(options, place, stack, result);
      } catch (error) {
        if (error instanceof AwsFailure) problems.push(awsProblem(error));
        else if (error instanceof TerraformFailed) problems.push(failure(stack, error));
        else if (error instanceof BaselineError) problems.push(...error.problems);
        else throw error;
      }
    }
    checkStopped(place);
  });
  if (problems.length > 0) throw new BaselineError(problems, 1);
  return result;
}

function failure({ name }: SynthesizedStack, { message }: TerraformFailed): Problem {
  return {
    code: "RECOVER-FAILED",
    message: `${name} cannot be planned: ${indented(message)}`,
    fix: "Fix what Terraform names, and run it again: what was recovered so far is in the state.",
  };
}

async function recoverStack(
  options: RecoverOptions,
  place: Workplace,
  stack: SynthesizedStack,
  result: { readonly [kind in keyof Recovered]: string[] },
): Promise<void> {
  const { binary, say } = options;
  const left = new Map<string, string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const plan = await planOrUntaint(options, place, stack, result);
    let progress = false;
    left.clear();
    for (const wanted of wantedOf(plan)) {
      checkStopped(place);
      const found = canBeFound(wanted.type) ? await look(options, stack, wanted) : undefined;
      if (found === undefined) continue;
      const name = `${stack.name} ${wanted.address}`;
      if ("stranger" in found) {
        const by =
          found.maybe === undefined || wanted.tainted
            ? ""
            : `. When you know that the interrupted apply made it: terraform -chdir=${relative(options.projectRoot, stack.folder)} import ${wanted.address} ${found.maybe}`;
        left.set(wanted.address, `${name}: it is in AWS, but ${found.stranger}${by}`);
        continue;
      }
      if (wanted.tainted) {
        await changeState(binary, place, stack, ["untaint", "-no-color", "-lock-timeout=30s", wanted.address]);
        result.untainted.push(name);
        say(`${name}: there in AWS, no longer marked as damaged: the next plan shows what it lacks`);
      } else {
        await changeState(binary, place, stack, [
          "import",
          "-input=false",
          "-no-color",
          "-lock-timeout=30s",
          wanted.address,
          found.importId,
        ]);
        result.imported.push(name);
        say(`${name}: in AWS as ${found.importId}, taken into the state`);
      }
      progress = true;
    }
    if (!progress) break;
  }
  for (const line of left.values()) {
    result.left.push(line);
    say(line);
  }
}

/**
 * Resources that Terraform cannot plan because it would replace them and must not: after an interruption they are marked as damaged (tainted).
 * Their mark is taken off without a look at AWS: they are in the state, so this stack's apply made them, and the next plan reads them: what is
 * gone is made again, what is incomplete is changed in place.
 */
function protectedAddresses(words: string): readonly string[] {
  const plain = words.replace(/\s+/g, " ");
  return unique([...plain.matchAll(/Resource (\S+) has lifecycle\.prevent_destroy set/g)].map(([, one]) => one!));
}

async function planOrUntaint(
  options: RecoverOptions,
  place: Workplace,
  stack: SynthesizedStack,
  result: { readonly unlocked: string[]; readonly untainted: string[] },
): Promise<Json> {
  const tried = new Set<string>();
  for (;;) {
    try {
      return await planOrUnlock(options, place, stack, result);
    } catch (error) {
      if (!(error instanceof TerraformFailed)) throw error;
      const addresses = protectedAddresses(error.message).filter((address) => !tried.has(address));
      if (addresses.length === 0) throw error;
      for (const address of addresses) {
        checkStopped(place);
        tried.add(address);
        try {
          await changeState(options.binary, place, stack, ["untaint", "-no-color", "-lock-timeout=30s", address]);
        } catch (refused) {
          // Not tainted: the baseline itself asks for another one, and Terraform's words about that are right.
          if (refused instanceof TerraformFailed) throw error;
          throw refused;
        }
        const name = `${stack.name} ${address}`;
        result.untainted.push(name);
        options.say(`${name}: made by the interrupted apply, no longer marked as damaged`);
      }
    }
  }
}

async function planOrUnlock(
  options: RecoverOptions,
  place: Workplace,
  stack: SynthesizedStack,
  result: { readonly unlocked: string[] },
): Promise<Json> {
  try {
    return await planAgain(options.binary, options.projectRoot, place, stack);
  } catch (error) {
    const lock = error instanceof TerraformFailed ? lockIn(error.message) : undefined;
    if (!lock) throw error;
    const run = notedRun(place.runs, stack.name);
    const made = lockTime(lock);
    const age = made === undefined ? "of unknown age" : `${ageText((options.now ?? Date.now)() - made)} old`;
    const described = `${stack.name} is locked by ${lock.who || "somebody unknown"} (${lock.operation || "operation unknown"}), lock ${lock.id}, ${age}`;
    const doubt = doubtAboutLock(lock, run, options.binary);
    if (doubt !== undefined)
      throw new BaselineError(
        [
          {
            code: "RECOVER-LOCKED",
            message: `${described}. It stays: ${doubt}.`,
            fix: `Ask whoever made it. When that run is certainly dead: terraform -chdir=${relative(options.projectRoot, stack.folder)} force-unlock ${lock.id}, then ${KEYLESS} recover ${options.settings.environment}.`,
          },
        ],
        1,
      );
    await changeState(options.binary, place, stack, ["force-unlock", "-force", lock.id]);
    result.unlocked.push(lock.id);
    options.say(`${described}: its run is dead (process ${run!.process.pid} of this machine), so it was broken`);
    return planAgain(options.binary, options.projectRoot, place, stack);
  }
}

function relative(root: string, folder: string): string {
  return folder.startsWith(`${root}/`) ? folder.slice(root.length + 1) : folder;
}

/** What a plan would make, or make again because it is tainted. */
interface Wanted {
  readonly address: string;
  readonly type: string;
  readonly after: Attributes;
  readonly tainted: boolean;
  readonly accountId?: string;
  readonly region?: string;
}

function wantedOf(plan: Json): readonly Wanted[] {
  const changes = Array.isArray(plan["resource_changes"])
    ? (plan["resource_changes"] as unknown[]).filter(isObject)
    : [];
  return changes.flatMap((resource): readonly Wanted[] => {
    const change = isObject(resource["change"]) ? resource["change"] : {};
    const actions = Array.isArray(change["actions"]) ? change["actions"] : [];
    const tainted = resource["action_reason"] === "replace_because_tainted";
    if (resource["mode"] !== "managed" || !actions.includes("create") || (actions.includes("delete") && !tainted))
      return [];
    const address = String(resource["address"]);
    const values = tainted ? change["before"] : change["after"];
    return [
      {
        address,
        type: String(resource["type"]),
        after: isObject(values) ? values : {},
        tainted,
        ...providerOf(plan, address),
      },
    ];
  });
}

/** Account and region of a resource's provider. */
function providerOf(plan: Json, address: string): { readonly accountId?: string; readonly region?: string } {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const root = isObject(configuration["root_module"]) ? configuration["root_module"] : {};
  const resources = Array.isArray(root["resources"]) ? (root["resources"] as unknown[]).filter(isObject) : [];
  const plain = address.replace(/\[.*\]$/, "");
  const key = resources.find((resource) => resource["address"] === plain)?.["provider_config_key"];
  const providers = isObject(configuration["provider_config"]) ? configuration["provider_config"] : {};
  const provider = typeof key === "string" ? providers[key] : undefined;
  const expressions = isObject(provider) && isObject(provider["expressions"]) ? provider["expressions"] : {};
  const constant = (name: string): unknown =>
    isObject(expressions[name]) ? expressions[name]["constant_value"] : undefined;
  const accounts = constant("allowed_account_ids");
  const [accountId] = Array.isArray(accounts) ? (accounts as unknown[]) : [];
  const region = constant("region");
  return {
    ...(typeof accountId === "string" ? { accountId } : {}),
    ...(typeof region === "string" ? { region } : {}),
  };
}

function look(
  { settings }: RecoverOptions,
  stack: SynthesizedStack,
  { type, after, accountId, region }: Wanted,
): Promise<Found | undefined> {
  // Without a provider of AWS there is nothing in AWS to look for.
  if (accountId === undefined || region === undefined) return Promise.resolve(undefined);
  return find(type, after, {
    session: sessionOf(settings, accountId, region),
    accountId,
    region,
    environment: settings.environment,
    stack: stack.name,
  });
}

/** As the stack's provider goes there. */
function sessionOf(settings: StackSettings, accountId: string, region: string): AwsSession {
  const here: AwsSession = { region, maxAttempts: 3 };
  const role = accountId === settings.managementAccountId ? settings.managementRole : memberRoleOf(settings)(accountId);
  return role === undefined
    ? here
    : { ...here, credentials: assumedRole(here, `arn:aws:iam::${accountId}:role/${role}`, "keyless-recover") };
}
