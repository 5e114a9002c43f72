import { memberRoleOf } from "../../config/settings";
import {
  EnableCrlCommand,
  ImportCrlCommand,
  paginateListCrls,
  paginateListTrustAnchors,
  RolesAnywhereClient,
  UpdateCrlCommand,
} from "@aws-sdk/client-rolesanywhere";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mapBounded } from "../../aws/bounded";
import { AwsFailure, awsProblem, withAwsProblems } from "../../aws/failure";
import { assumedRole } from "../../aws/management-session";
import { awsClient, type AwsSession } from "../../aws/session";
import { BaselineError } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import { partitionOf } from "../../organization/partition";
import type { Environment } from "../../sections/environment";
import { roleArn } from "../../sections/pipeline/documents";
import type { TargetState } from "../../sections/target-state";
import { readRevocationList } from "../../sections/workload-identity/revocation";
import type {
  NamedRevocationList,
  TrustAnchorState,
  WorkloadIdentityStack,
} from "../../sections/workload-identity/types";
import { download, type Get } from "./download";
import {
  type AnchorLists,
  changes,
  type CrlPlan,
  crlPlan,
  type CrlStep,
  type FoundList,
  type WantedList,
} from "./plan";

export interface CrlOptions {
  readonly now: () => Date;
  /** Role in member accounts: with its path, without the first slash. @default - `access.memberRole` */
  readonly memberRole?: string;
  /** How AWS is reached. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  /** @default fetch */
  readonly get?: Get;
}

/** A plan, and what is needed to do it. */
export interface CrlRun {
  readonly plan: CrlPlan;
  /** Does the steps one after the other; reads again what each has done. */
  execute(onDone: (step: CrlStep, outcome: CrlOutcome) => void): Promise<readonly CrlOutcome[]>;
}

/** `seen`: AWS was asked again, and has the list, enabled. */
export interface CrlOutcome {
  readonly source: string;
  readonly trustAnchor: string;
  readonly result: "seen" | "failed";
  readonly message?: string;
}

interface Anchor {
  readonly stack: WorkloadIdentityStack;
  readonly anchor: TrustAnchorState;
  readonly lists: readonly NamedRevocationList[];
}

/** Trust anchors for which the baseline names revocation lists. */
export function anchorsWithLists({ workloadIdentity }: TargetState): readonly Anchor[] {
  return (workloadIdentity?.stacks ?? []).flatMap((stack) =>
    stack.trustAnchors.flatMap((anchor) =>
      anchor.revocationLists === undefined ? [] : [{ stack, anchor, lists: anchor.revocationLists }],
    ),
  );
}

/**
 * Reads the lists that the baseline names and those that AWS has, and says what is to be done. Changes nothing.
 *
 * @throws BaselineError exit code 1 where AWS cannot be asked
 */
export async function readCrls(environment: Environment, state: TargetState, options: CrlOptions): Promise<CrlRun> {
  return withAwsProblems(async () => {
    const anchors = anchorsWithLists(state);
    const sessions = await accountSessions(environment, state, options);
    const clients = new Map<string, RolesAnywhereClient>();
    const clientOf = ({ accountId, region }: Pick<CrlStep, "accountId" | "region">): RolesAnywhereClient => {
      const key = `${accountId} ${region}`;
      const client =
        clients.get(key) ??
        (awsClient(
          // Its version of the SDK has a type of its own for what it is made with.
          RolesAnywhereClient as never,
          sessions(accountId),
          region,
        ) as unknown as RolesAnywhereClient);
      clients.set(key, client);
      return client;
    };
    // AWS allows one call a second of each kind: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/quotas.html
    const read = await mapBounded(anchors, 4, async ({ stack, anchor, lists }): Promise<AnchorLists> => {
      const place = {
        trustAnchor: anchor.name,
        accountId: stack.accountId,
        account: stack.accountName,
        region: stack.region,
      };
      const bundle = "certificateBundle" in anchor.source ? anchor.source.certificateBundle : "";
      const wanted = await Promise.all(lists.map((named) => wantedList(named, bundle, options.get)));
      const client = clientOf(place);
      const arn = await anchorArn(client, anchor.name);
      return {
        ...place,
        bundle,
        wanted,
        ...(arn === undefined ? {} : { found: { arn, lists: await foundLists(client, arn) } }),
      };
    });
    const bundles = new Map(
      read.map(({ accountId, region, trustAnchor, bundle }) => [`${accountId} ${region} ${trustAnchor}`, bundle]),
    );
    const plan = crlPlan(read, options.now());
    return {
      plan,
      execute: async (onDone) => {
        const outcomes: CrlOutcome[] = [];
        for (const step of changes(plan)) {
          const bundle = bundles.get(`${step.accountId} ${step.region} ${step.trustAnchor}`)!;
          const outcome = await done(clientOf(step), step, bundle);
          outcomes.push(outcome);
          onDone(step, outcome);
        }
        return outcomes;
      },
    };
  });
}

async function wantedList(named: NamedRevocationList, bundle: string, get: Get | undefined): Promise<WantedList> {
  if ("file" in named) return { source: named.file, list: named.list };
  const source = named.url;
  const got = await download(source, get);
  if ("problem" in got) return { source, problem: got.problem };
  const read = readRevocationList(got.bytes, bundle);
  if ("list" in read) return { source, list: read.list };
  const { code, message, fix } = read.problem;
  return { source, problem: { code, message: `What is at ${source} ${message}.`, fix } };
}

export async function anchorArn(client: RolesAnywhereClient, name: string): Promise<string | undefined> {
  for await (const { trustAnchors = [] } of paginateListTrustAnchors({ client }, {})) {
    const found = trustAnchors.find((anchor) => anchor.name === name);
    if (found?.trustAnchorArn !== undefined) return found.trustAnchorArn;
  }
  return undefined;
}

/** The lists that AWS has for a trust anchor, sorted by id. */
export async function foundLists(client: RolesAnywhereClient, arn: string): Promise<readonly FoundList[]> {
  const found: FoundList[] = [];
  for await (const { crls = [] } of paginateListCrls({ client }, {}))
    for (const { crlId, name = "", enabled = false, crlData, trustAnchorArn } of crls)
      if (trustAnchorArn === arn && crlId !== undefined)
        found.push({ id: crlId, name, enabled, data: Buffer.from(crlData ?? []) });
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function done(client: RolesAnywhereClient, step: CrlStep, bundle: string): Promise<CrlOutcome> {
  const { source, trustAnchor, list, trustAnchorArn, crlId } = step;
  const outcome = (message?: string): CrlOutcome => ({
    source,
    trustAnchor,
    result: message === undefined ? "seen" : "failed",
    ...defined({ message }),
  });
  try {
    const crlData = Buffer.from(list!.pem);
    if (step.action === "import")
      await client.send(
        new ImportCrlCommand({ name: nameOf(step), crlData, enabled: true, trustAnchorArn: trustAnchorArn! }),
      );
    if (step.action === "update") await client.send(new UpdateCrlCommand({ crlId: crlId!, crlData }));
    if (step.action === "enable" || (step.action === "update" && !step.wasEnabled))
      await client.send(new EnableCrlCommand({ crlId: crlId! }));
    const now = (await foundLists(client, trustAnchorArn!)).map((found) => ({
      found,
      read: readRevocationList(found.data, bundle),
    }));
    const seen = now.find(({ read }) => "list" in read && read.list.sha256 === list!.sha256);
    if (!seen) return outcome("AWS took it, and does not show it");
    return seen.found.enabled ? outcome() : outcome("AWS has it, and it is not enabled");
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    return outcome(awsProblem(error).message);
  }
}

/** For people: nothing is read out of it. `[ a-zA-Z0-9-_]*`, 255 at most. */
function nameOf({ trustAnchor, list }: CrlStep): string {
  return `keyless-${trustAnchor}-${list!.signedBy.slice(0, 8)}`;
}

/** Who runs this: a person or a role in the management account, or the role that the pipeline applies with, which becomes the section's. */
async function accountSessions(
  { organization, name }: Environment,
  { settings, pipeline }: TargetState,
  { access, memberRole }: CrlOptions,
): Promise<(accountId: string) => AwsSession> {
  const base: AwsSession = { region: settings.region, ...access };
  const { Account = "", Arn = "" } = await awsClient(STSClient, { ...base, maxAttempts: 3 }).send(
    new GetCallerIdentityCommand({}),
  );
  const management = organization.managementAccountId;
  const as = (role: string, session: AwsSession): AwsSession => ({
    ...session,
    credentials: assumedRole(session, role, "keyless-crl"),
  });
  const partition = partitionOf(settings.region);
  const entry = pipeline?.apply?.role.name;
  const section = pipeline?.sections.find(({ key }) => key === "workload-identity");
  const isEntry = entry !== undefined && Arn.includes(`:${management}:assumed-role/${entry}/`);
  const own =
    isEntry && section
      ? as(roleArn(management, section.role.name), base)
      : Account === management
        ? base
        : settings.managementRole === undefined
          ? undefined
          : as(`arn:${partition}:iam::${management}:role/${settings.managementRole}`, base);
  if (!own)
    throw new BaselineError(
      [
        {
          code: "AWS-NOT-MANAGEMENT",
          message: `These credentials are of account ${Account}; environment ${name} has its management account in ${management}.`,
          fix: "Use credentials of the management account (AWS_PROFILE), or name a role to assume there in access.managementRole of baseline.yaml.",
        },
      ],
      1,
    );
  return (accountId) =>
    accountId === management
      ? own
      : as(`arn:${partition}:iam::${accountId}:role/${memberRole ?? memberRoleOf(settings)(accountId)}`, own);
}
