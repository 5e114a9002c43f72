import type { Inventory } from "../evidence/inventory/types";
import { isLiveKey, isUnused, progress } from "../evidence/inventory/summary";
import { defined } from "../kernel/optional";
import { byKey, uniqueSorted } from "../kernel/lists";
import type { DrillRecords } from "../live/drill/history";
import type { Verification } from "../live/verify/run";
import type { TreeNode } from "../organization/tree";
import { asList } from "../policy/document";
import { attachedDocuments } from "../proofs/attached";
import { Chain, chainNames } from "../proofs/chains";
import { askedSets, cellText, matrix } from "../proofs/matrix";
import { PROMISING_GUARDRAILS } from "../proofs/promises";
import { chainsOf } from "../proofs/prove";
import type { PagePlace, Source } from "../page/types";
import { AttachedDocument, PROOFS, proofsOf, ProofInput, ProofReport } from "../proofs/types";
import { GUARDRAILS } from "../sections/guardrails/catalogue/guardrails";
import type { RolloutEvidence } from "../sections/guardrails/evidence";
import { administratorBy } from "./administrators";
import { journeyOf, nextSteps } from "./journey";
import { readyAnswer } from "./ready";
import { type SeenOf, seenOf } from "./seen";
import type {
  PageBreakGlass,
  PageChain,
  PageCounterexample,
  PageData,
  PageGuardrail,
  PageKeys,
  PagePeople,
  PagePolicy,
  PageVerification,
  PageWorkload,
  ProofStatus,
} from "./page-data";

/** Everything that the page is made of. */
export interface ReportInput {
  readonly proven: ProofInput;
  readonly report: ProofReport;
  /** When the page is made, ISO 8601 in UTC: exceptions and evidence have an age. */
  readonly madeAt: string;
  /** How the command is spelled here. */
  readonly command: string;
  /** Day on which organization.yaml last changed in git. Absent: not known. */
  readonly factsDate?: string;
  readonly inventory?: Inventory;
  /** Earlier inventories of the same environment, in any order. */
  readonly history?: readonly Inventory[];
  readonly verification?: Verification;
  /** @default - nobody looked for records */
  readonly drills?: DrillRecords;
  /** Answer of `keyless ready`. @default - none was given */
  readonly ready?: RolloutEvidence;
}

/** Positions of what the page names often. */
interface Positions {
  readonly account: ReadonlyMap<string, number>;
  readonly place: ReadonlyMap<string, number>;
}

/** The data of the page. Pure: the same input gives the same data. */
export function pageData(input: ReportInput): PageData {
  const { proven, report } = input;
  const { organization, tree, name } = proven.environment;
  const { places, placeOf } = placesOf(proven.environment);
  const accounts = [...tree.accounts].sort(byKey((account) => account.id));
  const at: Positions = { place: placeOf, account: new Map(accounts.map(({ id }, i) => [id, i])) };
  const documents = attachedDocuments(proven);
  const chains = chainsOf(proven, documents);
  const chainOfAccount = new Map(
    chains.flatMap((chain, i) => chain.places.flatMap((place) => place.accounts.map(({ id }) => [id, i] as const))),
  );
  const management = at.account.get(organization.managementAccountId)!;
  const exceptions = proven.guardrails.exceptions.map((one) => ({
    name: one.name,
    owner: one.owner,
    reason: one.reason,
    expires: one.expires,
    guardrails: one.guardrails,
    principals: one.principals.map(({ accountId, arn }) => ({ account: at.account.get(accountId) ?? -1, arn })),
  }));
  const guardrails = GUARDRAILS.map(({ id, denies }): PageGuardrail => {
    const modes = proven.guardrails.rollouts.find((rollout) => rollout.guardrail === id)?.accountModes;
    const letter = (accountId: string): string =>
      accountId === organization.managementAccountId
        ? "x"
        : ({ enforce: "e", observe: "o", off: "-" } as const)[modes?.get(accountId) ?? "off"];
    return {
      id,
      denies,
      modes: accounts.map((account) => letter(account.id)).join(""),
      exceptions: exceptions.flatMap((one, i) => (one.guardrails.includes(id) ? [i] : [])),
    };
  });
  const policies = policiesOf(documents, organization.policies);
  const keys = input.inventory && keysOf(input.inventory, input.history ?? [], at, accounts.length);
  const verification = input.verification && verificationOf(input.verification, at);
  const seen = seenOf(input.verification);
  const people = peopleOf(proven, at, seen);
  const partial = {
    environment: name,
    organizationId: organization.id,
    madeAt: input.madeAt,
    command: input.command,
    places,
    accounts: accounts.map(({ id, name: called, parentId }) => ({
      id,
      name: called,
      place: placeOf.get(parentId) ?? 0,
      chain: chainOfAccount.get(id) ?? 0,
    })),
    management,
    guardrails,
    policies: policies.list,
    chains: chainsFor(chains, report, policies.position),
    proofs: proofsOf(report).map(({ id, title, says }) => ({ id, title, says })),
    matrix: matrixOf(report),
    counterexamples: report.counterexamples.map(counterexample),
    people,
    workloads: workloadsOf(proven, at, seen),
    exceptions,
    breakGlass: breakGlassOf(proven, at, accounts, input, seen),
    ...defined({ keys, verification, pipeline: pipelineOf(proven, accounts, seen) }),
  };
  const ready = input.ready && readyAnswer(input.ready, proven, input.madeAt);
  return {
    ...partial,
    sources: sourcesOf(input, partial.counterexamples),
    steps: nextSteps(partial, ready),
    journey: journeyOf(partial, ready),
  };
}

/** OUs in the tree's order, and where each is in the list. */
function placesOf({ organization, tree }: ProofInput["environment"]): {
  readonly places: readonly PagePlace[];
  readonly placeOf: ReadonlyMap<string, number>;
} {
  const places: PagePlace[] = [];
  const inactiveOf = new Map<string, string[]>();
  for (const { name: called, status, parentId } of [...organization.accounts].sort(byKey((one) => one.id)))
    if (status !== "ACTIVE")
      inactiveOf.set(parentId, [
        ...(inactiveOf.get(parentId) ?? []),
        `${called} (${status.toLowerCase().replace("_", " ")})`,
      ]);
  const placeOf = new Map<string, number>();
  const walk = (node: TreeNode, parent: number): void => {
    const position = places.length;
    placeOf.set(node.id, position);
    const path = node.path === "" ? "(root)" : node.path;
    const inactive = inactiveOf.get(node.id);
    places.push({
      id: node.id,
      name: path.slice(path.lastIndexOf("/") + 1),
      path,
      parent,
      ...defined({ inactive }),
    });
    for (const child of node.children) walk(child, position);
  };
  walk(tree.root, -1);
  return { places, placeOf };
}

function sourcesOf(input: ReportInput, counterexamples: readonly PageCounterexample[]): readonly Source[] {
  const { report, verification, inventory, factsDate } = input;
  const sets = `${report.questions} sets of requests`;
  const open = counterexamples.length;
  const [drill] = [...(input.drills?.counted ?? [])].sort((a, b) => Date.parse(b.to) - Date.parse(a.to));
  const age = verification && daysBetween(verification.to, input.madeAt);
  const accepted = counterexamples.filter((one) => one.accepted).length;
  return [
    {
      what: "Accounts, OUs, policies of others",
      known: "facts",
      text: `from organization.yaml, ${factsDate ? `last changed on ${factsDate}` : "whose date is not known (it is not committed)"}`,
    },
    {
      what: "Guardrails, people, workloads, break glass",
      known: "planned",
      text: "as in baseline.yaml; this does not show whether AWS is like that",
    },
    {
      what: "Proofs",
      known: open === 0 ? "proven" : "unknown",
      text:
        open === 0
          ? `decided for ${sets}, each named in its cell`
          : `decided for ${sets}; ${open} failed or are unknown, ${accepted} of them accepted`,
    },
    verification
      ? {
          what: "Seen in AWS",
          known: "seen",
          text: `read by verify, ${minute(verification.from)} to ${minute(verification.to)}${ago(age)}: sections ${uniqueSorted(verification.claims.map(({ section }) => section)).join(", ") || "none"}`,
        }
      : { what: "Seen in AWS", known: "unknown", text: "nobody looked: give the JSON of verify with --verify" },
    inventory
      ? {
          what: "Keys and passwords",
          known: "inventory",
          text: `as read until ${minute(inventory.generatedAt)}${ago(daysBetween(inventory.generatedAt, input.madeAt))}, in ${inventory.accounts.filter(({ status }) => status === "complete").length} of ${input.proven.environment.tree.accounts.length} accounts completely`,
        }
      : { what: "Keys and passwords", known: "unknown", text: "no inventory was given: use --inventory" },
    ...(input.ready
      ? [
          {
            what: "Ready to enforce",
            known: "seen" as const,
            text: `answer of ready, ${minute(input.ready.at)}${ago(daysBetween(input.ready.at, input.madeAt))}, by ${input.ready.logs.events} events of CloudTrail`,
          },
        ]
      : []),
    drill
      ? {
          what: "Last drill",
          known: "seen",
          text: `${drill.outcome}, ${minute(drill.to)}${ago(daysBetween(drill.to, input.madeAt))}`,
        }
      : {
          what: "Last drill",
          known: "unknown",
          text: "no record that counts: it is not known whether emergency access works",
        },
  ];
}

const daysBetween = (from: string, to: string): number => Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** What is older than a day says so: AWS has changed since. */
const ago = (days: number | undefined): string =>
  days !== undefined && days > 0 ? ` (${days} ${days === 1 ? "day" : "days"} ago)` : "";

const minute = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;

function policiesOf(
  documents: readonly AttachedDocument[],
  facts: ProofInput["environment"]["organization"]["policies"],
): { readonly list: readonly PagePolicy[]; readonly position: ReadonlyMap<unknown, number> } {
  const position = new Map<unknown, number>();
  const awsManaged = new Set(facts.filter((policy) => policy.awsManaged).map((policy) => policy.name));
  const list = documents.map((one, i): PagePolicy => {
    position.set(one.document, i);
    const statements = asList(one.document.Statement);
    return {
      name: one.name,
      type: one.type === "SERVICE_CONTROL_POLICY" ? "SCP" : "RCP",
      owner: one.ours ? "this baseline" : awsManaged.has(one.name) ? "AWS" : "others",
      known: one.ours ? "planned" : "facts",
      denies: statements.flatMap((statement, n) =>
        statement.Effect === "Deny"
          ? [{ sid: statement.Sid ?? `statement ${n + 1}`, text: JSON.stringify(statement, null, 2) }]
          : [],
      ),
      allows: statements.filter((statement) => statement.Effect === "Allow").length,
    };
  });
  return { list, position };
}

/** From best to worst. */
const SEVERITY: readonly ProofStatus[] = [
  "not asked",
  "not bound",
  "not claimed",
  "proven",
  "accepted",
  "unknown",
  "failed",
];

function chainsFor(
  chains: readonly Chain[],
  report: ProofReport,
  position: ReadonlyMap<unknown, number>,
): readonly PageChain[] {
  const names = chainNames(chains);
  const positions = (policies: readonly { readonly document: unknown }[]): number[] =>
    policies.flatMap(({ document }) => position.get(document) ?? []);
  const cells = new Map<string, ProofReport["cells"][number][]>();
  for (const cell of report.cells) cells.set(cell.chain, [...(cells.get(cell.chain) ?? []), cell]);
  return chains.map((chain) => {
    const name = names.get(chain)!;
    const [place] = chain.places;
    return {
      name,
      levels: (chain.scps ?? []).map((level, i) => ({
        place: place!.levels[i]?.label ?? "",
        policies: positions(level),
      })),
      rcps: positions((chain.rcps ?? []).flat()),
      claims: claimsOf(report, name),
      status: proofsOf(report).map(({ id }) =>
        (cells.get(name) ?? [])
          .filter((cell) => cell.proof === id)
          .reduce<ProofStatus>(
            (worst, { status }) => (SEVERITY.indexOf(status) > SEVERITY.indexOf(worst) ? status : worst),
            "not asked",
          ),
      ),
    };
  });
}

function claimsOf({ chains }: ProofReport, name: string): PageChain["claims"] {
  const enforced = chains.find((chain) => chain.name === name)?.enforced ?? [];
  return [PROMISING_GUARDRAILS.filter((id) => enforced.includes(id)).length, PROMISING_GUARDRAILS.length];
}

function matrixOf(report: ProofReport): PageData["matrix"] {
  const asked = askedSets(report);
  return matrix(report).principals.map(({ title, cells }) => ({
    title,
    cells: cells.map((cell) => ({
      status: cell.status,
      text: cellText(cell),
      sets:
        asked.find(
          ({ principal, proof }) => principal === title && proof === PROOFS.find(({ id }) => id === cell.proof)!.title,
        )?.sets ?? [],
    })),
  }));
}

function counterexample(one: ProofReport["counterexamples"][number]): PageCounterexample {
  return {
    id: one.id,
    proof: PROOFS.find(({ id }) => id === one.proof)!.title,
    place: one.place,
    accounts: one.accounts,
    sentence: `${one.principal.name}, ${one.action} on ${one.resource} in ${one.account.name}: expected ${one.expected}. ${one.otherwise}`,
    because: one.because,
    decision: one.decision,
    ...defined({ policy: one.policy, statement: one.statement, accepted: one.accepted }),
  };
}

function peopleOf({ identityCenter }: ProofInput, at: Positions, seen: SeenOf): readonly PagePeople[] {
  return (identityCenter?.shards ?? [])
    .flatMap(({ permissionSets }) => permissionSets)
    .flatMap((set) =>
      set.assignments.map((one) => ({
        set: set.name,
        group: one.group,
        administrator: administratorBy(set),
        seen: seen([
          { section: "identity-center", kind: "permission-set", name: set.name },
          { section: "identity-center", kind: "assignments", name: set.name },
        ]),
        accounts: one.accounts.flatMap(({ id }) => at.account.get(id) ?? []).sort((a, b) => a - b),
      })),
    )
    .sort(byKey((one) => `${one.set} ${one.group}`));
}

function workloadsOf({ workloadIdentity }: ProofInput, at: Positions, seen: SeenOf): readonly PageWorkload[] {
  return (workloadIdentity?.stacks ?? [])
    .flatMap((stack) =>
      [
        ...stack.rolesAnywhere.map((one) => ({ role: one.role, how: `certificate ${one.subject}` })),
        ...stack.oidcRoles.map((one) => ({ role: one.role, how: `${one.issuerUrl}: ${one.subjects.join(", ")}` })),
      ].map(({ role, how }): PageWorkload => ({
        account: at.account.get(stack.accountId) ?? -1,
        name: role.workload,
        role: `${role.path.slice(1)}${role.name}`,
        how,
        administrator: administratorBy(role),
        seen: seen([{ section: "workload-identity", kind: "role", name: role.name, accountId: stack.accountId }]),
      })),
    )
    .sort(byKey((one) => `${one.name} ${one.account}`));
}

function pipelineOf(
  { pipeline, environment }: ProofInput,
  accounts: readonly { readonly id: string }[],
  seen: SeenOf,
): PageData["pipeline"] {
  if (!pipeline) return undefined;
  const { managementAccountId } = environment.organization;
  const management = [pipeline.plan, ...(pipeline.apply ? [pipeline.apply] : []), ...pipeline.sections].map(
    ({ role }) => role.name,
  );
  const rolesOf = (accountId: string): readonly string[] =>
    accountId === managementAccountId ? management : [pipeline.memberPlan.name];
  return {
    member: `${pipeline.memberPlan.path.slice(1)}${pipeline.memberPlan.name}`,
    management,
    seen: accounts
      .map(({ id }) => seen(rolesOf(id).map((name) => ({ section: "pipeline", kind: "role", name, accountId: id }))))
      .join(""),
  };
}

function breakGlassOf(
  { breakGlass, environment }: ProofInput,
  at: Positions,
  accounts: readonly { readonly id: string }[],
  { drills }: ReportInput,
  seen: SeenOf,
): PageBreakGlass {
  const { identity, alarms } = breakGlass;
  return {
    role: identity.roleName,
    home: at.account.get(identity.homeAccountId) ?? -1,
    users: breakGlass.users.map(({ name, holder }) => ({ name, holder })),
    mfaMaxAgeMinutes: identity.mfaMaxAgeMinutes,
    sourceNetworks: identity.sourceNetworks,
    rollout: breakGlass.rollout,
    alarmRegions: alarms.regions,
    subscribers: alarms.hub.subscribers.emails.length + alarms.hub.subscribers.httpsEndpoints.length,
    seen: accounts
      .map(({ id }) => seen([{ section: "break-glass", kind: "role", name: identity.roleName, accountId: id }]))
      .join(""),
    drills: {
      everyDays: environment.baseline.breakGlass.drillEvery,
      counted: [...(drills?.counted ?? [])].sort((a, b) => Date.parse(b.to) - Date.parse(a.to)),
      refused: drills?.refused ?? [],
    },
  };
}

function keysOf(inventory: Inventory, history: readonly Inventory[], at: Positions, size: number): PageKeys {
  const counts = (): number[] => new Array<number>(size).fill(-1);
  const [active, unused, root] = [counts(), counts(), counts()];
  for (const account of inventory.accounts) {
    const position = at.account.get(account.id);
    // What was read in part may hold keys that nobody saw: it is not known.
    if (position !== undefined && account.status === "complete")
      active[position] = unused[position] = root[position] = 0;
  }
  for (const account of inventory.accounts) {
    const position = at.account.get(account.id);
    if (position !== undefined && account.status !== "complete")
      active[position] = unused[position] = root[position] = -1;
  }
  for (const credential of inventory.credentials) {
    const position = at.account.get(credential.accountId);
    if (position === undefined || active[position]! < 0 || !isLiveKey(credential)) continue;
    active[position]!++;
    if (isUnused(credential)) unused[position]!++;
    if (credential.kind === "root-access-key") root[position]!++;
  }
  const all = [...history, inventory];
  const read = new Map(
    all.map((one) => [
      one.generatedAt,
      { complete: one.accounts.filter(({ status }) => status === "complete").length, accounts: one.accounts.length },
    ]),
  );
  const left = ["never-used", "unused", "inactive"];
  return {
    at: inventory.generatedAt,
    active,
    unused,
    root,
    progress: progress(all).map(({ at: when, activeAccessKeys, unused: idle }) => ({
      at: when,
      activeAccessKeys,
      unused: idle,
      ...read.get(when)!,
    })),
    stolen: inventory.credentials.filter((one) => isLiveKey(one) && one.verdict.kind === "stolen").length,
    rest: inventory.credentials.filter((one) => !isLiveKey(one) && left.includes(one.verdict.kind)).length,
  };
}

function verificationOf(verification: Verification, at: Positions): PageVerification {
  return {
    from: verification.from,
    to: verification.to,
    seen: verification.claims.filter((claim) => claim.verdict === "seen").length,
    sections: uniqueSorted(verification.claims.map(({ section }) => section)),
    failed: verification.claims.flatMap((claim) =>
      claim.verdict === "seen"
        ? []
        : [
            {
              section: claim.section,
              kind: claim.kind,
              name: claim.name,
              verdict: claim.verdict,
              details: claim.details,
              account: at.account.get(claim.place.accountId) ?? -1,
              at: claim.at,
              ...defined({ region: claim.place.region }),
            },
          ],
    ),
  };
}
