import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Problem } from "../modules/kernel/errors";
import { ApplyOutput, type Progress } from "../modules/terraform/apply-output";
import { endOf, type TerraformEnd, terraformToEnd, type TerraformProcess } from "../modules/terraform/terraform";
import type { Organization } from "../modules/organization/types";
import type { CallLog } from "./calls";
import type { Faults } from "./faults";
import { type Around, startFront } from "./front";
import { startMoto } from "./moto";
import { signalGroup, spawnInGroup } from "./processes";
import { seedOrganization } from "./seed";
import { discoverTools, type LocalTools, writeCliConfig } from "./tools";
import { defined } from "../modules/kernel/optional";

export interface LocalAwsOptions {
  /** The organization to seed. @default - an empty AWS: a management account, no organization */
  readonly facts?: Organization;
  /** Whose what the facts call ours is. @default - "example" */
  readonly environment?: string;
  /** Port of the endpoint. @default - a free one */
  readonly port?: number;
  /** Region in the environment for Terraform and SDKs. @default - the region of Identity Center, or us-east-1 */
  readonly region?: string;
  /** Keep every call in order, beside the counts. @default false */
  readonly keepLog?: boolean;
  /** Stands around every call, once the organization is seeded. @default - nothing */
  readonly around?: Around;
  /** Folder for Terraform's files. @default - a temporary folder, removed by `stop()` */
  readonly workFolder?: string;
  /** @default - found on this machine; what is missing is an error */
  readonly tools?: LocalTools;
  readonly onProgress?: (line: string) => void;
}

export interface LocalAws {
  readonly endpoint: string;
  readonly managementAccountId: string;
  readonly region: string;
  readonly workFolder: string;
  readonly tools: LocalTools;
  /** The whole environment for Terraform and SDKs: this process's, without anything that points to a real AWS. */
  readonly env: NodeJS.ProcessEnv;
  /** The part of `env` that this local AWS adds: what a person needs to set to run `npx cdktf plan` by hand. */
  readonly exports: Readonly<Record<string, string>>;
  /** API calls by `service:Operation` since the last reset. */
  calls(): Readonly<Record<string, number>>;
  resetCalls(): void;
  readonly log: CallLog;
  readonly faults: Faults;
  /** Operations that were asked for and that neither moto nor the front knows. */
  missing(): readonly string[];
  /** Resolves when StackSet operations and auto-deployment have ended. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Terraform, the provider or moto is not on this machine. */
export class ToolsMissingError extends Error {
  constructor(readonly missing: readonly { readonly name: string; readonly fix: string }[]) {
    super(
      `The local AWS needs tools that this machine lacks:\n${missing.map((tool) => `  ${tool.name}: ${tool.fix}`).join("\n")}`,
    );
    this.name = "ToolsMissingError";
  }

  /** The same for the command line. */
  get problems(): readonly Problem[] {
    return this.missing.map((tool) => ({
      code: "LOCAL-TOOL-MISSING",
      message: `${tool.name} is not on this machine.`,
      fix: tool.fix,
    }));
  }
}

export function requireTools(): LocalTools {
  const found = discoverTools();
  if ("missing" in found) throw new ToolsMissingError(found.missing);
  return found.tools;
}

/** Starts moto and the front, seeds the organization, and gives what is needed to work with it. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const tools = options.tools ?? requireTools();
  const managementAccountId = options.facts?.managementAccountId ?? "111111111111";
  const region = options.region ?? options.facts?.identityCenter?.region ?? "us-east-1";
  const workFolder = options.workFolder ?? mkdtempSync(join(tmpdir(), "keyless-local-"));
  mkdirSync(workFolder, { recursive: true });
  const moto = await startMoto(tools.python);
  let front: Awaited<ReturnType<typeof startFront>> | undefined;
  const stop = async (): Promise<void> => {
    await front?.stop();
    await moto.stop();
    if (options.workFolder === undefined) rmSync(workFolder, { recursive: true, force: true });
  };
  let seeded = false;
  const { around } = options;
  try {
    front = await startFront({
      ...(around ? { around: (request, answer) => (seeded ? around(request, answer) : answer()) } : {}),
      motoPort: moto.port,
      managementAccountId,
      keepLog: options.keepLog ?? false,
      ...defined({ port: options.port }),
    });
    if (options.facts)
      await seedOrganization(
        front.endpoint,
        options.facts,
        defined({ onProgress: options.onProgress, environment: options.environment }),
      );
    front.calls.reset();
    seeded = true;
  } catch (error) {
    await stop();
    throw error;
  }
  const { endpoint, calls, faults } = front;
  const exports = environmentFor(endpoint, region, workFolder, tools);
  return {
    endpoint,
    managementAccountId,
    region,
    workFolder,
    tools,
    // Terraform reads the provider's schema, a hundred megabytes, with each command: collecting garbage later saves a tenth of its CPU for
    // 40 MB more (terraform plan, provider 5.100).
    env: { GOGC: "400", ...withoutAws(process.env), ...exports },
    exports,
    calls: () => calls.counts(),
    resetCalls: () => calls.reset(),
    log: calls,
    faults,
    missing: front.missing,
    idle: front.idle,
    stop,
  };
}

function environmentFor(
  endpoint: string,
  region: string,
  workFolder: string,
  tools: LocalTools,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: join(workFolder, "no-aws-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(workFolder, "no-aws-credentials"),
    TF_CLI_CONFIG_FILE: writeCliConfig(workFolder, tools),
    TERRAFORM_BINARY_NAME: tools.terraform,
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
  };
}

/** Profiles, tokens and endpoints of the user's must not lead anywhere real. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !name.startsWith("AWS_") && !["TF_WORKSPACE", "TF_DATA_DIR"].includes(name) && !name.startsWith("TF_CLI_ARGS"),
    ),
  );
}

/** A failed run of Terraform, with its own words. */
export class TerraformError extends Error {
  constructor(
    readonly command: string,
    readonly folder: string,
    readonly errors: readonly string[],
  ) {
    super(`terraform ${command} failed in ${basename(folder)}:\n${errors.map((error) => `  ${error}`).join("\n")}`);
    this.name = "TerraformError";
  }
}

/**
 * Copies a synthesized stack (`cdktf.out/stacks/<name>`), unchanged, into a folder of its own, so that state and Terraform's files land
 * there and not in cdktf.out. Staging again brings the newest synth to the state that is there. As deep as in a synth: the local backend's
 * path is `../../../terraform.<stack>.tfstate`, and one level less would put it beside the work folder, where the next run finds it.
 */
export function stageStack(synthesizedFolder: string, local: Pick<LocalAws, "workFolder">): string {
  const folder = join(local.workFolder, "staged", "stacks", basename(synthesizedFolder));
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(synthesizedFolder))
    if (file.endsWith(".tf.json")) copyFileSync(join(synthesizedFolder, file), join(folder, file));
  return folder;
}

export interface ApplyOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Resources at a time. @default 10, as Terraform has it */
  readonly parallelism?: number;
}

export interface ApplyResult {
  readonly added: number;
  readonly changed: number;
  readonly destroyed: number;
}

/** Environment of a run; `TERRAFORM_BINARY_NAME` in it says which binary. */
type Env = NodeJS.ProcessEnv;

/** `terraform init` and `apply` in a staged folder. */
export async function applyStack(folder: string, env: Env, options: ApplyOptions = {}): Promise<ApplyResult> {
  await init(folder, env);
  return change(folder, env, "apply", options);
}

/** `terraform destroy` in a staged folder. Resources with `prevent_destroy` refuse it, as they should. */
export async function destroyStack(folder: string, env: Env, options: ApplyOptions = {}): Promise<ApplyResult> {
  await init(folder, env);
  return change(folder, env, "destroy", options);
}

async function change(
  folder: string,
  env: Env,
  command: "apply" | "destroy",
  options: ApplyOptions,
  onStart?: (signal: (name: NodeJS.Signals) => void) => void,
): Promise<ApplyResult> {
  const output = new ApplyOutput(options.onProgress);
  const parallelism = options.parallelism === undefined ? [] : [`-parallelism=${options.parallelism}`];
  const result = await run(
    binary(env),
    [command, "-auto-approve", "-input=false", "-json", "-lock=false", ...parallelism],
    {
      cwd: folder,
      env,
      onLine: (line) => output.line(line),
      ...(onStart ? { onStart: (child) => onStart((name) => signalGroup(child, name)) } : {}),
    },
  );
  if (result.exitCode !== 0)
    throw new TerraformError(
      command,
      folder,
      output.errors.length > 0 ? output.errors : [result.stderr || `It ended ${endOf(result)}.`],
    );
  return output.changes;
}

export interface PlanResult {
  /** True when Terraform finds nothing to change. */
  readonly empty: boolean;
  /** Addresses that would change, with the actions; for a message when a plan should be empty and is not. */
  readonly changes: readonly { readonly address: string; readonly actions: readonly string[] }[];
  /** `terraform show -json` of the plan. */
  readonly planJson: unknown;
  /** The JSON as a file beside the plan, for the plan review and the scan for secrets. */
  readonly planFile: string;
}

/** `terraform init` and `plan` in a staged folder. */
export async function planStack(folder: string, env: Env): Promise<PlanResult> {
  await init(folder, env);
  const plan = await run(
    binary(env),
    ["plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode", "-out=plan.bin"],
    { cwd: folder, env },
  );
  if (plan.exitCode !== 0 && plan.exitCode !== 2) throw new TerraformError("plan", folder, [plan.stderr.trim()]);
  const shown = await run(binary(env), ["show", "-json", "plan.bin"], { cwd: folder, env });
  if (shown.exitCode !== 0) throw new TerraformError("show", folder, [shown.stderr.trim()]);
  const planFile = join(folder, "plan.json");
  writeFileSync(planFile, shown.stdout);
  const planJson = JSON.parse(shown.stdout) as {
    readonly resource_changes?: readonly {
      readonly address: string;
      readonly change: { readonly actions: readonly string[] };
    }[];
  };
  const changes = (planJson.resource_changes ?? [])
    .filter(({ change: { actions } }) => !(actions.length === 1 && (actions[0] === "no-op" || actions[0] === "read")))
    .map(({ address, change: { actions } }) => ({ address, actions }));
  return { empty: plan.exitCode === 0, changes, planJson, planFile };
}

/**
 * Applies, and kills Terraform when it makes a certain API call. The call and all later ones never happen, so the moment is exact;
 * with `signal: "SIGINT"` Terraform is asked to stop, as by Ctrl-C, and ends in its own way. Resources that are made at the same time
 * are lost to the state, as with a real kill; `parallelism: 1` has none.
 * @param at - `service:Operation` at which to kill
 */
export async function killDuringApply(
  folder: string,
  local: Pick<LocalAws, "env" | "faults">,
  at: string,
  options: ApplyOptions & { readonly signal?: "SIGKILL" | "SIGINT" } = {},
): Promise<{ readonly killed: boolean }> {
  await init(folder, local.env);
  let signalTerraform: ((name: NodeJS.Signals) => void) | undefined;
  const signal = options.signal ?? "SIGKILL";
  let killed = false;
  void local.faults.dropFrom(at).then(() => {
    killed = true;
    signalTerraform?.(signal);
  });
  try {
    await change(folder, local.env, "apply", options, (send) => (signalTerraform = send));
  } catch (error) {
    if (!killed) throw error;
  } finally {
    local.faults.clear();
  }
  return { killed };
}

/** State and plan files of a staged stack, for the scan for secrets. */
export function stateAndPlanFiles(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (at: string, depth: number): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory() && entry.name !== ".terraform" && depth < 4) visit(path, depth + 1);
      else if (/\.tfstate(\.backup)?$/.test(entry.name) || entry.name === "plan.json") found.push(path);
    }
  };
  visit(folder, 0);
  return found.sort();
}

/** Ends with this process: whoever stops a test or a local run leaves no Terraform behind. */
function run(binary: string, args: readonly string[], options: TerraformProcess): Promise<TerraformEnd> {
  return terraformToEnd(binary, args, { ...options, start: spawnInGroup });
}

async function init(folder: string, env: Env): Promise<void> {
  // Ready already, for the same file: `init` starts the provider once more, which costs seconds.
  const marker = join(folder, ".terraform", "keyless-init");
  const current = readdirSync(folder)
    .filter((file) => file.endsWith(".tf.json"))
    .map((file) => requirementsOf(join(folder, file)))
    .join("\n");
  if (existsSync(marker) && readFileSync(marker, "utf8") === current) return;
  const result = await run(binary(env), ["init", "-input=false", "-no-color", "-reconfigure"], {
    cwd: folder,
    env,
  });
  if (result.exitCode !== 0) throw new TerraformError("init", folder, [result.stderr.trim() || result.stdout.trim()]);
  writeFileSync(marker, current);
}

/** What `init` depends on: the `terraform` block. */
function requirementsOf(file: string): string {
  return JSON.stringify((JSON.parse(readFileSync(file, "utf8")) as { readonly terraform?: unknown }).terraform ?? {});
}

function binary(env: Env): string {
  const name = env["TERRAFORM_BINARY_NAME"];
  if (!name) throw new Error("The environment names no Terraform: use `env` of startLocalAws.");
  return name;
}
