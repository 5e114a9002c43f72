import type { PageData, PageStep } from "../page-data";
import { h, known, s, table } from "../../page/browser/dom";
import { exceptionChart, progressChart } from "./charts";

/** Pages beside the map. Each says how what it shows is known. */

const STAGES: readonly (readonly [PageStep["stage"], string])[] = [
  ["find", "Find"],
  ["remove", "Remove"],
  ["prevent", "Prevent"],
  ["replace", "Replace"],
  ["way-in", "Keep emergency access"],
];

export function journey(data: PageData): readonly Node[] {
  const open = (stage: string): readonly PageStep[] => data.steps.filter((step) => step.stage === stage);
  return [
    h(
      "ol",
      { class: "stages" },
      ...STAGES.map(([stage, title]) => {
        const steps = open(stage).length;
        // Without a complete inventory nobody knows whether there is something to remove or to replace.
        const blind = (stage === "remove" || stage === "replace") && !(data.keys?.active.every((n) => n >= 0) ?? false);
        const text = steps > 0 ? `${steps} ${steps === 1 ? "step" : "steps"}` : blind ? "not known" : "nothing is left";
        return h(
          "li",
          { class: steps > 0 ? "open" : blind ? "blind" : "done" },
          h("b", {}, title),
          h("span", {}, text),
        );
      }),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Progress ", known(data.keys ? "inventory" : "unknown")),
      progressChart(data),
    ),
    ...STAGES.filter(([stage]) => open(stage).length > 0).map(([stage, title]) =>
      h("section", { class: "panel" }, h("h2", {}, title), ...open(stage).map(stepDetails)),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "State of each OU ", known("planned")),
      table(
        ["OU", "accounts", "guardrails", "next"],
        data.journey.map((one) => [
          data.places[one.place]!.path,
          String(one.accounts),
          share(one.enforced, one.observed, one.bindable),
          one.next ? stepDetails(one.next) : "every guardrail but the last is enforced",
        ]),
        "State of each OU",
      ),
    ),
  ];
}

function stepDetails({ what, why, command, yaml }: PageStep): HTMLElement {
  return h(
    "details",
    { class: "step" },
    h("summary", {}, what),
    h("p", { class: "dim" }, why),
    command !== undefined && h("pre", { tabindex: "0" }, command),
    yaml !== undefined && h("pre", { tabindex: "0" }, yaml),
  );
}

function share(enforced: number, observed: number, all: number): HTMLElement {
  const width = (n: number): number => Math.round((n / Math.max(1, all)) * 1000) / 10;
  return h(
    "span",
    { class: "share" },
    s(
      "svg",
      {
        viewBox: "0 0 100 8",
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${width(enforced)} percent enforced, ${width(observed)} percent observed`,
      },
      s("rect", { class: "t-none", x: 0, y: 0, width: 100, height: 8 }),
      s("rect", { class: "t-good", x: 0, y: 0, width: width(enforced), height: 8 }),
      s("rect", { class: "t-watch", x: width(enforced), y: 0, width: width(observed), height: 8 }),
    ),
    h("span", { class: "small" }, `${width(enforced)} %`),
  );
}

export function proofs(data: PageData): readonly Node[] {
  const open = data.counterexamples.filter((one) => !one.accepted);
  const cells = data.matrix.map(({ title, cells: row }) => [
    title,
    ...row.map((cell) =>
      cell.sets.length === 0
        ? h("span", { class: `status s-${cell.status.replace(" ", "-")}` }, cell.text)
        : h(
            "details",
            {},
            h("summary", { class: `status s-${cell.status.replace(" ", "-")}` }, cell.text),
            h(
              "p",
              { class: "dim small" },
              cell.status === "proven" ? "Proven for every request of each of these sets:" : "Asked of these sets:",
            ),
            h("ul", { class: "small" }, ...cell.sets.map((set) => h("li", {}, set))),
          ),
    ),
  ]);
  return [
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "What is proven, and of which requests ", known("proven")),
      h(
        "p",
        { class: "dim" },
        "Proven: for every request of the sets that a cell names (open it), in that many accounts, by the policies as planned and the facts as written. A cell that says unknown or not claimed promises nothing.",
      ),
      table(["who", ...data.proofs.map(({ title }) => title)], cells, "Proofs"),
      h("p", { class: "print-only dim" }, "The sets of each cell are not on paper: open the cell in the page itself."),
      h("h3", {}, "What No mint covers"),
      h(
        "p",
        { class: "dim" },
        "It is proven for the guardrails that are enforced in a place, and claims nothing about the others.",
      ),
      table(["guardrails", "accounts", "No mint there", "where"], claims(data), "Guardrails that No mint is proven of"),
      h("dl", {}, ...data.proofs.flatMap(({ title, says }) => [h("dt", {}, title), h("dd", {}, says)])),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, `Counterexamples that nobody has accepted: ${open.length}`),
      ...(open.length === 0
        ? [h("p", {}, "None was found among the sets above.")]
        : open.map((one) =>
            h(
              "details",
              { class: "step" },
              h("summary", {}, `${one.proof}, ${one.place}: ${one.sentence}`),
              h("p", {}, one.because),
              h(
                "p",
                { class: "dim" },
                `${one.id}, in ${one.accounts} ${one.accounts === 1 ? "account" : "accounts"}, decided: ${one.decision}`,
              ),
            ),
          )),
    ),
  ];
}

/** By how many guardrails are enforced: accounts and OUs, fewest last. */
function claims(data: PageData): readonly (readonly string[])[] {
  const position = data.proofs.findIndex(({ id }) => id === "no-mint");
  const groups = new Map<string, { n: number; of: number; status: string; accounts: number; places: Set<string> }>();
  data.accounts.forEach(({ chain, place }) => {
    const { claims: own, status } = data.chains[chain]!;
    const word = status[position] ?? "not asked";
    const key = `${own[0]} ${word}`;
    const group = groups.get(key) ?? { n: own[0], of: own[1], status: word, accounts: 0, places: new Set<string>() };
    group.accounts++;
    group.places.add(data.places[place]!.path);
    groups.set(key, group);
  });
  return [...groups.values()]
    .sort((a, b) => b.n - a.n || (a.status < b.status ? -1 : 1))
    .map(({ n, of, status, accounts, places }) => [
      status === "not bound" ? "-" : `${n} of ${of}`,
      String(accounts),
      status === "proven" ? `proven for these ${n}` : status,
      [...places].slice(0, 6).join(", ") + (places.size > 6 ? ` and ${places.size - 6} more` : ""),
    ]);
}

export function exceptions(data: PageData): readonly Node[] {
  const accepted = data.counterexamples.filter((one) => one.accepted);
  const today = data.madeAt.slice(0, 10);
  return [
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Exceptions and acceptances ", known("planned")),
      exceptionChart(data),
      table(
        ["name", "owner", "until", "guardrails", "who", "reason"],
        data.exceptions.map((one) => [
          one.name,
          one.owner,
          one.expires < today ? `${one.expires}: ended, AWS denies again` : one.expires,
          one.guardrails.join(", "),
          one.principals.map(({ arn }) => arn).join(", "),
          one.reason,
        ]),
        "Exceptions",
      ),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Counterexamples that somebody has accepted"),
      accepted.length === 0
        ? h("p", {}, "None.")
        : table(
            ["proof", "place", "what", "owner", "reason", "until"],
            accepted.map((one) => [
              one.proof,
              one.place,
              one.sentence,
              one.accepted!.owner,
              one.accepted!.reason,
              "no end is set",
            ]),
            "Accepted counterexamples",
          ),
    ),
  ];
}

export function breakGlass(data: PageData): readonly Node[] {
  const { breakGlass: way, verification } = data;
  const seen = (letter: string): number => [...way.seen].filter((one) => one === letter).length;
  const failed = verification?.failed ?? [];
  return [
    h(
      "div",
      { class: "grid" },
      tile(
        verification ? `${seen("s")} of ${data.accounts.length}` : "not looked",
        `accounts with ${way.role} seen in AWS`,
        verification && seen("s") === data.accounts.length ? "good" : "bad",
      ),
      tile(String(way.users.length), "break-glass users, planned", way.users.length > 1 ? "good" : "bad"),
      tile(String(way.alarmRegions.length), "regions with alarms, planned", ""),
      tile(String(way.subscribers), "subscribers, planned", way.subscribers > 0 ? "" : "bad"),
      lastDrill(data),
    ),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "Who has emergency access ", known("planned")),
      table(
        ["user", "kept by"],
        way.users.map(({ name, holder }) => [name, holder]),
        "Break-glass users",
      ),
      h(
        "p",
        {},
        `From ${data.accounts[way.home]?.name ?? "the home account"}, with MFA not older than ${way.mfaMaxAgeMinutes} minutes, from ${way.sourceNetworks.length > 0 ? way.sourceNetworks.join(", ") : "any network"}. Rolled out by ${way.rollout}.`,
      ),
    ),
    drills(data),
    h(
      "section",
      { class: "panel" },
      h("h2", {}, "What verify saw ", known(verification ? "seen" : "unknown")),
      !verification
        ? h("p", {}, "Nobody looked for this page: whether the role is in any account is not known.")
        : failed.length === 0
          ? h(
              "p",
              {},
              verification.seen === 0
                ? "Nothing was looked at."
                : `${verification.seen} claims of ${verification.sections.join(", ")}, all seen, ${verification.from} to ${verification.to}. Other sections were not read.`,
            )
          : table(
              ["section", "what", "account", "verdict", "details"],
              failed
                .slice(0, 500)
                .map((claim) => [
                  claim.section,
                  `${claim.kind} ${claim.name}${claim.region ? ` in ${claim.region}` : ""}`,
                  data.accounts[claim.account]?.name ?? "an account that the facts do not know",
                  claim.verdict,
                  claim.details.join("; "),
                ]),
              "What verify saw",
            ),
      failed.length > 500 && h("p", {}, `and ${failed.length - 500} more: the JSON of verify has all.`),
    ),
  ];
}

function lastDrill({ breakGlass: { drills: found } }: PageData): HTMLElement {
  const [last] = found.counted;
  return last
    ? tile(last.to.slice(0, 10), `last drill on record: ${last.outcome}`, last.outcome === "passed" ? "good" : "bad")
    : tile("none", "drill on record", "bad");
}

/** What records of drills show; one that counts for nothing is named, not counted. */
function drills({ breakGlass: { drills: found }, madeAt }: PageData): HTMLElement {
  const passed = found.counted.find(({ outcome }) => outcome === "passed");
  const age = passed && Math.floor((Date.parse(madeAt) - Date.parse(passed.to)) / 86_400_000);
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, "Drills ", known(found.counted.length > 0 ? "seen" : "unknown")),
    h(
      "p",
      {},
      age === undefined
        ? "No drill on record has passed: it is not known whether emergency access works."
        : `The last drill that passed was ${age === 0 ? "today" : age === 1 ? "a day ago" : `${age} days ago`}; every ${found.everyDays} days one is due${age > found.everyDays ? ", so one is overdue" : ""}.`,
    ),
    found.counted.length > 0 &&
      table(
        ["when", "result", "accounts got into", "other questions passed", "record"],
        found.counted
          .slice(0, 20)
          .map(({ to, outcome, accounts, others, file }) => [
            `${to.slice(0, 16).replace("T", " ")} UTC`,
            h("span", { class: `o-${outcome}` }, outcome),
            `${accounts.passed} of ${accounts.of}`,
            `${others.passed} of ${others.of}`,
            file,
          ]),
        "Drills",
      ),
    ...found.refused.map(({ file, why }) =>
      h("p", { class: "small" }, known("unknown"), ` ${file} does not count: ${why}.`),
    ),
  );
}

function tile(value: string, label: string, tone: string): HTMLElement {
  return h("div", { class: `panel tile ${tone}` }, h("b", {}, value), h("span", {}, label));
}
