import type { TextSet } from "../policy/decide";

/**
 * ARNs as sets. A wildcard stands for any text, and names have characters that they never contain: a set without them is the set that
 * AWS knows, and what policies do with impossible names is left out.
 */

/** Every resource, and what has none. */
export const ANY_RESOURCE: TextSet = { like: ["?", "arn:aws:*:*:*:*:?*"] };
/** Actions that know no resource are asked with an asterisk: the one text of a single character that is a resource. */
export const NO_RESOURCE: TextSet = { like: ["?"] };

/** Names of IAM have no colon. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function iamSet(account: string, type: string, except: readonly string[] = []): TextSet {
  const prefix = `arn:aws:iam::${account}:${type}/`;
  return { like: [`${prefix}*`], except: [`${prefix}*:*`, ...except] };
}

/**
 * ARNs of a pattern as policies have it. Wildcards in the name stand for names: without a colon, and without a slash where the pattern has
 * none. A wildcard in the place of the region stands for these regions.
 */
export function arnSet(arn: string, regions: readonly string[]): TextSet {
  const parts = arn.split(":");
  if (parts.length < 6 || parts[0] !== "arn") return { like: [arn] };
  const head = parts.slice(0, 5);
  const name = parts.slice(5).join(":");
  const heads =
    head[3] === "*" ? regions.map((region) => [...head.slice(0, 3), region, head[4]!].join(":")) : [head.join(":")];
  const impossible = [":", ...(name.includes("/") ? [] : ["/"])];
  const except = [...name.matchAll(/\*/g)].flatMap(({ index }) =>
    impossible.map((character) => `${name.slice(0, index)}*${character}*${name.slice(index + 1)}`),
  );
  // A pattern that has colons of its own (`function:name:*`) says where they may be.
  const excluded = name.includes(":") ? [] : except;
  return {
    like: heads.map((one) => `${one}:${name}`),
    ...(excluded.length > 0 ? { except: heads.flatMap((one) => excluded.map((end) => `${one}:${end}`)) } : {}),
  };
}
