import { revocationFinding } from "../../../../modules/live/verify/sections/roles-anywhere";
import type { NamedRevocationList } from "../../../../modules/sections/workload-identity/types";
import { readRevocationList } from "../../../../modules/sections/workload-identity/revocation";
import { revocationList, type TestAuthority, testAuthority } from "../../sections/workload-identity/revocation-maker";

/** A revocation list in AWS stands for one planned list: that of its own CA. */

const NOW = new Date("2026-11-26T12:00:00Z");
let first: TestAuthority, second: TestAuthority, third: TestAuthority;
let bundle = "";
beforeAll(async () => {
  [first, second, third] = (await Promise.all(
    ["CN=One", "CN=Two", "CN=Three"].map((subject) => testAuthority(subject)),
  )) as [TestAuthority, TestAuthority, TestAuthority];
  bundle = first.pem + second.pem + third.pem;
});
const current = { thisUpdate: "2026-11-20T00:00:00Z", nextUpdate: "2026-12-20T00:00:00Z" };
/** One list for each CA and number: a signature is another one each time. */
const made = new Map<string, Promise<Buffer>>();
function ofCa(authority: TestAuthority, number = 1): Promise<Buffer> {
  const key = `${authority.subject} ${number}`;
  const list = made.get(key) ?? revocationList(authority, { number, ...current });
  made.set(key, list);
  return list;
}

async function fileOf(authority: TestAuthority): Promise<NamedRevocationList> {
  const read = readRevocationList(await ofCa(authority), bundle);
  if (!("list" in read)) throw new Error("no list");
  return { file: `${authority.subject}.crl`, list: read.list };
}

async function verdicts(planned: readonly NamedRevocationList[], ...inAws: readonly Buffer[]) {
  const crls = inAws.map((crlData) => ({ crlData, enabled: true }));
  return planned.map((named) => revocationFinding(named, planned, crls, bundle, "prod", NOW).verdict);
}
const A = { url: "https://pki.example.com/a.crl" };
const B = { url: "https://pki.example.com/b.crl" };

test("two addresses and the list of one CA: one of them is not there, and neither is called seen", async () => {
  expect(await verdicts([A, B], await ofCa(first))).toEqual(["missing", "missing"]);
  expect(await verdicts([A, B], await ofCa(first), await ofCa(first, 2))).toEqual(["missing", "missing"]);
  expect(await verdicts([A, B])).toEqual(["missing", "missing"]);
});

test("two addresses and the lists of two CAs are both seen", async () => {
  expect(await verdicts([A, B], await ofCa(first), await ofCa(second))).toEqual(["seen", "seen"]);
});

test("a list of a file's CA stands for no address, and the other way round", async () => {
  expect(await verdicts([await fileOf(first), A], await ofCa(first))).toEqual(["seen", "missing"]);
  expect(await verdicts([await fileOf(first), A], await ofCa(second))).toEqual(["missing", "seen"]);
  expect(await verdicts([await fileOf(first), A, B], await ofCa(first), await ofCa(third))).toEqual([
    "seen",
    "missing",
    "missing",
  ]);
});

test("two files of two CAs need two lists", async () => {
  const planned = [await fileOf(first), await fileOf(second)];
  expect(await verdicts(planned, await ofCa(first))).toEqual(["seen", "missing"]);
  expect(await verdicts(planned, await ofCa(first), await ofCa(second))).toEqual(["seen", "seen"]);
});

test("more lists than addresses: what is wrong with one of them is not hidden by the others", async () => {
  const stale = { thisUpdate: "2026-09-01T00:00:00Z", nextUpdate: "2026-10-01T00:00:00Z" };
  const cas = [first, second, third];
  for (const bad of cas) {
    const lists = await Promise.all(
      cas.map((ca) => (ca === bad ? revocationList(ca, { number: 1, ...stale }) : ofCa(ca))),
    );
    expect([...(await verdicts([A, B], ...lists))].sort()).toEqual(["different", "seen"]);
    expect(await verdicts([A], ...lists)).toEqual(["different"]);
  }
  expect(await verdicts([A, B], ...(await Promise.all(cas.map((ca) => ofCa(ca)))))).toEqual(["seen", "seen"]);
});
