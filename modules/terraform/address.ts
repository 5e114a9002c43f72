/**
 * Addresses as Terraform writes them: `module.team["x"].module.inner.aws_iam_role.this[0]`. Keys may hold any character, brackets, dots and
 * quotes included, so they are read, never cut at a character.
 * https://developer.hashicorp.com/terraform/internals/json-format ("address"), https://developer.hashicorp.com/terraform/cli/state/resource-addressing
 */

export interface AddressStep {
  /** `module.team`, `aws_iam_role.this`, `data.aws_region.here` */
  readonly name: string;
  /** Key of `for_each`, or number of `count`, as text. @default - none is written: a single one, or whichever */
  readonly key?: string;
}

export interface Address {
  /** Modules from the outside in. */
  readonly modules: readonly AddressStep[];
  /** @default - the address is a module's */
  readonly resource?: AddressStep;
  /** What follows the resource or module: `.name`, `.roots[0].id`. Empty where nothing does. */
  readonly rest: string;
}

const NAME = /^[A-Za-z_][\w-]*/;

/** The address of a resource; nothing for whatever is none. */
export function parseAddress(text: string): Address | undefined {
  const modules: AddressStep[] = [];
  for (let rest = text; ;) {
    const read = readStep(rest);
    if (!read) return undefined;
    if (!read.step.name.startsWith("module.")) return { modules, resource: read.step, rest: read.rest };
    modules.push(read.step);
    if (!read.rest.startsWith(".")) return { modules, rest: read.rest };
    rest = read.rest.slice(1);
  }
}

/**
 * A reference as expressions hold them: to a resource or look-up of the same module, or to an output of a module that it calls. Nothing
 * for `var.x`, `each.key`, `local.y`.
 */
export function parseReference(text: string): Address | undefined {
  const read = readStep(text);
  if (!read) return undefined;
  return read.step.name.startsWith("module.")
    ? { modules: [read.step], rest: read.rest }
    : { modules: [], resource: read.step, rest: read.rest };
}

function readStep(text: string): { readonly step: AddressStep; readonly rest: string } | undefined {
  const data = text.startsWith("data.") ? "data." : "";
  const type = NAME.exec(text.slice(data.length))?.[0];
  if (type === undefined || RESERVED.has(type)) return undefined;
  const rest = text.slice(data.length + type.length);
  const name = rest.startsWith(".") ? NAME.exec(rest.slice(1))?.[0] : undefined;
  if (name === undefined) return undefined;
  const after = rest.slice(name.length + 1);
  const key = readKey(after);
  if (key === "broken") return undefined;
  return {
    step: { name: `${data}${type}.${name}`, ...(key ? { key: key.value } : {}) },
    rest: after.slice(key?.length ?? 0),
  };
}

/** First parts of references that are no resources. */
const RESERVED: ReadonlySet<string> = new Set(["var", "local", "each", "count", "path", "terraform", "self"]);

function readKey(text: string): { readonly value: string; readonly length: number } | "broken" | undefined {
  if (!text.startsWith("[")) return undefined;
  const number = /^\[(\d+)\]/.exec(text);
  if (number) return { value: number[1]!, length: number[0].length };
  const quoted = /^\["((?:[^"\\]|\\.)*)"\]/s.exec(text);
  // `[each.key]`, `[*]`: whichever.
  if (!quoted) return /^\[[^"\]]*\]/.test(text) ? { value: "*", length: text.indexOf("]") + 1 } : "broken";
  return { value: unescaped(quoted[1]!), length: quoted[0].length };
}

/** Terraform escapes keys as its own strings: quotes, backslashes, line ends, Unicode, `$${` and `%%{`. */
function unescaped(text: string): string {
  const simple: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };
  return text
    .replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gs, (_, code: string) =>
      /^[uU][0-9a-fA-F]/.test(code) ? character(Number.parseInt(code.slice(1), 16)) : (simple[code] ?? code),
    )
    .replaceAll("$${", "${")
    .replaceAll("%%{", "%{");
}

/** There are none above U+10FFFF: a plan that somebody has written by hand may say otherwise. */
function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** The address without any key: the same for all instances. */
export function bareAddress({ modules, resource }: Pick<Address, "modules" | "resource">): string {
  return [...modules, ...(resource ? [resource] : [])].map((step) => step.name).join(".");
}

/** Keys from the outside in; nothing where none is written. */
export function keysOf({ modules, resource }: Pick<Address, "modules" | "resource">): readonly (string | undefined)[] {
  return [...modules, ...(resource ? [resource] : [])].map((step) => (step.key === "*" ? undefined : step.key));
}

/** As Terraform writes it. */
export function addressText({ modules, resource }: Pick<Address, "modules" | "resource">): string {
  return [...modules, ...(resource ? [resource] : [])]
    .map(({ name, key }) =>
      key === undefined ? name : `${name}[${key === "*" || /^\d+$/.test(key) ? key : JSON.stringify(key)}]`,
    )
    .join(".");
}
