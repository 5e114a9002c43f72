import "reflect-metadata";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { webcrypto } from "node:crypto";

// Node's own types of the Web Crypto API, where the library names the browser's.
cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

export interface CertificateOptions {
  readonly subject?: string;
  /** Absent: no basic constraints at all. @default true */
  readonly ca?: boolean | undefined;
  /** Absent: no key usage at all. @default keyCertSign and cRLSign */
  readonly usage?: KeyUsageFlags | undefined;
  /** @default EC P-256 */
  readonly key?:
    | { readonly rsa: number; readonly hash?: "SHA-1" | "SHA-256" }
    | { readonly curve: "P-256" | "P-384" | "P-521" }
    | "Ed25519";
  /** Name of the server that the certificate is for. @default - none */
  readonly host?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A self-signed certificate, and PEM of the private key that nobody keeps. */
export async function makeCertificate(
  options: CertificateOptions = {},
): Promise<{ readonly pem: string; readonly keyPem: string }> {
  const key = options.key ?? { curve: "P-256" };
  const algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | { name: string } =
    key === "Ed25519"
      ? { name: "Ed25519" }
      : "rsa" in key
        ? {
            name: "RSASSA-PKCS1-v1_5",
            hash: key.hash ?? "SHA-256",
            modulusLength: key.rsa,
            publicExponent: new Uint8Array([1, 0, 1]),
          }
        : { name: "ECDSA", namedCurve: key.curve };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const extensions: Extension[] = [];
  const ca = "ca" in options ? options.ca : true;
  if (ca !== undefined) extensions.push(new BasicConstraintsExtension(ca, undefined, true));
  const usage = "usage" in options ? options.usage : KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  if (usage !== undefined) extensions.push(new KeyUsagesExtension(usage, true));
  if (options.host !== undefined)
    extensions.push(new SubjectAlternativeNameExtension([{ type: "dns", value: options.host }]));
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: options.subject ?? "CN=Test CA, O=Example",
    serialNumber: "01",
    notBefore: options.notBefore ?? new Date("2026-01-01T00:00:00Z"),
    notAfter: options.notAfter ?? new Date("2036-01-01T00:00:00Z"),
    signingAlgorithm:
      key === "Ed25519"
        ? { name: "Ed25519" }
        : "rsa" in key
          ? { name: "RSASSA-PKCS1-v1_5", hash: key.hash ?? "SHA-256" }
          : { name: "ECDSA", hash: "SHA-256" },
    keys: keys,
    extensions,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    pem: certificate.toString("pem") + "\n",
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
}
