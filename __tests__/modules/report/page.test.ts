import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checksOf } from "../../../modules/live/verify/run";
import { targetState } from "../../../modules/proofs/environment";
import { prove } from "../../../modules/proofs/prove";
import { pageData, ReportInput } from "../../../modules/report/collect";
import { nextSteps } from "../../../modules/report/journey";
import { reportHtml } from "../../../modules/report/html";
import { csv } from "../../../modules/page/browser/csv";
import { forecast } from "../../../modules/page/browser/forecast";
import { EMPTY, readState, writeState } from "../../../modules/page/browser/state";
import { SCRIPT } from "../../../modules/report/page-script";
import { STYLE } from "../../../modules/page/style";
import { loadEnvironment } from "../../../modules/sections/load";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { evidenceText, type RolloutEvidence, statementsDigest } from "../../../modules/sections/guardrails/evidence";
import type { PageStep } from "../../../modules/report/page-data";
import { ROOT } from "../../support/environments";

const environment = loadEnvironment(ROOT, "example");
const proven = { environment, ...resolveUnproven(environment).state! };
const input: ReportInput = {
  proven,
  report: prove(proven),
  madeAt: "2026-11-26T12:00:00.000Z",
  command: "npx keyless",
};
const data = pageData(input);
const at = (name: string): number => data.accounts.findIndex((account) => account.name === name);

describe("the data of the page", () => {
  test("has every active account once, with its OU, its chain and each guardrail's mode", () => {
    expect(data.accounts.map(({ id }) => id)).toEqual([...environment.tree.accounts].map(({ id }) => id).sort());
    const keys = data.guardrails.find(({ id }) => id === "deny-access-key-creation")!;
    expect([keys.modes[at("shop-prod")], keys.modes[at("sandbox-1")], keys.modes[at("management")]]).toEqual([
      "e",
      "o",
      "x",
    ]);
    for (const { modes } of data.guardrails) expect(modes).toHaveLength(data.accounts.length);
    expect(data.places[data.accounts[at("shop-prod")]!.place]!.path).toBe("Workloads/Prod");
    const chain = data.chains[data.accounts[at("shop-prod")]!.chain]!;
    expect(chain.levels.map(({ place }) => place)).toEqual(["(root)", "Workloads", "Workloads/Prod", "shop-prod"]);
    expect(chain.levels[0]!.policies.map((policy) => data.policies[policy]!.owner)).toContain("this baseline");
  });

  test("names the accounts that are not active where they are, and counts none of them", () => {
    expect(data.places.flatMap(({ path, inactive }) => (inactive ? [[path, inactive]] : []))).toEqual([
      ["Suspended", ["old-website (suspended)"]],
    ]);
    expect(data.accounts.map(({ name }) => name)).not.toContain("old-website");
  });

  test("says unknown where nobody looked", () => {
    expect(data.keys).toBeUndefined();
    expect(data.verification).toBeUndefined();
    expect(new Set(data.breakGlass.seen)).toEqual(new Set(["p"]));
    expect(data.sources.map(({ what, known }) => [what, known])).toEqual([
      ["Accounts, OUs, policies of others", "facts"],
      ["Guardrails, people, workloads, break glass", "planned"],
      ["Proofs", "proven"],
      ["Seen in AWS", "unknown"],
      ["Keys and passwords", "unknown"],
      ["Last drill", "unknown"],
    ]);
    expect(data.sources[0]!.text).toContain("whose date is not known");
    expect(data.steps.filter(({ stage }) => stage === "find" || stage === "way-in").map(({ what }) => what)).toEqual([
      "Find the credentials: no inventory was given to this page.",
      "Check that emergency access works: nobody has verified it for this page.",
      "Drill emergency access: no drill on record has passed.",
    ]);
  });

  test("what verify and the inventory did not read completely is not known, never nothing", () => {
    const place = (name: string): string => data.accounts[at(name)]!.id;
    const claim = (name: string, verdict: "seen" | "missing" | "not-readable") => ({
      section: "break-glass" as const,
      kind: "role",
      name: data.breakGlass.role,
      promise: "",
      place: { accountId: place(name) },
      verdict,
      details: [],
      at: "2026-11-26T09:00:00Z",
    });
    const account = (name: string, status: "complete" | "partial") => ({
      id: place(name),
      name,
      organizationalUnit: "",
      status,
      problems: [],
      users: 0,
    });
    const seen = pageData({
      ...input,
      verification: {
        environment: "example",
        organizationId: data.organizationId,
        from: "2026-11-26T09:00:00Z",
        to: "2026-11-26T09:01:00Z",
        claims: [claim("shop-prod", "seen"), claim("shop-dev", "missing"), claim("data-dev", "not-readable")],
        calls: {},
      },
      inventory: {
        format: "keyless-inventory/1",
        environment: "example",
        organizationId: data.organizationId,
        generatedAt: "2026-11-26T08:00:00Z",
        days: { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 },
        masked: false,
        accounts: [account("shop-prod", "complete"), account("shop-dev", "partial")],
        credentials: [],
      },
    });
    const letters = ["shop-prod", "shop-dev", "data-dev", "sandbox-1"].map((name) => seen.breakGlass.seen[at(name)]);
    expect(letters).toEqual(["s", "m", "n", "p"]);
    expect(["shop-prod", "shop-dev", "data-dev"].map((name) => seen.keys!.active[at(name)])).toEqual([0, -1, -1]);
    expect(seen.steps.find(({ stage }) => stage === "find")!.what).toBe(
      `Read the ${data.accounts.length - 1} accounts that the inventory has not read completely.`,
    );
    expect(seen.steps.find(({ stage }) => stage === "way-in")!.what).toContain(
      `in ${data.accounts.length - 1} accounts`,
    );
  });

  test("who gets in is seen where verify has seen it, by the very claims that verify makes", () => {
    const sections = ["identity-center", "workload-identity", "pipeline"] as const;
    const subjects = checksOf(environment, targetState(environment), sections);
    const seenWith = (verdict: (subject: (typeof subjects)[number]) => "seen" | "missing") => {
      const { people, workloads, pipeline } = pageData({
        ...input,
        verification: {
          environment: "example",
          organizationId: data.organizationId,
          sections,
          from: "2026-11-26T09:00:00Z",
          to: "2026-11-26T09:01:00Z",
          claims: subjects.map(({ section, kind, name, promise, place }) => ({
            ...{ section, kind, name, promise, place, details: [], at: "2026-11-26T09:00:00Z" },
            verdict: verdict({ section, kind, name, promise, place } as (typeof subjects)[number]),
          })),
          calls: {},
        },
      });
      return { people, workloads, pipeline: pipeline!.seen };
    };
    const all = seenWith(() => "seen");
    expect(new Set([...all.people, ...all.workloads].map(({ seen }) => seen))).toEqual(new Set(["s"]));
    expect(all.pipeline).toBe("s".repeat(data.accounts.length));
    const lost = seenWith(({ kind, name, place }) =>
      (kind === "assignments" && name === "Developer") || (kind === "role" && place.accountId === "444444444403")
        ? "missing"
        : "seen",
    );
    expect(lost.people.filter(({ seen }) => seen === "m").map(({ set }) => set)).toEqual(
      data.people.filter(({ set }) => set === "Developer").map(({ set }) => set),
    );
    expect(lost.workloads.filter(({ seen }) => seen === "m").map(({ account }) => account)).toEqual([at("shop-prod")]);
    expect([...lost.pipeline].indexOf("m")).toBe(at("shop-prod"));
    expect(new Set([...data.people, ...data.workloads].map(({ seen }) => seen))).toEqual(new Set(["p"]));
  });

  test("a verification that did not look at the way in, or saw a user of it missing, is a step", () => {
    const looked = (claims: NonNullable<ReportInput["verification"]>["claims"]) =>
      pageData({
        ...input,
        verification: {
          environment: "example",
          organizationId: data.organizationId,
          from: "2026-11-26T09:00:00Z",
          to: "2026-11-26T09:01:00Z",
          claims,
          calls: {},
        },
      }).steps.filter(({ stage, what }) => stage === "way-in" && !what.startsWith("Drill"));
    const claim = (kind: string, name: string, verdict: "seen" | "missing", accountId: string) => ({
      section: "break-glass" as const,
      kind,
      name,
      promise: "",
      place: { accountId },
      verdict,
      details: [],
      at: "2026-11-26T09:00:00Z",
    });
    const roles = data.accounts.map(({ id }) => claim("role", data.breakGlass.role, "seen", id));
    expect(looked(roles)).toEqual([]);
    expect(looked([]).map(({ what }) => what)).toEqual([
      "Check that emergency access works: nobody has verified it for this page.",
    ]);
    expect(looked(roles.slice(1))[0]!.what).toContain("in 1 account it was not seen");
    expect(looked([...roles, claim("role", data.breakGlass.role, "missing", data.accounts[2]!.id)])).toHaveLength(1);
    const user = claim("user", "break-glass-1", "missing", data.accounts[data.management]!.id);
    expect(looked([...roles, user])[0]!.what).toContain("1 other thing of it is missing");
  });

  test("an account that is off beside others of its OU is a step of its own", () => {
    const [one] = data.guardrails.filter(({ id }) => id === "deny-user-creation");
    const off = data.guardrails.map((guardrail) =>
      guardrail.id === one!.id
        ? {
            ...guardrail,
            modes: [...guardrail.modes]
              .map((letter, i) =>
                i === data.management ? "x" : i === at("shop-dev") ? "-" : letter === "x" ? "x" : "e",
              )
              .join(""),
          }
        : guardrail,
    );
    const step = nextSteps({ ...data, guardrails: off }).find(({ what }) => what.includes("deny-user-creation"))!;
    expect(step.what).toContain("shop-dev");
    expect(step.yaml).toContain('- account: "555555555503"');
  });

  test("a set that is asked in some places says in which", () => {
    const cell = data.matrix.find(({ title }) => title === "any other role")!.cells[0]!;
    expect(cell.sets.find((set) => /^all denied: iam:CreateAccessKey on/.test(set))).toMatch(/ \(only in .*Workloads/);
  });

  test("a counterexample that nobody accepted takes the word proven away", () => {
    const [first] = input.report.cells;
    const broken = pageData({
      ...input,
      report: {
        ...input.report,
        cells: [{ ...first!, status: "failed" }, ...input.report.cells],
        counterexamples: [
          {
            id: "no-lock-out/x/break-glass/ec2:StartInstances",
            proof: "no-lock-out",
            place: "Workloads",
            account: { id: "444444444401", name: "data-prod" },
            accounts: 3,
            principal: {
              kind: "break-glass",
              name: "break glass",
              arn: "arn:aws:iam::444444444401:role/SecurityBreakGlass",
            },
            action: "ec2:StartInstances",
            resource: "*",
            expected: "allowed",
            decision: "denied",
            context: {},
            because: "an SCP denies it",
            otherwise: "Break glass cannot repair it.",
            alsoFor: [],
            alsoActions: [],
          },
        ],
      },
    });
    expect(broken.sources[2]).toMatchObject({
      known: "unknown",
      text: expect.stringContaining("1 failed") as string,
    });
  });

  test("the next steps are what may follow, with YAML that says where", () => {
    const observed = data.steps.find(({ what }) => what.startsWith("Enforce deny-access-key-creation"))!;
    expect(observed.what).toBe("Enforce deny-access-key-creation in Sandbox, where it is observed.");
    expect(observed.yaml).toContain('- ou: "Sandbox"');
    expect(observed.command).toContain("ready example --guardrail deny-access-key-creation");
    expect(data.steps.some(({ what }) => what.includes("deny-long-term-key-use"))).toBe(false);
    expect(data.journey.map(({ place }) => data.places[place]!.path)).toContain("Workloads/Prod");
    expect(data.journey.reduce((all, { accounts }) => all + accounts, 0)).toBe(data.accounts.length - 1);
  });
});

describe("what is old, or speaks of a part only, says so", () => {
  const verification = {
    environment: "example",
    organizationId: data.organizationId,
    from: "2026-09-01T09:00:00Z",
    to: "2026-09-01T09:01:00Z",
    claims: [],
    calls: {},
  };
  const source = (page: typeof data, what: string): string => page.sources.find((one) => one.what === what)!.text;

  test("a verification of long ago says how long, and that it looked at nothing", () => {
    const text = source(pageData({ ...input, verification }), "Seen in AWS");
    expect(text).toContain("(86 days ago)");
    expect(text).toContain("sections none");
  });

  test("an inventory says of how many accounts it is, those that it does not know among them", () => {
    const inventory = {
      format: "keyless-inventory/1" as const,
      environment: "example",
      organizationId: data.organizationId,
      generatedAt: "2026-11-20T08:00:00Z",
      days: { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 },
      masked: false,
      accounts: [],
      credentials: [],
    };
    expect(source(pageData({ ...input, inventory }), "Keys and passwords")).toContain(
      `(6 days ago), in 0 of ${data.accounts.length} accounts completely`,
    );
  });

  test("No mint says of how many guardrails it is proven", () => {
    const of = (name: string) => data.chains[data.accounts[at(name)]!.chain]!.claims;
    const [enforced, all] = of("shop-prod");
    expect(all).toBeGreaterThan(3);
    expect(enforced).toBeGreaterThan(of("sandbox-1")[0]);
    expect(of("management")[0]).toBe(0);
  });

  const drill = (to: string, outcome: "passed" | "failed") => ({
    file: `environments/example/drills/${to}.json`,
    to,
    outcome,
    accounts: { passed: 13, of: 14 },
    others: { passed: 3, of: 3 },
  });
  test.each([
    ["none", [], "no drill on record has passed"],
    ["one that failed", [drill("2026-11-20T09:00:00Z", "failed")], "no drill on record has passed"],
    ["one that is too old", [drill("2025-01-20T09:00:00Z", "passed")], "675 days ago"],
    ["one that is young", [drill("2026-11-20T09:00:00Z", "passed")], undefined],
    [
      "a young one that failed after an older one that passed",
      [drill("2026-11-01T09:00:00Z", "passed"), drill("2026-11-20T09:00:00Z", "failed")],
      undefined,
    ],
  ])("drills: %s", (_, counted, step) => {
    const page = pageData({ ...input, drills: { counted, refused: [{ file: "x.json", why: "of another" }] } });
    expect(page.steps.find(({ what }) => what.startsWith("Drill"))?.what).toEqual(
      step === undefined ? undefined : expect.stringContaining(step),
    );
    expect(page.breakGlass.drills.counted[0]?.to).toBe(counted.at(-1)?.to);
    expect(source(page, "Last drill")).toContain(counted.at(-1)?.outcome ?? "no record that counts");
  });
});

describe("parts of the page", () => {
  test("the scripts and the picture are current (npm run docs, npm run pictures)", () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a script of the build, which is no module of the product
    const { pageScript, PAGES } = require("../../../bundle/page.js") as {
      pageScript(entry: string): string;
      readonly PAGES: readonly (readonly [entry: string, file: string])[];
    };
    for (const [entry, file] of PAGES)
      expect([file, readFileSync(join(ROOT, file), "utf8") === pageScript(entry)]).toEqual([file, true]);
    const look = createHash("sha256").update(SCRIPT).update(STYLE).digest("hex");
    expect(readFileSync(join(ROOT, "docs/pictures/report.sha256"), "utf8")).toBe(`${look}\n`);
  });

  test("the page names the hashes of its script and style, and lets nothing else run or load", () => {
    const html = reportHtml(data);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
    );
    expect(html).not.toMatch(/ style="|https?:\/\/[^"<\s]*\.(?:js|css)/);
    expect(html).toBe(reportHtml(pageData(input)));
  });

  test("an address says a view, and the view says the address", () => {
    const view = { ...EMPTY, tab: "map", layer: "keys", ou: "ou-1", search: "a&b=c #", value: "none" };
    expect(readState(writeState(view), EMPTY)).toEqual(view);
    expect(readState("#proofs", EMPTY)).toEqual({ ...EMPTY, tab: "proofs" });
  });

  test("cells of CSV are text for a spreadsheet", () => {
    expect(csv([["a", '=1+"x"', "-2"]])).toBe(`"a","'=1+""x""","'-2"\r\n`);
  });

  test.each([
    ["two points", [10, 8], "Three inventories or more give a forecast."],
    ["a fall", [30, 20, 10], "If it goes on like this, zero comes around 2026-01-31."],
    ["none left", [3, 1, 0], "No key was left at the last inventory."],
    ["a rise", [1, 2, 3], "The number does not fall: there is no forecast of zero."],
    ["no change", [5, 5, 5], "The number does not fall: there is no forecast of zero."],
  ])("forecast of %s", (_, keys, text) => {
    expect(forecast(keys.map((n, i) => [Date.UTC(2026, 0, 1 + i * 10), n]))).toBe(text);
  });
});

describe("what ready has answered", () => {
  const sandbox = ["666666666601", "666666666602"];
  const content = (edit: Partial<RolloutEvidence["rows"][number]> = {}, at = "2026-11-25T12:00:00Z"): RolloutEvidence =>
    JSON.parse(
      evidenceText({
        format: "keyless-evidence/1",
        environment: "example",
        organizationId: "o-exampleorg1",
        at,
        daysWanted: 30,
        quietRegions: [],
        logs: { digest: "a".repeat(64), files: 3, events: 4000 },
        rows: [
          {
            guardrail: "deny-access-key-creation",
            organizationalUnit: "Sandbox",
            accounts: sandbox,
            statements: statementsDigest("deny-access-key-creation", proven.guardrails),
            ready: true,
            obstacles: [],
            ...edit,
          },
        ],
      }),
    ) as RolloutEvidence;
  const stepOf = (ready: RolloutEvidence | undefined): PageStep | undefined =>
    pageData({ ...input, ...(ready ? { ready } : {}) }).steps.find(({ what }) =>
      what.startsWith("Enforce deny-access-key-creation in Sandbox"),
    );
  const WHERE = "Enforce deny-access-key-creation in Sandbox, where it is observed";

  test("a yes for every account there: the step comes first, with the YAML and without a question", () => {
    const page = pageData({ ...input, ready: content() });
    const step = page.steps.find(({ stage }) => stage === "prevent")!;
    expect(step.what).toBe(`${WHERE}: keyless ready said yes on 2026-11-25.`);
    expect([step.command, step.yaml]).toEqual([undefined, expect.stringContaining("mode: enforce")]);
    expect(page.sources.find(({ what }) => what === "Ready to enforce")).toEqual({
      what: "Ready to enforce",
      known: "seen",
      text: "answer of ready, 2026-11-25 12:00 UTC (1 day ago), by 4000 events of CloudTrail",
    });
    const place = page.journey.find(({ place: at }) => page.places[at]!.path === "Sandbox")!;
    expect(place.next!.what).toBe("Enforce deny-access-key-creation: keyless ready said yes on 2026-11-25.");
  });

  test.each<[string, RolloutEvidence | undefined, string]>([
    ["none was given", undefined, "."],
    [
      "a no",
      content({ ready: false, obstacles: ["TRAIL-STOPPED", "SILENT-ACCOUNTS"] }),
      ": not yet in 2 accounts: keyless ready said no on 2026-11-25 (SILENT-ACCOUNTS, TRAIL-STOPPED).",
    ],
    [
      "a yes for one account of two",
      content({ accounts: [sandbox[0]!] }),
      ": keyless ready was not asked about 1 of these 2 accounts.",
    ],
    ["a yes elsewhere", content({ accounts: ["333333333301"] }), ": keyless ready was not asked about these accounts."],
    [
      "a yes for another guardrail",
      content({ guardrail: "deny-root-user" }),
      ": keyless ready was not asked about these accounts.",
    ],
    [
      "other statements",
      content({ statements: "b".repeat(64) }),
      ": keyless ready was asked on 2026-11-25 about other statements or exceptions: ask again.",
    ],
    ["an old yes", content({}, "2026-11-18T11:00:00Z"), ": keyless ready answered 8 days ago: ask again."],
    [
      "a yes of tomorrow",
      content({}, "2026-11-28T12:00:00Z"),
      ": keyless ready answered on 2026-11-28, which is later than this page: a clock is wrong.",
    ],
  ])("%s is no yes, and the step asks", (_, ready, says) => {
    const step = stepOf(ready)!;
    expect(step.what).toBe(`${WHERE}${says}`);
    expect(step.command).toContain("ready example --guardrail deny-access-key-creation");
  });

  test("what stands in the way elsewhere is not said of these accounts", () => {
    const ready = content({ ready: false, obstacles: ["TRAIL-STOPPED"] });
    const elsewhere = { ...ready.rows[0]!, organizationalUnit: "Security", accounts: ["222222222201"] };
    const both = { ...ready, rows: [...ready.rows, { ...elsewhere, obstacles: ["CREDENTIAL-IN-USE"] }] };
    expect(stepOf(both)!.what).toBe(
      `${WHERE}: not yet in 2 accounts: keyless ready said no on 2026-11-25 (TRAIL-STOPPED).`,
    );
    const changed = { ...ready, rows: [content().rows[0]!, { ...elsewhere, statements: "b".repeat(64) }] };
    expect(stepOf(changed)!.what).toBe(`${WHERE}: keyless ready said yes on 2026-11-25.`);
  });

  test("an account in two rows is ready only where both say so", () => {
    const ready = content();
    const both = { ...ready, rows: [...ready.rows, { ...ready.rows[0]!, ready: false, obstacles: ["NO-LOGS"] }] };
    expect(stepOf(both)!.what).toContain("said no on 2026-11-25 (NO-LOGS)");
  });
});
