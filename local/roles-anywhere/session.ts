// What @peculiar/x509 is built on asks for it first.
import "reflect-metadata";
import { createHash, verify, X509Certificate as OpenSslCertificate } from "node:crypto";
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate } from "@peculiar/x509";
import { plainSerial, readRevocationList } from "../../modules/sections/workload-identity/revocation";
import { defined } from "../../modules/kernel/optional";
import { AwsError, type AwsRequest } from "../aws-message";

/**
 * How AWS judges a request for a session: the signature by the certificate's key, the chain to the trust anchor, the dates, the revocation
 * lists. https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html#signature-verification
 */

/** A certificate that AWS would take. */
export interface Authenticated {
  /** Hexadecimal: the name of the session. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly pem: string;
  readonly commonName: string | undefined;
  /** Session tags by the profile's default mapping. */
  readonly tags: Readonly<Record<string, string>>;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  "AWS4-X509-RSA-SHA256": "rsa",
  "AWS4-X509-ECDSA-SHA256": "ec",
};
const HEADER =
  /^(AWS4-X509-[\w-]+) Credential=(\d+)\/(\d{8}\/[^/]+\/rolesanywhere\/aws4_request), ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]+)$/;
/** As with Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const CLOCK_SKEW = 5 * 60_000;

function refused(message: string): AwsError {
  return new AwsError("AccessDeniedException", message, 403);
}

/** @throws AwsError AccessDeniedException; AWS documents no texts for the reasons, so these are the local AWS's own */
export function authenticate(
  request: Pick<AwsRequest, "method" | "path" | "query" | "headers" | "body">,
  bundle: string,
  lists: readonly string[],
  now: Date,
): Authenticated {
  const certificate = signingCertificate(request, now);
  const own = new OpenSslCertificate(Buffer.from(certificate.rawData));
  if (certificate.getExtension(BasicConstraintsExtension)?.ca === true) throw refused("The certificate is a CA's.");
  const usage = certificate.getExtension(KeyUsagesExtension);
  if (!usage || (usage.usages & KeyUsageFlags.digitalSignature) === 0)
    throw refused("Untrusted certificate. The key usage lacks Digital Signature.");
  const chain = chainOf(request, own, bundle, now);
  for (const [n, one] of chain.entries()) {
    const issuer = chain[n + 1];
    if (issuer && isRevoked(one, issuer, lists)) throw refused("Certificate revoked.");
  }
  const subject = rdnTags("x509Subject", certificate.subjectName.toJSON());
  return {
    serial: plainSerial(certificate.serialNumber),
    subject: certificate.subject,
    issuer: certificate.issuer,
    pem: own.toString(),
    commonName: subject["x509Subject/CN"],
    tags: mapped({
      ...subject,
      ...rdnTags("x509Issuer", certificate.issuerName.toJSON()),
      ...alternativeNames(own),
    }),
  };
}

/** The signature over the canonical request: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html */
function signingCertificate(
  { method, path, query, headers, body }: Pick<AwsRequest, "method" | "path" | "query" | "headers" | "body">,
  now: Date,
): X509Certificate {
  const header = (name: string): string => String(headers[name] ?? "");
  const [, algorithm = "", serial = "", scope = "", signedHeaders = "", signature = ""] =
    HEADER.exec(header("authorization")) ?? [];
  const names = signedHeaders.split(";");
  if (algorithm === "" || ["host", "x-amz-date", "x-amz-x509"].some((name) => !names.includes(name)))
    throw refused("The request is not signed with an X.509 certificate.");
  const certificate = read(header("x-amz-x509"));
  if (BigInt(`0x${certificate.serialNumber}`).toString() !== serial)
    throw refused("The serial number in the request is not that of the certificate.");
  const date = header("x-amz-date");
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  if (
    Math.abs(Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - now.getTime()) > CLOCK_SKEW ||
    !scope.startsWith(date.slice(0, 8))
  )
    throw refused("Signature expired.");
  const sorted = [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = [
    method,
    path,
    sorted,
    ...names.map((name) => `${name}:${header(name).trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders,
    sha256(body),
  ].join("\n");
  const text = [algorithm, date, scope, sha256(Buffer.from(canonical))].join("\n");
  const { publicKey } = new OpenSslCertificate(Buffer.from(certificate.rawData));
  // A request whose algorithm is not that of the key is none that the key has signed.
  if (
    ALGORITHMS[algorithm] !== publicKey.asymmetricKeyType ||
    !verify("SHA256", Buffer.from(text), publicKey, Buffer.from(signature, "hex"))
  )
    throw refused("Incorrect signature.");
  return certificate;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function read(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    throw refused("The certificate cannot be read.");
  }
}

/** From the certificate to one of the trust anchor's: each signed by the next, each valid now, each but the first a CA. */
function chainOf(
  { headers }: Pick<AwsRequest, "headers">,
  leaf: OpenSslCertificate,
  bundle: string,
  now: Date,
): readonly OpenSslCertificate[] {
  const anchors = [...bundle.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([pem]) => new OpenSslCertificate(pem),
  );
  const between = String(headers["x-amz-x509-chain"] ?? "")
    .split(",")
    .filter(Boolean)
    .map((base64) => new OpenSslCertificate(Buffer.from(read(base64).rawData)));
  const chain = [leaf];
  // "up to 5 certificates" is what the header takes: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication.html
  for (let depth = 0; depth < 6; depth++) {
    const last = chain.at(-1)!;
    if (Date.parse(last.validFrom) > now.getTime()) throw refused("Certificate not valid yet.");
    if (Date.parse(last.validTo) < now.getTime()) throw refused("Certificate expired.");
    if (anchors.some((anchor) => anchor.raw.equals(last.raw))) return chain;
    const issuer = [...anchors, ...between].find(
      (one) => one.ca && last.checkIssued(one) && last.verify(one.publicKey),
    );
    if (!issuer) break;
    chain.push(issuer);
  }
  throw refused("Untrusted certificate. Insufficient certificate");
}

/** Whether an enabled list of the issuer has the serial number. */
function isRevoked(one: OpenSslCertificate, issuer: OpenSslCertificate, lists: readonly string[]): boolean {
  return lists.some((list) => {
    const found = readRevocationList(Buffer.from(list), issuer.toString());
    return "list" in found && found.list.revoked.includes(plainSerial(one.serialNumber));
  });
}

/** Several values of one attribute become one tag, with slashes between them. */
function rdnTags(
  prefix: string,
  name: readonly Readonly<Record<string, readonly string[]>>[],
): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (const part of name)
    for (const [key, values] of Object.entries(part)) {
      const tag = `${prefix}/${key}`;
      tags[tag] = [...(tags[tag] === undefined ? [] : [tags[tag]]), ...values].join("/");
    }
  return tags;
}

/** The first DNS name and the first URI. E-mail addresses and IP addresses are not mapped. */
function alternativeNames({ subjectAltName = "" }: OpenSslCertificate): Readonly<Record<string, string>> {
  const first = (kind: string): string | undefined =>
    subjectAltName
      .split(", ")
      .find((one) => one.startsWith(`${kind}:`))
      ?.slice(kind.length + 1);
  const [dns, uri] = [first("DNS"), first("URI")];
  return defined({ "x509SAN/DNS": dns, "x509SAN/URI": uri });
}

/** "The service ignores values that do not match this pattern": https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
function mapped(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tags).filter(([, value]) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)),
  );
}
