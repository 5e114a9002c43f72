import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { CloudTrailScanner } from "../../../../modules/evidence/cloudtrail/scanner";
import { SkipCounter } from "../../../../modules/evidence/cloudtrail/skipped";
import { createReducer, emptyMoveUse, mergeMoveUse, MoveUse } from "../../../../modules/evidence/move/use";
import { assess } from "../../../../modules/evidence/inventory/assess";
import { inventoryContext } from "../../../../modules/evidence/inventory/context";
import type { AccountFacts, UserFacts } from "../../../../modules/evidence/inventory/types";
import { parseKeyMove } from "../../../../modules/evidence/move/files";
import { roleOf } from "../../../../modules/evidence/move/role";
import type { MoveEvidence } from "../../../../modules/evidence/move/seen";
import type { KeyMove } from "../../../../modules/evidence/move/types";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { formatProblem, Problem } from "../../../../modules/kernel/errors";
import { exampleWith } from "../../../support/environments";

/** A made-up organization in which keys are moved: the events of their workloads, and what IAM shows. */

export const DATA_PROD = "444444444401";
export const PAYMENTS_PROD = "444444444402";
export const SHOP_PROD = "444444444403";
export const NETWORK = "333333333302";
export const DAY0 = Date.parse("2026-10-01T00:00:00Z");

export const example = exampleWith({
  baseline: [
    [
      "    - name: backup-product\n",
      `    - name: old-scanner
      principal: arn:aws:iam::${DATA_PROD}:user/scanner
      guardrails: [deny-long-term-key-use]
      owner: Office team
      reason: The firmware of the scanners knows keys alone until they are replaced
      expires: "2027-03-31"
    - name: backup-product
`,
    ],
  ],
});
if (!example.environment || !example.state) throw new Error(example.problems.map(formatProblem).join("\n"));
export const environment = example.environment;
export const state = example.state;
export const context = inventoryContext(environment, state);

/** Time of day 0, 1, 2, … at noon; `hour` shifts it. */
export function day(n: number, hour = 12): string {
  return new Date(DAY0 + n * 86_400_000 + hour * 3_600_000).toISOString().replace(".000Z", "Z");
}

export function moveOf(name: string, text: string): KeyMove {
  const problems: Problem[] = [];
  const [move] = parseKeyMove(`environments/example/moves-of-keys/${name}.yaml`, text, environment, state, problems);
  if (!move) throw new Error(problems.map(formatProblem).join("\n"));
  return move;
}

/** A consumer: its move, and the events of it with the key and with the role. */
export interface Consumer {
  readonly move: KeyMove;
  readonly keys: readonly string[];
  readonly role: (time: string, calls?: readonly string[]) => readonly LogEvent[];
}

/** What every consumer does, as event names, and as the actions of its file. */
export const CALLS = ["s3:ListBuckets", "ec2:DescribeInstances"] as const;
export const ACTIONS = ["s3:ListAllMyBuckets", "ec2:DescribeInstances"] as const;

export function keyEvents({ move }: Consumer, key: string, time: string, agent = "old-job/1.0"): readonly LogEvent[] {
  return CALLS.map((call) =>
    logEvent({
      call,
      time,
      account: move.accountId,
      identity: identities.user(move.accountId, move.user, key),
      userAgent: agent,
      sourceAddress: "203.0.113.9",
    }),
  );
}

interface Draft {
  readonly name: string;
  readonly account: string;
  readonly accountName: string;
  readonly keys: readonly string[];
  /** As YAML in flow style. */
  readonly destination: string;
  readonly session: (account: string) => Readonly<Record<string, unknown>>;
  /** How the role is come by. */
  readonly before?: (time: string) => readonly LogEvent[];
  readonly everyKey?: true;
}

export function consumer(draft: Draft): Consumer {
  const { name, account, accountName, keys, destination } = draft;
  const move = moveOf(
    name,
    `version: 1
${draft.everyKey ? "" : `key: ${keys[0]!}\n`}account: ${accountName}
user: ${name}
owner: Team of ${name}
usedBy: The job ${name}
destination: ${destination}
actions: [${ACTIONS.join(", ")}]
`,
  );
  return {
    move,
    keys,
    role: (time, calls = CALLS) => [
      ...(draft.before?.(time) ?? []),
      ...calls.map((call) =>
        logEvent({ call, time, account, identity: draft.session(account), userAgent: "old-job/2.0 exec-env/EC2" }),
      ),
    ],
  };
}

export const roleSession =
  (role: string, session: string, path = "/", more: object = {}) =>
  (account: string) => {
    const identity = identities.role(account, role, session, path);
    return { ...identity, sessionContext: { ...identity.sessionContext, ...more } };
  };

export function token(account: string, role: string, subject: string) {
  return (time: string): readonly LogEvent[] => [
    logEvent({
      call: "sts:AssumeRoleWithWebIdentity",
      time,
      account,
      identity: identities.webIdentity("token.example.com", subject),
      request: { roleArn: `arn:aws:iam::${account}:role/keyless/workloads/${role}`, roleSessionName: "job" },
    }),
  ];
}

export const WORKLOADS = "/keyless/workloads/";
const sso = (account: string, person: string) => {
  const role = "AWSReservedSSO_Developer_0123456789abcdef";
  return identities.role(account, role, person, "/aws-reserved/sso.amazonaws.com/eu-central-1/");
};
const key = (n: number): string => `AKIA${String(n).padStart(16, "A")}`;

/** Ten consumers of different kinds. */
export const TEN: readonly Consumer[] = [
  consumer({
    name: "github",
    account: SHOP_PROD,
    accountName: "shop-prod",
    keys: [key(1)],
    destination: "{ oidc: { workload: shop-deploy } }",
    session: roleSession("workload-shop-deploy", "job", WORKLOADS),
    before: token(SHOP_PROD, "workload-shop-deploy", "repo:example/shop:environment:production"),
  }),
  consumer({
    name: "gitlab",
    account: DATA_PROD,
    accountName: "data-prod",
    keys: [key(2)],
    destination: "{ oidc: { workload: warehouse-load } }",
    session: roleSession("workload-warehouse-load", "job", WORKLOADS),
    before: token(DATA_PROD, "workload-warehouse-load", "project_path:example/data/warehouse:ref_type:branch:ref:main"),
  }),
  consumer({
    name: "terraform",
    account: NETWORK,
    accountName: "network",
    keys: [key(3)],
    destination: "{ oidc: { workload: network-plan } }",
    session: roleSession("workload-network-plan", "run", WORKLOADS),
    before: token(
      NETWORK,
      "workload-network-plan",
      "organization:example:project:network:workspace:network-prod:run_phase:plan",
    ),
  }),
  consumer({
    name: "mainframe",
    account: PAYMENTS_PROD,
    accountName: "payments-prod",
    keys: [key(4)],
    destination: "{ rolesAnywhere: { workload: billing-batch } }",
    session: roleSession("workload-billing-batch", "5a1b2c", WORKLOADS, { sourceIdentity: "CN=billing-batch" }),
    before: (time) => [
      logEvent({
        call: "rolesanywhere:CreateSession",
        time,
        account: PAYMENTS_PROD,
        identity: identities.unknown(),
        request: { roleArn: `arn:aws:iam::${PAYMENTS_PROD}:role/keyless/workloads/workload-billing-batch` },
      }),
    ],
  }),
  ...(
    [
      ["ec2", "i-0123456789abcdef0"],
      ["ecs", "0123456789abcdef0123456789abcdef"],
      ["eks", "eks-cluster-pod-1"],
      ["lambda", "invoices"],
    ] as const
  ).map(([compute, session], n) =>
    consumer({
      name: compute,
      account: DATA_PROD,
      accountName: "data-prod",
      keys: [key(5 + n)],
      destination: `{ role: { arn: "arn:aws:iam::${DATA_PROD}:role/app/on-${compute}", compute: ${compute} } }`,
      session: roleSession(`on-${compute}`, session, "/app/"),
    }),
  ),
  consumer({
    name: "jane",
    account: "555555555502",
    accountName: "payments-dev",
    keys: [key(9)],
    destination: "{ identityCenter: { permissionSet: Developer, group: Payments, userName: jane.doe } }",
    session: (account) => sso(account, "Jane.Doe"),
  }),
  consumer({
    name: "both-keys",
    account: SHOP_PROD,
    accountName: "shop-prod",
    keys: [key(10), key(11)],
    everyKey: true,
    destination: `{ role: { arn: "arn:aws:iam::${SHOP_PROD}:role/reports", compute: ec2 } }`,
    session: roleSession("reports", "i-0fedcba9876543210"),
  }),
];

/** Events that show that the trail delivers: a write a day in the two regions. */
export function coverage(account: string, from: number, to: number): readonly LogEvent[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i).flatMap((n) =>
    ["us-east-1", "eu-central-1"].map((region) =>
      logEvent({
        call: "logs:CreateLogStream",
        time: day(n, 1),
        account,
        region,
        identity: identities.role(account, "anything", "else"),
      }),
    ),
  );
}

export function useOf(
  events: readonly LogEvent[],
  moves: readonly KeyMove[],
  at: string,
  keys: readonly string[],
): MoveUse {
  const reducer = createReducer({
    roles: moves.flatMap((move) => roleOf(move.destination, move.accountId) ?? []),
    keys,
    accounts: environment.tree.accounts.map(({ id }) => id),
    at,
  });
  const scanner = new CloudTrailScanner((event) => reducer.visit(event), new SkipCounter());
  const use = emptyMoveUse();
  // In two portions, as files come.
  const half = Math.ceil(events.length / 2);
  for (const part of [events.slice(half), events.slice(0, half)]) {
    scanner.push(Buffer.from(part.map((event) => `${JSON.stringify(event)}\n`).join("")));
    mergeMoveUse(use, reducer.take());
  }
  scanner.finish();
  mergeMoveUse(use, reducer.take());
  return use;
}

export interface Iam {
  /** Keys that are there, by id: the day of the last use, and whether it is off. */
  readonly keys: Readonly<Record<string, { readonly usedOn?: number; readonly off?: true }>>;
  readonly userGone?: true;
}

/** What the inventory shows of one consumer's account. */
export function facts({ move }: Consumer, { keys, userGone }: Iam, at: string): AccountFacts {
  const user: UserFacts = {
    name: move.user,
    arn: `arn:aws:iam::${move.accountId}:user/${move.user}`,
    path: "/",
    createdAt: "2022-01-01T00:00:00Z",
    mfa: false,
    accessKeys: Object.entries(keys).map(([id, { usedOn, off }]) => ({
      id,
      status: off ? ("Inactive" as const) : ("Active" as const),
      createdAt: "2022-01-01T00:00:00Z",
      ...(usedOn === undefined ? {} : { lastUse: { at: day(usedOn), service: "ec2", region: "eu-central-1" } }),
    })),
    serviceCredentials: [],
    certificates: [],
    sshKeys: [],
  };
  return {
    accountId: move.accountId,
    status: "complete",
    collectedAt: at,
    problems: [],
    users: userGone ? [] : [user],
    root: { accessKeys: [], mfa: true },
  };
}

export interface Seen {
  readonly at: string;
  readonly events?: readonly LogEvent[];
  readonly iam?: Iam;
  readonly journal?: readonly JournalEntry[];
  readonly verification?: MoveEvidence["verification"];
}

export function evidenceOf(one: Consumer, { at, events, iam, journal = [], verification }: Seen): MoveEvidence {
  const account = iam && facts(one, iam, at);
  return {
    at,
    history: [],
    journal,
    ...(verification ? { verification } : {}),
    ...(events ? { logs: { use: useOf(events, [one.move], at, one.keys), skipped: {} } } : {}),
    ...(account
      ? {
          inventory: assess([account], context, undefined, new Date(at)),
          facts: new Map([[account.accountId, account]]),
        }
      : {}),
  };
}
