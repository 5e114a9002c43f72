import { stringify } from "yaml";
import { actionsOf } from "../impact/actions";
import { slug, SnippetContext } from "../inventory/replacement";
import type { InventoryContext } from "../inventory/context";
import type { Credential, Inventory, KeyUsage } from "../inventory/types";
import { isDefinedAction } from "./known-actions";
import { KEYLESS } from "../../kernel/command";
import { uniqueSorted } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { listed } from "../../kernel/words";
import { ROLE_TO_FILL_IN } from "./role";
import type { KeyMove } from "./types";
import type { MoveUse } from "./use";

/** A file that would be written. */
export interface Proposal {
  readonly credential: Credential;
  /** Name of the file with `.yaml`. */
  readonly fileName: string;
  readonly text: string;
}

/** A key for which no file can be written, and why. */
export interface NotProposed {
  readonly credential: Credential;
  readonly why: string;
}

export interface ProposeInput {
  readonly inventory: Inventory;
  readonly context: InventoryContext;
  /** @default - no logs were given: what the inventory kept of CloudTrail counts */
  readonly use?: MoveUse;
  readonly existing: readonly KeyMove[];
  /** Names of files that are there, whatever is in them. */
  readonly taken: readonly string[];
  readonly now: Date;
}

/** Files for the active access keys of an inventory that have no move yet. Nothing is written here. */
export function proposals(input: ProposeInput): {
  readonly proposed: readonly Proposal[];
  readonly not: readonly NotProposed[];
} {
  const proposed: Proposal[] = [];
  const not: NotProposed[] = [];
  const taken = new Set(input.taken);
  for (const credential of input.inventory.credentials) {
    if (credential.kind !== "access-key" || credential.status !== "Active" || hasMove(credential, input.existing))
      continue;
    const destination = destinationOf(credential, input);
    if ("why" in destination) {
      not.push({ credential, why: destination.why });
      continue;
    }
    const short = `${slug(credential.user)}-${credential.id.slice(-4).toLowerCase()}`;
    const fileName = [short, `${short}-${credential.accountId}`, slug(credential.id)]
      .map((name) => `${name}.yaml`)
      .find((name) => !taken.has(name));
    if (fileName === undefined) {
      not.push({ credential, why: "files of its names are there already" });
      continue;
    }
    taken.add(fileName);
    proposed.push({ credential, fileName, text: fileText(credential, destination, input) });
  }
  return { proposed, not };
}

function hasMove({ accountId, user, id }: Credential, existing: readonly KeyMove[]): boolean {
  return existing.some(
    (move) => move.keyId === id || (move.keyId === undefined && move.accountId === accountId && move.user === user),
  );
}

interface Proposed {
  readonly value: Readonly<Record<string, unknown>>;
  readonly comments: readonly string[];
}

function destinationOf(credential: Credential, input: ProposeInput): Proposed | { readonly why: string } {
  const { verdict, accountId, userArn } = credential;
  const { context, inventory } = input;
  const exception = context.protection.exception(userArn, input.now);
  if (exception) return { value: { exception: exception.name }, comments: [] };
  const snippets = context.accounts.find(({ id }) => id === accountId)?.snippets;
  const agents = (credential.usage?.userAgents ?? []).map(({ value }) => value);
  switch (verdict.kind) {
    case "break-glass":
      return { why: "break glass has no access keys: take it away by hand" };
    case "stolen":
      return { why: "an incident: no move before it is understood" };
    case "never-used":
    case "unused":
      return { why: `${KEYLESS} retire ${inventory.environment} deactivates it` };
    case "new":
      return { why: "never used yet: nobody knows by what" };
    case "mixed":
      return { why: `several things share it, and each needs a key of its own before it moves: ${verdict.reason}` };
    case "aws-compute":
      return roleProposal(accountId, agents);
    case "ci":
      return ciProposal(credential, snippets, agents);
    case "external-workload":
      return {
        value: {
          rolesAnywhere: {
            workload: slug(credential.user),
            host: agents.some((one) => /windows/i.test(one)) ? "windows" : "linux",
          },
        },
        comments: [
          "A workload with this name has to be in workloadIdentity.rolesAnywhere, with the certificate's subject.",
        ],
      };
    case "person":
      return snippets?.identityCenter
        ? {
            value: { identityCenter: snippets.identityCenter },
            comments: [
              "To check: the permission set for the work, and the group that the person is in.",
              "To add: userName, the person's name in Identity Center. Without it nobody can say who used the permission set.",
            ],
          }
        : { why: "a person, and the baseline has no permission set for the account" };
    default:
      return { why: `nobody knows what uses it: ${verdict.reason}` };
  }
}

function roleProposal(accountId: string, agents: readonly string[]): Proposed {
  const compute = agents.some((one) => /exec-env\/AWS_Lambda/i.test(one))
    ? "lambda"
    : agents.some((one) => /exec-env\/AWS_ECS/i.test(one))
      ? "ecs"
      : "ec2";
  return {
    value: { role: { arn: `arn:aws:iam::${accountId}:role/${ROLE_TO_FILL_IN}`, compute } },
    comments: [
      "To fill in: the ARN of the role of the compute. To check: the compute, which the user agents hint at only.",
    ],
  };
}

const SYSTEMS: readonly (readonly [system: string, agent: RegExp])[] = [
  ["gitlab", /gitlab/i],
  ["circleci", /circleci/i],
  ["bitbucket", /bitbucket/i],
  ["jenkins", /jenkins/i],
  ["hcp-terraform", /terraform[- ]cloud|\btfe\b/i],
  ["github", /github|configure-aws-credentials/i],
];

function ciProposal(credential: Credential, snippets: SnippetContext | undefined, agents: readonly string[]): Proposed {
  const system = SYSTEMS.find(([, agent]) => agents.some((one) => agent.test(one)))?.[0];
  const provider = (snippets?.oidcProviders ?? []).find(({ kind }) => kind === system)?.name;
  return {
    value: { oidc: { workload: slug(credential.user), ...defined({ system }) } },
    comments: [
      "A workload with this name has to be in workloadIdentity.oidcRoles, with the subjects of its tokens.",
      ...(provider === undefined ? [] : [`Its provider can be ${provider}, which the account has.`]),
      ...(system === undefined ? ["To fill in: system, what the job runs on. The user agents do not tell."] : []),
    ],
  };
}

/** What is not known stays a comment: a value would be taken for evidence. */
function fileText(credential: Credential, destination: Proposed, input: ProposeInput): string {
  const { id, accountName, user, owner, usage, verdict } = credential;
  const { actions, comments } = actionsNeeded(credential, input.use);
  const value = {
    version: 1,
    key: id,
    account: accountName,
    user,
    owner: oneLine(owner ?? changedBy(id, input.use) ?? "TO FILL IN: the team or person who changes the consumer", 200),
    usedBy: oneLine(verdict.reason, 500),
    destination: destination.value,
    ...(actions.length > 0 ? { actions } : {}),
  };
  const lines = [
    `Proposed from the inventory of ${input.inventory.generatedAt.slice(0, 10)}. Review it: user agents are a hint, not a proof.`,
    ...destination.comments,
    ...(owner === undefined && changedBy(id, input.use) !== undefined
      ? ["The owner is who made or changed the key last, by CloudTrail."]
      : []),
    ...(usage === undefined && input.use === undefined
      ? ["CloudTrail was not asked: what it called is not known."]
      : []),
    ...comments,
    "Data events that the trail leaves out (s3:GetObject and the like) are in no log: write them under actionsNotLogged.",
  ];
  return `# yaml-language-server: $schema=../../../docs/schema/key-move.schema.json\n${lines
    .map((line) => `# ${oneLine(line, 600)}\n`)
    .join("")}${stringify(value, { lineWidth: 0 })}`;
}

/** Texts of logs go into comments: none of them may begin a line of its own. */
function oneLine(text: string, most: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").slice(0, most);
}

function changedBy(id: string, use: MoveUse | undefined): string | undefined {
  return [...(use?.changes.get(id) ?? [])].sort((a, b) => b.at - a.at).find(({ by }) => by !== "")?.by;
}

function actionsNeeded(
  { id, usage }: Credential,
  use: MoveUse | undefined,
): { readonly actions: readonly string[]; readonly comments: readonly string[] } {
  const logged = use?.keyActions.get(id);
  const called = logged
    ? [...logged].filter(([, one]) => one.ok > 0).map(([action]) => action)
    : inventoryActions(usage);
  const needed = uniqueSorted(called).filter((action) => action !== "sts:GetCallerIdentity");
  const unknown = needed.filter((action) => !isDefinedAction(action));
  const refused = logged
    ? [...logged].filter(([, one]) => one.ok === 0 && one.denied > 0).map(([action]) => action)
    : [];
  const roles = [...(use?.assumed.get(id) ?? [])].sort();
  return {
    actions: needed.filter(isDefinedAction),
    comments: [
      ...(logged || usage === undefined
        ? []
        : ["The inventory keeps the most frequent calls only, refused ones among them: --cloudtrail gives all."]),
      ...(unknown.length > 0 ? [`Calls that are no IAM action of this version: ${listed(unknown, 10)}.`] : []),
      ...(refused.length > 0
        ? [`AWS refused it these, and nobody needs them for the move: ${listed(refused.sort(), 10)}.`]
        : []),
      ...(roles.length > 0
        ? [
            `It becomes these roles, whose trust policies have to let the new role in; what they do needs no permission of it: ${listed(roles, 10)}.`,
          ]
        : []),
    ],
  };
}

function inventoryActions(usage: KeyUsage | undefined): readonly string[] {
  return (usage?.calls ?? []).flatMap(({ value }) => {
    const [service = "", name = ""] = value.split(":");
    return actionsOf(`${service}.amazonaws.com`, name);
  });
}
