// The ASN.1 classes of @peculiar/x509 are wired with decorators.
import "reflect-metadata";
import { KeyUsageFlags, KeyUsagesExtension, X509Certificate, X509Crl } from "@peculiar/x509";
import { constants, createHash, KeyObject, verify, X509Certificate as OpenSslCertificate } from "node:crypto";
import { defined } from "../../kernel/optional";
import type { CertificateProblem } from "./certificates";
import { MAX_REVOCATION_LIST_BYTES } from "./revocation-limits";

/** A certificate revocation list (CRL), read. Dates are not looked at: that needs a clock. */
export interface RevocationList {
  /** Encoded again: text around the list goes nowhere. AWS wants PEM: https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ImportCrl.html */
  readonly pem: string;
  /** Name of the CA, for people. */
  readonly issuer: string;
  /** The same as bytes, in hexadecimal digits: names are compared exactly. */
  readonly issuerName: string;
  /** SHA-256 of the certificate of the CA that has signed it. */
  readonly signedBy: string;
  /** Decimal. Absent: the list has none, and its date says its place in the order. */
  readonly number?: string;
  /** ISO 8601, UTC. */
  readonly thisUpdate: string;
  /** Absent: the list does not say when the next one comes. */
  readonly nextUpdate?: string;
  /** Serial numbers, hexadecimal, sorted. */
  readonly revoked: readonly string[];
  readonly sha256: string;
}

export type ReadRevocationList = { readonly list: RevocationList } | { readonly problem: CertificateProblem };

/** https://www.rfc-editor.org/rfc/rfc5280#section-5.2 */
const CRL_NUMBER = "2.5.29.20";
/** Critical extensions that make a list one of a part of the certificates, or of changes only. */
const PARTIAL: Readonly<Record<string, string>> = {
  "2.5.29.27": "lists changes only (a delta CRL)",
  "2.5.29.28": "covers a part of the CA's certificates only (it has an issuing distribution point)",
};

/**
 * Reads a revocation list in PEM or DER and checks that one of the CAs has signed it.
 *
 * A list that covers a part only is refused: AWS does not document what it does with one, and "not on the list" would be taken for "not revoked".
 *
 * @param bundle PEM of the CAs' certificates, as `readCertificateBundle` returns it
 */
export function readRevocationList(bytes: Buffer, bundle: string): ReadRevocationList {
  const read = derOf(bytes);
  if ("problem" in read) return read;
  const pem = pemOf(read.der);
  if (pem.length > MAX_REVOCATION_LIST_BYTES)
    return refused(
      "CRL-TOO-LARGE",
      `has ${pem.length} bytes as PEM; Roles Anywhere takes ${MAX_REVOCATION_LIST_BYTES}`,
      "Have the CA leave out certificates that have expired, or use a CA of its own for these workloads.",
    );
  const crl = parsed(read.der);
  if (!crl) return refused("CRL-UNREADABLE", "cannot be read as a certificate revocation list", EXPORT_AGAIN);
  const partial = crl.extensions.find(({ type, critical }) => type in PARTIAL || (critical && type !== CRL_NUMBER));
  if (partial)
    return refused(
      "CRL-PARTIAL",
      PARTIAL[partial.type] ?? `has the critical extension ${partial.type}, which is not known here`,
      "Name the CA's complete list.",
    );
  const signer = signerOf(crl, read.der, bundle);
  if ("problem" in signer) return signer;
  return {
    list: {
      pem,
      issuer: crl.issuer,
      issuerName: hex(crl.issuerName.toArrayBuffer()),
      signedBy: signer.sha256,
      ...defined({ number: numberOf(crl), nextUpdate: crl.nextUpdate?.toISOString() }),
      thisUpdate: crl.thisUpdate.toISOString(),
      revoked: crl.entries.map(({ serialNumber }) => plainSerial(serialNumber)).sort(),
      sha256: createHash("sha256").update(read.der).digest("hex"),
    },
  };
}

const EXPORT_AGAIN = "Export it again; openssl crl -in <file> -noout -text must show it (-inform der for DER).";

/** Serial numbers without zeros in front: how many there are is a matter of encoding. */
export function plainSerial(serial: string): string {
  return serial.toLowerCase().replace(/^0+(?=.)/, "");
}

/** How a list comes after another: by its number, or by its date where one of them has no number or both have the same. */
export function isNewer(
  one: Pick<RevocationList, "number" | "thisUpdate">,
  other: Pick<RevocationList, "number" | "thisUpdate">,
): boolean {
  if (one.number !== undefined && other.number !== undefined && one.number !== other.number)
    return BigInt(one.number) > BigInt(other.number);
  return Date.parse(one.thisUpdate) > Date.parse(other.thisUpdate);
}

function refused(code: string, message: string, fix: string): { readonly problem: CertificateProblem } {
  return { problem: { code, message, fix } };
}

function derOf(bytes: Buffer): { readonly der: Buffer } | { readonly problem: CertificateProblem } {
  if (bytes.length === 0) return refused("CRL-UNREADABLE", "is empty", "Put the CA's revocation list there.");
  const text = bytes.toString("latin1");
  const labels = [...text.matchAll(/-----BEGIN ([^-\n]*)-----/g)].map((match) => match[1]!.trim());
  if (labels.length === 0) return { der: bytes };
  if (labels.some((label) => /PRIVATE/i.test(label)))
    return refused(
      "CERTIFICATE-PRIVATE-KEY",
      "contains a private key. Nothing of it was used",
      "Take the file out of the repository and its history, and put a file with the list alone in its place.",
    );
  if (labels.length > 1 || labels[0] !== "X509 CRL")
    return refused(
      "CRL-UNREADABLE",
      labels.length > 1 ? "has more than one part" : "is PEM of something else",
      "Leave one list (-----BEGIN X509 CRL-----); a list of another CA is a file of its own.",
    );
  const [, block] = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/.exec(text) ?? [];
  const base64 = block?.replace(/\s/g, "") ?? "";
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64)
    ? { der: Buffer.from(base64, "base64") }
    : refused("CRL-UNREADABLE", "has a list without an end, or characters that are not base64", EXPORT_AGAIN);
}

/** Everything is looked at once: a damaged list may open and hold a date or an entry that cannot be read. */
function parsed(der: Buffer): X509Crl | undefined {
  try {
    if (parts(der) === undefined) return undefined;
    const crl = new X509Crl(der, { berOptions: { maxNodes: MAX_REVOCATION_LIST_BYTES } });
    const dates = [crl.thisUpdate, ...(crl.nextUpdate === undefined ? [] : [crl.nextUpdate])];
    if (dates.some((date) => Number.isNaN(date.getTime()))) return undefined;
    void crl.entries.map(({ serialNumber }) => serialNumber);
    void [crl.issuer, crl.issuerName, crl.extensions, numberOf(crl)];
    return crl;
  } catch {
    return undefined;
  }
}

/** An INTEGER of 20 bytes at most: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3 */
function numberOf(crl: X509Crl): string | undefined {
  const value = crl.getExtension(CRL_NUMBER)?.value;
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value);
  if (bytes[0] !== 0x02 || bytes[1] !== bytes.length - 2 || bytes.length < 3 || (bytes[2]! & 0x80) !== 0)
    throw new Error("the number of the list is not a positive integer");
  return BigInt(`0x${bytes.subarray(2).toString("hex")}`).toString();
}

function signerOf(
  crl: X509Crl,
  der: Buffer,
  bundle: string,
): { readonly sha256: string } | { readonly problem: CertificateProblem } {
  const name = hex(crl.issuerName.toArrayBuffer());
  const authorities = [...bundle.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([pem]) => ({ certificate: new X509Certificate(pem), own: new OpenSslCertificate(pem) }),
  );
  const named = authorities.filter(({ certificate }) => hex(certificate.subjectName.toArrayBuffer()) === name);
  if (named.length === 0)
    return refused(
      "CRL-ISSUER",
      `is of ${crl.issuer}, which is no CA of this trust anchor (${authorities.map(({ certificate }) => certificate.subject).join("; ")})`,
      "Name the list of the trust anchor's own CA.",
    );
  const results = named.map(({ certificate, own }) => ({ certificate, result: signed(crl, der, own) }));
  const signer = results.find(({ result }) => result === "good")?.certificate;
  if (!signer)
    return results.some(({ result }) => result === "unknown")
      ? refused(
          "CRL-NOT-CHECKED",
          "is signed with an algorithm that this Node cannot check",
          "Run this with the newest Node 24, whose OpenSSL knows ML-DSA; an algorithm that is no RSA, ECDSA or ML-DSA AWS does not take.",
        )
      : refused(
          "CRL-SIGNATURE",
          `says that it is of ${crl.issuer}, and that CA's key has not signed it`,
          "Get the list from the CA again; openssl crl -in <file> -CAfile <certificate> must say OK.",
        );
  const usage = signer.getExtension(KeyUsagesExtension);
  if (usage && (usage.usages & KeyUsageFlags.cRLSign) === 0)
    return refused(
      "CRL-KEY-USAGE",
      "is signed by a CA whose certificate does not allow that: its key usage lacks cRLSign",
      "Have the CA's certificate issued with the key usage cRLSign.",
    );
  return { sha256: createHash("sha256").update(Buffer.from(signer.rawData)).digest("hex") };
}

/** By Node's own cryptography, over the bytes as they are. */
function signed(crl: X509Crl, der: Buffer, certificate: OpenSslCertificate): "good" | "bad" | "unknown" {
  const { toBeSigned, signature } = parts(der)!;
  const { name, hash } = crl.signatureAlgorithm as {
    readonly name?: string;
    readonly hash?: { readonly name?: string };
  };
  const key = publicKey(certificate);
  const digest = hash?.name?.replace("-", "");
  if (!key) return "unknown";
  try {
    if (/^ml-dsa-/.test(key.asymmetricKeyType ?? "")) return verify(null, toBeSigned, key, signature) ? "good" : "bad";
    // The same bar as for certificates: nothing below SHA-256.
    if (digest === undefined || !["SHA256", "SHA384", "SHA512"].includes(digest)) return "unknown";
    if (name === "RSA-PSS")
      return verify(digest, toBeSigned, { key, padding: constants.RSA_PKCS1_PSS_PADDING }, signature) ? "good" : "bad";
    return verify(digest, toBeSigned, key, signature) ? "good" : "bad";
  } catch {
    return "bad";
  }
}

function publicKey(certificate: OpenSslCertificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

/** `CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }`, and nothing after it. */
function parts(der: Buffer): { readonly toBeSigned: Buffer; readonly signature: Buffer } | undefined {
  const whole = element(der, 0);
  if (whole?.tag !== 0x30 || whole.end !== der.length) return undefined;
  const list = element(der, whole.start);
  const algorithm = list && element(der, list.end);
  const bits = algorithm && element(der, algorithm.end);
  if (list?.tag !== 0x30 || bits?.tag !== 0x03 || bits.end !== whole.end || der[bits.start] !== 0) return undefined;
  return { toBeSigned: der.subarray(whole.start, list.end), signature: der.subarray(bits.start + 1, bits.end) };
}

function element(
  der: Buffer,
  at: number,
): { readonly tag: number; readonly start: number; readonly end: number } | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const more = first < 0x80 ? 0 : first - 0x80;
  if (more > 4 || (first >= 0x80 && more === 0) || at + 2 + more > der.length) return undefined;
  const length = more === 0 ? first : der.readUIntBE(at + 2, more);
  const start = at + 2 + more;
  return start + length > der.length ? undefined : { tag, start, end: start + length };
}

function hex(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString("hex");
}

/** Lines of 64, as RFC 7468 writes them. */
function pemOf(der: Buffer): string {
  return `-----BEGIN X509 CRL-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END X509 CRL-----\n`;
}
