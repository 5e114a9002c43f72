/** A name as `baseline.yaml` takes it, made from one that AWS has, and not taken yet. */
export function stableSlug(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  const base = plain === "" ? "adopted" : plain;
  for (let i = 1; ; i++) {
    const found = i === 1 ? base : `${base}-${i}`;
    if (!taken.has(found)) return found;
  }
}
