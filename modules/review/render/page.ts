import type { TreeNode } from "../../organization/tree";
import { organizationTree } from "../../organization/tree";
import { defined } from "../../kernel/optional";
import { uniqueSorted } from "../../kernel/lists";
import type { MapAccount, PagePlace, Source } from "../../page/types";
import { oneLine } from "../escape";
import type { Sentence } from "../sentence";
import type { AccessChange } from "../types";
import { diffLines } from "./diff";
import type { PageChange, ReviewPage, Words } from "./page-data";
import { gateNotes, invented, passedBy, Report, resourceCounts, verdict } from "./report";

/** The data of the page. Names of others pass `oneLine` here, as in every format. */
export function reviewPage(report: Report): ReviewPage {
  const { review, gate } = report;
  const organization = organizationOf(report);
  const reaches = new Reaches(organization.accounts);
  const stopping = new Set(gate.stopping);
  const changes = review.changes.map((change): PageChange => ({
    id: change.id,
    class: change.class,
    area: change.area,
    words: wordsOf(change.sentence),
    stacks: change.stacks.map((stack) => oneLine(stack)),
    addresses: change.addresses.map((address) => oneLine(address)),
    witnesses: change.witnesses.map((witness) => ({
      principal: oneLine(witness.principal),
      invented: invented(witness),
      action: oneLine(witness.action),
      resource: oneLine(witness.resource),
      context: Object.entries(witness.context).map(([key, value]) => [oneLine(key), oneLine(value)]),
      before: oneLine(witness.before),
      after: oneLine(witness.after),
    })),
    diff: diffLines(change.diff).map(({ sign, text }) => [sign, text]),
    stops: stopping.has(change),
    marks: marksOf(change),
    how: change.reach?.how ?? "unknown",
    ...reaches.of(change.reach?.places ?? []),
    ...defined({ passed: sentenceOf(passedBy(change, gate)) }),
  }));
  return {
    environment: oneLine(report.title ?? ""),
    verdict: verdict(report),
    failOn: gate.failOn,
    stops: gate.stopping.length,
    sources: sourcesOf(report),
    facts: report.facts !== undefined,
    ...organization,
    changes,
    reaches: reaches.list,
    gate: gateNotes(report).map(wordsOf),
    notes: review.notes.map(({ kind, stack, sentence }) => ({ kind, stack: oneLine(stack), words: wordsOf(sentence) })),
    resources: review.resources.map(({ action, stack, address }) => [action, oneLine(stack), oneLine(address)]),
    resourceCounts: resourceCounts(review.resources),
  };
}

function wordsOf(sentence: Sentence): Words {
  return sentence.parts.map((part) => ("text" in part ? part.text : [oneLine(part.name)]));
}

const sentenceOf = (sentence: Sentence | undefined): Words | undefined => sentence && wordsOf(sentence);

function marksOf({ administrator, lockOut, raisedBy, rule }: AccessChange): readonly string[] {
  return [
    ...(lockOut ? ["lock-out"] : []),
    ...(administrator ? ["administrator"] : []),
    ...(raisedBy === undefined ? [] : [`raised by rule ${oneLine(raisedBy)}`]),
    ...(rule === undefined ? [] : [`forbidden by rule ${oneLine(rule)}`]),
  ];
}

function sourcesOf({ review, facts, title }: Report): readonly Source[] {
  const incomplete = review.notes.filter(({ kind }) => kind === "incomplete").length;
  const undecided = review.changes.filter((change) => change.class === "unknown").length;
  const silent = review.changes.filter((change) => !change.reach).length;
  return [
    {
      what: "Changes",
      known: "planned",
      text: `as ${review.stacks.length} ${review.stacks.length === 1 ? "stack" : "stacks"} before and after say; nothing of it is applied${incomplete > 0 ? `, and ${incomplete} of the plans leave something out` : ""}`,
    },
    facts
      ? {
          what: "Accounts and OUs",
          known: "facts",
          text: `from organization.yaml${title ? ` of ${oneLine(title)}` : ""}: accounts made since are not on the map`,
        }
      : {
          what: "Accounts and OUs",
          known: "unknown",
          text: "no facts were given (--facts): the map shows the accounts that the plans name, without their OUs",
        },
    ...(undecided > 0
      ? [
          {
            what: "Cannot be decided",
            known: "unknown" as const,
            text: `what ${undecided} of ${review.changes.length} changes mean`,
          },
        ]
      : []),
    ...(silent > 0
      ? [
          {
            what: "Not on the map",
            known: "unknown" as const,
            text: `where ${silent} of ${review.changes.length} changes are felt: they are in the list below it`,
          },
        ]
      : []),
  ];
}

/** Accounts in the order of the tree, so that those of one OU are neighbours. */
function organizationOf({ review, facts }: Report): {
  readonly places: readonly PagePlace[];
  readonly accounts: readonly MapAccount[];
} {
  if (!facts) {
    const named = uniqueSorted(review.changes.flatMap(({ reach }) => reach?.places ?? []));
    const accounts = named.filter((id) => /^\d{12}$/.test(id)).map((id) => ({ id, name: id, place: 0 }));
    return { places: [{ id: "", name: "named in the plans", path: "named in the plans", parent: -1 }], accounts };
  }
  const places: PagePlace[] = [];
  const accounts: MapAccount[] = [];
  const walk = (node: TreeNode, parent: number): void => {
    const place = places.length;
    const path = node.path === "" ? "(root)" : oneLine(node.path);
    places.push({ id: node.id, name: path.slice(path.lastIndexOf("/") + 1), path, parent });
    accounts.push(...node.accounts.map(({ id, name }) => ({ id, name: oneLine(name), place })));
    for (const child of node.children) walk(child, place);
  };
  walk(organizationTree(facts).root, -1);
  return { places, accounts };
}

/** Sets of accounts, each once: thousands of changes are felt in the same ones. */
class Reaches {
  readonly list: (readonly number[])[] = [];
  private readonly known = new Map<string, number>();
  private readonly position: ReadonlyMap<string, number>;
  private readonly asked = new Map<string, { readonly reach: number; readonly others: readonly string[] }>();

  constructor(accounts: readonly MapAccount[]) {
    this.position = new Map(accounts.map(({ id }, i) => [id, i]));
  }

  of(places: readonly string[]): { readonly reach: number; readonly others: readonly string[] } {
    const question = places.join();
    const answered = this.asked.get(question);
    if (answered) return answered;
    const found = places.flatMap((id) => this.position.get(id) ?? []).sort((a, b) => a - b);
    const answer = {
      reach: found.length === 0 ? -1 : this.add(runs(found)),
      others: places.filter((id) => !this.position.has(id)).map((id) => oneLine(id)),
    };
    this.asked.set(question, answer);
    return answer;
  }

  private add(set: readonly number[]): number {
    const key = set.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, this.list.length);
    return this.list.push(set) - 1;
  }
}

function runs(positions: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (const at of positions) {
    if (found.length > 0 && found.at(-2)! + found.at(-1)! === at) found[found.length - 1]!++;
    else found.push(at, 1);
  }
  return found;
}
