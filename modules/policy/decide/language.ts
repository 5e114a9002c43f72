import type { Steps } from "../compare/steps";
import { ANY_TEXT, literally, Pattern, PatternState, Row, Token } from "./pattern";

/**
 * Sets of texts: patterns with intersection, union and complement, exactly. A set is an expression over states of patterns; what is left of
 * it after a character (its derivative) is again one. Equal expressions are the same object, so that the expressions met on the way are
 * the states of an automaton that is never written out.
 */
export interface Language {
  readonly kind: "everything" | "nothing" | "matching" | "not" | "both" | "either";
  /** The same for the same expression. */
  readonly id: number;
  readonly of: readonly Language[];
  readonly state: PatternState | undefined;
  /** The empty text is in it. */
  readonly accepts: boolean;
  /** No text of it is shorter. */
  readonly need: number;
  /** Characters that it tells apart, sorted; all others go the same way. */
  readonly telling: string;
}

class Node implements Language {
  after: Map<string, Language> | undefined;
  shortest: { readonly text: string | undefined; readonly cost: number } | undefined;
  private told: string | undefined;

  constructor(
    readonly kind: Language["kind"],
    readonly id: number,
    readonly of: readonly Language[],
    readonly state: PatternState | undefined,
    readonly accepts: boolean,
    readonly need: number,
  ) {}

  /** Most expressions are never looked into: it is worked out for those that are. */
  get telling(): string {
    return (this.told ??= this.state ? this.state.telling : tellingOf(this.of));
  }
}

function tellingOf(of: readonly Language[]): string {
  let telling = of[0]?.telling ?? "";
  let added = false;
  for (let i = 1; i < of.length; i++)
    for (const char of of[i]!.telling)
      if (!telling.includes(char)) {
        telling += char;
        added = true;
      }
  return added ? [...telling].sort().join("") : telling;
}

/** There is no end to what policies may ask: the steps are over. */
export class OutOfSteps extends Error {}

/** Stand for the characters that no pattern tells apart; the first that is free is taken. */
const OTHERS = "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW_-.+=,@";

export class Languages {
  private ids = 0;
  private readonly known = new Map<string, Node>();
  private readonly patterns = new Map<string, Pattern>();
  private readonly byPurpose = new Map<string, Language>();
  readonly everything: Language = this.node("everything", [], undefined, true, 0);
  readonly nothing: Language = this.node("nothing", [], undefined, false, Infinity);

  /** Expressions that are kept, for those who start again when it is too many. */
  get size(): number {
    return this.ids;
  }

  /** What is made of a text, once. */
  made(purpose: string, make: () => Language): Language {
    let known = this.byPurpose.get(purpose);
    if (!known) this.byPurpose.set(purpose, (known = make()));
    return known;
  }

  matching(row: Row): Language {
    return this.matchingAny([row]);
  }

  /** Texts that one of the rows matches. */
  matchingAny(rows: readonly Row[]): Language {
    if (rows.some((row) => row.length === 1 && row[0] === ANY_TEXT)) return this.everything;
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    const keys = [...byKey.keys()].sort();
    const key = keys.join("\u0002");
    let pattern = this.patterns.get(key);
    if (!pattern) {
      pattern = new Pattern(
        key,
        keys.map((one) => byKey.get(one)!),
        () => this.ids++,
      );
      this.patterns.set(key, pattern);
    }
    return this.at(pattern.start);
  }

  text(text: string): Language {
    return this.matching(literally(text));
  }

  not(of: Language): Language {
    if (of.kind === "not") return of.of[0]!;
    if (of.kind === "everything") return this.nothing;
    if (of.kind === "nothing") return this.everything;
    return (
      this.known.get(`!${of.id}`) ??
      this.keep(`!${of.id}`, this.node("not", [of], undefined, !of.accepts, of.accepts ? 1 : 0))
    );
  }

  both(...of: readonly Language[]): Language {
    return this.combined("both", of);
  }

  either(...of: readonly Language[]): Language {
    // One automaton for all that are only patterns.
    const whole = of.filter((one) => one.state !== undefined && one.state === one.state.pattern.start);
    if (whole.length < 2) return this.combined("either", of);
    const rest = of.filter((one) => !whole.includes(one));
    return this.combined("either", [this.matchingAny(whole.flatMap((one) => one.state!.pattern.rows)), ...rest]);
  }

  minus(a: Language, b: Language): Language {
    return this.both(a, this.not(b));
  }

  has(language: Language, text: string): boolean {
    switch (language.kind) {
      case "everything":
        return true;
      case "nothing":
        return false;
      case "not":
        return !this.has(language.of[0]!, text);
      case "both":
        return language.of.every((one) => this.has(one, text));
      case "either":
        return language.of.some((one) => this.has(one, text));
      case "matching": {
        let state = language.state!;
        for (let i = 0; i < text.length && !state.dead && !state.universal; i++) state = state.after(text[i]!);
        return state.accepts;
      }
    }
  }

  isEmpty(language: Language, steps: Steps): boolean {
    return this.shortest(language, steps) === undefined;
  }

  /** The one text of a language that has no other. */
  only(language: Language, steps: Steps): string | undefined {
    const text = this.shortest(language, steps);
    return text !== undefined && this.isEmpty(this.minus(language, this.text(text)), steps) ? text : undefined;
  }

  /**
   * A shortest text; `undefined` where there is none. The expressions that need the fewest characters more are looked at first. The steps
   * are those that it takes the first time, so that a question costs the same whatever was asked before it.
   */
  shortest(language: Language, steps: Steps): string | undefined {
    if (language.kind === "nothing") return undefined;
    if (language.accepts) return "";
    const node = language as Node;
    if (node.shortest) {
      take(steps, node.shortest.cost);
      return node.shortest.text;
    }
    let cost = 0;
    const seen = new Set([language.id]);
    /** By the length of the text that they can become; the longest first, so that one is followed to its end. */
    const open: { readonly language: Language; readonly text: string }[][] = [];
    const add = (to: Language, text: string): void => {
      (open[text.length + to.need] ??= []).push({ language: to, text });
    };
    add(language, "");
    let found: string | undefined;
    for (let length = language.need; length < open.length; length++) {
      for (let next = open[length]?.pop(); next; next = open[length]?.pop()) {
        const { language: from, text } = next;
        if (from.accepts) {
          found = text;
          break;
        }
        const { telling } = from;
        const charged = 1 + (telling.length >> 4);
        cost += charged;
        take(steps, charged);
        const to = this.after(from, other(telling));
        if (to.kind !== "nothing" && !seen.has(to.id)) {
          seen.add(to.id);
          add(to, text + other(telling));
        }
        for (let i = 0; i < telling.length; i++) {
          const one = this.after(from, telling[i]!);
          if (one.kind === "nothing" || seen.has(one.id)) continue;
          seen.add(one.id);
          add(one, text + telling[i]!);
        }
      }
      if (found !== undefined) break;
    }
    node.shortest = { text: found, cost };
    return found;
  }

  /** A text that reads well where one is at hand: a pattern of the language with `example` for its wildcards; else a shortest one. */
  plain(language: Language, steps: Steps): string | undefined {
    for (const row of this.rowsOf(language).slice(0, 8)) {
      for (const filler of FILLERS) {
        const text = row.map((token) => filled(token, filler)).join("");
        take(steps, 1);
        if (this.has(language, text)) return text;
      }
    }
    return this.shortest(language, steps);
  }

  /** Patterns of a language as policies would write them, sorted. */
  patternsOf(language: Language): readonly string[] {
    return this.rowsOf(language).map((row) => row.map(written).join(""));
  }

  /** Rows that texts of the language match. Numbers depend on what was asked before; what is found must not: they are sorted. */
  private rowsOf(language: Language): readonly Row[] {
    const found = new Map<string, Row>();
    const collect = (one: Language): void => {
      if (one.state && one.state === one.state.pattern.start)
        one.state.pattern.rows.forEach((row) => found.set(keyOf(row), row));
      else if (one.kind === "both" || one.kind === "either") one.of.forEach(collect);
    };
    collect(language);
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  private at(state: PatternState): Language {
    if (state.dead) return this.nothing;
    if (state.universal) return this.everything;
    const key = `=${state.id}`;
    return this.known.get(key) ?? this.keep(key, this.node("matching", [], state, state.accepts, state.need));
  }

  private combined(kind: "both" | "either", of: readonly Language[]): Language {
    const neutral = kind === "both" ? this.everything : this.nothing;
    const decisive = kind === "both" ? this.nothing : this.everything;
    const parts: Language[] = [];
    for (const one of of) {
      if (one === decisive) return decisive;
      if (one === neutral) continue;
      if (one.kind === kind) for (const inner of one.of) insert(parts, inner);
      else insert(parts, one);
    }
    if (parts.length === 0) return neutral;
    if (parts.length === 1) return parts[0]!;
    let key = kind === "both" ? "&" : "|";
    for (const one of parts) {
      if (one.kind === "not" && parts.includes(one.of[0]!)) return decisive;
      key += `${one.id},`;
    }
    const known = this.known.get(key);
    if (known) return known;
    let accepts = kind === "both";
    let need = kind === "both" ? 0 : Infinity;
    for (const one of parts) {
      if (kind === "both") {
        accepts &&= one.accepts;
        need = Math.max(need, one.need);
      } else {
        accepts ||= one.accepts;
        need = Math.min(need, one.need);
      }
    }
    return this.keep(key, this.node(kind, parts, undefined, accepts, need));
  }

  private node(
    kind: Language["kind"],
    of: readonly Language[],
    state: PatternState | undefined,
    accepts: boolean,
    need: number,
  ): Node {
    return new Node(kind, this.ids++, of, state, accepts, need);
  }

  private keep(key: string, node: Node): Language {
    this.known.set(key, node);
    return node;
  }

  /** What is left after a character. */
  private after(language: Language, char: string): Language {
    if (language.kind === "everything" || language.kind === "nothing") return language;
    const key = language.telling.includes(char) ? char : "";
    const after = ((language as Node).after ??= new Map<string, Language>());
    let rest = after.get(key);
    if (!rest) {
      if (language.kind === "matching") rest = this.at(language.state!.after(char));
      else if (language.kind === "not") rest = this.not(this.after(language.of[0]!, char));
      // Nearly always a pattern ends it, which costs next to nothing.
      else if (language.kind === "both" && language.of.some((one) => one.state?.after(char).dead)) rest = this.nothing;
      else
        rest = this.combined(
          language.kind,
          language.of.map((one) => this.after(one, char)),
        );
      after.set(key, rest);
    }
    return rest;
  }
}

/** Into a list that is sorted by number, without doubles. */
function insert(parts: Language[], one: Language): void {
  let at = parts.length;
  while (at > 0 && parts[at - 1]!.id > one.id) at--;
  if (at > 0 && parts[at - 1]!.id === one.id) return;
  parts.splice(at, 0, one);
}

function keyOf(row: Row): string {
  return row.map(({ chars, negated, star }) => `${negated ? "^" : ""}${chars}${star ? "\u0001" : ""}`).join("\u0000");
}

/** What may stand for a wildcard, the plainest first. */
const FILLERS = ["example", "x", ""];

function filled({ chars, negated, star }: Token, filler: string): string {
  if (!negated) return star ? "" : (chars[0] ?? "");
  const kept = filler
    .split("")
    .filter((char) => !chars.includes(char))
    .join("");
  return star ? kept : other(chars);
}

function written({ chars, negated, star }: Token): string {
  return star ? "*" : negated ? "?" : (chars[0] ?? "");
}

/** A character that is none of these. */
function other(telling: string): string {
  for (let i = 0; i < OTHERS.length; i++) if (!telling.includes(OTHERS[i]!)) return OTHERS[i]!;
  // As many letters of another script as one likes.
  let code = 0x4e00;
  while (telling.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}

export function take(steps: Steps, count: number): void {
  if (!steps.take(count)) throw new OutOfSteps();
}
