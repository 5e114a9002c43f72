import { isDenial } from "../../cloudtrail/denials";
import { serviceOf } from "../../cloudtrail/key-usage";
import { listOf, note, type Suspects } from "../../cloudtrail/suspects";
import type { Counted, KeyUsage } from "../types";

/** One call that was signed with a key, as far as usage cares. */
export interface KeyEvent {
  readonly accessKeyId: string;
  readonly at: string;
  readonly service: string;
  readonly name: string;
  readonly region?: string | undefined;
  readonly sourceAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly errorCode?: string | undefined;
}

/** Different values that are counted for one key; whatever comes later is counted under `OTHERS`, so that memory stays flat. */
const MAX_VALUES = 50;
const OTHERS = "(others)";
const SHOWN = 10;
const LAST_EVENTS = 5;
const MAX_TEXT = 300;

/** Gathers events by key. */
export class EventsByKey {
  readonly #keys = new Map<string, Gathered>();
  readonly #capped = new Set<string>();

  add(event: KeyEvent): void {
    let key = this.#keys.get(event.accessKeyId);
    if (!key) {
      key = {
        events: 0,
        firstAt: event.at,
        lastAt: event.at,
        addresses: new Map(),
        agents: new Map(),
        services: new Map(),
        calls: new Map(),
        denied: 0,
        suspects: new Map(),
        last: [],
      };
      this.#keys.set(event.accessKeyId, key);
    }
    key.events += 1;
    if (event.at < key.firstAt) key.firstAt = event.at;
    if (event.at > key.lastAt) key.lastAt = event.at;
    countIn(key.addresses, event.sourceAddress);
    countIn(key.agents, event.userAgent);
    countIn(key.services, event.service);
    const call = `${serviceOf(event.service)}:${event.name}`;
    countIn(key.calls, call);
    if (isDenial(event.errorCode)) key.denied += 1;
    note(key.suspects, {
      address: event.sourceAddress ?? "",
      agent: event.userAgent ?? "",
      call,
      error: event.errorCode,
      count: 1,
    });
    const oldest = key.last.at(-1);
    if (key.last.length < LAST_EVENTS || oldest === undefined || event.at > oldest.at) {
      key.last.push({
        at: event.at,
        service: cut(event.service),
        name: cut(event.name),
        ...(event.region === undefined ? {} : { region: cut(event.region) }),
        ...(event.errorCode === undefined ? {} : { errorCode: cut(event.errorCode) }),
      });
      key.last.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
      key.last.length = Math.min(key.last.length, LAST_EVENTS);
    }
  }

  /** There is more of the key than was asked for. */
  cap(accessKeyId: string): void {
    this.#capped.add(accessKeyId);
  }

  build(): ReadonlyMap<string, KeyUsage> {
    return new Map(
      [...this.#keys].map(([accessKeyId, key]) => [
        accessKeyId,
        {
          accessKeyId,
          events: key.events,
          firstAt: key.firstAt,
          lastAt: key.lastAt,
          ...addressesOf(key.addresses),
          userAgents: ranked(key.agents),
          services: ranked(key.services),
          denied: key.denied,
          calls: ranked(key.calls),
          ...(key.suspects.size > 0 ? { suspects: listOf(key.suspects) } : {}),
          ...(this.#capped.has(accessKeyId) ? { capped: true as const } : {}),
          lastEvents: key.last,
        },
      ]),
    );
  }
}

interface Gathered {
  events: number;
  firstAt: string;
  lastAt: string;
  readonly addresses: Map<string, number>;
  readonly agents: Map<string, number>;
  readonly services: Map<string, number>;
  readonly calls: Map<string, number>;
  denied: number;
  readonly suspects: Suspects;
  readonly last: KeyUsage["lastEvents"][number][];
}

function countIn(counts: Map<string, number>, value: string | undefined): void {
  if (value === undefined || value === "") return;
  const text = cut(value);
  const name = counts.has(text) || counts.size < MAX_VALUES ? text : OTHERS;
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Addresses, and how many calls came from others: that there are more of them is never left out. */
function addressesOf(counts: ReadonlyMap<string, number>): Pick<KeyUsage, "sourceAddresses" | "otherAddressCalls"> {
  const sourceAddresses = ranked(new Map([...counts].filter(([value]) => value !== OTHERS)));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
  const others = sum([...counts.values()]) - sum(sourceAddresses.map(({ count }) => count));
  return { sourceAddresses, ...(others > 0 ? { otherAddressCalls: others } : {}) };
}

function ranked(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, SHOWN);
}
