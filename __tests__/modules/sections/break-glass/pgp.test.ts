import { readPgpPublicKey } from "../../../../modules/sections/break-glass/pgp";

const armour = (body: string, kind = "PUBLIC"): string =>
  `-----BEGIN PGP ${kind} KEY BLOCK-----\n${body}-----END PGP ${kind} KEY BLOCK-----\n`;
/** An old-format packet of type 6 (public key) and a new-format one; the rest is not looked at. */
const old = Buffer.from([0x98, 0x01, 0x04]).toString("base64");
const modern = Buffer.from([0xc6, 0x01, 0x04]).toString("base64");

test.each([
  ["old packet format", old],
  ["new packet format", modern],
])("takes a public key in the %s, with headers and checksum", (_, base64) => {
  expect(readPgpPublicKey(armour(`Version: GnuPG v2\nComment: test\n\n${base64}\n=AbCd\n`))).toEqual({ base64 });
  expect(readPgpPublicKey(armour(`\n${base64}\n`).replaceAll("\n", "\r\n"))).toEqual({ base64 });
});

test.each([
  ["a private key", armour("\nlQ==\n", "PRIVATE"), /private key/],
  ["no armour", "hello", /not an ASCII-armoured/],
  ["broken base64", armour("\n!!!\n"), /not valid base64/],
  [
    "something that is no packet",
    armour(`\n${Buffer.from([0x01]).toString("base64")}\n`),
    /does not begin with a PGP packet/,
  ],
  ["a secret key packet", armour(`\n${Buffer.from([0xc5, 0x01]).toString("base64")}\n`), /type 5/],
])("refuses %s", (_, text, reason) => {
  const key = readPgpPublicKey(text);
  expect("problem" in key ? key.problem : "").toMatch(reason);
});
