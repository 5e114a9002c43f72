import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mapBounded } from "../../aws/bounded";
import { AwsFailure, isDenied, withAwsProblems } from "../../aws/failure";
import { type AwsCredentials, awsClient, type AwsSession } from "../../aws/session";
import { KEYLESS } from "../../kernel/command";
import { BaselineError } from "../../kernel/errors";
import type { Environment } from "../../sections/environment";
import { roleArn, userArn } from "../../sections/break-glass/documents";
import type { BreakGlassUser } from "../../sections/break-glass/resolve";
import type { TargetState } from "../../sections/target-state";
import { Documents, parseDocument } from "../verify/documents";
import { iso, listAccounts } from "./accounts";
import { awaitEvents, mailTry } from "./alarms";
import { judgedOnTrust, type PlannedTrust } from "./trust";
import { type AccountTry, type AlarmTry, type DrillRecord, type Refusal, worst } from "./types";

export interface DrillOptions {
  readonly now: () => Date;
  readonly wait: (seconds: number) => Promise<void>;
  /** Days between two drills. */
  readonly everyDays: number;
  /** How the break-glass user's session is reached. @default - the SDK's own chain: environment, profile */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  /** Accounts at a time. @default 4 */
  readonly concurrency?: number;
  /** How long CloudTrail is waited for. @default 900 */
  readonly waitSeconds?: number;
  /** When the mail arrived, asked of a person after the calls. @default - nobody says */
  readonly mailReceivedAt?: (from: Date) => Promise<Date | undefined>;
  /** Day on which the facts changed last. @default - not known */
  readonly factsOf?: string;
  readonly onProgress?: (text: string) => void;
}

/** How a role was assumed, and the trust policy that let it. */
interface Entry {
  readonly entry: AccountTry;
  readonly credentials?: Exclude<AwsCredentials, () => unknown>;
  readonly refusals: readonly Refusal[];
}

/**
 * Practises break glass with the session of a user who has signed in: assumes the role in every account, does one harmless call, tries and
 * judges who must not get in, and waits for the alarms. Changes nothing in AWS.
 *
 * @throws BaselineError exit code 2 where these credentials are no break-glass user's session, 1 where AWS cannot be asked
 */
export async function drill(environment: Environment, state: TargetState, options: DrillOptions): Promise<DrillRecord> {
  return withAwsProblems(async () => {
    const { identity } = state.breakGlass;
    const session: AwsSession = { region: state.settings.region, ...options.access, maxAttempts: 5 };
    const from = options.now();
    const user = await whoDrills(session, state);
    const accounts = environment.tree.accounts;
    const planned: PlannedTrust = { trust: state.breakGlass.role.trust, documents: new Documents() };
    let done = 0;
    const entries = await mapBounded(accounts, options.concurrency ?? 4, async ({ id, name }) => {
      const entry = await enter(session, state, user.name, { id, name }, options.now, planned);
      options.onProgress?.(`${++done} of ${accounts.length} accounts`);
      return entry;
    });
    const tried = await triedByOthers(session, state, user.name, entries, options.now);
    const management = entries.find((one) => one.entry.accountId === state.settings.managementAccountId)?.credentials;
    const accountList = await listAccounts({
      environment: environment.name,
      session: management && { ...session, credentials: management },
      tried: accounts.map(({ id }) => id),
      factsOf: options.factsOf,
      now: options.now,
    });
    const alarms = await alarmsOf(session, state, entries, from, options);
    const refusals = [...tried, ...entries.flatMap((one) => one.refusals)];
    const to = options.now();
    return {
      version: 1,
      environment: environment.name,
      organizationId: environment.organization.id,
      user: { ...user, arn: userArn(identity, user.name) },
      role: identity.roleName,
      from: iso(from),
      to: iso(to),
      accounts: entries.map((one) => one.entry),
      accountList,
      refusals,
      alarms,
      outcome: worst(
        [accountList, ...entries.map((one) => one.entry), ...refusals, ...alarms].map((one) => one.outcome),
      ),
      nextBy: iso(new Date(to.getTime() + options.everyDays * 86_400_000)).slice(0, 10),
    };
  });
}

async function whoDrills(session: AwsSession, { breakGlass }: TargetState): Promise<BreakGlassUser> {
  const { identity, users } = breakGlass;
  const sts = awsClient(STSClient, session);
  try {
    const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
    const user = users.find(({ name }) => userArn(identity, name) === Arn);
    if (!user)
      throw notBreakGlass(`These credentials are of ${Arn}, which is no break-glass user of this environment.`);
    const { accessKeyId } = await sts.config.credentials();
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    if (accessKeyId.startsWith("AKIA"))
      throw notBreakGlass(`${user.name} comes with an access key: break-glass users have none.`);
    return user;
  } finally {
    sts.destroy();
  }
}

function notBreakGlass(message: string): BaselineError {
  return new BaselineError([
    {
      code: "DRILL-NOT-A-BREAK-GLASS-USER",
      message,
      fix: "Sign in to the console as a break-glass user with MFA, and start it in a session of that user (docs/break-glass.md).",
    },
  ]);
}

const REFUSED =
  "Sign in again with MFA, just now, and under the user's own name; if it stays, compare the trust policy and the SCPs:";

async function enter(
  session: AwsSession,
  state: TargetState,
  userName: string,
  account: { readonly id: string; readonly name: string },
  now: () => Date,
  planned: PlannedTrust,
): Promise<Entry> {
  const { identity } = state.breakGlass;
  const at = iso(now());
  const common = { accountId: account.id, accountName: account.name, at };
  const failed = (details: readonly string[], fix: string, outcome: "failed" | "unknown" = "failed"): Entry => ({
    entry: { ...common, outcome, details, fix },
    refusals: [],
  });
  const verify = `${KEYLESS} verify ${state.settings.environment} --only break-glass.`;
  let credentials: Entry["credentials"];
  try {
    credentials = await assume(session, roleArn(identity, account.id), userName);
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    return isDenied(error)
      ? failed([`the role cannot be assumed: ${error.cause.message}`], `${REFUSED} ${verify}`)
      : failed([`AWS did not answer: ${error.code}: ${error.cause.message}`], "Run the drill again.", "unknown");
  }
  const inside: AwsSession = { ...session, credentials };
  const sts = awsClient(STSClient, inside);
  const iam = awsClient(IAMClient, inside);
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account !== account.id) return failed([`the session is in account ${Account ?? "?"} (${Arn ?? "?"})`], verify);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: identity.roleName }));
    const trust = parseDocument(Role?.AssumeRolePolicyDocument ?? "");
    const refusals: readonly Refusal[] = trust
      ? judgedOnTrust(identity, userName, account.id, trust, at, planned)
      : [unread(account.id, at, "the trust policy cannot be read as a policy document")];
    return { entry: { ...common, outcome: "passed", details: [] }, credentials, refusals };
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    return {
      ...failed(
        [`inside, ${error.action} failed: ${error.code}: ${error.cause.message}`],
        `The role is there and is no administrator: ${verify}`,
      ),
      refusals: [unread(account.id, at, "the trust policy could not be read")],
    };
  } finally {
    sts.destroy();
    iam.destroy();
  }
}

function unread(accountId: string, at: string, why: string): Refusal {
  return {
    question: "who else gets in",
    how: "judged on the trust policy as read",
    accountId,
    outcome: "unknown",
    at,
    details: [why],
  };
}

async function assume(
  session: AwsSession,
  RoleArn: string,
  RoleSessionName: string,
): Promise<Exclude<AwsCredentials, () => unknown>> {
  const sts = awsClient(STSClient, session);
  try {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      ...(Credentials?.SessionToken ? { sessionToken: Credentials.SessionToken } : {}),
    };
  } finally {
    sts.destroy();
  }
}

/** What can be tried with the sessions that are there: each call must be refused, and a refusal does no harm. */
async function triedByOthers(
  session: AwsSession,
  state: TargetState,
  userName: string,
  entries: readonly Entry[],
  now: () => Date,
): Promise<readonly Refusal[]> {
  const { identity } = state.breakGlass;
  const open = entries.filter((one) => one.credentials !== undefined);
  const [first, second] = [open[0], open[1] ?? open[0]];
  if (!first || !second) return [];
  const attempt = async (question: string, as: AwsSession, accountId: string, name: string): Promise<Refusal> => {
    const common = { question, how: "tried", accountId, at: iso(now()) } as const;
    try {
      await assume(as, roleArn(identity, accountId), name);
      return { ...common, outcome: "failed", details: ["AWS let it in"] };
    } catch (error) {
      if (!(error instanceof AwsFailure)) throw error;
      return isDenied(error)
        ? { ...common, outcome: "passed", details: [] }
        : { ...common, outcome: "unknown", details: [`${error.code}: ${error.cause.message}`] };
    }
  };
  const insider: AwsSession = { ...session, credentials: first.credentials! };
  return [
    await attempt("the user under another session name", session, first.entry.accountId, `${userName}-other`),
    await attempt(
      `another principal: the administrator's session in ${first.entry.accountName}`,
      insider,
      second.entry.accountId,
      userName,
    ),
  ];
}

async function alarmsOf(
  session: AwsSession,
  state: TargetState,
  entries: readonly Entry[],
  from: Date,
  options: DrillOptions,
): Promise<readonly AlarmTry[]> {
  const { identity, alarms } = state.breakGlass;
  const open = entries.filter((one) => one.credentials !== undefined);
  const home = open.find((one) => one.entry.accountId === identity.homeAccountId);
  const watched: AlarmTry = {
    what: `planned, not looked at: alarms watch ${session.region}, whose STS endpoint was called`,
    outcome: alarms.regions.includes(session.region) ? "passed" : "failed",
    details: [
      alarms.regions.includes(session.region)
        ? `by baseline.yaml; whether rule, target and subscription are there shows ${KEYLESS} verify ${state.settings.environment} --only break-glass`
        : "planned otherwise: breakGlass.alarms.regions",
    ],
  };
  // Asked last: a mail may come while CloudTrail is waited for.
  const mail = async (): Promise<AlarmTry> => mailTry(from, await options.mailReceivedAt?.(from), options.now());
  if (!home)
    return [
      watched,
      {
        what: "every assumption of the role is in CloudTrail",
        outcome: "unknown",
        details: ["nobody could ask CloudTrail: the home account was not entered"],
      },
      await mail(),
    ];
  const events = await awaitEvents({
    session: { ...session, credentials: home.credentials! },
    roleArns: open.map((one) => roleArn(identity, one.entry.accountId)),
    from,
    now: options.now,
    wait: options.wait,
    waitSeconds: options.waitSeconds ?? 900,
    onProgress: (found, of) => options.onProgress?.(`CloudTrail shows ${found} of ${of} calls`),
  });
  return [watched, events, await mail()];
}
