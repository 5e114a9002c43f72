import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { identities, logEvent } from "../../local/cloudtrail-logs";
import { sealed } from "../../modules/delivery/record";
import { assess } from "../../modules/evidence/inventory/assess";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { targetState } from "../../modules/proofs/environment";
import { evidenceText, statementsDigest } from "../../modules/sections/guardrails/evidence";
import { loadEnvironment } from "../../modules/sections/load";
import { account, ago, key, user } from "../modules/evidence/inventory/fixture";
import { EXAMPLE_ORGANIZATION } from "./environments";
import { REPOSITORY } from "./github-server";

/** A file that a command reads, besides the two main files of an environment, and the commands that do. */
export interface Input {
  /** From the project's root. */
  readonly file: string;
  /** What is in it, as plain data: texts and keys are people's, or AWS's, or an attacker's. */
  readonly data: unknown;
  /** @default - JSON, which YAML is, too */
  readonly write?: (data: never) => string | Buffer;
  readonly runs: readonly (readonly string[])[];
  /** Files and folders that the commands make of it: taken away before each. */
  readonly makes?: readonly string[];
  /** The folder in which they run. @default - the project's root */
  readonly cwd?: string;
  /** Places of texts that have a format, or by which a file says what it is: each is asked about by itself. */
  readonly formats: RegExp;
  /** Texts are of one line. @default false */
  readonly oneLine?: true;
  /** Why no command shows a text of it. @default - some does */
  readonly silent?: string;
}

const QUICK = ["who-can", "example", "--account", "shop-prod", "--action", "s3:GetObject"];
const CHANGE = `weakens-${"0".repeat(32)}`;
const SHOP = "444444444403";
const ENV = "environments/example";
const KEY = "AKIADEPLOYAAAAAAAAAA";
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
const lines = (all: readonly unknown[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join("");

/** A journal as it is written: each line has the chain of all before it. */
function journal(entries: readonly unknown[]): string {
  let chain = "";
  return entries
    .map((entry) => {
      const body = JSON.stringify(entry);
      chain = sha(`${chain}\n${body}`);
      return `${body.slice(0, -1)},"chain":"${chain}"}\n`;
    })
    .join("");
}

const csv = (rows: readonly Readonly<Record<string, string>>[]): string =>
  [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
    .map(
      (cells) =>
        `${cells.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\n`,
    )
    .join("");

/** Every input file there is but `baseline.yaml`, `organization.yaml` and what the baseline names, which are one case of their own. */
export function inputs(root: string): readonly Input[] {
  const environment = loadEnvironment(root, "example");
  const state = targetState(environment);
  const context = inventoryContext(environment, state);
  const { organizationId } = context;
  const now = new Date();
  /** An answer of `keyless ready` about today's statements: a no. */
  const evidence = (guardrail: string, accounts: readonly string[], obstacle: string): object => ({
    format: "keyless-evidence/1",
    environment: "example",
    organizationId,
    at: ago(1, now),
    daysWanted: 30,
    quietRegions: ["eu-north-1"],
    logs: { digest: sha("logs"), files: 1, events: 5 },
    rows: [
      {
        guardrail,
        organizationalUnit: "Sandbox",
        accounts,
        statements: statementsDigest(guardrail, state.guardrails),
        ready: false,
        obstacles: [obstacle],
      },
    ],
  });
  const facts = account(
    [
      user(
        "deploy",
        [key(KEY, 900, undefined, { lastUse: { at: ago(200, now), service: "s3", region: "eu-central-1" } })],
        { owner: "Shop team" },
        SHOP,
      ),
    ],
    SHOP,
    { collectedAt: ago(0, now), problems: [{ code: "INVENTORY-FAILED", what: "iam:ListUsers", message: "It broke." }] },
  );
  const usage = {
    accessKeyId: KEY,
    events: 3,
    firstAt: ago(210, now),
    lastAt: ago(200, now),
    sourceAddresses: [{ value: "198.51.100.7", count: 3 }],
    userAgents: [{ value: "aws-cli/2", count: 3 }],
    services: [{ value: "s3.amazonaws.com", count: 3 }],
    calls: [{ value: "s3:GetObject", count: 3 }],
    lastEvents: [
      {
        at: ago(200, now),
        service: "s3.amazonaws.com",
        name: "GetObject",
        region: "eu-central-1",
        errorCode: "AccessDenied",
      },
    ],
  };
  const assessed = (): Inventory => assess([facts], context, new Map([[KEY, usage]]), now);
  const move = {
    version: 1,
    key: KEY,
    account: "shop-prod",
    user: "deploy",
    owner: "Shop team",
    usedBy: "The deployment of the shop",
    destination: { oidc: { workload: "shop-deploy", system: "github" } },
    actions: ["ecs:UpdateService"],
    actionsNotLogged: ["s3:GetObject"],
    resources: ["arn:aws:ecs:eu-central-1:444444444403:service/shop/*"],
    consumer: { file: "deploy.yml", secrets: ["AWS_ACCESS_KEY_ID"] },
  };
  const events = (kind: string): readonly object[] => [
    logEvent({
      call: "iam:CreateAccessKey",
      time: ago(2, now),
      account: SHOP,
      identity: identities.user(SHOP, "deploy", KEY),
      request: { userName: "deploy" },
      userAgent: kind,
    }),
    logEvent({
      call: "iam:CreateUser",
      time: ago(2, now),
      account: SHOP,
      identity: identities.role(SHOP, "Release", "session"),
      error: "AccessDenied",
    }),
  ];
  const change = (after: object): object => ({ actions: ["create"], before: null, after, after_unknown: {} });
  const plan = {
    format_version: "1.2",
    terraform_version: "1.11.4",
    variables: { team: { value: "shop" } },
    configuration: { root_module: { module_calls: { team: { source: "./team" } } } },
    resource_drift: [],
    resource_changes: [
      {
        address: "aws_iam_user.a",
        mode: "managed",
        type: "aws_iam_user",
        name: "a",
        provider_name: "registry.terraform.io/hashicorp/aws",
        change: change({ name: "a", path: "/", tags: { owner: "team" } }),
      },
      {
        address: "aws_iam_role.b",
        mode: "managed",
        type: "aws_iam_role",
        name: "b",
        provider_name: "registry.terraform.io/hashicorp/aws",
        change: change({
          name: "b",
          assume_role_policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "sts:AssumeRole" },
            ],
          }),
        }),
      },
    ],
  };
  const stack = {
    resource: {
      aws_iam_role: { a: { name: "a", description: "A role", assume_role_policy: "{}", tags: { owner: "team" } } },
      aws_organizations_policy: { p: { name: "p", type: "SERVICE_CONTROL_POLICY", content: "{}" } },
    },
    terraform: { required_providers: { aws: { source: "aws", version: "5.100.0" } } },
  };
  const review = ["review", "plan.json", "--env", "example", "--fail-on", "none"];
  const moves = ["move", "example"];
  const claim = {
    section: "guardrails",
    kind: "policy",
    name: "sandbox",
    place: { accountId: SHOP, accountName: "shop-prod", region: "eu-central-1" },
    claim: "The policy is attached.",
    verdict: "different",
    details: ["Another content"],
    fix: "Apply it.",
    at: ago(0, now),
  };
  const movesResult = {
    format: "keyless-moves/1",
    environment: "example",
    organizationId,
    at: ago(0, now),
    moves: [
      {
        name: "deploy",
        accountId: SHOP,
        user: "deploy",
        keyIds: [KEY],
        state: "key-silent",
        done: true,
        mayDeactivate: true,
        silentDays: 14,
      },
    ],
  };
  const record = {
    version: 3 as const,
    environment: "example",
    gate: {
      facts: sha(""),
      failOn: ["weakens" as const],
      since: ["main"],
      rules: sha(""),
      changes: [{ id: "weakens-a", class: "weakens" as const }],
      approved: [
        {
          id: "weakens-a",
          approval: "approvals.yaml",
          approver: "Ada",
          expires: "2099-01-01",
          reason: "It must be so",
        },
      ],
      waived: [{ id: "weakens-b", waiver: "team" }],
    },
    stacks: [{ name: "example-guardrails", digest: sha(""), changes: { a: sha("") }, lock: "", backend: sha("") }],
    others: [],
    deferred: ["example-identity-center"],
    byHand: ["example-break-glass"],
  };
  const part = {
    accountId: SHOP,
    accountName: "shop-prod",
    outcome: "passed",
    at: ago(3, now),
    details: ["It let in"],
    question: "a user",
    how: "tried",
    what: "a mail",
  };
  return [
    {
      file: `${ENV}/existing.yaml`,
      oneLine: true,
      formats:
        /^(organizationId|readAt)$|accounts?\w*(\[\]|Id)$|principalType|[aA]rn$|awsManagedPolicies|^(?!.*tags|names).*\{key\}$/,
      data: {
        version: 1,
        organizationId,
        readAt: ago(0, now),
        permissionSets: [
          {
            name: "Support",
            arn: "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
            description: "Helps",
            relayState: "https://example.com",
            sessionDuration: "PT8H",
            awsManagedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            customerManagedPolicies: [{ name: "support", path: "/" }],
            inlinePolicy:
              '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
            tags: { team: "support" },
            assignments: [
              { principalType: "GROUP", principalId: "93a4c8d2-1111-2222-3333-444444444444", accounts: [SHOP] },
            ],
          },
        ],
        policies: [{ id: "p-exmpsandbx", name: "sandbox-limits", description: "Ours for years" }],
        oidcProviders: [
          {
            accountId: SHOP,
            arn: `arn:aws:iam::${SHOP}:oidc-provider/ci.example.com`,
            url: "https://ci.example.com",
            audiences: ["sts.amazonaws.com"],
            usedBy: ["Release"],
          },
        ],
        things: [{ type: "aws_iam_role", accountId: SHOP, name: "shop-deploy", tags: { team: "shop" } }],
        names: { aws_iam_role: ["shop-deploy"] },
        looked: [{ type: "aws_iam_role", accountId: SHOP }],
        notRead: [{ what: "roles", accountId: "444444444401", why: "AccessDenied" }],
      },
      runs: [
        QUICK,
        ["validate", "example"],
        ["adopt", "example"],
        ["adopt", "example", "--json"],
        ["adopt", "example", "--output", "out/adopted"],
      ],
    },
    {
      file: `${ENV}/moves.yaml`,
      silent: "reasons are for people who read the file",
      formats: /stack$|address$|\.id$|\{key\}$/,
      data: {
        version: 1,
        moves: [
          { from: { stack: "guardrails", address: "aws_organizations_policy.old" }, reason: "Nobody needs it here" },
          {
            to: { stack: "break-glass", address: "aws_iam_user.user_break-glass-1" },
            id: "SecurityBreakGlass",
            reason: "It was there before",
          },
        ],
        adopted: [
          {
            what: "policy sandbox-limits",
            id: "p-exmpsandbx",
            to: { stack: "guardrails", address: "aws_organizations_policy.scp_custom-keep-audit-trail" },
          },
        ],
      },
      runs: [QUICK, ["validate", "example"], ["show", "example"]],
    },
    {
      file: "base/environments/rollout/review.yaml",
      formats: /failOn|name$|expires$|\.to$|actions|\{key\}$/,
      data: {
        version: 1,
        failOn: ["weakens"],
        waivers: [
          {
            name: "team",
            type: "aws_*",
            address: "*",
            attribute: "tags",
            reason: "The team answers for it",
            owner: "Team",
            expires: "2099-01-01",
          },
        ],
        raise: [{ name: "users", type: "aws_iam_user", to: "weakens", reason: "Users are not wanted" }],
        neverGrant: [
          {
            name: "keys",
            actions: ["iam:CreateAccessKey"],
            resources: ["*"],
            except: ["aws_iam_role.c"],
            reason: "No keys are wanted",
          },
        ],
        principals: { inside: ["999999999999"], outside: ["arn:aws:iam::888888888888:*"] },
      },
      cwd: "base",
      runs: [
        ["pull-request", "--head", "../head"],
        ["pull-request", "--head", "../head", "--output", "../out/comment.md"],
      ],
    },
    {
      file: `${ENV}/approvals.yaml`,
      silent: "only approvals of changes that are there are shown",
      formats: /\.id$|expires$|\{key\}$/,
      data: {
        version: 1,
        approvals: [{ id: CHANGE, reason: "It has to be so", approver: "Ada", expires: "2099-01-01" }],
      },
      runs: [
        [...review, "--approvals", `${ENV}/approvals.yaml`],
        [...review, "--approvals", `${ENV}/approvals.yaml`, "--format", "markdown"],
        ["approve", "example", "--prune"],
      ],
    },
    {
      file: `${ENV}/moves-of-keys/deploy.yaml`,
      oneLine: true,
      formats: /^(key|account|user)$|system$|actions|\{key\}$/,
      data: move,
      runs: [
        moves,
        [...moves, "--json"],
        [...moves, "--next"],
        [...moves, "--kit", "deploy"],
        [...moves, "--messages", "out/messages"],
      ],
    },
    {
      file: "head/environments/rollout/evidence/guardrails.json",
      formats: /^(format|at)$|digest|accounts|statements|rows\[\]\.guardrail|\{key\}$/,
      data: evidence("restrict-web-identity", [SHOP], "user deploy still does it"),
      write: (data: never) => evidenceText(data),
      cwd: "base",
      runs: [
        ["pull-request", "--head", "../head"],
        ["pull-request", "--head", "../head", "--output", "../out/comment.md"],
      ],
    },
    {
      file: "ready.json",
      formats: /^(format|at|environment|organizationId)$|digest|accounts|statements|rows\[\]\.guardrail|\{key\}$/,
      data: evidence("deny-access-key-creation", ["666666666601", "666666666602"], "SILENT-ACCOUNTS"),
      write: (data: never) => evidenceText(data),
      runs: [["report", "example", "--ready", "ready.json", "--output", "out/report.html"]],
    },
    {
      file: `${ENV}/drills/2026-01-01.json`,
      silent: "only when it was and how it went is shown",
      formats: /^(environment|organizationId|to|outcome)$|outcome$|At$|\.at$/,
      data: {
        version: 1,
        environment: "example",
        organizationId,
        user: {
          name: "break-glass-1",
          holder: "Safe in Berlin",
          arn: "arn:aws:iam::111111111111:user/break-glass/break-glass-1",
        },
        role: "SecurityBreakGlass",
        from: ago(3, now),
        to: ago(3, now),
        accounts: [part],
        refusals: [part],
        alarms: [part],
        outcome: "passed",
        nextBy: "2099-01-01",
      },
      runs: [
        ["validate", "example"],
        ["report", "example", "--output", "out/report.html"],
      ],
    },
    {
      file: "inventory.json",
      formats:
        /^(format|environment|organizationId|generatedAt)$|At$|verdict\.kind$|credentials\[\]\.(kind|status|accountId)$|^accounts\[\]\.(id|status)$/,
      data: assessed(),
      runs: [
        ["report", "example", "--inventory", "inventory.json", "--output", "out/report.html"],
        ["retire", "example", "--inventory", "inventory.json"],
        ["ready", "example", "--cloudtrail", "log.json", "--threads", "0", "--inventory", "inventory.json"],
        [...moves, "--inventory", "inventory.json"],
        [...moves, "--inventory", "inventory.json", "--messages", "out/messages"],
      ],
    },
    {
      file: "earlier.json",
      silent: "it only says which keys there were, and when they were used",
      formats:
        /^(format|environment|organizationId|generatedAt)$|At$|verdict\.kind$|credentials\[\]\.(kind|status|accountId)$|^accounts\[\]\.(id|status)$/,
      data: assessed(),
      runs: [
        [
          "report",
          "example",
          "--inventory",
          "inventory.json",
          "--history",
          "earlier.json",
          "--output",
          "out/report.html",
        ],
        ["retire", "example", "--inventory", "inventory.json", "--history", "earlier.json"],
        [...moves, "--inventory", "inventory.json", "--history", "earlier.json"],
        ["inventory", "example", "--credential-report", "report.csv", "--history", "earlier.json"],
      ],
    },
    {
      file: ".keyless/inventory/example.jsonl",
      formats: /format|environment|organizationId|accountId$|At$|\.at$|status$|code$|accessKey(Id|s\[\]\.id)$/,
      data: [
        { format: "keyless-inventory-results/1", environment: "example", organizationId, startedAt: ago(0, now) },
        facts,
        { cloudTrail: { askedAt: ago(0, now), usage: [usage] } },
      ],
      write: (data: never) => lines(data),
      makes: [`${ENV}/moves-of-keys`],
      runs: [
        ["retire", "example"],
        moves,
        [...moves, "--propose"],
        ["inventory", "example", "--resume", "--account", "shop-prod"],
      ],
    },
    {
      file: ".keyless/retire/example.jsonl",
      formats: /at$|event$|accountId$/,
      data: [{ at: ago(40, now), event: "deactivated", accountId: SHOP, user: "deploy", keyId: KEY }],
      write: (data: never) => journal(data),
      runs: [["retire", "example", "--inventory", "inventory.json"], ["retire", "example", "--undo"], moves],
    },
    {
      file: "journal.jsonl",
      formats: /at$|event$|accountId$/,
      data: [{ at: ago(40, now), event: "deactivated", accountId: SHOP, user: "deploy", keyId: KEY }],
      write: (data: never) => journal(data),
      runs: [
        ["retire", "example", "--inventory", "inventory.json", "--journal", "journal.jsonl"],
        ["retire", "example", "--undo", "--journal", "journal.jsonl"],
        [...moves, "--journal", "journal.jsonl"],
      ],
    },
    {
      file: ".keyless/retire/example.jsonl.lock",
      formats: /^$/,
      data: { pid: 1, host: "another", since: ago(0, now) },
      runs: [["retire", "example", "--apply", "--inventory", "inventory.json"]],
    },
    {
      file: "verify.json",
      formats: /^(environment|organizationId|from|to)$|verdict$|accountId$|section$/,
      data: {
        environment: "example",
        organizationId,
        sections: ["guardrails"],
        from: ago(0, now).replace("Z", ".000Z"),
        to: ago(0, now).replace("Z", ".000Z"),
        claims: [claim],
        calls: { "iam:GetRole": 1 },
      },
      runs: [
        ["report", "example", "--verify", "verify.json", "--output", "out/report.html"],
        [...moves, "--verify", "verify.json"],
        ["apply", "example", "--reviewed", "reviewed.json", "--verified", "verify.json"],
      ],
    },
    {
      file: "moves.json",
      formats: /^(format|environment|organizationId|at)$|accountId$|state$|keyIds/,
      data: movesResult,
      runs: [
        ["retire", "example", "--inventory", "inventory.json", "--moves", "moves.json"],
        [
          "ready",
          "example",
          "--cloudtrail",
          "log.json",
          "--threads",
          "0",
          "--inventory",
          "inventory.json",
          "--moves",
          "moves.json",
        ],
      ],
    },
    ...(["log.json", "logs/a.json.gz"] as const).map((file): Input => ({
      file,
      formats:
        /^Records\[\]\.(event(Version|Time|Source|Name|Type|Category)|awsRegion|recipientAccountId|userIdentity\.(type|accountId|arn|accessKeyId|sessionContext.*))$/,
      data: { Records: events("aws-cli/2.22.1") },
      write: (data: never) => (file.endsWith(".gz") ? gzipSync(JSON.stringify(data)) : JSON.stringify(data)),
      // The folder holds the same events, packed: how they are read is all that differs.
      runs: [
        ["impact", "example", "--cloudtrail", file.split("/")[0]!, "--threads", "0"],
        ["inventory", "example", "--account", "shop-prod", "--cloudtrail", file.split("/")[0]!],
        ["impact", "example", "--cloudtrail", file.split("/")[0]!, "--threads", "0", "--all", "--json"],
        ["ready", "example", "--cloudtrail", file.split("/")[0]!, "--threads", "0", "--evidence", "out/evidence.json"],
        [...moves, "--cloudtrail", file.split("/")[0]!, "--threads", "0", "--inventory", "inventory.json"],
        [...moves, "--propose", "--cloudtrail", file.split("/")[0]!, "--threads", "0", "--inventory", "inventory.json"],
      ].slice(0, file.endsWith(".gz") ? 1 : undefined),
    })),
    {
      file: "report.csv",
      formats: /arn$|time$|_(used|changed|rotated|date|active|enabled)$/,
      data: [
        {
          user: "<root_account>",
          arn: `arn:aws:iam::${SHOP}:root`,
          user_creation_time: ago(1000, now),
          password_enabled: "not_supported",
          password_last_used: "no_information",
          password_last_changed: "not_supported",
          password_next_rotation: "not_supported",
          mfa_active: "true",
          access_key_1_active: "false",
          access_key_1_last_rotated: "N/A",
          access_key_1_last_used_date: "N/A",
          access_key_1_last_used_region: "N/A",
          access_key_1_last_used_service: "N/A",
          access_key_2_active: "false",
          access_key_2_last_rotated: "N/A",
          access_key_2_last_used_date: "N/A",
          access_key_2_last_used_region: "N/A",
          access_key_2_last_used_service: "N/A",
          cert_1_active: "false",
          cert_1_last_rotated: "N/A",
          cert_2_active: "false",
          cert_2_last_rotated: "N/A",
        },
        {
          user: "deploy",
          arn: `arn:aws:iam::${SHOP}:user/deploy`,
          user_creation_time: ago(1000, now),
          password_enabled: "true",
          password_last_used: ago(300, now),
          password_last_changed: ago(300, now),
          password_next_rotation: "N/A",
          mfa_active: "false",
          access_key_1_active: "true",
          access_key_1_last_rotated: ago(900, now),
          access_key_1_last_used_date: ago(200, now),
          access_key_1_last_used_region: "eu-central-1",
          access_key_1_last_used_service: "s3",
          access_key_2_active: "false",
          access_key_2_last_rotated: "N/A",
          access_key_2_last_used_date: "N/A",
          access_key_2_last_used_region: "N/A",
          access_key_2_last_used_service: "N/A",
          cert_1_active: "false",
          cert_1_last_rotated: "N/A",
          cert_2_active: "false",
          cert_2_last_rotated: "N/A",
        },
      ],
      write: (data: never) => csv(data),
      runs: [
        ["inventory", "example", "--credential-report", "report.csv"],
        ["inventory", "example", "--credential-report", "report.csv", "--csv"],
        ["inventory", "example", "--credential-report", "report.csv", "--findings", "asff"],
        ["inventory", "example", "--credential-report", "report.csv", "--html", "out/inventory.html"],
      ],
    },
    {
      file: "questions.jsonl",
      formats: /account$|principal$|action$|resource$|\{key\}$/,
      data: [
        {
          account: "shop-dev",
          principal: "administrator",
          action: "s3:GetObject",
          resource: "arn:aws:s3:::a/b",
          context: { "aws:SourceIp": "203.0.113.7" },
        },
      ],
      write: (data: never) => lines(data),
      runs: [["explain", "example", "--requests", "questions.jsonl"]],
    },
    {
      file: "plan.json",
      formats: /format_version|actions|\.(type|mode|provider_name)$/,
      data: plan,
      runs: [
        review,
        ["review", "plan.json", "--no-approvals", "--format", "markdown"],
        ["review", "plan.json", "--no-approvals", "--format", "json"],
        ["review", "plan.json", "--no-approvals", "--format", "sarif"],
        ["review", "plan.json", "--no-approvals", "--format", "html", "--output", "out/review.html"],
      ],
    },
    {
      file: "stacks/example-a/cdk.tf.json",
      formats: /source$|\.type$/,
      data: stack,
      runs: [
        ["review", "--base", "small", "--head", "stacks", "--no-approvals", "--fail-on", "none"],
        [
          "review",
          "--base",
          "stacks",
          "--head",
          "small",
          "--no-approvals",
          "--fail-on",
          "none",
          "--format",
          "markdown",
        ],
        [
          "review",
          "--base",
          "small",
          "--head",
          "stacks",
          "--no-approvals",
          "--fail-on",
          "none",
          "--format",
          "html",
          "--output",
          "out/review.html",
        ],
      ],
    },
    {
      file: "facts.yaml",
      oneLine: true,
      formats:
        /^(id|managementAccountId|rootId|delegationPolicy)|Regions|egion$|\w(Id|Ids\[\]|Arn|Type|Types\[\])$|\.id$|status$|type$|content$|(?<!tags\.)\{key\}$|accountId$|Services|services|arn$|(Units|accounts)\[\]\.name$/,
      data: parse(EXAMPLE_ORGANIZATION),
      runs: [
        ["review", "plan.json", "--facts", "facts.yaml", "--no-approvals", "--fail-on", "none"],
        ["review", "plan.json", "--facts", "facts.yaml", "--no-approvals", "--fail-on", "none", "--format", "markdown"],
      ],
    },
    {
      file: "review.json",
      formats: /^(format|title)$|id$|class$|area$|sign$|stopping|failOn|\{key\}$/,
      data: {
        format: "keyless-review/1",
        title: "example",
        verdict: "2 changes",
        gate: {
          failOn: ["weakens"],
          passes: false,
          stopping: [CHANGE],
          refusedApprovals: [],
          unusedApprovals: [],
          rules: [],
        },
        changes: [
          {
            id: CHANGE,
            class: "weakens",
            area: "other",
            sentence: "Somebody gets in.",
            stacks: ["example-a"],
            addresses: ["aws_iam_role.a"],
            witnesses: [],
            diff: [{ sign: "+", text: "Allow" }],
          },
        ],
        notes: [{ kind: "note", stack: "example-a", sentence: "A note." }],
        newStacks: [],
        resources: [{ stack: "example-a", address: "aws_iam_role.a", action: "create" }],
        stacks: ["example-a"],
      },
      makes: [`${ENV}/approvals.yaml`],
      runs: [
        [
          "approve",
          "review.json",
          "--id",
          CHANGE,
          "--reason",
          "It has to be so",
          "--end",
          "2099-01-01",
          "--approver",
          "Ada",
        ],
      ],
    },
    {
      file: "reviewed.json",
      silent: "what differs is said after a plan",
      formats: /class$|rules$|facts$|failOn|digest$|backend$|changes\.a$|^environment$|\{key\}$/,
      data: record,
      write: (data: never) => JSON.stringify(sealed(data)),
      runs: [["apply", "example", "--reviewed", "reviewed.json", "--no-verify"]],
    },
    {
      file: "event.json",
      silent: "it only says which pull request is meant",
      formats: /event$|head_sha$/,
      data: {
        workflow_run: {
          id: 99,
          event: "pull_request",
          conclusion: "success",
          head_sha: "a".repeat(40),
          head_branch: "change",
          head_repository: { full_name: "a/b", owner: { login: "a" } },
          pull_requests: [{ number: 1 }],
        },
      },
      runs: [["comment", "--repository", REPOSITORY, "--file", "comment.md", "--workflow-run", "event.json"]],
    },
    {
      file: "comment.md",
      silent: "it is sent, and not shown",
      formats: /^$/,
      data: "<!-- keyless-review -->\ntext",
      write: (data: never) => data,
      runs: [["comment", "--repository", REPOSITORY, "--file", "comment.md", "--pull-request", "1"]],
    },
    {
      file: ".keyless/runs/example-guardrails.json",
      silent: "it is shown with a lock that Terraform meets",
      formats: /^$/,
      data: {
        stack: "example-guardrails",
        operation: "apply",
        host: "another",
        user: "ada",
        started: ago(0, now),
        process: { pid: 1, start: "1" },
      },
      runs: [["recover", "example", "guardrails"]],
    },
    {
      file: ".keyless/seen/example-guardrails.json",
      silent: "it fits no stack",
      formats: /^$/,
      data: {
        format: "keyless-seen/1",
        stack: "example-guardrails",
        how: "applied",
        at: ago(0, now),
        digest: sha(""),
        lock: sha(""),
      },
      runs: [["plan", "example", "--changed"]],
    },
    {
      file: "package.json",
      silent: "it is only added to",
      formats: /^$/,
      data: {
        name: "company",
        version: "1.0.0",
        scripts: { test: "jest" },
        dependencies: { "keyless-org-baseline": "0.1.0" },
      },
      runs: [["init", "--repository"]],
    },
    {
      file: ".terraform.d/credentials.tfrc.json",
      silent: "a token is never shown",
      formats: /token$/,
      data: { credentials: { "app.terraform.io": { token: "secret" } } },
      runs: [["review", "--hcp-run", "run-1234567890abcdef", "--no-approvals"]],
    },
  ];
}
