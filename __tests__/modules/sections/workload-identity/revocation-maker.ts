import "reflect-metadata";
import { cryptoProvider, Extension, X509CertificateGenerator, X509Crl, X509CrlGenerator } from "@peculiar/x509";
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension } from "@peculiar/x509";
import { webcrypto } from "node:crypto";

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

/** A certificate authority that keeps its key, and issues revocation lists. */
export interface TestAuthority {
  readonly subject: string;
  readonly pem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly algorithm: webcrypto.EcdsaParams | webcrypto.RsaPssParams | { readonly name: string };
}

export type AuthorityKey = "EC" | "RSA" | "RSA-PSS";

export async function testAuthority(
  subject = "CN=Test CA, O=Example",
  {
    kind = "EC",
    usage = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
  }: { kind?: AuthorityKey; usage?: number } = {},
): Promise<TestAuthority> {
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const keys = (await webcrypto.subtle.generateKey(
    kind === "EC"
      ? { name: "ECDSA", namedCurve: "P-256" }
      : { name: kind === "RSA" ? "RSASSA-PKCS1-v1_5" : "RSA-PSS", ...rsa },
    true,
    ["sign", "verify"],
  )) as webcrypto.CryptoKeyPair;
  const algorithm =
    kind === "EC"
      ? { name: "ECDSA", hash: "SHA-256" }
      : kind === "RSA"
        ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
        : { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: subject,
    serialNumber: "01",
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2036-01-01T00:00:00Z"),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(usage, true)],
  });
  return { subject, pem: `${certificate.toString("pem")}\n`, keys, algorithm };
}

export interface ListOptions {
  /** Absent: no number at all. @default 1 */
  readonly number?: number | undefined;
  readonly revoked?: readonly string[];
  readonly thisUpdate?: string;
  readonly nextUpdate?: string | undefined;
  readonly extensions?: readonly Extension[];
  /** Name of the issuer. @default - the authority's */
  readonly issuer?: string;
}

/** A revocation list as DER. */
export async function revocationList(authority: TestAuthority, options: ListOptions = {}): Promise<Buffer> {
  const number = "number" in options ? options.number : 1;
  const crl: X509Crl = await X509CrlGenerator.create({
    issuer: options.issuer ?? authority.subject,
    thisUpdate: new Date(options.thisUpdate ?? "2026-05-01T00:00:00Z"),
    ...("nextUpdate" in options
      ? options.nextUpdate === undefined
        ? {}
        : { nextUpdate: new Date(options.nextUpdate) }
      : { nextUpdate: new Date("2036-01-01T00:00:00Z") }),
    entries: (options.revoked ?? []).map((serialNumber) => ({
      serialNumber,
      revocationDate: new Date("2026-04-30T00:00:00Z"),
    })),
    extensions: [...(number === undefined ? [] : [numberExtension(number)]), ...(options.extensions ?? [])],
    signingAlgorithm: authority.algorithm,
    signingKey: authority.keys.privateKey,
  });
  return Buffer.from(crl.rawData);
}

function numberExtension(number: number): Extension {
  const digits = number.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  const positive = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return new Extension("2.5.29.20", false, Buffer.concat([Buffer.from([2, positive.length]), positive]));
}

export function crlPem(der: Buffer): string {
  return `-----BEGIN X509 CRL-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END X509 CRL-----\n`;
}
