import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { formatProblem } from "../../../../modules/kernel/errors";
import { inventoryContext } from "../../../../modules/evidence/inventory/context";
import { replacementOf } from "../../../../modules/evidence/inventory/replacement";
import type { KeyUsage, VerdictKind } from "../../../../modules/evidence/inventory/types";
import {
  EXAMPLE_BASELINE,
  EXAMPLE_FILES,
  exampleWith,
  frozenWith,
  Outcome,
  ROOT,
  TextEdit,
} from "../../../support/environments";
import { addresses, synthesized } from "../../../support/synth";

type Document = Record<string, Record<string, unknown[]>>;

/** The baseline with a snippet pasted into it: its entries behind those of the lists that are there. */
function pasted(baseline: string, snippet: string): string {
  const document = parse(baseline) as Document;
  for (const [section, lists] of Object.entries(parse(snippet) as Document)) {
    const into = (document[section] ??= {});
    for (const [list, entries] of Object.entries(lists)) into[list] = [...(into[list] ?? []), ...entries];
  }
  return stringify(document);
}

const ENVIRONMENTS = new Map<string, { readonly text: string; readonly outcome: (edit?: TextEdit) => Outcome }>([
  [
    "the frozen environment, which has no workloads",
    { text: readFileSync(join(ROOT, "__tests__/cases/environment/baseline.yaml"), "utf8"), outcome: frozenWith },
  ],
  ["the example, with providers and a trust anchor", { text: EXAMPLE_BASELINE, outcome: exampleWith }],
]);
/** An account with each kind of entry for machines, one of a tag's and one with a single assignment. */
const ACCOUNTS = ["shop-prod", "data-prod", "payments-prod", "network", "sandbox-1"];
const CASES: readonly (readonly [VerdictKind, string, string])[] = [
  ["ci", "a GitHub job", "configure-aws-credentials-for-github-actions"],
  ["ci", "a GitLab job", "gitlab-runner/16"],
  ["external-workload", "a workload elsewhere", "aws-sdk-java/2 Linux"],
  ["person", "a person", "aws-cli/2 os/macos"],
];
const usage = (value: string): KeyUsage => ({
  accessKeyId: "K",
  events: 1,
  firstAt: "2026-11-01T00:00:00Z",
  lastAt: "2026-11-01T00:00:00Z",
  sourceAddresses: [],
  userAgents: [{ value, count: 1 }],
  services: [{ value: "s3", count: 1 }],
  lastEvents: [],
});

describe.each([...ENVIRONMENTS])("%s", (_, { text, outcome }) => {
  const { environment, state, problems: before } = outcome();
  const context = inventoryContext(environment!, state!);
  const addressesOf = (of: Outcome): readonly string[] =>
    [...synthesized(of.state!)].flatMap(([name, json]) => addresses(json).map((address) => `${name} ${address}`));
  const untouched = new Set(addressesOf({ problems: [], environment: environment!, state: state! }));

  test.each(CASES)(
    "the snippet for %s, %s, resolves, is proven and makes something in every account, as it is pasted",
    (verdict, _who, agent) => {
      for (const name of ACCOUNTS) {
        const { snippets } = context.accounts.find((account) => account.name === name)!;
        for (const userName of ["night-batch", "Üser: {x}\n- #"]) {
          const { snippet } = replacementOf(
            { kind: "access-key", verdict, userName, usage: usage(agent) },
            snippets,
            "example",
          );
          const after = outcome({
            baseline: [[text, pasted(text, snippet!)]],
            files: { "certificates/ca.pem": EXAMPLE_FILES["certificates/datacenter-ca.pem"]! },
          });
          // What the role may do is for a person to fill in, and the snippet says so.
          const toFillIn = verdict === "person" ? [] : ["WORKLOAD-NO-PERMISSIONS"];
          expect([name, after.problems.filter(({ code }) => !toFillIn.includes(code)).map(formatProblem)]).toEqual([
            name,
            before.map(formatProblem),
          ]);
          expect(after.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(toFillIn));
          expect(addressesOf(after).filter((address) => !untouched.has(address)).length).toBeGreaterThan(0);
        }
      }
    },
  );
});

describe("the assignment for a person", () => {
  const contextOf = (edit: TextEdit, account: string) => {
    const { environment, state, problems } = exampleWith(edit);
    if (!environment || !state) throw new Error(problems.map(formatProblem).join("\n"));
    return inventoryContext(environment, state).accounts.find(({ name }) => name === account)!.snippets.identityCenter;
  };

  test("is one that the group does not have yet, of a set that is no administrator's", () => {
    expect(contextOf({}, "shop-dev")).toEqual({ permissionSet: "Developer", group: "Billing" });
    const billing = [
      "  assignments:\n",
      "  assignments:\n    - group: Billing\n      permissionSet: Developer\n      targets: [{ ou: Workloads }]\n",
    ] as const;
    expect(contextOf({ baseline: [billing] }, "shop-dev")).toEqual({ permissionSet: "Developer", group: "Platform" });
    expect(contextOf({ baseline: [billing] }, "sandbox-1")).toEqual({ permissionSet: "Developer", group: "Billing" });
  });

  test("is none in the management account, whose permission sets are managed apart", () =>
    expect(contextOf({}, "management")).toBeUndefined());
});
