import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { KeyUsageFlags } from "@peculiar/x509";
import { readCertificateBundle } from "../../../../modules/sections/workload-identity/certificates";
import { EXAMPLE_FILES } from "../../../support/environments";
import { CertificateOptions, makeCertificate } from "./certificate-maker";

const codes = (text: string): readonly string[] => {
  const bundle = readCertificateBundle(text);
  return "problems" in bundle ? bundle.problems.map((problem) => problem.code) : [];
};
const made = async (options: CertificateOptions = {}): Promise<string> => (await makeCertificate(options)).pem;

describe("a CA's certificate is taken", () => {
  const cases: readonly (readonly [string, CertificateOptions, string])[] = [
    ["EC P-256", {}, "EC P-256"],
    ["EC P-384", { key: { curve: "P-384" } }, "EC P-384"],
    ["EC P-521", { key: { curve: "P-521" } }, "EC P-521"],
    ["RSA 2048", { key: { rsa: 2048 } }, "RSA 2048"],
    ["without key usage, which then limits nothing", { usage: undefined }, "EC P-256"],
    [
      "expired: the clock is not asked",
      { notBefore: new Date("2001-01-01T00:00:00Z"), notAfter: new Date("2002-01-01T00:00:00Z") },
      "EC P-256",
    ],
  ];
  test.each(cases)("%s", async (_, options, key) => {
    const pem = await made(options);
    const bundle = readCertificateBundle(pem);
    if ("problems" in bundle) throw new Error(JSON.stringify(bundle.problems));
    expect(bundle.authorities).toMatchObject([
      {
        key,
        subject: "CN=Test CA, O=Example",
        sha256: new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase(),
      },
    ]);
    // What goes to AWS is the same certificate, by another reader.
    expect(new X509Certificate(bundle.pem).raw.equals(new X509Certificate(pem).raw)).toBe(true);
  });

  test("two of them, in the order of the file", async () => {
    const [one, two] = [await made({ subject: "CN=Old" }), await made({ subject: "CN=New" })];
    const bundle = readCertificateBundle(one + two);
    expect(bundle).toMatchObject({ authorities: [{ subject: "CN=Old" }, { subject: "CN=New" }] });
  });

  test("line endings, text around it and missing line breaks change nothing of what AWS gets", () => {
    const pem = EXAMPLE_FILES["certificates/datacenter-ca.pem"]!;
    const body = pem.split("\n").slice(1, -2).join("");
    const canonical = readCertificateBundle(pem);
    expect("pem" in canonical && canonical.pem).toBe(pem);
    expect(readCertificateBundle(pem.replaceAll("\n", "\r\n"))).toEqual(canonical);
    expect(readCertificateBundle(`subject=CN = x\nissuer=token=abc\n${pem}trailing note\n`)).toEqual(canonical);
    expect(readCertificateBundle(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`)).toEqual(canonical);
  });
});

describe("what no trust anchor should trust is refused", () => {
  const cases: readonly (readonly [string, CertificateOptions, readonly string[]])[] = [
    ["a leaf", { ca: false, usage: KeyUsageFlags.digitalSignature }, ["CERTIFICATE-NOT-CA", "CERTIFICATE-KEY-USAGE"]],
    ["one that does not say that it is a CA", { ca: undefined }, ["CERTIFICATE-NOT-CA"]],
    ["a CA that may not sign certificates", { usage: KeyUsageFlags.cRLSign }, ["CERTIFICATE-KEY-USAGE"]],
    ["RSA with 1024 bits", { key: { rsa: 1024 } }, ["CERTIFICATE-WEAK-KEY"]],
    ["a signature with SHA-1", { key: { rsa: 2048, hash: "SHA-1" } }, ["CERTIFICATE-WEAK-SIGNATURE"]],
    [
      "a key of a kind that Roles Anywhere does not know",
      { key: "Ed25519" },
      ["CERTIFICATE-KEY-KIND", "CERTIFICATE-WEAK-SIGNATURE"],
    ],
  ];
  test.each(cases)("%s", async (_, options, expected) => expect(codes(await made(options))).toEqual(expected));

  // What the generator does not make, OpenSSL does.
  const openssl = (() => {
    try {
      execFileSync("openssl", ["version"]);
      return true;
    } catch {
      return false;
    }
  })();
  const request = (...args: readonly string[]): string =>
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-nodes",
        "-keyout",
        "/dev/null",
        "-subj",
        "/CN=Test CA",
        "-days",
        "30",
        "-addext",
        "keyUsage=critical,keyCertSign",
        ...args,
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
  (openssl ? test : test.skip)("EC on a curve below P-256, and one that Roles Anywhere does not verify with", () => {
    expect(codes(request("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-224"))).toEqual(["CERTIFICATE-WEAK-KEY"]);
    expect(codes(request("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"))).toEqual([
      "CERTIFICATE-WEAK-KEY",
    ]);
  });
  (openssl ? test : test.skip)("a signature with MD5", () => {
    const bundle = readCertificateBundle(request("-newkey", "rsa:2048", "-md5"));
    expect(bundle).toMatchObject({ problems: [{ code: "CERTIFICATE-WEAK-SIGNATURE", message: "is signed with MD5" }] });
  });
  (openssl ? test : test.skip)("what OpenSSL makes by default with RSA-PSS is taken", () => {
    expect(codes(request("-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sha256"))).toEqual([]);
  });

  test("a private key in the file: one word about it, and nothing of it anywhere", async () => {
    const { pem, keyPem } = await makeCertificate();
    for (const text of [
      keyPem,
      pem + keyPem,
      keyPem.replaceAll("PRIVATE KEY", "EC PRIVATE KEY"),
      keyPem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
      keyPem.replaceAll("PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    ]) {
      const bundle = readCertificateBundle(text);
      expect(bundle).toMatchObject({ problems: [{ code: "CERTIFICATE-PRIVATE-KEY" }] });
      expect(JSON.stringify(bundle)).not.toContain(keyPem.split("\n")[1]!.slice(0, 20));
    }
  });

  test("no certificate, something else, half of one", async () => {
    const pem = await made();
    expect(codes("")).toEqual(["CERTIFICATE-NONE"]);
    expect(codes(" \n\n")).toEqual(["CERTIFICATE-NONE"]);
    expect(codes("\u0030\u0082\u0001\u000a")).toEqual(["CERTIFICATE-NOT-PEM"]);
    expect(codes(pem.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST"))).toEqual(["CERTIFICATE-NOT-PEM"]);
    expect(codes(pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"))).toEqual(["CERTIFICATE-NOT-PEM"]);
    expect(codes(pem.slice(0, pem.length / 2))).toEqual(["CERTIFICATE-NOT-PEM"]);
    expect(codes("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).toEqual(["CERTIFICATE-UNREADABLE"]);
    expect(codes("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")).toEqual(["CERTIFICATE-UNREADABLE"]);
    expect(codes(pem.replace(/\n(.{8})/, "\n????????"))).toEqual(["CERTIFICATE-UNREADABLE"]);
  });

  test("bytes after the certificate, which a reader would skip and AWS would get", async () => {
    const pem = await made();
    const der = Buffer.from(pem.split("\n").slice(1, -2).join(""), "base64");
    const longer = Buffer.concat([der, Buffer.from("hidden")]).toString("base64");
    expect(codes(`-----BEGIN CERTIFICATE-----\n${longer}\n-----END CERTIFICATE-----\n`)).toEqual([
      "CERTIFICATE-UNREADABLE",
    ]);
  });

  test("the same certificate twice, and more than AWS takes", async () => {
    const [one, two, three] = [
      await made({ subject: "CN=1" }),
      await made({ subject: "CN=2" }),
      await made({ subject: "CN=3" }),
    ];
    expect(codes(one + one)).toEqual(["CERTIFICATE-DUPLICATE"]);
    expect(codes(one + two + three)).toEqual(["CERTIFICATE-TOO-MANY"]);
  });

  test("of several the message says which", async () => {
    const bundle = readCertificateBundle((await made()) + (await made({ ca: false })));
    expect(bundle).toMatchObject({
      problems: [{ code: "CERTIFICATE-NOT-CA", message: expect.stringContaining("(certificate 2 of 2)") as unknown }],
    });
  });
});
