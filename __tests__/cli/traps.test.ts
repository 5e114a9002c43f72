import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

/**
 * Edits of the example as somebody makes them, and what the command line says: where a set of requests is not what samples of it are. Each
 * row names the cell that tells the truth, or that everything holds.
 */

jest.setTimeout(120_000);

const project = temporaryProject();
afterAll(() => project.remove());
const path = (name: string): string => join(project.root, "environments/example", name);
const FACTS = readFileSync(path("organization.yaml"), "utf8");
const INTENT = readFileSync(path("baseline.yaml"), "utf8");

interface Facts {
  policies: object[];
  accounts: object[];
  organizationalUnits: object[];
  delegatedAdministrators: object[];
  [key: string]: unknown;
}
interface Edit {
  readonly facts?: (facts: Facts) => void;
  readonly intent?: readonly (readonly [string, string])[];
  readonly custom?: object;
}

function write({ facts, intent = [], custom }: Edit): void {
  const document = parseDocument(FACTS);
  const value = document.toJS() as Facts;
  facts?.(value);
  writeFileSync(path("organization.yaml"), facts ? JSON.stringify(value) : FACTS);
  const entry =
    "  custom:\n    - name: trap\n      description: Trap\n      file: policies/trap.yaml\n      targets: [all]\n";
  if (custom) writeFileSync(path("policies/trap.yaml"), JSON.stringify({ Statement: custom }));
  const edits = [...intent, ...(custom ? [["  custom:\n", entry] as const] : [])];
  writeFileSync(
    path("baseline.yaml"),
    edits.reduce((text, [from, to]) => {
      expect(text.split(from)).toHaveLength(2);
      return text.replace(from, () => to);
    }, INTENT),
  );
}

let number = 0;
const policy =
  (target: string | readonly string[], document: object, type = "SERVICE_CONTROL_POLICY") =>
  (facts: Facts): void =>
    void facts.policies.push({
      id: `p-exmptrap${number++ % 10}`,
      name: `trap-${facts.policies.length}`,
      type,
      awsManaged: false,
      ours: false,
      content: JSON.stringify(document),
      targetIds: [target].flat(),
    });
const stated = (statement: object): object => ({ Version: "2012-10-17", Statement: [statement] });
const scp = (target: string | readonly string[], statement: object): Edit => ({
  facts: policy(target, stated(statement)),
});
const rcp = (target: string, statement: object): Edit => ({
  facts: policy(target, stated({ Principal: "*", ...statement }), "RESOURCE_CONTROL_POLICY"),
});
const deny = (Action: string | readonly string[], more: object = {}): object => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  ...more,
});
const also = (...edits: readonly Edit[]): Edit => ({
  facts: (facts) => edits.forEach((edit) => edit.facts?.(facts)),
  intent: edits.flatMap(({ intent }) => intent ?? []),
});

const WORKLOADS = "ou-exmp-workload";
const HOME: Edit = { intent: [["  homeAccount: management", "  homeAccount: shared-services"]] };
const NETWORKS: Edit = {
  intent: [["  mfaMaxAgeMinutes: 60", "  mfaMaxAgeMinutes: 60\n  sourceNetworks: [198.51.100.0/25, 203.0.113.0/24]"]],
};
const HOME_ID = "333333333303";
const delegate = (service: string): Edit => ({
  facts: (facts) => void facts.delegatedAdministrators.push({ accountId: "333333333302", services: [service] }),
});
const STACKSETS = "member.org.stacksets.cloudformation.amazonaws.com";
const DEPLOY = [
  "cloudformation:CreateStackInstances",
  "cloudformation:UpdateStackInstances",
  "cloudformation:UpdateStackSet",
];
const teams: Edit = {
  facts: (facts) => {
    const places = ["ou-exmp-teama001", "ou-exmp-teamb001", "888888888801", "888888888802"];
    facts.organizationalUnits.push(
      { id: places[0], name: "TeamA", parentId: WORKLOADS },
      { id: places[1], name: "TeamB", parentId: WORKLOADS },
    );
    facts.accounts.push(
      { id: places[2], name: "team-a", status: "ACTIVE", parentId: places[0], tags: {} },
      { id: places[3], name: "team-b", status: "ACTIVE", parentId: places[1], tags: {} },
    );
    for (const one of facts.policies as { awsManaged: boolean; targetIds: string[] }[])
      if (one.awsManaged) one.targetIds.push(...places);
    policy(
      places.slice(2),
      stated(
        deny("*", {
          Condition: {
            "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `o-exampleorg1/r-exmp/${WORKLOADS}/${places[1]}/*` },
          },
        }),
      ),
    )(facts);
  },
};
const signIn = (setting: string | undefined): Edit =>
  also(
    HOME,
    rcp(
      "r-exmp",
      deny("signin:Authenticate", { Condition: { NotIpAddressIfExists: { "aws:SourceIp": "203.0.113.0/24" } } }),
    ),
    { facts: (facts) => void (setting && (facts["consoleAuthorization"] = setting)) },
  );

interface Report {
  readonly counterexamples: readonly {
    readonly proof: string;
    readonly place: string;
    readonly account: { readonly name: string };
    readonly principal: { readonly kind: string };
    readonly decision: string;
  }[];
}

/** `proof|place|kind|decision` of everything that does not hold, by `keyless prove`. */
async function found(edit: Edit): Promise<readonly string[]> {
  write(edit);
  const { status, stdout, stderr } = await keylessHere(project.root, ["prove", "example", "--json"]);
  expect(stderr).toBe("");
  const [report] = JSON.parse(stdout) as [Report];
  const open = report.counterexamples.map((one) => `${one.proof}|${one.place}|${one.principal.kind}|${one.decision}`);
  expect(status).toBe(open.length > 0 ? 3 : 0);
  return [...new Set(open)];
}

describe("inputs that samples pass", () => {
  test.each<readonly [string, Edit, string]>([
    ["an account path below another", teams, "no-lock-out|team-b|break-glass|denied"],
    [
      "spared by a tag",
      {
        custom: deny("iam:CreateAccessKey", {
          Condition: { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } },
        }),
      },
      "exemptions-hold|Sandbox|administrator|allowed",
    ],
    [
      "spared by a tag, of everything",
      { custom: deny("*", { Condition: { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } } }) },
      "exemptions-hold|Sandbox|administrator|allowed",
    ],
    [
      "a delegate of StackSets of one name",
      also(
        delegate(STACKSETS),
        scp(
          "333333333302",
          deny(DEPLOY, { Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Admin*" } } }),
        ),
      ),
      "exemptions-hold|network|administrator|allowed",
    ],
    [
      "a second network",
      also(
        HOME,
        NETWORKS,
        scp(HOME_ID, deny("sts:AssumeRole", { Condition: { NotIpAddress: { "aws:SourceIp": "198.51.100.0/24" } } })),
      ),
      "no-lock-out|shared-services|break-glass-user|denied",
    ],
    [
      "an RCP on roles of hygiene",
      rcp(WORKLOADS, deny("sts:AssumeRole", { Resource: "arn:aws:iam::*:role/keyless/*" })),
      "clean-up|Workloads|retirement|denied",
    ],
    [
      "AWS's own sample for Identity Center's provider",
      scp(
        WORKLOADS,
        deny(["iam:DeleteSAMLProvider", "iam:UpdateSAMLProvider"], {
          Resource: "arn:aws:iam::*:saml-provider/AWSSSO_*",
        }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "keys of some users",
      scp(WORKLOADS, deny("iam:*AccessKey*", { Resource: "arn:aws:iam::*:user/svc-*" })),
      "clean-up|Workloads|retirement|denied",
    ],
    [
      "MFA devices of a home",
      also(HOME, scp(HOME_ID, deny(["iam:EnableMFADevice", "iam:CreateVirtualMFADevice"]))),
      "no-lock-out|shared-services|break-glass-user|denied",
    ],
    [
      "later sessions",
      scp(WORKLOADS, deny("*", { Condition: { DateGreaterThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } } })),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    ["signing in from elsewhere, bound by RCPs", signIn("enabled"), "no-lock-out|(root)|break-glass-user|denied"],
    ["signing in from elsewhere, nobody says", signIn(undefined), "no-lock-out|(root)|break-glass-user|unknown"],
    [
      "operators in another case",
      scp(
        WORKLOADS,
        deny("ec2:StopInstances", { Condition: { stringequals: { "aws:requestedregion": "eu-central-1" } } }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
    [
      "two halves of all users",
      {
        facts: (facts) => {
          policy(WORKLOADS, stated(deny("iam:DeleteAccessKey", { Resource: "arn:aws:iam::*:user/a*" })))(facts);
          policy(
            WORKLOADS,
            stated({ Effect: "Deny", Action: "iam:DeleteAccessKey", NotResource: "arn:aws:iam::*:user/a*" }),
          )(facts);
        },
      },
      "clean-up|Workloads|remediation|denied",
    ],
    [
      "everything but one service",
      scp(WORKLOADS, { Effect: "Deny", NotAction: "s3:*", Resource: "*" }),
      "still-manageable|Workloads|pipeline-member|denied",
    ],
    [
      "an ended exception of somebody's",
      scp(
        WORKLOADS,
        deny("iam:DeleteUser", { Condition: { DateGreaterThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } } }),
      ),
      "no-lock-out|Workloads|break-glass|denied",
    ],
  ])("%s", async (_, edit, cell) => expect(await found(edit)).toContain(cell));

  test.each<readonly [string, Edit]>([
    [
      "a statement without a list, and no version",
      { facts: policy(WORKLOADS, { Statement: deny("ec2:RunInstances") }) },
    ],
    [
      "conditions of numbers and truth values",
      {
        facts: policy(
          WORKLOADS,
          stated(
            deny("s3:PutObject", {
              Condition: { Bool: { "aws:SecureTransport": false }, NumericLessThan: { "s3:TlsVersion": 1.2 } },
            }),
          ),
        ),
      },
    ],
    ["an exception of a common name", { intent: [["role/backup/backup-product", "role/Admin"]] }],
    ["an exception of a user", { intent: [["role/backup/backup-product", "user/ci"]] }],
    ["signing in where RCPs do not bind it", signIn("disabled")],
    [
      "sessions that were revoked",
      scp(WORKLOADS, deny("*", { Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } } })),
    ],
    ["a delegate that an SCP stops everywhere", also(delegate(STACKSETS), scp("333333333302", deny(DEPLOY)))],
  ])("%s: everything holds", async (_, edit) => expect(await found(edit)).toEqual([]));
});

test("what AWS refuses is refused with its place", async () => {
  const refused: readonly (readonly [object, string])[] = [
    [deny("s3:*", { Condition: { StringNotEqual: { "aws:PrincipalTag/a": "b" } } }), "StringNotEqual"],
    [deny("s3:*", { Condition: { IpAdress: { "aws:SourceIp": "192.0.2.0/24" } } }), "IpAdress"],
    [deny("s3:*", { Condition: { "ForAnyValues:StringEquals": { "aws:TagKeys": "b" } } }), "ForAnyValues:StringEquals"],
    [{ effect: "Deny", Action: "s3:*", Resource: "*" }, "effect"],
    [deny("s3:*", { Ressource: "*" }), "Ressource"],
  ];
  for (const [custom, word] of refused) {
    write({ custom });
    const { status, stdout, stderr } = await keylessHere(project.root, ["validate", "example"]);
    expect(status).toBe(2);
    expect(stdout + stderr).toContain("policies/trap.yaml:1:");
    expect(stdout + stderr).toContain(word);
  }
});

test("22 stars in a pattern take no time", async () => {
  const stars = `arn:aws:iam::*:user/${"a*".repeat(22)}b`;
  write({ custom: deny("iam:TagUser", { Resource: stars }) });
  const started = process.cpuUsage();
  const { status } = await keylessHere(project.root, [
    "explain",
    "example",
    "--account",
    "shop-prod",
    "--principal",
    "administrator",
    "--action",
    "iam:TagUser",
    "--resource",
    `arn:aws:iam::444444444403:user/${"a".repeat(60)}`,
  ]);
  const { user } = process.cpuUsage(started);
  expect([0, 3]).toContain(status);
  expect(user / 1e6).toBeLessThan(15);
});

test("explain: SCPs do not bind somebody outside the organization", async () => {
  write({});
  const explain = async (principal: string): Promise<string> => {
    const { stdout } = await keylessHere(project.root, [
      "explain",
      "example",
      "--account",
      "shop-prod",
      "--principal",
      principal,
      "--action",
      "s3:GetObject",
      "--resource",
      "arn:aws:s3:::shop-prod-data/key",
      "--json",
    ]);
    return stdout;
  };
  const outsider = await explain("arn:aws:iam::999999999999:user/outsider");
  expect(outsider).not.toContain('"decision": "denied"');
  expect(outsider).not.toContain("keyless-dakc");
});
