import "reflect-metadata";
import { download } from "../../../../modules/live/crl/download";
import { type AnchorLists, changes, crlPlan, type FoundList, type WantedList } from "../../../../modules/live/crl/plan";
import { readRevocationList } from "../../../../modules/sections/workload-identity/revocation";
import {
  crlPem,
  type ListOptions,
  revocationList,
  type TestAuthority,
  testAuthority,
} from "../../sections/workload-identity/revocation-maker";

const NOW = new Date("2026-06-01T00:00:00Z");
let authority: TestAuthority;
let second: TestAuthority;
let foreign: TestAuthority;
beforeAll(async () => {
  [authority, second, foreign] = await Promise.all([
    testAuthority("CN=CA 1"),
    testAuthority("CN=CA 2"),
    testAuthority("CN=CA that is gone"),
  ]);
});

const bundle = (): string => authority.pem + second.pem;
const wanted = async (options: ListOptions = {}, by = authority, source = "ca.crl"): Promise<WantedList> => {
  const read = readRevocationList(await revocationList(by, options), bundle());
  if ("problem" in read) throw new Error(read.problem.message);
  return { source, list: read.list };
};
const found = async (options: ListOptions = {}, by = authority, more: Partial<FoundList> = {}): Promise<FoundList> => ({
  id: `id-${by.subject}`,
  name: "any",
  enabled: true,
  data: Buffer.from(crlPem(await revocationList(by, options))),
  ...more,
});
const anchor = (lists: readonly WantedList[], inAws?: readonly FoundList[]): AnchorLists => ({
  trustAnchor: "datacenter",
  accountId: "444444444401",
  account: "payments-prod",
  region: "eu-central-1",
  bundle: bundle(),
  wanted: lists,
  ...(inAws === undefined ? {} : { found: { arn: "arn:anchor", lists: inAws } }),
});
const said = (one: AnchorLists, now = NOW): readonly string[] =>
  crlPlan([one], now).steps.map(({ action, reason }) => (reason ? `${action} ${reason.code}` : action));

test("AWS has none: import; an older one: update; this one: nothing", async () => {
  const list = await wanted({ number: 2, revoked: ["0a"] });
  expect(said(anchor([list], []))).toEqual(["import"]);
  expect(said(anchor([list], [await found({ number: 1 })]))).toEqual(["update"]);
  const { data } = await found();
  const present = { id: "x", name: "any", enabled: true, data: Buffer.from("list" in list ? list.list.pem : data) };
  expect(said(anchor([list], [present]))).toEqual(["none"]);
  expect(said(anchor([list], [{ ...present, enabled: false }]))).toEqual(["enable"]);
});

test("the plan says what is revoked now, and what is good again", async () => {
  const [step] = crlPlan(
    [anchor([await wanted({ number: 2, revoked: ["0a", "0b"] })], [await found({ number: 1, revoked: ["0a", "0c"] })])],
    NOW,
  ).steps;
  expect(step).toMatchObject({ action: "update", added: ["b"], removed: ["c"], crlId: "id-CN=CA 1" });
});

test("a number that goes backwards is refused, whatever the dates say", async () => {
  const older = await wanted({ number: 1, thisUpdate: "2026-05-20T00:00:00Z" });
  expect(said(anchor([older], [await found({ number: 2, thisUpdate: "2026-05-10T00:00:00Z" })]))).toEqual([
    "refused CRL-BACKWARDS",
  ]);
});

test("the same number and date with other content is refused", async () => {
  expect(said(anchor([await wanted({ revoked: ["0a"] })], [await found({ revoked: ["0b"] })]))).toEqual([
    "refused CRL-DIFFERENT",
  ]);
});

test("without numbers the date decides", async () => {
  const list = await wanted({ number: undefined, thisUpdate: "2026-05-20T00:00:00Z" });
  const at = (thisUpdate: string): Promise<FoundList> => found({ number: undefined, thisUpdate });
  expect(said(anchor([list], [await at("2026-05-19T00:00:00Z")]))).toEqual(["update"]);
  expect(said(anchor([list], [await at("2026-05-21T00:00:00Z")]))).toEqual(["refused CRL-BACKWARDS"]);
});

test("a list that is over, or still to come, is refused", async () => {
  const of = (thisUpdate: string, nextUpdate: string): Promise<WantedList> => wanted({ thisUpdate, nextUpdate });
  expect(said(anchor([await of("2026-04-01T00:00:00Z", "2026-05-31T23:59:59Z")], []))).toEqual(["refused CRL-STALE"]);
  expect(said(anchor([await of("2026-06-01T00:00:01Z", "2026-07-01T00:00:00Z")], []))).toEqual([
    "refused CRL-NOT-YET-VALID",
  ]);
});

test("a trust anchor that is not there yet is said", async () => {
  expect(said(anchor([await wanted()]))).toEqual(["refused CRL-NO-TRUST-ANCHOR"]);
});

test("two lists fit, of one CA each; a third does not, and nothing is deleted for it", async () => {
  const both = [await wanted(), await wanted({}, second, "ca2.crl")];
  expect(said(anchor(both, []))).toEqual(["import", "import"]);
  const gone = await found({}, foreign);
  expect(said(anchor(both, [gone]))).toEqual(["import", "refused CRL-NO-ROOM"]);
  const { others } = crlPlan([anchor(both, [gone])], NOW);
  expect(others).toEqual([
    expect.objectContaining({ crlId: gone.id, what: expect.stringContaining("CN=CA that is gone") }),
  ]);
});

test("a list in AWS that nobody has signed is never taken for the CA's", async () => {
  const forged = await found({ number: 9, issuer: authority.subject }, foreign, { id: "forged" });
  const plan = crlPlan([anchor([await wanted({ number: 2 })], [forged])], NOW);
  expect(plan.steps.map(({ action }) => action)).toEqual(["import"]);
  expect(plan.others.map(({ crlId }) => crlId)).toEqual(["forged"]);
  const nothing = await found({}, authority, { id: "broken", data: Buffer.from("no list") });
  expect(crlPlan([anchor([await wanted()], [nothing])], NOW).others).toHaveLength(1);
});

test("of two lists of one CA in AWS the newest counts", async () => {
  const lists = [
    await found({ number: 5 }, authority, { id: "old" }),
    await found({ number: 7 }, authority, { id: "new" }),
  ];
  expect(said(anchor([await wanted({ number: 6 })], lists))).toEqual(["refused CRL-BACKWARDS"]);
  expect(crlPlan([anchor([await wanted({ number: 8 })], lists)], NOW).steps[0]).toMatchObject({ crlId: "new" });
});

test("what is refused, and what is there already, is no change", async () => {
  const plan = crlPlan([anchor([await wanted()])], NOW);
  expect(changes(plan)).toEqual([]);
});

describe("from an address", () => {
  const answer =
    (status: number, body: Uint8Array<ArrayBuffer> | null = null): (() => Promise<Response>) =>
    () =>
      Promise.resolve(new Response(body, { status }));
  const code = async (get: () => Promise<Response>): Promise<string> => {
    const got = await download("https://pki.example.com/ca.crl", get);
    return "problem" in got ? got.problem.message : got.bytes.toString("hex");
  };

  test("the bytes as they are", async () => expect(await code(answer(200, new Uint8Array([0x30, 0])))).toBe("3000"));

  test("anything else is said", async () => {
    expect(await code(answer(404))).toMatch(/answers 404/);
    expect(await code(answer(200, new Uint8Array(4 * 1024 * 1024 + 1)))).toMatch(/more than 4 MB/);
    expect(
      await code(() => Promise.reject(new TypeError("fetch failed", { cause: new Error("unexpected redirect") }))),
    ).toMatch(/unexpected redirect/);
  });

  test("no redirect is followed", async () => {
    let asked: unknown;
    await download("https://pki.example.com/ca.crl", (_, init) => {
      asked = init.redirect;
      return answer(200)();
    });
    expect(asked).toBe("error");
  });
});
