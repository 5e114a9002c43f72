import type { PageAccount, PageData } from "../page-data";
import { h, known, table } from "../../page/browser/dom";

/** Everything about one account: who gets in, what is denied, by which statement of whose policy, and how each is known. */
export function accountDetails(data: PageData, position: number, close: () => void): HTMLElement {
  const account = data.accounts[position]!;
  return h(
    "dialog",
    { class: "account", "aria-labelledby": "account-title" },
    h(
      "div",
      { class: "line" },
      h("h2", { id: "account-title" }, account.name),
      h("button", { type: "button", id: "close", on: { click: close } }, "Close"),
    ),
    h("p", { class: "dim" }, `${account.id} in ${data.places[account.place]!.path}`),
    whoGetsIn(data, position),
    guardrails(data, position),
    proofsOf(data, account),
    chain(data, account, position === data.management),
    claims(data, position),
  );
}

const SEEN_WORDS: Readonly<Record<string, string>> = {
  p: "planned; nobody looked",
  s: "seen, as planned",
  m: "missing",
  d: "different from the plan",
  n: "could not be read",
};

const knownBy = (letter: string): HTMLElement =>
  known(letter === "p" ? "planned" : letter === "n" ? "unknown" : "seen");

/** What was looked at, where somebody has looked: what is planned the mark says. */
const inWords = (letter: string, what: string): string =>
  letter === "p" ? "" : ` (${what}: ${SEEN_WORDS[letter] ?? letter})`;

const ADMINISTRATOR_WORDS: Readonly<Record<PageData["people"][number]["administrator"], string>> = {
  yes: ", an administrator",
  no: "",
  unknown: ", whose customer managed policies are not read: an administrator perhaps",
};

function whoGetsIn(data: PageData, position: number): HTMLElement {
  const rows: (Node | string)[][] = [];
  const letter = data.breakGlass.seen[position] ?? "p";
  rows.push([
    "break glass",
    `${data.breakGlass.users.map(({ name }) => name).join(", ")} with MFA, as ${data.breakGlass.role} (${SEEN_WORDS[letter]})`,
    knownBy(letter),
  ]);
  for (const { set, group, administrator, seen, accounts } of data.people)
    if (accounts.includes(position))
      rows.push([
        "people",
        `group ${group}, as ${set}${ADMINISTRATOR_WORDS[administrator]}${inWords(seen, "set and assignments")}`,
        knownBy(seen),
      ]);
  for (const workload of data.workloads)
    if (workload.account === position)
      rows.push([
        "workload",
        `${workload.name}, as ${workload.role}${ADMINISTRATOR_WORDS[workload.administrator]}; ${workload.how}${inWords(workload.seen, "role")}`,
        knownBy(workload.seen),
      ]);
  if (data.pipeline) {
    const { management, member, seen } = data.pipeline;
    const of = seen[position] ?? "p";
    rows.push([
      "pipeline",
      `${position === data.management ? management.join(", ") : member}${inWords(of, position === data.management ? "roles" : "role")}`,
      knownBy(of),
    ]);
  }
  for (const one of data.exceptions)
    for (const principal of one.principals)
      if (principal.account === position)
        rows.push([
          "exception",
          `${principal.arn} until ${one.expires}: ${one.reason} (${one.owner})`,
          known("planned"),
        ]);
  const active = data.keys?.active[position] ?? -1;
  rows.push([
    "access keys",
    active < 0 ? "not read" : `${active} that work, ${data.keys!.unused[position]} of them unused`,
    known(active < 0 ? "unknown" : "inventory"),
  ]);
  return h(
    "section",
    {},
    h("h3", {}, "Who gets in"),
    h(
      "p",
      { class: "dim small" },
      "As this baseline plans it. Roles and users that others made are not listed: no command of this page has read them.",
    ),
    table(["kind", "who", "known"], rows, "Who gets in"),
  );
}

const MODE_WORDS: Readonly<Record<string, string>> = {
  e: "enforced",
  o: "observed",
  "-": "off",
  x: "does not bind the management account",
};

function guardrails(data: PageData, position: number): HTMLElement {
  return h(
    "section",
    {},
    h("h3", {}, "Guardrails ", known("planned")),
    table(
      ["guardrail", "mode", "denies"],
      data.guardrails.map(({ id, modes, denies }) => [id, MODE_WORDS[modes[position] ?? "-"]!, denies]),
      "Guardrails",
    ),
  );
}

/** What is proven of the policies on its way down, and of how many guardrails. */
function proofsOf(data: PageData, account: PageAccount): HTMLElement {
  const { status, claims } = data.chains[account.chain]!;
  return h(
    "section",
    {},
    h("h3", {}, "Proofs"),
    table(
      ["proof", "here", "says"],
      data.proofs.map(({ id, title, says }, i) => {
        const own = status[i]!;
        const text = own === "proven" && id === "no-mint" ? `proven, for ${claims[0]} of ${claims[1]} guardrails` : own;
        return [
          title,
          h("span", { class: `status s-${own.replace(" ", "-")}` }, text),
          own === "proven" ? `${says}: of every request that was asked (Proofs names the sets)` : says,
        ];
      }),
      "Proofs",
    ),
  );
}

function chain(data: PageData, account: PageAccount, management: boolean): HTMLElement {
  const { levels, rcps } = data.chains[account.chain]!;
  if (management)
    return h(
      "section",
      {},
      h("h3", {}, "Policies on the way down"),
      h("p", {}, "Neither SCPs nor RCPs bind the management account."),
    );
  return h(
    "section",
    {},
    h("h3", {}, "Policies on the way down"),
    ...levels.flatMap(({ place, policies }) => [
      h("h4", {}, place),
      ...policies.map((policy) => policyDetails(data, policy)),
    ]),
    ...(rcps.length > 0
      ? [h("h4", {}, "Resource control policies"), ...rcps.map((policy) => policyDetails(data, policy))]
      : []),
  );
}

function policyDetails(data: PageData, position: number): HTMLElement {
  const policy = data.policies[position]!;
  const { denies } = policy;
  return h(
    "details",
    {},
    h(
      "summary",
      {},
      `${policy.name} `,
      h(
        "span",
        { class: "dim" },
        `${policy.type} of ${policy.owner}, ${denies.length} ${denies.length === 1 ? "statement denies" : "statements deny"} `,
      ),
      known(policy.known),
    ),
    ...(denies.length === 0
      ? [h("p", { class: "dim" }, "It denies nothing by itself; what it does not allow is denied.")]
      : []),
    ...denies.flatMap(({ sid, text }) => [h("h5", {}, sid), h("pre", { tabindex: "0" }, text)]),
  );
}

function claims(data: PageData, position: number): HTMLElement | undefined {
  if (!data.verification) return undefined;
  const own = data.verification.failed.filter((claim) => claim.account === position);
  if (own.length === 0 && data.breakGlass.seen[position] === "p")
    return h(
      "section",
      {},
      h("h3", {}, "What verify saw ", known("unknown")),
      h("p", {}, "Nothing is known of this account."),
    );
  return h(
    "section",
    {},
    h("h3", {}, "What verify saw ", known("seen")),
    own.length === 0
      ? h("p", {}, `Nothing that differs, of what was looked at until ${data.verification.to}.`)
      : table(
          ["what", "verdict", "details"],
          own.map((claim) => [
            `${claim.kind} ${claim.name}${claim.region ? ` in ${claim.region}` : ""}`,
            claim.verdict,
            claim.details.join("; "),
          ]),
          "What verify saw",
        ),
  );
}
