import { isIP } from "node:net";
import { before, between, Cuts } from "./cuts";

/** Addresses of both families as numbers. */

export interface Network {
  readonly family: 4 | 6;
  readonly cuts: Cuts<bigint>;
}

const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

export function allAddresses(family: 4 | 6): Cuts<bigint> {
  return between(before(0n), before(1n << BigInt(bitsOf(family))));
}

/** A network in CIDR notation or one address. `undefined`: it is none. */
export function networkOf(text: string): Network | undefined {
  const [address = "", bits] = text.split("/");
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  const all = bitsOf(family);
  const prefix = bits === undefined ? all : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > all) return undefined;
  const free = BigInt(all - prefix);
  const value = ((family === 4 ? ipv4(address) : ipv6(address)) >> free) << free;
  return { family, cuts: between(before(value), before(value + (1n << free))) };
}

function ipv4(text: string): bigint {
  return text.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function ipv6(text: string): bigint {
  // A zone names an interface of a machine, and means nothing here.
  const [plain = ""] = text.split("%");
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  const quad = tail ? ipv4(tail[2]!) : 0n;
  const hex = tail ? `${tail[1]}${(quad >> 16n).toString(16)}:${(quad & 0xffffn).toString(16)}` : plain;
  const [head = "", rest] = hex.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = rest === undefined || rest === "" ? [] : rest.split(":");
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group || "0"}`), 0n);
}

export function addressText(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  return Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(":");
}
