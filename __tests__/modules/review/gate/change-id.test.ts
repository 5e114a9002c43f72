import fc from "fast-check";
import { renderJson } from "../../../../modules/review/render/machine";
import { renderMarkdown } from "../../../../modules/review/render/markdown";
import { NO_APPROVALS } from "../../../../modules/review/gate/approvals";
import { judge } from "../../../../modules/review/gate/gate";
import { reviewPlans } from "../../../../modules/review/review";
import { completeText } from "../../../../modules/review/sentence";
import type { Review } from "../../../../modules/review/types";
import { parsePlanJson } from "../../../../modules/terraform/plan-json";
import { stackPair } from "../../../../modules/terraform/synth-pair";
import { canonicalJson } from "../../../../modules/kernel/json";

type Attributes = Readonly<Record<string, unknown>>;

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly before?: Attributes;
  readonly after?: Attributes;
}

/** A plan of resources, each with the attributes that it had and is to have. */
function plan(resources: readonly Resource[], stack = "s"): Review {
  return reviewPlans([
    parsePlanJson(
      "plan.json",
      stack,
      JSON.stringify({
        format_version: "1.2",
        planned_values: {},
        resource_changes: resources.map(({ type, name, before, after }) => ({
          address: `${type}.${name}`,
          mode: "managed",
          type,
          name,
          change: {
            actions: !before
              ? ["create"]
              : !after
                ? ["delete"]
                : canonicalJson(before) === canonicalJson(after)
                  ? ["no-op"]
                  : ["update"],
            before: before ?? null,
            after: after ?? null,
            after_unknown: {},
          },
        })),
      }),
    ),
  ]);
}

const allow = (actions: readonly string[], resource = "*"): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: resource }] });

const trust = (subject: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: {
          Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { "token.actions.githubusercontent.com:sub": subject } },
      },
    ],
  });

const role = (subject: string, edit: Attributes = {}): Resource => ({
  type: "aws_iam_role",
  name: "app",
  after: { name: "app", path: "/", assume_role_policy: trust(subject), ...edit },
});
const inline = (policy: string, before?: string): Resource => ({
  type: "aws_iam_role_policy",
  name: "app",
  ...(before === undefined ? {} : { before: { name: "app", role: "app", policy: before } }),
  after: { name: "app", role: "app", policy },
});
const same = (resource: Resource): Resource => ({ ...resource, before: resource.after! });

const ids = (review: Review): readonly string[] => review.changes.map(({ id }) => id);

describe("an id is bound to all that the change speaks of", () => {
  test("has 128 bits", () => {
    for (const id of ids(plan([role("repo:acme/app:ref:refs/heads/main"), inline(allow(["s3:GetObject"]))])))
      expect(id).toMatch(/^[a-z-]+-[0-9a-f]{32}$/);
  });

  /** Pairs of changes that a reader could take for one another. */
  const PAIRS: readonly (readonly [string, readonly Resource[], readonly Resource[]])[] = [
    [
      "a new role for one branch that reads, and for everybody that may do everything",
      [role("repo:acme/app:ref:refs/heads/main"), inline(allow(["s3:GetObject"]))],
      [role("repo:*"), inline(allow(["*"]))],
    ],
    [
      "three of many actions that a list does not show",
      [
        same(role("repo:a:*")),
        inline(
          allow(["ec2:DescribeA", "ec2:DescribeB", "ec2:DescribeC", "ec2:DescribeD", "s3:GetA", "s3:GetB", "s3:GetC"]),
          allow([]),
        ),
      ],
      [
        same(role("repo:a:*")),
        inline(
          allow([
            "ec2:DescribeA",
            "ec2:DescribeB",
            "ec2:DescribeC",
            "ec2:DescribeD",
            "iam:CreateAccessKey",
            "sts:AssumeRole",
            "organizations:LeaveOrganization",
          ]),
          allow([]),
        ),
      ],
    ],
    [
      "the same policy given to a role that others may assume",
      [same(role("repo:acme/app:*")), inline(allow(["iam:*"]), allow(["s3:*"]))],
      [same(role("repo:*")), inline(allow(["iam:*"]), allow(["s3:*"]))],
    ],
    [
      "another resource deep in a policy",
      [same(role("repo:a:*")), inline(allow(["s3:GetObject"], "arn:aws:s3:::a/*"), allow([]))],
      [same(role("repo:a:*")), inline(allow(["s3:GetObject"], "arn:aws:s3:::b/*"), allow([]))],
    ],
    [
      "the same attachment of a policy that says something else",
      [
        same({
          type: "aws_iam_policy",
          name: "p",
          after: { name: "p", arn: "arn:aws:iam::1:policy/p", policy: allow(["s3:GetObject"]) },
        }),
        same(role("repo:a:*")),
        {
          type: "aws_iam_role_policy_attachment",
          name: "a",
          after: { role: "app", policy_arn: "arn:aws:iam::1:policy/p" },
        },
      ],
      [
        same({
          type: "aws_iam_policy",
          name: "p",
          after: { name: "p", arn: "arn:aws:iam::1:policy/p", policy: allow(["*"]) },
        }),
        same(role("repo:a:*")),
        {
          type: "aws_iam_role_policy_attachment",
          name: "a",
          after: { role: "app", policy_arn: "arn:aws:iam::1:policy/p" },
        },
      ],
    ],
    [
      "an SCP that loses the same statement at another place",
      scp(["ou-1"], ["iam:CreateAccessKey", "iam:CreateUser"], ["iam:CreateUser"]),
      scp(["ou-1", "r-root"], ["iam:CreateAccessKey", "iam:CreateUser"], ["iam:CreateUser"]),
    ],
    [
      "what a JSON parser does not show: the same member twice",
      [same(role("repo:a:*")), inline(allow(["s3:GetObject"]), allow([]))],
      [
        same(role("repo:a:*")),
        inline(allow(["s3:GetObject"]).replace('"Action"', '"Action":["iam:*"],"Action"'), allow([])),
      ],
    ],
    [
      "a member of a statement that nobody knows",
      [same(role("repo:a:*")), inline(allow(["s3:GetObject"]), allow([]))],
      [
        same(role("repo:a:*")),
        inline(allow(["s3:GetObject"]).replace('"Resource"', '"NotBefore":"x","Resource"'), allow([])),
      ],
    ],
  ];

  function scp(targets: readonly string[], from: readonly string[], to: readonly string[]): readonly Resource[] {
    const deny = (actions: readonly string[]): string => allow(actions).replace('"Allow"', '"Deny"');
    return [
      {
        type: "aws_organizations_policy",
        name: "p",
        before: { id: "p-1", name: "p", type: "SERVICE_CONTROL_POLICY", content: deny(from) },
        after: { id: "p-1", name: "p", type: "SERVICE_CONTROL_POLICY", content: deny(to) },
      },
      ...targets.map((target, i) =>
        same({
          type: "aws_organizations_policy_attachment",
          name: `a${i}`,
          after: { policy_id: "p-1", target_id: target },
        }),
      ),
    ];
  }

  test.each(PAIRS)("%s", (_, one, other) => {
    const [a, b] = [ids(plan(one)), ids(plan(other))];
    expect(a.length * b.length).toBeGreaterThan(0);
    expect(a.filter((id) => b.includes(id))).toEqual([]);
  });

  test("it is another one in another stack, account or class, and for each sentence", () => {
    const edit = [same(role("repo:a:*")), inline(allow(["iam:*", "s3:*"]), allow(["ec2:*"]))];
    const [one, other] = [plan(edit, "a"), plan(edit, "b")];
    expect(one.changes.map(({ class: cls }) => cls)).toEqual(["weakens", "strengthens"]);
    expect(new Set([...ids(one), ...ids(other)]).size).toBe(4);
  });

  test("it is the same one whatever else changes, and however the documents are written", () => {
    const document = {
      Version: "2012-10-17",
      Statement: { Resource: ["*"], Action: ["s3:B", "s3:A"], Effect: "Allow" },
    };
    const edit = [same(role("repo:a:*")), inline(JSON.stringify(document, null, 2), allow(["s3:A"]))];
    const written = [same(role("repo:a:*")), inline(allow(["s3:A", "s3:B"]), allow(["s3:A"]))];
    const unrelated: Resource = { type: "aws_sqs_queue", name: "q", after: { name: "q", url: "u" } };
    expect(ids(plan(edit))).toEqual([...ids(plan(written))]);
    expect(ids(plan([...written, unrelated]))).toEqual(expect.arrayContaining([...ids(plan(written))]));
  });

  test("a plan and two synths of the same edit give the same one", () => {
    const reference = "${aws_iam_role.app.name}";
    const body = (policy: string): Record<string, unknown> => ({
      resource: {
        aws_iam_role: { app: { name: "app", assume_role_policy: trust("repo:a:*") } },
        aws_iam_role_policy: { app: { name: "app", role: reference, policy } },
      },
    });
    const pair = stackPair("s", "s", body(allow(["s3:A"])), body(allow(["s3:A", "iam:CreateUser"])));
    const arn = "arn:aws:iam::111122223333:role/app";
    const planned = plan([
      same(role("repo:a:*", { id: "app", arn, max_session_duration: 3600, tags: {}, force_detach_policies: false })),
      inline(allow(["s3:A", "iam:CreateUser"]), allow(["s3:A"])),
    ]);
    expect(ids(planned)).toEqual(ids(reviewPlans([pair])));
  });
});

describe("attack: two different changes with one id", () => {
  const ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "iam:PassRole",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
    "*",
    "ec2:*",
  ];
  const SUBJECTS = ["repo:acme/app:ref:refs/heads/main", "repo:acme/app:*", "repo:*", "*"];
  const list = fc.subarray(ACTIONS);
  const model = fc.record({
    subject: fc.constantFrom(...SUBJECTS),
    subjectBefore: fc.option(fc.constantFrom(...SUBJECTS)),
    actions: list,
    actionsBefore: fc.option(list),
    managed: fc.subarray(["AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess"]),
    managedBefore: fc.subarray(["AdministratorAccess", "ReadOnlyAccess"]),
    session: fc.constantFrom(3600, 7200, 43200),
    resource: fc.constantFrom("*", "arn:aws:s3:::a", "arn:aws:s3:::b"),
    boundary: fc.option(fc.constantFrom("arn:aws:iam::111122223333:policy/x", "arn:aws:iam::111122223333:policy/y")),
    tag: fc.constantFrom("a", "b"),
  });
  type Model = typeof model extends fc.Arbitrary<infer T> ? T : never;

  const resourcesOf = (m: Model): readonly Resource[] => {
    const shape = (subject: string): Attributes => ({
      name: "app",
      assume_role_policy: trust(subject),
      max_session_duration: m.session,
      ...(m.boundary === null ? {} : { permissions_boundary: m.boundary }),
      tags: { owner: m.tag },
    });
    const attachment = (name: string): Attributes => ({ role: "app", policy_arn: `arn:aws:iam::aws:policy/${name}` });
    const was = m.subjectBefore !== null;
    return [
      {
        type: "aws_iam_role",
        name: "app",
        ...(m.subjectBefore === null ? {} : { before: shape(m.subjectBefore) }),
        after: shape(m.subject),
      },
      {
        type: "aws_iam_role_policy",
        name: "app",
        ...(was && m.actionsBefore !== null
          ? { before: { name: "app", role: "app", policy: allow(m.actionsBefore, m.resource) } }
          : {}),
        after: { name: "app", role: "app", policy: allow(m.actions, m.resource) },
      },
      ...[...new Set([...m.managed, ...(was ? m.managedBefore : [])])].sort().map((name) => ({
        type: "aws_iam_role_policy_attachment",
        name,
        ...(was && m.managedBefore.includes(name) ? { before: attachment(name) } : {}),
        ...(m.managed.includes(name) ? { after: attachment(name) } : {}),
      })),
    ];
  };

  test("a search through three thousand changes of one role finds none", () => {
    /** By id: the change that has it, complete. */
    const known = new Map<string, string>();
    let changes = 0;
    fc.assert(
      fc.property(model, (m) => {
        const resources = resourcesOf(m).filter(({ before, after }) => before || after);
        const data = canonicalJson(resources);
        for (const change of plan(resources).changes) {
          changes++;
          const said = `${data} ${change.class} ${completeText(change.sentence)}`;
          expect(known.get(change.id) ?? said).toBe(said);
          known.set(change.id, said);
        }
      }),
      { numRuns: 3_000, seed: 11 },
    );
    expect(changes).toBeGreaterThan(3_000);
    expect(known.size).toBeGreaterThan(2_000);
  });
});

describe("nothing is hidden", () => {
  const name = (i: number): string => `ec2:DescribeThing${String(i).padStart(3, "0")}`;
  test.each([8, 50, 500])(
    "each of %d added actions is in the JSON and in the comment, the dangerous ones first",
    (n) => {
      const added = [...Array.from({ length: n - 2 }, (_, i) => name(i)), "iam:CreateAccessKey", "sts:AssumeRole"];
      const review = plan([same(role("repo:a:*")), inline(allow(["s3:GetObject", ...added]), allow(["s3:GetObject"]))]);
      const weakening = review.changes.find(({ class: cls }) => cls === "weakens")!;
      const shown = judge(review, ["weakens"], NO_APPROVALS, "2026-11-24").gate;
      const json = renderJson({ review, gate: shown });
      const markdown = renderMarkdown({ review, gate: shown });
      for (const action of added) {
        expect(completeText(weakening.sentence)).toContain(action);
        expect(json).toContain(action);
        expect(markdown).toContain(action);
      }
      const sentence = markdown.split("\n").find((line) => line.startsWith("- "))!;
      expect(sentence.indexOf("iam:CreateAccessKey")).toBeGreaterThan(0);
      expect(sentence.indexOf("iam:CreateAccessKey")).toBeLessThan(sentence.indexOf(name(0)));
      expect(sentence.length).toBeLessThan(1_000);
    },
  );
});
