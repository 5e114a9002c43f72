import "reflect-metadata";
import { Extension, KeyUsageFlags } from "@peculiar/x509";
import { spawnSync } from "node:child_process";
import { defined } from "../../../../modules/kernel/optional";
import { formatProblem } from "../../../../modules/kernel/errors";
import { revocationDates } from "../../../../modules/sections/workload-identity/expiry";
import {
  isNewer,
  readRevocationList,
  type RevocationList,
} from "../../../../modules/sections/workload-identity/revocation";
import { exampleWith } from "../../../support/environments";
import { crlPem, revocationList, type TestAuthority, testAuthority } from "./revocation-maker";

jest.setTimeout(60_000);

let authority: TestAuthority;
let other: TestAuthority;
beforeAll(async () => {
  authority = await testAuthority();
  other = await testAuthority("CN=Other CA");
});

const read = (bytes: Buffer, bundle = authority.pem): RevocationList => {
  const result = readRevocationList(bytes, bundle);
  if ("problem" in result) throw new Error(`${result.problem.code} ${result.problem.message}`);
  return result.list;
};
const code = (bytes: Buffer, bundle = authority.pem): string => {
  const result = readRevocationList(bytes, bundle);
  return "problem" in result ? result.problem.code : "read";
};

test("PEM and DER are the same list, with what it says", async () => {
  const der = await revocationList(authority, { number: 300, revoked: ["0a", "00ff", "01"] });
  expect(read(der)).toMatchObject({
    issuer: "CN=Test CA, O=Example",
    number: "300",
    thisUpdate: "2026-05-01T00:00:00.000Z",
    nextUpdate: "2036-01-01T00:00:00.000Z",
    revoked: ["1", "a", "ff"],
  });
  expect(read(Buffer.from(`a note\n${crlPem(der)}more text`))).toEqual(read(der));
  expect(read(der).pem).toBe(crlPem(der));
});

test("OpenSSL reads what is handed to AWS, and agrees on number and signature", async () => {
  const { pem } = read(await revocationList(authority, { number: 18, revoked: ["0a"] }));
  const { stdout, stderr } = spawnSync("openssl", ["crl", "-noout", "-text"], { input: pem, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/X509v3 CRL Number: \s+18/);
  expect(stdout).toMatch(/Serial Number: 0A/);
});

test.each(["EC", "RSA", "RSA-PSS"] as const)("a signature of %s is checked", async (kind) => {
  const signer = await testAuthority("CN=Test CA, O=Example", { kind });
  const der = await revocationList(signer);
  expect(code(der, signer.pem)).toBe("read");
  // The same name, and another key.
  expect(code(der, authority.pem)).toBe("CRL-SIGNATURE");
  // One byte of what is signed.
  const changed = Buffer.from(der);
  const at = changed.indexOf(Buffer.from("260501000000Z"));
  changed[at + 1] = "5".charCodeAt(0);
  expect(code(changed, signer.pem)).toBe("CRL-SIGNATURE");
});

test("of two CAs with one name the right one is found", async () => {
  const renewed = await testAuthority();
  const list = read(await revocationList(renewed), authority.pem + renewed.pem);
  expect(list.signedBy).not.toBe(read(await revocationList(authority), authority.pem + renewed.pem).signedBy);
});

test("what is refused, and why", async () => {
  expect(code(await revocationList(other))).toBe("CRL-ISSUER");
  expect(
    code(await revocationList(authority, { extensions: [new Extension("2.5.29.27", true, Buffer.from([2, 1, 1]))] })),
  ).toBe("CRL-PARTIAL");
  expect(
    code(await revocationList(authority, { extensions: [new Extension("2.5.29.28", true, Buffer.from([0x30, 0]))] })),
  ).toBe("CRL-PARTIAL");
  expect(
    code(await revocationList(authority, { extensions: [new Extension("1.2.3.4", true, Buffer.from([5, 0]))] })),
  ).toBe("CRL-PARTIAL");
  expect(
    code(await revocationList(authority, { extensions: [new Extension("1.2.3.4", false, Buffer.from([5, 0]))] })),
  ).toBe("read");
  const signsNoLists = await testAuthority("CN=Half", { usage: KeyUsageFlags.keyCertSign });
  expect(code(await revocationList(signsNoLists), signsNoLists.pem)).toBe("CRL-KEY-USAGE");
  expect(code(Buffer.alloc(230_000, 0x30))).toBe("CRL-TOO-LARGE");
  const der = await revocationList(authority);
  expect(code(Buffer.alloc(0))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.from("no list at all"))).toBe("CRL-UNREADABLE");
  expect(code(der.subarray(0, -1))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.concat([der, Buffer.from([0])]))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.from(authority.pem))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.from(crlPem(der) + crlPem(der)))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.from(crlPem(der).replace(/-----END.*/, "")))).toBe("CRL-UNREADABLE");
  expect(code(Buffer.from("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))).toBe(
    "CERTIFICATE-PRIVATE-KEY",
  );
});

test("any byte that is cut off or turned round gives words, never an exception", async () => {
  const der = await revocationList(authority, { revoked: ["0a"] });
  for (let at = 0; at < der.length; at++) {
    expect(code(der.subarray(0, at))).not.toBe("read");
    const turned = Buffer.from(der);
    turned[at] = turned[at]! ^ 0xff;
    expect(code(turned)).not.toBe("read");
  }
});

test("a list of thousands is read", async () => {
  // More nodes than the parser takes unless it is told to.
  const many = Array.from({ length: 3500 }, (_, n) => (0x1000 + n).toString(16));
  expect(read(await revocationList(authority, { revoked: many })).revoked).toEqual(many);
});

test("the number says the order, and the date where there is none", () => {
  const of = (number: string | undefined, thisUpdate: string): Pick<RevocationList, "number" | "thisUpdate"> => ({
    ...defined({ number }),
    thisUpdate,
  });
  expect(isNewer(of("10", "2026-01-01"), of("9", "2026-02-01"))).toBe(true);
  expect(isNewer(of("9", "2026-02-01"), of("10", "2026-01-01"))).toBe(false);
  expect(isNewer(of(undefined, "2026-02-01"), of("10", "2026-01-01"))).toBe(true);
  expect(isNewer(of("9", "2026-02-01"), of("9", "2026-01-01"))).toBe(true);
  expect(isNewer(of("9", "2026-02-01"), of("9", "2026-02-01"))).toBe(false);
});

describe("in a baseline", () => {
  const withLists = (yaml: string, files: Readonly<Record<string, string>>): ReturnType<typeof exampleWith> =>
    exampleWith({
      baseline: [
        [
          "      certificateBundleFile: certificates/datacenter-ca.pem\n",
          `      certificateBundleFile: certificates/datacenter-ca.pem\n      revocationLists:\n${yaml}`,
        ],
      ],
      files: { "certificates/datacenter-ca.pem": authority.pem, ...files },
    });

  test("a file is read and checked; an address is not asked", async () => {
    const der = await revocationList(authority);
    const { state, problems } = withLists("        - file: a.crl\n        - url: https://pki.example.com/ca.crl\n", {
      "a.crl": der.toString("base64"),
    });
    expect(problems).toEqual([]);
    expect(state!.workloadIdentity!.stacks.flatMap(({ trustAnchors }) => trustAnchors)[0]!.revocationLists).toEqual([
      { file: "a.crl", list: read(der) },
      { url: "https://pki.example.com/ca.crl" },
    ]);
  });

  test("what is wrong is said with its place", async () => {
    const said = ({ problems }: ReturnType<typeof exampleWith>): readonly string[] =>
      problems.map((problem) =>
        formatProblem(problem)
          .split("\n")[0]!
          .replace(/environments\S+ /, ""),
      );
    const of = (owner: TestAuthority, number = 1): Promise<string> =>
      revocationList(owner, { number }).then((der) => der.toString("base64"));
    expect(said(withLists("        - file: a.crl\n", { "a.crl": await of(other) }))).toEqual([
      "error CRL-ISSUER workloadIdentity.trustAnchors[0].revocationLists[0].file",
    ]);
    expect(
      said(
        withLists("        - file: a.crl\n        - file: b.crl\n", {
          "a.crl": await of(authority),
          "b.crl": await of(authority, 2),
        }),
      ),
    ).toEqual(["error CRL-DUPLICATE workloadIdentity.trustAnchors[0].revocationLists[1].file"]);
    expect(said(withLists("        - {}\n", {}))).toEqual([
      "error CRL-SOURCE workloadIdentity.trustAnchors[0].revocationLists[0]",
    ]);
    expect(said(withLists("        - url: http://pki.example.com/ca.crl\n", {}))[0]).toMatch(
      /revocationLists\[0\]\.url/,
    );
    expect(said(withLists("        - url: https://user@pki.example.com/ca.crl\n", {}))[0]).toMatch(
      /revocationLists\[0\]\.url/,
    );
  });

  test("validate warns of a list that is over, and of one that is still to come", async () => {
    const told = async (thisUpdate: string, nextUpdate: string | undefined): Promise<readonly string[]> => {
      const der = await revocationList(authority, { thisUpdate, nextUpdate });
      const { environment, state } = withLists("        - file: a.crl\n", { "a.crl": der.toString("base64") });
      return revocationDates(environment!, state!.workloadIdentity!, new Date("2026-06-01T00:00:00Z")).map(
        ({ code: found, severity }) => `${severity} ${found}`,
      );
    };
    expect(await told("2026-05-01T00:00:00Z", "2026-06-02T00:00:00Z")).toEqual([]);
    expect(await told("2026-05-01T00:00:00Z", "2026-05-31T00:00:00Z")).toEqual(["warning CRL-STALE"]);
    expect(await told("2026-06-02T00:00:00Z", "2026-07-31T00:00:00Z")).toEqual(["warning CRL-NOT-YET-VALID"]);
    expect(await told("2026-05-01T00:00:00Z", undefined)).toEqual([]);
  });
});
