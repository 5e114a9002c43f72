import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { manyAccounts } from "../../bench/inventory";
import { BENCH_ENVIRONMENT, writeBenchProject } from "../../bench/project";
import { assess } from "../../modules/evidence/inventory/assess";
import { inventoryHtml } from "../../modules/evidence/inventory/html/report";
import { drillHtml } from "../../modules/live/drill/report";
import type { DrillRecord } from "../../modules/live/drill/types";
import type { Organization } from "../../modules/organization/types";
import { prove } from "../../modules/proofs/prove";
import { pageData } from "../../modules/report/collect";
import { reportHtml } from "../../modules/report/html";
import { journeyOf, nextSteps } from "../../modules/report/journey";
import type { PageData } from "../../modules/report/page-data";
import { NO_APPROVALS } from "../../modules/review/gate/approvals";
import { judge } from "../../modules/review/gate/gate";
import { renderHtml } from "../../modules/review/render/html";
import { say, words } from "../../modules/review/sentence";
import { AccessChange, CHANGE_CLASSES, Review } from "../../modules/review/types";
import { loadEnvironment } from "../../modules/sections/load";
import { resolveUnproven } from "../../modules/sections/target-state";
import corpus from "../modules/review/corpus.json";
import type { Edit } from "../modules/review/corpus";
import { reviewOf } from "../modules/review/reviewed";
import { ROOT } from "../support/environments";
import { COMMENTS, commentPage } from "./comments";

/** The pages that the product writes, for the example and for 10,000 accounts, with something to show in every view. */

export function exampleData(): PageData {
  const environment = loadEnvironment(ROOT, "example");
  const proven = { environment, ...resolveUnproven(environment).state! };
  const data = pageData({
    proven,
    report: prove(proven),
    madeAt: "2026-11-26T12:00:00.000Z",
    command: "npx keyless",
  });
  // As `--inventory` and `--verify` would have it: every view has something to show.
  const counts = (n: number): number[] => data.accounts.map((_, i) => (i === 3 ? -1 : i % 4 === 0 ? n : 0));
  return concluded({
    ...data,
    keys: {
      at: "2026-11-26T08:00:00Z",
      active: counts(3),
      unused: counts(1),
      root: counts(0),
      stolen: 1,
      rest: 2,
      progress: [12, 9, 7].map((activeAccessKeys, n) => ({
        at: `2026-${["09", "10", "11"][n]}-01T00:00:00Z`,
        activeAccessKeys,
        unused: activeAccessKeys - 5,
        complete: 14,
        accounts: 14,
      })),
    },
    verification: {
      from: "2026-11-26T09:00:00Z",
      to: "2026-11-26T09:03:00Z",
      seen: 200,
      sections: ["break-glass", "guardrails", "identity-center"],
      failed: [
        {
          section: "break-glass",
          kind: "role",
          name: "SecurityBreakGlass",
          verdict: "missing",
          details: ["there is no such role"],
          account: 2,
          at: "2026-11-26T09:01:00Z",
        },
      ],
    },
    people: data.people.map((one) => ({ ...one, seen: "s" as const })),
    breakGlass: {
      ...data.breakGlass,
      seen: data.accounts.map((_, i) => (i === 2 ? "m" : "s")).join(""),
      drills: {
        everyDays: 90,
        counted: [
          {
            to: "2026-11-20T09:04:00Z",
            outcome: "passed",
            accounts: { passed: 14, of: 14 },
            others: { passed: 30, of: 30 },
            file: "environments/example/drills/2026-11-20T090000Z-break-glass-1.json",
          },
        ],
        refused: [{ file: "environments/example/drills/x.json", why: "This is no record of a drill that can be read" }],
      },
    },
    sources: [
      ...data.sources.slice(0, 3),
      {
        what: "Seen in AWS",
        known: "seen",
        text: "read by verify, 2026-11-26 09:00 UTC to 2026-11-26 09:03 UTC: sections break-glass, guardrails",
      },
      {
        what: "Keys and passwords",
        known: "inventory",
        text: "as read until 2026-11-26 08:00 UTC, in 13 of 14 accounts completely",
      },
      { what: "Last drill", known: "seen", text: "passed, 2026-11-20 09:04 UTC (6 days ago)" },
    ],
  });
}

/** The steps that follow from what a page knows, as the product draws them. */
const concluded = (data: PageData): PageData => ({ ...data, steps: nextSteps(data), journey: journeyOf(data) });

function reportOf(root: string, name: string): PageData {
  const environment = loadEnvironment(root, name);
  const proven = { environment, ...resolveUnproven(environment).state! };
  return pageData({ proven, report: prove(proven), madeAt: "2026-11-26T12:00:00.000Z", command: "npx keyless" });
}

/** A report of so many accounts, as the benchmarks make them, of which a verification and an inventory know something. */
export function largeData(accounts: number): { readonly data: PageData; readonly facts: Organization } {
  const root = mkdtempSync(join(tmpdir(), "keyless-large-"));
  try {
    writeBenchProject(root, accounts);
    const data = reportOf(root, BENCH_ENVIRONMENT);
    const facts = parse(
      readFileSync(join(root, "environments", BENCH_ENVIRONMENT, "organization.yaml"), "utf8"),
    ) as Organization;
    const counts = (n: number): number[] => data.accounts.map((_, i) => (i % 97 === 3 ? -1 : i % 11 === 0 ? n : 0));
    return {
      facts,
      data: concluded({
        ...data,
        keys: { ...exampleData().keys!, active: counts(3), unused: counts(1), root: counts(0) },
        breakGlass: {
          ...data.breakGlass,
          seen: data.accounts.map((_, i) => (i % 301 === 0 ? "m" : i % 53 === 0 ? "p" : "s")).join(""),
        },
      }),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Edits of the review's corpus that go together, of every class. */
const EDITS = [
  "protection of break glass detached",
  "permission set's managed policy swapped",
  "condition added to a Deny",
  "session duration of a permission set raised",
  "template not known before it is applied",
  "alarm disabled",
  "break-glass user added",
];

const exampleFacts = (): Organization =>
  parse(readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8")) as Organization;

function exampleReview(): string {
  const edits = (corpus as unknown as readonly { name: string; edits: readonly Edit[] }[])
    .filter(({ name }) => EDITS.includes(name))
    .flatMap((one) => one.edits);
  const judged = judge(
    reviewOf([
      ...edits,
      ["add", "example-identity-center-00", "aws_ssoadmin_instance_access_control_attributes.abac", { attribute: [] }],
    ]),
    ["destroys-guard", "weakens", "unknown"],
    NO_APPROVALS,
    "2026-11-26",
  );
  return renderHtml({ ...judged, title: "example", facts: exampleFacts() });
}

/** Changes of many accounts: some of all, most of a few, some of nobody knows whom. */
function largeReview(facts: Organization): string {
  const ids = facts.accounts.map(({ id }) => id);
  const changes = Array.from({ length: 2_000 }, (_, n): AccessChange => {
    const some = n % 500 === 0 ? ids : ids.slice((n * 5) % ids.length, ((n * 5) % ids.length) + 1 + (n % 7));
    return {
      id: `guardrails-${String(n).padStart(32, "0")}`,
      class: CHANGE_CLASSES[n % CHANGE_CLASSES.length]!,
      area: n % 3 === 0 ? "guardrails" : "identity-center",
      sentence: say`${words(`${some.length} accounts:`)} ${`Group${n}`} gains ${"ReadOnly"}.`,
      stacks: ["bench-identity-center-01"],
      addresses: [`aws_ssoadmin_account_assignment.a${n}`],
      witnesses: [],
      diff: [],
      ...(n % 40 === 7 ? {} : { reach: { how: "stated" as const, places: some } }),
    };
  });
  const review: Review = { changes, notes: [], resources: [], stacks: ["bench-identity-center-01"] };
  return renderHtml({ ...judge(review, ["weakens"], NO_APPROVALS, "2026-11-26"), title: "bench", facts });
}

/** An inventory of so many keys, with an earlier one beside it. */
export function inventoryPage(accounts: number, keys: number): string {
  const { context, facts } = manyAccounts(accounts, keys);
  const inventory = assess(facts, context, new Map(), new Date("2026-11-24T12:00:00Z"));
  const owned = {
    ...inventory,
    accounts: inventory.accounts.map((one, n) => (n === 1 ? { ...one, status: "not-read" as const } : one)),
    credentials: inventory.credentials.map((one, n) =>
      n % 3 === 0 ? one : { ...one, owner: ["data-platform", "payments", "team-a@example.com"][n % 5] ?? "web" },
    ),
  };
  const earlier = { ...owned, generatedAt: "2026-10-24T12:00:00.000Z" };
  return inventoryHtml(owned, [earlier]);
}

export const DRILL: DrillRecord = {
  version: 1,
  environment: "example",
  organizationId: "o-exampleorg1",
  user: { name: "break-glass-1", holder: "A safe in Berlin", arn: "arn:aws:iam::111111111111:user/break-glass-1" },
  role: "SecurityBreakGlass",
  from: "2026-11-20T09:00:00Z",
  to: "2026-11-20T09:04:00Z",
  accounts: exampleFacts()
    .accounts.slice(0, 5)
    .map(({ id, name }, n) => ({
      accountId: id,
      accountName: name,
      outcome: n === 3 ? "failed" : "passed",
      at: "2026-11-20T09:01:00Z",
      details: n === 3 ? ["AccessDenied: not authorized to perform sts:AssumeRole"] : [],
      ...(n === 3 ? { fix: "npx keyless verify example --only break-glass" } : {}),
    })),
  refusals: [
    {
      question: "without MFA",
      how: "tried",
      accountId: "444444444401",
      outcome: "passed",
      at: "2026-11-20T09:02:00Z",
      details: ["AccessDenied"],
    },
    {
      question: "another user of the home account",
      how: "judged on the trust policy as read",
      accountId: "444444444401",
      outcome: "passed",
      at: "2026-11-20T09:02:00Z",
      details: [],
    },
  ],
  alarms: [{ what: "mail of the alarm", outcome: "unknown", details: ["nobody said when the mail came"] }],
  outcome: "failed",
  nextBy: "2027-02-18",
};

/** One view of one page. */
export interface PageView {
  /** Name of the picture. */
  readonly name: string;
  readonly file: string;
  readonly hash: string;
  /** The page's script says when it is ready. @default - it has none */
  readonly script?: false;
}

const REPORT_VIEWS = [
  ["map", "#map"],
  ["map-keys", "#map?layer=keys"],
  ["map-break-glass", "#map?layer=break-glass"],
  ["map-search", "#map?search=prod"],
  ["account", "#map?account="],
  ["journey", "#journey"],
  ["proofs", "#proofs"],
  ["exceptions", "#exceptions"],
  ["break-glass", "#break-glass"],
] as const;

/** Writes every page, and gives every view of them. */
export function everyView(write: (file: string, html: string) => void): readonly PageView[] {
  const example = exampleData();
  const { data: large, facts } = largeData(10_000);
  write("example.html", reportHtml(example));
  write("10000.html", reportHtml(large));
  write("review.html", exampleReview());
  write("review-10000.html", largeReview(facts));
  write("inventory.html", inventoryPage(12, 60));
  write("inventory-10000.html", inventoryPage(500, 10_000));
  write("drill.html", drillHtml(DRILL));
  for (const name of Object.keys(COMMENTS)) write(`comment-${name}.html`, commentPage(name));
  const account = { example: "444444444401", "10000": large.accounts[4_242]!.id };
  return [
    ...(["example", "10000"] as const).flatMap((file) =>
      REPORT_VIEWS.map(([name, hash]) => ({
        name: `${file}-${name}`,
        file: `${file}.html`,
        hash: name === "account" ? `${hash}${account[file]}` : hash,
      })),
    ),
    ...["review", "review-10000"].flatMap((file) => [
      { name: `${file}-changes`, file: `${file}.html`, hash: "#map" },
      { name: `${file}-gate`, file: `${file}.html`, hash: "#gate" },
      { name: `${file}-resources`, file: `${file}.html`, hash: "#resources" },
    ]),
    ...["inventory", "inventory-10000"].flatMap((file) => [
      { name: file, file: `${file}.html`, hash: "" },
      { name: `${file}-credential`, file: `${file}.html`, hash: "#credentials?verdict=%3Dunused&account=1" },
    ]),
    ...Object.keys(COMMENTS).map((name) => ({
      name: `comment-${name}`,
      file: `comment-${name}.html`,
      hash: "",
      script: false as const,
    })),
    { name: "drill", file: "drill.html", hash: "", script: false as const },
  ];
}
