import type { Layer } from "../../page/browser/layer";
import type { PageData, PagePeople } from "../page-data";

export function layersOf(data: PageData): readonly Layer[] {
  return [
    ...data.guardrails.map((_, position) => guardrailLayer(data, position)),
    breakGlassLayer(data),
    keysLayer(data),
    administratorLayer(data),
    ...data.proofs.map((_, position) => proofLayer(data, position)),
  ];
}

function guardrailLayer(data: PageData, position: number): Layer {
  const { id, modes, exceptions } = data.guardrails[position]!;
  const spared = new Set(
    exceptions.flatMap((one) => data.exceptions[one]!.principals.map((principal) => principal.account)),
  );
  const letters = ["e", "s", "o", "-", "x"];
  return {
    id: `guardrail:${id}`,
    title: `Guardrail ${id}`,
    group: "Guardrails",
    known: "planned",
    values: [
      { key: "enforced", label: "enforced", tone: "good" },
      { key: "exempt", label: "enforced, somebody is spared", tone: "plan" },
      { key: "observed", label: "observed only", tone: "watch" },
      { key: "off", label: "off", tone: "none" },
      { key: "not-bound", label: "not bound: management account", tone: "away" },
    ],
    of: (account) => {
      const letter = modes[account] ?? "-";
      return letters.indexOf(letter === "e" && spared.has(account) ? "s" : letter);
    },
  };
}

function breakGlassLayer({ breakGlass, verification }: PageData): Layer {
  return {
    id: "break-glass",
    title: `Emergency access: ${breakGlass.role}`,
    group: "Access",
    known: verification ? "seen" : "planned",
    values: [
      { key: "seen", label: "seen in AWS, as planned", tone: "good" },
      { key: "planned", label: "planned, nobody looked", tone: "plan", known: "planned" },
      { key: "different", label: "different from the plan", tone: "bad" },
      { key: "missing", label: "missing", tone: "bad" },
      { key: "not-readable", label: "could not be read", tone: "watch", known: "unknown" },
    ],
    of: (account) => "spdmn".indexOf(breakGlass.seen[account] ?? "p"),
  };
}

function keysLayer({ keys }: PageData): Layer {
  return {
    id: "keys",
    title: "Access keys that work",
    group: "Access",
    known: keys ? "inventory" : "unknown",
    values: [
      { key: "none", label: "none", tone: "good" },
      { key: "in-use", label: "some, none known to be unused", tone: "watch" },
      { key: "unused", label: "unused among them", tone: "bad" },
      { key: "unknown", label: "not read", tone: "none", known: "unknown" },
    ],
    of: (account) => {
      const active = keys?.active[account] ?? -1;
      return active < 0 ? 3 : active === 0 ? 0 : (keys?.unused[account] ?? 0) > 0 ? 2 : 1;
    },
  };
}

function administratorLayer(data: PageData): Layer {
  const counted = (answer: PagePeople["administrator"]): readonly number[] => {
    const counts = new Array<number>(data.accounts.length).fill(0);
    for (const { administrator, accounts } of data.people)
      if (administrator === answer) for (const at of accounts) counts[at]!++;
    return counts;
  };
  const [counts, perhaps] = [counted("yes"), counted("unknown")];
  return {
    id: "administrators",
    title: "People with administrator access",
    group: "Access",
    known: "planned",
    values: [
      { key: "0", label: "no group", tone: "good" },
      { key: "1", label: "one group", tone: "plan" },
      { key: "2", label: "two groups", tone: "watch" },
      { key: "3", label: "three groups or more", tone: "bad" },
      { key: "unknown", label: "not known: by customer managed policies", tone: "none", known: "unknown" },
    ],
    of: (account) => (counts[account] === 0 && perhaps[account]! > 0 ? 4 : Math.min(3, counts[account] ?? 0)),
  };
}

const STATUS_TONE = {
  proven: "good",
  accepted: "plan",
  unknown: "watch",
  failed: "bad",
  "not claimed": "none",
  "not bound": "away",
  "not asked": "away",
} as const;

function proofLayer(data: PageData, position: number): Layer {
  const statuses = Object.keys(STATUS_TONE) as (keyof typeof STATUS_TONE)[];
  const { id, title } = data.proofs[position]!;
  if (id === "no-mint") return noMintLayer(data, position, statuses);
  return {
    id: `proof:${id}`,
    title: `Proof: ${title}`,
    group: "Proofs",
    known: "proven",
    values: statuses.map((status) => ({
      key: status,
      label: status === "proven" ? "proven, of what is asked there" : status,
      tone: STATUS_TONE[status],
      ...(status === "proven" || status === "failed" ? {} : { known: status === "unknown" ? "unknown" : "planned" }),
    })),
    of: (account) => statuses.indexOf(data.chains[data.accounts[account]!.chain]!.status[position]!),
  };
}

/** No mint speaks of guardrails, and of those that are enforced only: how many of how many belongs to the word proven. */
function noMintLayer(data: PageData, position: number, statuses: readonly (keyof typeof STATUS_TONE)[]): Layer {
  const { id, title } = data.proofs[position]!;
  const proven = data.chains.filter(({ status }) => status[position] === "proven").map(({ claims }) => claims);
  const all = data.chains[0]?.claims[1] ?? 0;
  const counts = [...new Set([all, ...proven.map(([enforced]) => enforced)])].sort((a, b) => b - a);
  const rest = statuses.filter((status) => status !== "proven");
  return {
    id: `proof:${id}`,
    title: `Proof: ${title}`,
    group: "Proofs",
    known: "proven",
    values: [
      ...counts.map((n) => ({
        key: `proven-${n}`,
        label: `proven for ${n} of ${all} guardrails`,
        tone: n === all ? ("good" as const) : n * 2 >= all ? ("plan" as const) : ("watch" as const),
      })),
      ...rest.map((status) => ({
        key: status,
        label: status,
        tone: STATUS_TONE[status],
        ...(status === "failed" ? {} : { known: status === "unknown" ? "unknown" : "planned" }),
      })),
    ],
    of: (account) => {
      const { status, claims } = data.chains[data.accounts[account]!.chain]!;
      const own = status[position]!;
      return own === "proven" ? counts.indexOf(claims[0]) : counts.length + rest.indexOf(own);
    },
  };
}
