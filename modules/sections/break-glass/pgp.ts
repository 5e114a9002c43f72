/**
 * Turns an ASCII-armoured PGP public key (RFC 9580, section 6.2) into what Terraform's `pgp_key` takes: base64 of the binary key.
 * Only looks as far as needed to refuse what is not a public key; Terraform's provider does the encryption.
 */
export type PgpKey = { readonly base64: string } | { readonly problem: string };

const PUBLIC_KEY_TAG = 6;

export function readPgpPublicKey(text: string): PgpKey {
  if (/-----BEGIN PGP PRIVATE KEY BLOCK-----/.test(text))
    return { problem: "contains a private key; only the public key belongs in a repository" };
  const block = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/.exec(text);
  if (!block) return { problem: "is not an ASCII-armoured PGP public key" };
  const lines = block[1]!.split(/\r?\n/);
  // Armour headers (`Version: …`) end at the first empty line; without headers the empty line is the first.
  const start = lines.findIndex((line) => line.trim() === "");
  const body = lines.slice(start + 1).map((line) => line.trim());
  // `=XXXX` is the optional checksum, deprecated by RFC 9580.
  const base64 = body.filter((line) => line !== "" && !/^=[A-Za-z0-9+/]{4}$/.test(line)).join("");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return { problem: "is not valid base64 between its armour lines" };
  const bytes = Buffer.from(base64, "base64");
  const first = bytes[0] ?? 0;
  if ((first & 0x80) === 0) return { problem: "does not begin with a PGP packet" };
  const tag = (first & 0x40) !== 0 ? first & 0x3f : (first >> 2) & 0x0f;
  if (tag !== PUBLIC_KEY_TAG) return { problem: `begins with a PGP packet of type ${tag}, not a public key` };
  return { base64 };
}
