// The ASN.1 classes of @peculiar/x509 are wired with decorators.
import "reflect-metadata";
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate } from "@peculiar/x509";
import { createHash, KeyObject, X509Certificate as OpenSslCertificate } from "node:crypto";

/** A CA certificate of a trust anchor, for people and for checks of its dates. */
export interface CertificateAuthority {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** For example `EC P-384`, `RSA 4096`. */
  readonly key: string;
  readonly sha256: string;
}

export interface CertificateProblem {
  readonly code: string;
  /** Continues "<file> …". Never quotes the file. */
  readonly message: string;
  readonly fix: string;
}

export type CertificateBundle =
  | { readonly pem: string; readonly authorities: readonly CertificateAuthority[] }
  | { readonly problems: readonly CertificateProblem[] };

/** Not adjustable, "to rotate": https://docs.aws.amazon.com/rolesanywhere/latest/userguide/quotas.html */
export const MAX_CERTIFICATES = 2;

/** Curves by OpenSSL's names. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "EC P-256",
  secp384r1: "EC P-384",
  secp521r1: "EC P-521",
};
const MIN_RSA_BITS = 2048;
const SIGNATURE_HASHES = ["SHA-256", "SHA-384", "SHA-512"];
/** Signatures by their object identifier, for the message. */
const WEAK_SIGNATURES: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.2": "MD2",
  "1.2.840.113549.1.1.4": "MD5",
  "1.2.840.113549.1.1.5": "SHA-1",
  "1.2.840.10045.4.1": "SHA-1",
};

/**
 * Reads the CA certificates of a trust anchor. Says everything that AWS would refuse, and what it would take but should not; dates are
 * not looked at, because that needs a clock.
 *
 * What is returned is encoded again: text around the certificates, which people write into such files, goes nowhere.
 *
 * https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html#signature-verification
 */
export function readCertificateBundle(text: string): CertificateBundle {
  const labels = [...text.matchAll(/-----BEGIN ([^-\n]*)-----/g)].map((match) => match[1]!.trim());
  // First, and alone: of a file with a key nothing is read on.
  if (labels.some((label) => /PRIVATE/i.test(label))) {
    return refused(
      "CERTIFICATE-PRIVATE-KEY",
      "contains a private key. Nothing of it was used",
      "Take the file out of the repository and its history, revoke what the key has signed, and put a file with the certificate alone in its place.",
    );
  }
  if (labels.length === 0) {
    return text.trim() === ""
      ? refused("CERTIFICATE-NONE", "is empty", "Put the CA's certificate there, as PEM.")
      : refused(
          "CERTIFICATE-NOT-PEM",
          "is not PEM: no line begins with -----BEGIN CERTIFICATE-----",
          "Convert it: openssl x509 -inform der -in <file> -out <file>.pem.",
        );
  }
  const foreign = labels.find((label) => label !== "CERTIFICATE");
  if (foreign !== undefined)
    return refused(
      "CERTIFICATE-NOT-PEM",
      `has a part ${/^[A-Z0-9 ]{1,40}$/.test(foreign) ? foreign : "of an unknown kind"}`,
      "Leave certificates only (-----BEGIN CERTIFICATE-----).",
    );

  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map((match) =>
    match[1]!.replace(/\s/g, ""),
  );
  if (blocks.length !== labels.length)
    return refused("CERTIFICATE-NOT-PEM", "has a certificate without an end", "End it with -----END CERTIFICATE-----.");

  const problems: CertificateProblem[] = [];
  const authorities: CertificateAuthority[] = [];
  const seen = new Map<string, number>();
  blocks.forEach((block, index) => {
    const which = blocks.length === 1 ? "" : ` (certificate ${index + 1} of ${blocks.length})`;
    const certificate = parse(block);
    const read = certificate && readable(certificate, which);
    if (!certificate || !read) {
      problems.push({
        code: "CERTIFICATE-UNREADABLE",
        message: `cannot be read as an X.509 certificate${which}`,
        fix: "Export it again; openssl x509 -in <file> -noout -text must show it.",
      });
      return;
    }
    const sha256 = createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex");
    const before = seen.get(sha256);
    if (before !== undefined)
      problems.push({
        code: "CERTIFICATE-DUPLICATE",
        message: `has the same certificate twice (certificates ${before} and ${index + 1})`,
        fix: "Keep one of them.",
      });
    seen.set(sha256, index + 1);
    problems.push(...read.refusals);
    authorities.push({ ...read.authority, sha256 });
  });
  if (blocks.length > MAX_CERTIFICATES) {
    problems.push({
      code: "CERTIFICATE-TOO-MANY",
      message: `has ${blocks.length} certificates; a trust anchor takes ${MAX_CERTIFICATES}, for the time in which one replaces the other`,
      fix: "Make a trust anchor for each CA.",
    });
  }
  if (problems.length > 0) return { problems };
  return { pem: blocks.map(canonicalPem).join(""), authorities };
}

function refused(code: string, message: string, fix: string): CertificateBundle {
  return { problems: [{ code, message, fix }] };
}

function parse(base64: string): X509Certificate | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const der = Buffer.from(base64, "base64");
  try {
    // Two readers: bytes after the certificate, which one of them skips, would reach AWS unseen.
    return new OpenSslCertificate(der).raw.equals(der) ? new X509Certificate(der) : undefined;
  } catch {
    return undefined;
  }
}

/** Everything that is looked at. A damaged certificate may open and hold a date, a name or a key that cannot be read. */
function readable(
  certificate: X509Certificate,
  which: string,
):
  | { readonly refusals: readonly CertificateProblem[]; readonly authority: Omit<CertificateAuthority, "sha256"> }
  | undefined {
  try {
    return {
      refusals: refusals(certificate, which),
      authority: {
        subject: certificate.subject,
        issuer: certificate.issuer,
        notBefore: certificate.notBefore.toISOString(),
        notAfter: certificate.notAfter.toISOString(),
        key: keyOf(certificate)?.label ?? "unknown",
      },
    };
  } catch {
    return undefined;
  }
}

function refusals(certificate: X509Certificate, which: string): readonly CertificateProblem[] {
  const problems: CertificateProblem[] = [];
  const add = (code: string, message: string, fix: string): void =>
    void problems.push({ code, message: `${message}${which}`, fix });
  if (certificate.getExtension(BasicConstraintsExtension)?.ca !== true) {
    add(
      "CERTIFICATE-NOT-CA",
      "is not a CA's certificate: it is a leaf, or lacks the extension that says that it is a CA",
      "Take the certificate of the CA that issues the workloads' certificates (openssl x509 -noout -text shows CA:TRUE).",
    );
  }
  const usage = certificate.getExtension(KeyUsagesExtension);
  if (usage && (usage.usages & KeyUsageFlags.keyCertSign) === 0) {
    add(
      "CERTIFICATE-KEY-USAGE",
      "may not sign certificates: its key usage lacks keyCertSign",
      "Have the CA's certificate issued with the key usage keyCertSign.",
    );
  }
  const key = keyOf(certificate);
  if (!key)
    add(
      "CERTIFICATE-KEY-KIND",
      "has a key that Roles Anywhere does not know",
      "Use RSA with 2048 bits or more, or EC on P-256, P-384 or P-521.",
    );
  else if (key.weak)
    add(
      "CERTIFICATE-WEAK-KEY",
      `has a weak key, ${key.label}`,
      "Use RSA with 2048 bits or more, or EC on P-256, P-384 or P-521.",
    );
  const { name, hash } = certificate.signatureAlgorithm as {
    readonly name?: string;
    readonly hash?: { readonly name?: string };
  };
  if (!SIGNATURE_HASHES.includes(hash?.name ?? "")) {
    add(
      "CERTIFICATE-WEAK-SIGNATURE",
      `is signed with ${hash?.name ?? WEAK_SIGNATURES[name ?? ""] ?? "an unknown algorithm"}`,
      "Have it signed with SHA-256 or better; AWS refuses MD5 and SHA-1.",
    );
  }
  if (problems.length === 0 && !ownSignatureFits(certificate))
    add(
      "CERTIFICATE-DAMAGED",
      "is damaged: it says that it has signed itself, and its signature does not fit",
      "Export it again; openssl verify -check_ss_sig -CAfile <file> <file> must say OK.",
    );
  return problems;
}

/** One byte that is another may still be a certificate, of another name, end or key. What a root has signed itself shows it; of others nobody can say here. */
function ownSignatureFits(certificate: X509Certificate): boolean {
  const own = new OpenSslCertificate(Buffer.from(certificate.rawData));
  return own.issuer !== own.subject || own.verify(own.publicKey);
}

function keyOf(certificate: X509Certificate): { readonly label: string; readonly weak: boolean } | undefined {
  const found = publicKey(certificate);
  if (!found) return undefined;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = found;
  if ((type === "rsa" || type === "rsa-pss") && details?.modulusLength !== undefined)
    return { label: `RSA ${details.modulusLength}`, weak: details.modulusLength < MIN_RSA_BITS };
  // Every curve below 256 bits, and those that Roles Anywhere does not verify with.
  if (type === "ec" && details?.namedCurve !== undefined)
    return {
      label: CURVES[details.namedCurve] ?? `EC ${details.namedCurve}`,
      weak: CURVES[details.namedCurve] === undefined,
    };
  return undefined;
}

/** Absent where OpenSSL does not know the algorithm. */
function publicKey(certificate: X509Certificate): KeyObject | undefined {
  try {
    return new OpenSslCertificate(Buffer.from(certificate.rawData)).publicKey;
  } catch {
    return undefined;
  }
}

/** Lines of 64, as RFC 7468 writes them. */
function canonicalPem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\n`;
}
