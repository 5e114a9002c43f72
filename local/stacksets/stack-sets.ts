import { createHash } from "node:crypto";
import { AwsError } from "../aws-message";
import type { FrontContext } from "../gap";
import type { OrganizationReader } from "../organization-reader";
import { Stack } from "./stack";
import { parseTemplate, type Template } from "./template";
import { AUTO_DEPLOYMENT, byTolerance, type OperationPreferences } from "./tolerance";

export type PermissionModel = "SERVICE_MANAGED" | "SELF_MANAGED";

/** Everything about a stack set that a caller sets. */
export interface StackSetSettings {
  readonly name: string;
  readonly description: string;
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionModel: PermissionModel;
  readonly administrationRoleArn: string | undefined;
  readonly executionRoleName: string | undefined;
  readonly autoDeployment: { readonly enabled: boolean; readonly retainStacks: boolean };
  readonly managedExecution: boolean;
}

/** Which accounts a call means. Service-managed: roots and OUs, narrowed or widened by accounts. Self-managed: accounts. */
export interface Targets {
  readonly organizationalUnitIds: readonly string[];
  readonly accounts: readonly string[];
  readonly accountFilter: "NONE" | "INTERSECTION" | "DIFFERENCE" | "UNION";
}

export interface StackInstance {
  readonly accountId: string;
  readonly region: string;
  /** Root or OU through which the account is a target; empty for self-managed sets. */
  readonly organizationalUnitId: string;
  overrides: Readonly<Record<string, string>>;
  status: "CURRENT" | "OUTDATED" | "INOPERABLE";
  statusReason: string;
  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceComprehensiveStatus.html */
  detailedStatus: "PENDING" | "SUCCEEDED" | "FAILED" | "CANCELLED" | "INOPERABLE";
  lastOperationId: string;
  readonly stack: Stack;
}

export interface Operation {
  readonly id: string;
  readonly action: "CREATE" | "UPDATE" | "DELETE";
  status: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED";
  statusReason: string;
  readonly created: string;
  readonly results: {
    readonly accountId: string;
    readonly region: string;
    readonly organizationalUnitId: string;
    readonly status: "SUCCEEDED" | "FAILED" | "CANCELLED";
    readonly reason: string;
  }[];
}

/** A deployment that auto-deployment keeps up: what was asked for in one region. */
interface Deployment {
  readonly region: string;
  readonly organizationalUnitId: string;
  readonly accounts: readonly string[];
  readonly accountFilter: Targets["accountFilter"];
  readonly overrides: Readonly<Record<string, string>>;
}

interface Wanted {
  readonly accountId: string;
  readonly region: string;
  readonly organizationalUnitId: string;
}

export interface StackSet {
  settings: StackSetSettings;
  readonly id: string;
  readonly arn: string;
  /** Account whose set it is, and its region. */
  readonly ownerId: string;
  readonly region: string;
  deployments: Deployment[];
  /** By `account|region`. */
  readonly instances: Map<string, StackInstance>;
  readonly operations: Operation[];
}

export const STACKSETS_PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com";

/** The StackSets of the local AWS: real stacks in the member accounts, operations that take their time, auto-deployment. */
export class StackSets {
  readonly #sets = new Map<string, StackSet>();
  #counter = 0;

  constructor(
    private readonly context: FrontContext,
    private readonly organization: OrganizationReader,
  ) {}

  async create(ownerId: string, region: string, settings: StackSetSettings): Promise<StackSet> {
    const key = this.#key(ownerId, region, settings.name);
    if (this.#sets.has(key))
      throw new AwsError("NameAlreadyExistsException", `A stack set named ${settings.name} already exists.`, 409);
    checkTemplate(settings);
    if (settings.permissionModel === "SERVICE_MANAGED" && !(await this.organization.trusts(STACKSETS_PRINCIPAL))) {
      throw new AwsError(
        "ValidationError",
        "You must enable organizations access to operate a service managed stack set",
      );
    }
    const id = `${settings.name}:${uuid(`stack set ${key} ${++this.#counter}`)}`;
    const arn = `arn:aws:cloudformation:${region}:${ownerId}:stackset/${id}`;
    const set: StackSet = { settings, id, arn, ownerId, region, deployments: [], instances: new Map(), operations: [] };
    this.#sets.set(key, set);
    return set;
  }

  find(ownerId: string, region: string, nameOrId: string): StackSet {
    const set = this.#sets.get(this.#key(ownerId, region, nameOrId.split(":")[0] ?? nameOrId));
    if (!set) throw new AwsError("StackSetNotFoundException", `StackSet ${nameOrId} not found`, 404);
    return set;
  }

  list(ownerId: string, region: string): readonly StackSet[] {
    return [...this.#sets.values()]
      .filter((set) => set.ownerId === ownerId && set.region === region)
      .sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  }

  delete(set: StackSet): void {
    if (isBusy(set)) throw inProgress(set);
    if (set.instances.size > 0) throw new AwsError("StackSetNotEmptyException", "StackSet is not empty", 409);
    this.#sets.delete(this.#key(set.ownerId, set.region, set.settings.name));
  }

  /** Changes the set and, unless only some are named, all its instances. */
  update(set: StackSet, settings: StackSetSettings, preferences: OperationPreferences): Operation {
    checkTemplate(settings);
    this.#requireIdle(set);
    set.settings = settings;
    const operation = this.#run(set, "UPDATE", (running) =>
      byTolerance(
        sorted(set),
        preferences,
        (instance) => this.#deploy(set, instance, running),
        (instance) => cancelled(running, instance),
      ),
    );
    this.membersChanged();
    return operation;
  }

  createInstances(
    set: StackSet,
    targets: Targets,
    regions: readonly string[],
    overrides: Readonly<Record<string, string>>,
    preferences: OperationPreferences,
  ): Operation {
    checkTargets(set, targets, regions);
    this.#requireIdle(set);
    if (set.settings.permissionModel === "SERVICE_MANAGED") {
      for (const region of regions) {
        for (const organizationalUnitId of targets.organizationalUnitIds) {
          set.deployments.push({
            region,
            organizationalUnitId,
            accounts: targets.accounts,
            accountFilter: targets.accountFilter,
            overrides,
          });
        }
      }
    }
    return this.#run(set, "CREATE", async (running) => {
      const wanted = await this.#resolve(set, targets, regions);
      return this.#createAll(
        set,
        wanted.map((one) => ({ ...one, overrides })),
        preferences,
        running,
      );
    });
  }

  updateInstances(
    set: StackSet,
    targets: Targets,
    regions: readonly string[],
    overrides: Readonly<Record<string, string>>,
    preferences: OperationPreferences,
  ): Operation {
    checkTargets(set, targets, regions);
    this.#requireIdle(set);
    return this.#run(set, "UPDATE", async (running) => {
      const wanted = await this.#resolve(set, targets, regions);
      const instances = wanted.flatMap(({ accountId, region }) => set.instances.get(`${accountId}|${region}`) ?? []);
      return byTolerance(
        instances,
        preferences,
        (instance) => {
          instance.overrides = overrides;
          return this.#deploy(set, instance, running);
        },
        (instance) => cancelled(running, instance),
      );
    });
  }

  deleteInstances(
    set: StackSet,
    targets: Targets,
    regions: readonly string[],
    retainStacks: boolean,
    preferences: OperationPreferences,
  ): Operation {
    checkTargets(set, targets, regions);
    this.#requireIdle(set);
    const { organizationalUnitIds, accountFilter } = targets;
    if (accountFilter === "NONE")
      set.deployments = set.deployments.filter(
        (one) => !(regions.includes(one.region) && organizationalUnitIds.includes(one.organizationalUnitId)),
      );
    return this.#run(set, "DELETE", async (running) => {
      const wanted = new Set(
        (await this.#resolve(set, targets, regions)).map(({ accountId, region }) => `${accountId}|${region}`),
      );
      // Accounts that have left the OU, or were suspended since, still hold an instance through it.
      const through =
        accountFilter === "NONE"
          ? sorted(set).filter(
              (one) => regions.includes(one.region) && organizationalUnitIds.includes(one.organizationalUnitId),
            )
          : [];
      through.forEach((one) => wanted.add(`${one.accountId}|${one.region}`));
      const instances = [...wanted].sort().flatMap((key) => set.instances.get(key) ?? []);
      return byTolerance(
        instances,
        preferences,
        (instance) => this.#deleteInstance(set, instance, retainStacks, running),
        (instance) => cancelled(running, instance),
      );
    });
  }

  /** Accounts came, moved or went: auto-deployment follows, as AWS does within minutes. */
  membersChanged(): void {
    for (const set of this.#sets.values()) {
      if (
        set.settings.permissionModel !== "SERVICE_MANAGED" ||
        !set.settings.autoDeployment.enabled ||
        set.deployments.length === 0
      )
        continue;
      this.context.later(() => this.#reconcile(set));
    }
  }

  async #reconcile(set: StackSet): Promise<void> {
    const wanted = new Map<string, Wanted & { readonly overrides: Readonly<Record<string, string>> }>();
    for (const { region, organizationalUnitId, accounts, accountFilter, overrides } of set.deployments) {
      for (const one of await this.#resolve(
        set,
        { organizationalUnitIds: [organizationalUnitId], accounts, accountFilter },
        [region],
      )) {
        const key = `${one.accountId}|${one.region}`;
        if (!wanted.has(key)) wanted.set(key, { ...one, overrides });
      }
    }
    const missing = [...wanted].filter(([key]) => !set.instances.has(key));
    const left = [...set.instances.keys()].filter((key) => !wanted.has(key));
    if (missing.length > 0)
      await this.#perform(this.#operation(set, "CREATE"), (running) =>
        this.#createAll(
          set,
          missing.map(([, one]) => one),
          AUTO_DEPLOYMENT,
          running,
        ),
      );
    if (left.length > 0)
      await this.#perform(this.#operation(set, "DELETE"), (running) =>
        byTolerance(
          left.flatMap((key) => set.instances.get(key) ?? []),
          AUTO_DEPLOYMENT,
          (instance) => this.#deleteInstance(set, instance, set.settings.autoDeployment.retainStacks, running),
          (instance) => cancelled(running, instance),
        ),
      );
  }

  async #resolve(set: StackSet, targets: Targets, regions: readonly string[]): Promise<readonly Wanted[]> {
    const found = new Map<string, string>();
    if (set.settings.permissionModel === "SELF_MANAGED") targets.accounts.forEach((account) => found.set(account, ""));
    for (const unit of targets.organizationalUnitIds) {
      for (const account of await this.organization.activeMembersBelow(unit)) {
        const named = targets.accounts.includes(account);
        const isTarget =
          targets.accountFilter === "INTERSECTION" ? named : targets.accountFilter === "DIFFERENCE" ? !named : true;
        if (isTarget && !found.has(account)) found.set(account, unit);
      }
      if (targets.accountFilter === "UNION")
        targets.accounts.filter((account) => !found.has(account)).forEach((account) => found.set(account, unit));
    }
    const pairs = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...regions].flatMap((region) =>
      pairs.map(([accountId, organizationalUnitId]) => ({ accountId, region, organizationalUnitId })),
    );
  }

  /** Every account has an instance from the start of the operation, also one that the operation never comes to. */
  #createAll(
    set: StackSet,
    wanted: readonly (Wanted & { readonly overrides: Readonly<Record<string, string>> })[],
    preferences: OperationPreferences,
    operation: Operation,
  ): Promise<boolean> {
    const instances = wanted.map(({ accountId, region, organizationalUnitId, overrides }) => {
      const key = `${accountId}|${region}`;
      const before = set.instances.get(key);
      if (before) {
        before.overrides = overrides;
        return before;
      }
      const name = `StackSet-${set.settings.name}-${uuid(`${set.id} ${key}`)}`;
      const id = `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${uuid(`stack ${name}`)}`;
      const instance: StackInstance = {
        accountId,
        region,
        organizationalUnitId,
        overrides,
        status: "OUTDATED",
        statusReason: "",
        detailedStatus: "PENDING",
        lastOperationId: operation.id,
        stack: new Stack(this.context.moto, name, id, accountId, region),
      };
      set.instances.set(key, instance);
      return instance;
    });
    return byTolerance(
      instances,
      preferences,
      (instance) => this.#deploy(set, instance, operation),
      (instance) => cancelled(operation, instance),
    );
  }

  async #deploy(set: StackSet, instance: StackInstance, operation: Operation): Promise<boolean> {
    instance.lastOperationId = operation.id;
    let reason = "";
    try {
      if (set.settings.permissionModel === "SELF_MANAGED") await this.#requireExecutionRole(set, instance.accountId);
      const template: Template = parseTemplate(set.settings.templateBody);
      await instance.stack.deploy(template, { ...set.settings.parameters, ...instance.overrides }, set.settings.tags);
    } catch (error) {
      reason = (error as Error).message;
    }
    instance.status = reason ? "OUTDATED" : "CURRENT";
    instance.statusReason = reason;
    instance.detailedStatus = reason ? "FAILED" : "SUCCEEDED";
    record(operation, instance, reason);
    return reason === "";
  }

  async #deleteInstance(
    set: StackSet,
    instance: StackInstance,
    retain: boolean,
    operation: Operation,
  ): Promise<boolean> {
    let reason = "";
    try {
      if (!retain) await instance.stack.destroy();
      set.instances.delete(`${instance.accountId}|${instance.region}`);
    } catch (error) {
      reason = (error as Error).message;
      instance.status = "INOPERABLE";
      instance.statusReason = reason;
      instance.detailedStatus = "INOPERABLE";
    }
    record(operation, instance, reason);
    return reason === "";
  }

  async #requireExecutionRole(set: StackSet, accountId: string): Promise<void> {
    const roleName = set.settings.executionRoleName ?? "AWSCloudFormationStackSetExecutionRole";
    try {
      await this.context.moto.query({ accountId, region: "us-east-1" }, "iam", "2010-05-08", "GetRole", {
        RoleName: roleName,
      });
    } catch {
      throw new AwsError(
        "ValidationError",
        `Account ${accountId} should have '${roleName}' role with trust relationship to the administration role.`,
      );
    }
  }

  /** "Only one operation can be performed for a stack set at a given time." With managed execution they wait for one another. */
  #requireIdle(set: StackSet): void {
    if (isBusy(set) && !set.settings.managedExecution) throw inProgress(set);
  }

  #operation(set: StackSet, action: Operation["action"]): Operation {
    const id = uuid(`operation ${set.id} ${set.operations.length + 1}`);
    const operation: Operation = {
      id,
      action,
      status: "QUEUED",
      statusReason: "",
      created: new Date().toISOString(),
      results: [],
    };
    set.operations.push(operation);
    return operation;
  }

  /** Answers at once; the work follows. */
  #run(set: StackSet, action: Operation["action"], work: (operation: Operation) => Promise<boolean>): Operation {
    const operation = this.#operation(set, action);
    this.context.later(() => this.#perform(operation, work));
    return operation;
  }

  async #perform(operation: Operation, work: (operation: Operation) => Promise<boolean>): Promise<void> {
    operation.status = "RUNNING";
    let hasFailed: boolean;
    try {
      hasFailed = await work(operation);
    } catch (error) {
      hasFailed = true;
      operation.statusReason = (error as Error).message;
    }
    if (hasFailed) operation.statusReason ||= operation.results.find((one) => one.status === "FAILED")?.reason ?? "";
    operation.status = hasFailed ? "FAILED" : "SUCCEEDED";
  }

  #key(ownerId: string, region: string, name: string): string {
    return `${ownerId}|${region}|${name}`;
  }
}

function isBusy({ operations }: StackSet): boolean {
  return operations.some(({ status }) => status === "QUEUED" || status === "RUNNING");
}

function inProgress({ id, operations }: StackSet): AwsError {
  const running = operations.find(({ status }) => status === "QUEUED" || status === "RUNNING")?.id ?? "";
  return new AwsError(
    "OperationInProgressException",
    `Another Operation on StackSet ${id} is in progress: ${running}`,
    409,
  );
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_TEMPLATE_BYTES = 51_200;

/** What AWS says of a template before it does anything with it. */
function checkTemplate({ templateBody, capabilities }: StackSetSettings): void {
  if (Buffer.byteLength(templateBody) > MAX_TEMPLATE_BYTES)
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TEMPLATE_BYTES}`,
    );
  const needed = neededCapability(parseTemplate(templateBody));
  const given = needed === undefined || capabilities.includes(needed) || capabilities.includes("CAPABILITY_NAMED_IAM");
  if (!given) throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
}

const IAM_TYPES = /^AWS::IAM::(AccessKey|Group|InstanceProfile|ManagedPolicy|Policy|Role|User|UserToGroupAddition)$/;
const IAM_NAMES = ["GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"];

/** "If you have IAM resources with custom names, you must specify CAPABILITY_NAMED_IAM." */
function neededCapability(template: Template): "CAPABILITY_IAM" | "CAPABILITY_NAMED_IAM" | undefined {
  const iam = Object.values(template.resources).filter(({ type }) => IAM_TYPES.test(type));
  if (iam.length === 0) return undefined;
  const isNamed = iam.some(({ properties }) => IAM_NAMES.some((name) => properties[name] !== undefined));
  return isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
}

function checkTargets(set: StackSet, targets: Targets, regions: readonly string[]): void {
  if (regions.length === 0) throw new AwsError("ValidationError", "Regions must not be empty.");
  const isServiceManaged = set.settings.permissionModel === "SERVICE_MANAGED";
  if (isServiceManaged && targets.organizationalUnitIds.length === 0) {
    throw new AwsError(
      "ValidationError",
      "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target",
    );
  }
  if (!isServiceManaged && targets.organizationalUnitIds.length > 0) {
    throw new AwsError(
      "ValidationError",
      "StackSets with SELF_MANAGED permission model can only have accounts as target",
    );
  }
}

function sorted(set: StackSet): readonly StackInstance[] {
  return [...set.instances].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instance]) => instance);
}

function record(
  operation: Operation,
  { accountId, region, organizationalUnitId }: StackInstance,
  reason: string,
): void {
  operation.results.push({ accountId, region, organizationalUnitId, status: reason ? "FAILED" : "SUCCEEDED", reason });
}

/**
 * "CANCELLED: The operation in the specified account and Region has been canceled … because the failure tolerance of the StackSet
 * operation has been exceeded."
 */
function cancelled(operation: Operation, instance: StackInstance): void {
  const { accountId, region, organizationalUnitId } = instance;
  const reason = "Cancelled since failure tolerance has exceeded";
  instance.status = "OUTDATED";
  instance.detailedStatus = "CANCELLED";
  instance.statusReason = reason;
  instance.lastOperationId = operation.id;
  operation.results.push({ accountId, region, organizationalUnitId, status: "CANCELLED", reason });
}

/** An id in the form of a UUID, the same for the same thing. */
function uuid(of: string): string {
  const hex = createHash("sha256").update(of).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
