import { identifier, literal, NULL_TEXT, where } from "./sql";

/** A type as Glue and Hive write it, as far as it is asked about. */
interface ColumnType {
  /** `string`, `struct`, `array`, … */
  readonly kind: string;
  /** Of `struct`, by name in lower case. */
  readonly members: ReadonlyMap<string, ColumnType>;
  /** Of `array`. */
  readonly element?: ColumnType;
}

const NO_MEMBERS: ReadonlyMap<string, ColumnType> = new Map();
const MOST_DEPTH = 12;

/** `struct<type:string,sessioncontext:struct<…>>`; what cannot be read is of a kind that nothing asks about. */
function columnType(text: string, depth = 0): ColumnType {
  const plain = text.trim().toLowerCase();
  const open = plain.indexOf("<");
  if (open < 0 || !plain.endsWith(">") || depth > MOST_DEPTH) return { kind: plain, members: NO_MEMBERS };
  const kind = plain.slice(0, open).trim();
  const inside = plain.slice(open + 1, -1);
  if (kind === "array") return { kind, members: NO_MEMBERS, element: columnType(inside, depth + 1) };
  if (kind !== "struct") return { kind, members: NO_MEMBERS };
  const members = new Map<string, ColumnType>();
  for (const part of parts(inside)) {
    const colon = part.indexOf(":");
    if (colon > 0) members.set(part.slice(0, colon).trim(), columnType(part.slice(colon + 1), depth + 1));
  }
  return { kind, members };
}

/** Divides at the commas that are in no brackets. */
function parts(text: string): readonly string[] {
  const found: string[] = [];
  let open = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "<" || text[i] === "(") open++;
    else if (text[i] === ">" || text[i] === ")") open--;
    else if (text[i] === "," && open === 0) {
      found.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...found, text.slice(from)];
}

const TEXTS = /^(?:string|varchar|char)(?:\(\d+\))?$/;

/** The columns of a table of CloudTrail's records, as expressions of SQL. */
export class Columns {
  private readonly types: ReadonlyMap<string, ColumnType>;

  constructor(columns: Iterable<{ readonly name: string; readonly type: string }>) {
    this.types = new Map([...columns].map(({ name, type }) => [name.toLowerCase(), columnType(type)]));
  }

  /** Names of all columns, with those of the members of rows: `useridentity`, `useridentity.type`. */
  get names(): readonly string[] {
    return [...this.types].flatMap(([name, { members }]) => [
      name,
      ...[...members.keys()].map((member) => `${name}.${member}`),
    ]);
  }

  /** The kind of a column, or of a member of one; nothing where it is not there. */
  kind(path: string): string | undefined {
    return this.find(path)?.kind;
  }

  isText(path: string): boolean {
    return TEXTS.test(this.find(path)?.kind ?? "");
  }

  /** A column, or a member of a row (`useridentity.type`), as text; NULL where the table does not have it. */
  text(path: string): string {
    const type = this.find(path);
    if (!type || type.members.size > 0 || type.element) return NULL_TEXT;
    const expression = path.split(".").map(identifier).join(".");
    return TEXTS.test(type.kind) ? expression : `CAST(${expression} AS varchar)`;
  }

  /** A member of a column that holds JSON as text, as JSON again; NULL where it is a list or an object. Names are those of CloudTrail. */
  scalar(column: "requestparameters" | "responseelements" | "additionaleventdata", path: string): string {
    if (!this.isText(column)) return NULL_TEXT;
    const json = `json_format(json_extract(${identifier(column)}, ${literal(`$.${path}`)}))`;
    return where(`substr(${json}, 1, 1) NOT IN ('{', '[')`, json);
  }

  /** The ARN of the resource where an event names exactly one. */
  onlyResource(): string {
    const type = this.types.get("resources");
    if (type?.element?.members.get("arn") === undefined) return NULL_TEXT;
    return where(`cardinality("resources") = 1`, `"resources"[1]."arn"`);
  }

  private find(path: string): ColumnType | undefined {
    const [first = "", ...below] = path.split(".");
    return below.reduce<ColumnType | undefined>((type, name) => type?.members.get(name), this.types.get(first));
  }
}
