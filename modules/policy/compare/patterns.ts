import { isIP } from "node:net";
import { components } from "../evaluate/patterns";

/** Containment of texts with wildcards and of networks: does everything that the inner one matches match the outer one too? */

/**
 * True when `outer` matches every text that `inner` matches. Sound, not complete: a `false` may be a containment that this cannot see.
 * `*` in `inner` is met by `*` in `outer` only, `?` by `?` or `*`. A policy variable is one piece, of any length: the same variable has
 * the same value on both sides.
 */
export function patternContains(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*") return true;
  if (!outer.includes("*")) return outer.length === inner.length && outer.includes("?") && contains(outer, inner);
  // Without variables and question marks what stands between the wildcards of the outer one is looked for as it is.
  return /\?|\$\{/.test(outer) || inner.includes("${") ? contains(outer, inner) : containsPieces(outer, inner);
}

function containsPieces(outer: string, inner: string): boolean {
  const found = outer.split("*");
  const [first, last] = [found[0]!, found.at(-1)!];
  const end = inner.length - last.length;
  if (first.length > end || !inner.startsWith(first) || !inner.endsWith(last)) return false;
  let at = first.length;
  for (const piece of found.slice(1, -1)) {
    const next = inner.indexOf(piece, at);
    if (next < 0 || next + piece.length > end) return false;
    at = next + piece.length;
  }
  return true;
}

function contains(outer: string, inner: string): boolean {
  const wanted = pieces(outer);
  const given = pieces(inner);
  let i = 0;
  let o = 0;
  let star = -1;
  let mark = 0;
  while (i < given.length) {
    const c = wanted[o];
    if (c === "*") {
      star = o++;
      mark = i;
    } else if (c !== undefined && (c === given[i] || (c === "?" && given[i]!.length === 1 && given[i] !== "*"))) {
      o++;
      i++;
    } else if (star >= 0) {
      o = star + 1;
      i = ++mark;
    } else return false;
  }
  while (wanted[o] === "*") o++;
  return o === wanted.length;
}

/** Characters, with each variable (`${…}`, also `${*}` for a plain asterisk) as one piece. */
function pieces(text: string): readonly string[] {
  return text.includes("${") ? (text.match(/\$\{[^}]*\}|[^]/g) ?? []) : text.split("");
}

/** ARNs in conditions are compared component by component, so that a wildcard does not reach over a colon. */
export function arnPatternContains(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const a = components(outer);
  const b = components(inner);
  return a.length === 6 && b.length === 6 && a.every((part, i) => patternContains(part, b[i]!));
}

/** Elements of `Resource`: like ARNs; a shorter pattern that ends in a wildcard has no components to keep apart. */
export function resourcePatternContains(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*") return true;
  return components(outer).length < 6
    ? outer.endsWith("*") && patternContains(outer, inner)
    : arnPatternContains(outer, inner);
}

/** True when every address of `inner` is in `outer`; both in CIDR notation or single addresses. */
export function networkContains(outer: string, inner: string): boolean {
  const a = network(outer);
  const b = network(inner);
  if (!a || !b || a.bits !== b.bits || a.prefix > b.prefix) return false;
  const shift = BigInt(a.bits - a.prefix);
  return a.address >> shift === b.address >> shift;
}

function network(
  text: string,
): { readonly address: bigint; readonly prefix: number; readonly bits: 32 | 128 } | undefined {
  const [address = "", prefix] = text.split("/");
  const family = isIP(address);
  if (family === 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!Number.isInteger(length) || length < 0 || length > bits) return undefined;
  const value = family === 4 ? ipv4(address) : ipv6(address);
  return value === undefined ? undefined : { address: value, prefix: length, bits };
}

function ipv4(text: string): bigint {
  return text.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function ipv6(text: string): bigint | undefined {
  // Addresses with an IPv4 tail or a zone are rare enough to be told as undecided.
  if (/[.%]/.test(text)) return undefined;
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group || "0"}`), 0n);
}
