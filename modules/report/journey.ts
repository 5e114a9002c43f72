import { plural } from "../kernel/words";
import type { PageData, PageJourney, PageStep } from "./page-data";
import { NO_ANSWER, type ReadyAnswer } from "./ready";

/**
 * Where an organization stands on the way from keys to roles, and the next safe step: find the credentials, remove the unused ones, deny
 * new ones, replace the rest, keep a way in. Steps follow from what is known; what is not known is a step of its own.
 */

type Known = Omit<PageData, "sources" | "steps" | "journey">;

/** Guardrails in the order in which they are usually enforced; others come after. The last waits for the last key. */
const LAST = "deny-long-term-key-use";

export function nextSteps(data: Known, ready: ReadyAnswer = NO_ANSWER): readonly PageStep[] {
  return [
    ...findSteps(data),
    ...removeSteps(data),
    ...preventSteps(data, ready),
    ...replaceSteps(data),
    ...wayInSteps(data),
  ];
}

function findSteps({ keys, accounts, environment, command }: Known): readonly PageStep[] {
  const unread = keys ? keys.active.filter((n) => n < 0).length : accounts.length;
  if (unread === 0) return [];
  return [
    {
      stage: "find",
      what: keys
        ? `Read the ${unread} ${plural(unread, "account")} that the inventory has not read completely.`
        : "Find the credentials: no inventory was given to this page.",
      why: "An account that nobody has read may have keys.",
      command: `${command} inventory ${environment} --json > inventory.json`,
    },
  ];
}

function removeSteps({ keys, environment, command }: Known): readonly PageStep[] {
  const unused = sum(keys?.unused ?? []);
  const stolen = keys?.stolen ?? 0;
  const rest = keys?.rest ?? 0;
  const steps: PageStep[] = [];
  if (stolen > 0)
    steps.push({
      stage: "remove",
      what: `${stolen} access ${stolen === 1 ? "key looks" : "keys look"} stolen: treat ${stolen === 1 ? "it" : "them"} as an incident, now.`,
      why: "The inventory says of each why.",
    });
  if (rest > 0)
    steps.push({
      stage: "remove",
      what: `Look at ${rest} other ${rest === 1 ? "credential that is" : "credentials that are"} inactive or unused: keys, passwords, service credentials.`,
      why: "What does not work today can be made to work again.",
      command: `${command} retire ${environment}`,
    });
  if (unused === 0) return steps;
  return [
    ...steps,
    {
      stage: "remove",
      what: `Deactivate ${unused} unused access ${unused === 1 ? "key" : "keys"}, then delete them.`,
      why: "Nobody uses them, and each works from anywhere.",
      command: `${command} retire ${environment}`,
    },
  ];
}

function preventSteps(data: Known, ready: ReadyAnswer): readonly PageStep[] {
  const today: PageStep[] = [];
  const others: PageStep[] = [];
  for (const guardrail of data.guardrails) {
    const enforce = enforceStep(data, guardrail, ready);
    if (enforce) (enforce.command === undefined ? today : others).push(enforce);
    const off = topPlaces(data, guardrail.modes, "-");
    if (off.length > 0 && guardrail.id !== LAST)
      others.push({
        stage: "prevent",
        what: `Observe ${guardrail.id} in ${off.map(({ path }) => path).join(", ")}, where it is off.`,
        why: guardrail.denies,
        yaml: rollout(guardrail.id, off, "observe"),
      });
  }
  // What may be done today comes first.
  return [...today, ...others];
}

/** Without a command where `ready` has said yes. */
function enforceStep(data: Known, guardrail: PageData["guardrails"][number], ready: ReadyAnswer): PageStep | undefined {
  const observed = topPlaces(data, guardrail.modes, "o");
  if (observed.length === 0) return undefined;
  const said = ready(guardrail.id, observedIn(data, guardrail, [...data.accounts.keys()]));
  return {
    stage: "prevent",
    what: `Enforce ${guardrail.id} in ${observed.map(({ path }) => path).join(", ")}, where it is observed${said ? `: ${said.said}` : ""}.`,
    why: guardrail.denies,
    ...(said?.yes
      ? {}
      : { command: `${data.command} ready ${data.environment} --guardrail ${guardrail.id} --cloudtrail ./logs` }),
    yaml: rollout(guardrail.id, observed, "enforce"),
  };
}

function replaceSteps({ keys, guardrails }: Known): readonly PageStep[] {
  const active = sum(keys?.active ?? []) - sum(keys?.unused ?? []);
  const complete = keys?.active.every((n) => n >= 0) ?? false;
  if (keys && active > 0)
    return [
      {
        stage: "replace",
        what: `Replace the ${active} access ${active === 1 ? "key that is" : "keys that are"} not known to be unused by roles.`,
        why: "The inventory says for each what uses it and what to use instead.",
      },
    ];
  const last = guardrails.find(({ id }) => id === LAST);
  if (!keys || !complete || !last?.modes.includes("-")) return [];
  return [
    {
      stage: "replace",
      what: `No access key is left: observe ${LAST}.`,
      why: last.denies,
      yaml: `guardrails:\n  rollout:\n    - guardrails: [${LAST}]\n      mode: observe\n      targets: [all]`,
    },
  ];
}

function wayInSteps({ breakGlass, verification, environment, command, madeAt }: Known): readonly PageStep[] {
  const steps: PageStep[] = [];
  const lacking = [...breakGlass.seen].filter((letter) => letter !== "s").length;
  const others = (verification?.failed ?? []).filter(
    ({ section, kind, name }) => section === "break-glass" && !(kind === "role" && name === breakGlass.role),
  ).length;
  if (!verification?.sections.includes("break-glass"))
    steps.push({
      stage: "way-in",
      what: "Check that emergency access works: nobody has verified it for this page.",
      why: `${breakGlass.role} is planned in every account; planned is not there.`,
      command: `${command} verify ${environment} --json > verified.json`,
    });
  else if (lacking > 0)
    steps.push({
      stage: "way-in",
      what: `Look at ${breakGlass.role}: in ${lacking} ${lacking === 1 ? "account" : "accounts"} it was not seen as planned.`,
      why: "An account without it cannot be reached when Identity Center is down.",
      command: `${command} verify ${environment} --only break-glass`,
    });
  if (others > 0)
    steps.push({
      stage: "way-in",
      what: `Repair emergency access: ${others} other ${others === 1 ? "thing of it is" : "things of it are"} missing, different or could not be read.`,
      why: "Users, MFA, alarms and their subscriptions belong to it.",
      command: `${command} verify ${environment} --only break-glass`,
    });
  const drilled = breakGlass.drills.counted.find(({ outcome }) => outcome === "passed");
  const age = drilled && Math.floor((Date.parse(madeAt) - Date.parse(drilled.to)) / 86_400_000);
  if (age === undefined || age > breakGlass.drills.everyDays)
    steps.push({
      stage: "way-in",
      what:
        age === undefined
          ? "Drill emergency access: no drill on record has passed."
          : `Drill emergency access: the last drill that passed was ${age} days ago, and every ${breakGlass.drills.everyDays} days one is due.`,
      why: "Emergency access that nobody has tried may not work.",
      command: `${command} drill ${environment}`,
    });
  if (breakGlass.subscribers === 0)
    steps.push({
      stage: "way-in",
      what: "Subscribe somebody to the break-glass alarms.",
      why: "A use that nobody hears of is an intrusion that nobody hears of.",
    });
  return steps;
}

/** Where each OU that holds accounts stands, in the order of the tree. */
export function journeyOf(data: Known, ready: ReadyAnswer = NO_ANSWER): readonly PageJourney[] {
  const byPlace = new Map<number, number[]>();
  data.accounts.forEach(({ place }, i) => {
    if (i !== data.management) byPlace.set(place, [...(byPlace.get(place) ?? []), i]);
  });
  return [...byPlace]
    .sort(([a], [b]) => a - b)
    .map(([place, members]) => {
      const tally = (letter: string): number =>
        data.guardrails.reduce((all, { modes }) => all + members.filter((i) => modes[i] === letter).length, 0);
      const next = data.guardrails.find(({ modes, id }) => id !== LAST && members.some((i) => modes[i] !== "e"));
      const observed = next !== undefined && members.every((i) => next.modes[i] !== "-");
      const said = observed ? ready(next.id, observedIn(data, next, members)) : undefined;
      return {
        place,
        accounts: members.length,
        enforced: tally("e"),
        observed: tally("o"),
        bindable: data.guardrails.length * members.length,
        ...(next
          ? {
              next: {
                stage: "prevent" as const,
                what: `${observed ? "Enforce" : "Observe"} ${next.id}${said ? `: ${said.said}` : ""}.`,
                why: next.denies,
                yaml: rollout(next.id, [data.places[place]!], observed ? "enforce" : "observe"),
              },
            }
          : {}),
      };
    });
}

/** Ids of the accounts at these positions in which a guardrail is observed. */
function observedIn(
  { accounts }: Known,
  { modes }: PageData["guardrails"][number],
  positions: readonly number[],
): readonly string[] {
  return positions.filter((i) => modes[i] === "o").map((i) => accounts[i]!.id);
}

/** What has a mode: OUs whose accounts all have it, the highest only, then single accounts of the others. */
function topPlaces(data: Known, modes: string, letter: string): readonly Target[] {
  const whole = data.places.map(() => ({ all: 0, with: 0 }));
  data.accounts.forEach(({ place }, i) => {
    if (i === data.management) return;
    for (let at = place; at >= 0; at = data.places[at]!.parent) {
      whole[at]!.all++;
      if (modes[i] === letter) whole[at]!.with++;
    }
  });
  const full = (at: number): boolean => at >= 0 && whole[at]!.all > 0 && whole[at]!.all === whole[at]!.with;
  return [
    ...data.places.filter(({ parent }, i) => full(i) && !full(parent)),
    ...data.accounts.flatMap(({ id, name, place }, i) =>
      i !== data.management && modes[i] === letter && !full(place) ? [{ path: name, account: id }] : [],
    ),
  ];
}

interface Target {
  readonly path: string;
  /** Id of an account. @default - an OU */
  readonly account?: string;
}

function rollout(id: string, places: readonly Target[], mode: "observe" | "enforce"): string {
  const targets = places.map(({ path, account }) =>
    account !== undefined
      ? `        - account: ${JSON.stringify(account)}`
      : path === "(root)"
        ? "        - all"
        : `        - ou: ${JSON.stringify(path)}`,
  );
  return [
    "guardrails:",
    "  rollout:",
    `    - guardrails: [${id}]`,
    `      mode: ${mode}`,
    "      targets:",
    ...targets,
  ].join("\n");
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + Math.max(0, n), 0);
