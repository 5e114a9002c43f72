/**
 * Rows, maps and lists as Athena and CloudTrail Lake write them into text: `{type=IAMUser, arn=…, sessioncontext={attributes={…}}}`. Nothing is
 * quoted there. A value ends where `, <name>=` or the bracket of its list follows; JSON inside of it is taken as a whole. Nothing is returned
 * for what cannot be read to its end.
 */
export function parseStructText(text: string): unknown {
  const reader = new Reader(text.trim());
  try {
    const value = reader.value(false);
    return reader.atEnd() ? value : undefined;
  } catch {
    return undefined;
  }
}

const NAME = /[A-Za-z_][\w.:/-]*=/y;
const MOST_DEPTH = 16;

class Reader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.at === this.text.length;
  }

  value(inList: boolean): unknown {
    const { text, at } = this;
    const begin = text[at];
    const next = text[at + 1];
    if (begin === "{" || begin === "[") {
      if (next === '"' || (begin === "[" && next === "{" && text[at + 2] === '"')) return this.json();
      if (begin === "{" && (next === "}" || this.nameAt(at + 1))) return this.row();
      if (begin === "[") return this.list();
    }
    return this.plain(inList);
  }

  private deeper<T>(read: () => T): T {
    if (++this.depth > MOST_DEPTH) throw new Error("too deep");
    const value = read();
    this.depth--;
    return value;
  }

  private row(): Readonly<Record<string, unknown>> {
    return this.deeper(() => {
      const row = new Map<string, unknown>();
      this.at++;
      while (this.text[this.at] !== "}") {
        const length = this.nameAt(this.at);
        if (length === 0) throw new Error("no name");
        const name = this.text.slice(this.at, this.at + length - 1);
        this.at += length;
        row.set(name, this.value(false));
        if (this.text.startsWith(", ", this.at)) this.at += 2;
        else if (this.text[this.at] !== "}") throw new Error("no end");
      }
      this.at++;
      return Object.fromEntries(row);
    });
  }

  private list(): readonly unknown[] {
    return this.deeper(() => {
      const list: unknown[] = [];
      this.at++;
      while (this.text[this.at] !== "]") {
        list.push(this.value(true));
        if (this.text.startsWith(", ", this.at)) this.at += 2;
        else if (this.text[this.at] !== "]") throw new Error("no end");
      }
      this.at++;
      return list;
    });
  }

  /** JSON as a text in a map: up to its last bracket, and back as JSON. */
  private json(): unknown {
    const { text } = this;
    let depth = 0;
    let inText = false;
    for (let i = this.at; i < text.length; i++) {
      const char = text[i];
      if (inText) {
        if (char === "\\") i++;
        else if (char === '"') inText = false;
      } else if (char === '"') inText = true;
      else if (char === "{" || char === "[") depth++;
      else if ((char === "}" || char === "]") && --depth === 0) {
        const value: unknown = JSON.parse(text.slice(this.at, i + 1));
        this.at = i + 1;
        return value;
      }
    }
    throw new Error("no end");
  }

  /** Text up to what ends it; brackets inside of it are counted. `null` is nothing. */
  private plain(inList: boolean): string | null {
    const { text } = this;
    const from = this.at;
    let open = 0;
    let i = from;
    for (; i < text.length; i++) {
      const char = text[i];
      if (char === "{" || char === "[") open++;
      else if (char === "}" || char === "]") {
        if (open === 0 && this.depth > 0) break;
        open = Math.max(0, open - 1);
      } else if (char === "," && text[i + 1] === " " && open === 0 && this.depth > 0 && (inList || this.nameAt(i + 2)))
        break;
    }
    this.at = i;
    const value = text.slice(from, i);
    return value === "null" ? null : value;
  }

  /** Length of the `name=` that begins there; 0 where none does. */
  private nameAt(at: number): number {
    NAME.lastIndex = at;
    return NAME.exec(this.text)?.[0].length ?? 0;
  }
}
