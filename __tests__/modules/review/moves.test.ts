import { Move, parseMoves } from "../../../modules/config/moves";
import { foreignMoves } from "../../../modules/delivery/foreign-code";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { stackPair } from "../../../modules/terraform/synth-pair";

/** Moves between addresses and states: what is one and the same in AWS before and after is no change, and nothing else passes as a move. */

type Json = Record<string, unknown>;

const said = (plans: Parameters<typeof reviewPlans>[0], moves: readonly Move[] = []): readonly string[] => {
  const { changes, notes } = reviewPlans(plans, undefined, undefined, undefined, undefined, moves);
  return [
    ...changes.map((change) => `${change.class}: ${plainText(change.sentence)}`),
    ...notes.map((note) => `note ${note.kind}: ${plainText(note.sentence)}`),
  ];
};
const moves = (text: string): readonly Move[] => parseMoves("moves.yaml", `version: 1\nmoves:\n${text}`);

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" }],
});
const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
const READER = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const role = (name: string, more: Json = {}): Json => ({ name, assume_role_policy: TRUST, ...more });
const attached = (of: string, policy_arn: string): Json => ({ role: `\${aws_iam_role.${of}.name}`, policy_arn });
const bound = (account: string): Json => ({ aws: [{ region: "us-east-1", allowed_account_ids: [account] }] });
const stack = (roles: Json, attachments: Json = {}, more: Json = {}): Json => ({
  provider: bound("111111111111"),
  resource: { aws_iam_role: roles, aws_iam_role_policy_attachment: attachments },
  ...more,
});
const letGo = (...from: readonly string[]): Json => ({
  removed: from.map((one) => ({ from: one, lifecycle: { destroy: false } })),
});
const taken = (...to: readonly (readonly [string, string])[]): Json => ({
  import: to.map(([address, id]) => ({ to: address, id })),
});
const BETWEEN = moves(
  `  - { from: { stack: a, address: aws_iam_role.r }, to: { stack: b, address: aws_iam_role.r }, id: r }
  - { from: { stack: a, address: aws_iam_role_policy_attachment.p }, to: { stack: b, address: aws_iam_role_policy_attachment.p }, id: "r/x" }
`,
);
const P = "aws_iam_role_policy_attachment.p";
const R = "aws_iam_role.r";
const pair = (beforeA: Json, afterA: Json, beforeB: Json, afterB: Json) => [
  stackPair("a", "a", beforeA, afterA),
  stackPair("b", "b", beforeB, afterB),
];
const NOTES = [
  "note move: aws_iam_role.r of a becomes aws_iam_role.r; the resource stays.",
  "note move: aws_iam_role_policy_attachment.p of a becomes aws_iam_role_policy_attachment.p; the resource stays.",
];

describe("between stacks, in two synths", () => {
  const full = stack({ r: role("r") }, { p: attached("r", READER) });
  const gone = stack({}, {}, letGo(R, P));
  const come = (policy: string, more: Json = {}): Json =>
    stack({ r: role("r", more) }, { p: attached("r", policy) }, taken([R, "r"], [P, "r/x"]));

  test("a removal and an import of the same is no change", () => {
    expect(said(pair(full, gone, stack({}), come(READER)), BETWEEN)).toEqual(NOTES);
  });
  test("what changes on the way is told as a change of what there was", () => {
    expect(said(pair(full, gone, stack({}), come(ADMIN)), BETWEEN)).toEqual([
      "weakens: Role r in account 111111111111 gains AdministratorAccess.",
      // Another attachment is another thing in AWS: only what is one and the same has moved.
      "unknown: aws_iam_role_policy_attachment.p is imported: what it is in AWS before that is not known here.",
      "unknown: aws_iam_role_policy_attachment.p is let go of: it stays in AWS as it is, and nobody manages it from then on.",
      NOTES[0],
      "note import: aws_iam_role_policy_attachment.p is imported: it exists already and is managed from now on.",
    ]);
    expect(said(pair(full, gone, stack({}), come(READER, { max_session_duration: 43200 })), BETWEEN)[0]).toMatch(
      /^weakens: Role r in account 111111111111: /,
    );
  });
  test.each<[string, readonly Move[], Json, Json, readonly RegExp[]]>([
    [
      "blocks that moves.yaml does not have",
      [],
      gone,
      come(READER),
      [
        /^unknown: Stack a: removal of aws_iam_role\.r is in the synth/,
        /^unknown: Stack b: import of aws_iam_role\.r is/,
      ],
    ],
    [
      "another id than moves.yaml has",
      moves(`  - { to: { stack: b, address: ${R} }, id: other }\n`),
      gone,
      come(READER),
      [/^unknown: Stack b: import of aws_iam_role\.r is in the synth and not in moves\.yaml/],
    ],
    ["nobody takes it in", BETWEEN, gone, stack({}), [/^unknown: aws_iam_role\.r is let go of/]],
    ["nobody has let go of it", BETWEEN, full, come(READER), [/^unknown: aws_iam_role\.r is imported/]],
    [
      "it is deleted, and not let go of",
      BETWEEN,
      stack({}, {}, { removed: [{ from: R }, { from: P, lifecycle: { destroy: true } }] }),
      come(READER),
      [
        /^unknown: Stack a: removal of aws_iam_role\.r is in the synth/,
        /^strengthens: Role r in account 111111111111 is deleted/,
      ],
    ],
    [
      "another role takes its place",
      BETWEEN,
      gone,
      stack({ r: role("other") }, { p: attached("r", READER) }, taken([R, "r"], [P, "r/x"])),
      [/^unknown: aws_iam_role\.r is let go of/, /^unknown: aws_iam_role\.r is imported/],
    ],
  ])("%s", (_, declared, afterA, afterB, expected) => {
    const lines = said(pair(full, afterA, stack({}), afterB), declared);
    for (const line of expected) expect(lines).toContainEqual(expect.stringMatching(line));
  });

  test("an attachment does not move to another role of the same address", () => {
    const strict = stack({ r: role("strict") }, { p: attached("r", READER) });
    const keeps = stack({ r: role("strict") }, {}, letGo(P));
    const other = stack({ r: role("other") });
    const takes = stack({ r: role("other") }, { p: attached("r", READER) }, taken([P, "r/x"]));
    const lines = said(pair(strict, keeps, other, takes), BETWEEN);
    expect(lines).toContainEqual(expect.stringMatching(/^unknown: aws_iam_role_policy_attachment\.p is let go of/));
    expect(lines.filter((line) => line.startsWith("note move"))).toEqual([]);
  });

  test("protection that is lost on the way is told", () => {
    const kept = stack({ r: role("r", { lifecycle: { prevent_destroy: true } }) });
    const lines = said(
      pair(kept, stack({}, {}, letGo(R)), stack({}), stack({ r: role("r") }, {}, taken([R, "r"]))),
      BETWEEN,
    );
    expect(lines[0]).toBe(
      "destroys-guard: aws_iam_role.r is no longer protected from being destroyed (prevent_destroy).",
    );
  });

  test.each<[string, Json, readonly Move[]]>([
    ["another account", { provider: bound("222222222222") }, BETWEEN],
    ["an account that nobody knows", { provider: { aws: [{ region: "us-east-1" }] } }, BETWEEN],
    [
      "two entries that nobody has joined",
      {},
      moves(`  - { from: { stack: a, address: ${R} } }\n  - { to: { stack: b, address: ${R} }, id: r }\n`),
    ],
    [
      "the id of another one",
      taken([R, "AdminOfSomebody"]),
      moves(`  - { from: { stack: a, address: ${R} }, to: { stack: b, address: ${R} }, id: AdminOfSomebody }\n`),
    ],
    [
      "another address",
      {},
      moves(`  - { from: { stack: a, address: ${R} }, to: { stack: b, address: aws_iam_role.z }, id: r }\n`),
    ],
  ])("%s is no move", (_, more, declared) => {
    const after = stack({ r: role("r") }, {}, { ...taken([R, "r"]), ...more });
    const lines = said(pair(stack({ r: role("r") }), stack({}, {}, letGo(R)), stack({}, {}, more), after), declared);
    expect(lines.filter((line) => line.startsWith("note move"))).toEqual([]);
    expect(lines).toContainEqual(expect.stringMatching(/^unknown: aws_iam_role\.r is let go of/));
  });

  test.each<[string, Json]>([
    ["ignore_changes", { lifecycle: { ignore_changes: "all" } }],
    ["a provisioner", { provisioner: [{ "local-exec": { command: "x", when: "destroy" } }] }],
    ["count", { count: "${var.n}" }],
  ])("%s that comes on the way is told", (_, more) => {
    const after = stack({ r: role("r", more) }, {}, taken([R, "r"]));
    const lines = said(pair(stack({ r: role("r") }), stack({}, {}, letGo(R)), stack({}), after), BETWEEN);
    expect(lines).toContainEqual(expect.stringMatching(/^(unknown|destroys-guard): /));
  });

  test("a policy of one role does not become one of another", () => {
    const inline = (of: string): Json => ({
      provider: bound("111111111111"),
      resource: { aws_iam_role_policy: { x: { name: "p", role: of, policy: "{}" } } },
    });
    const declared = moves(
      `  - { from: { stack: a, address: aws_iam_role_policy.x }, to: { stack: b, address: aws_iam_role_policy.x }, id: "B:p" }\n`,
    );
    const [letOff, takenIn] = [letGo("aws_iam_role_policy.x"), taken(["aws_iam_role_policy.x", "B:p"])];
    const lines = said(pair(inline("A"), stack({}, {}, letOff), stack({}), { ...inline("B"), ...takenIn }), declared);
    expect(lines.filter((line) => line.startsWith("note move"))).toEqual([]);
  });

  test("two that are alike are not told from each other", () => {
    const twice = stack({ r: role("r"), s: role("r") });
    const lines = said(
      pair(twice, stack({}, {}, letGo(R, "aws_iam_role.s")), stack({}), stack({ r: role("r") }, {}, taken([R, "r"]))),
      BETWEEN,
    );
    expect(lines.filter((line) => line.includes("let go of"))).toHaveLength(2);
  });
});

describe("within a stack, in two synths", () => {
  const MOVED = { moved: [{ from: "aws_iam_role.old", to: "aws_iam_role.new" }] };
  const DECLARED = moves(
    "  - { from: { stack: a, address: aws_iam_role.old }, to: { stack: a, address: aws_iam_role.new } }\n",
  );
  const one = (before: Json, after: Json, declared = DECLARED): readonly string[] =>
    said([stackPair("a", "a", before, after)], declared);

  test("another address is no change", () => {
    expect(one(stack({ old: role("r") }), stack({ new: role("r") }, {}, MOVED))).toEqual([
      "note move: aws_iam_role.old becomes aws_iam_role.new; the resource stays.",
    ]);
  });
  test("of all instances, with keys of any characters", () => {
    const each = { for_each: { 'a"].b': "x", "ü.$": "y" } };
    const named = role("r-${each.key}", each);
    expect(
      one(stack({ old: named }), stack({ new: named }, {}, MOVED)).filter((line) => !line.startsWith("note")),
    ).toEqual([]);
  });
  test("what refers to it goes on meaning it", () => {
    const policy = (at: string, Action: string): Json => ({
      resource: {
        aws_organizations_policy: {
          [at]: { name: "x", content: JSON.stringify({ Statement: [{ Effect: "Deny", Action, Resource: "*" }] }) },
        },
        aws_organizations_policy_attachment: {
          t: { policy_id: `\${aws_organizations_policy.${at}.id}`, target_id: "r-1" },
        },
      },
    });
    const from = "aws_organizations_policy.o";
    const to = "aws_organizations_policy.n";
    const declared = moves(`  - { from: { stack: a, address: ${from} }, to: { stack: a, address: ${to} } }\n`);
    const block = { moved: [{ from, to }] };
    const lines = (action: string): readonly string[] =>
      one(policy("o", "iam:CreateUser"), { ...policy("n", action), ...block }, declared);
    expect(lines("iam:CreateUser")).toEqual([`note move: ${from} becomes ${to}; the resource stays.`]);
    expect(lines("iam:CreateRole")[0]).toMatch(/^weakens: root r-1: creation of IAM users/);
  });
  test("a change on the way is told", () => {
    const after = stack({ new: role("r", { max_session_duration: 43200 }) }, {}, MOVED);
    expect(one(stack({ old: role("r") }), after)[0]).toMatch(/^weakens: Role r in account 111111111111: /);
  });
  test("a block that moves.yaml does not have is told, and stops", () => {
    expect(one(stack({ old: role("r") }), stack({ new: role("r") }, {}, MOVED), [])[0]).toBe(
      "unknown: Stack a: move of aws_iam_role.old to aws_iam_role.new is in the synth and not in moves.yaml, from which alone it may come.",
    );
  });
  test("a move that the synth before has already had is nothing new", () => {
    expect(one(stack({ new: role("r") }, {}, MOVED), stack({ new: role("r") }, {}, MOVED), [])).toEqual([]);
  });
});

describe("between plans, by the ids of AWS", () => {
  const change = (actions: readonly string[], arn: string, more: Json = {}): Json => ({
    address: R,
    mode: "managed",
    type: "aws_iam_role",
    name: "r",
    change: { actions, before: { ...role("r"), id: "r", arn }, after: { ...role("r"), id: "r", arn }, ...more },
  });
  const plan = (name: string, resource: Json, account: string | undefined = "111111111111") =>
    parsePlanJson(
      name,
      name,
      JSON.stringify({
        format_version: "1.2",
        planned_values: {},
        resource_changes: [resource],
        configuration: {
          provider_config: {
            aws: {
              name: "aws",
              expressions: account === "" ? {} : { allowed_account_ids: { constant_value: [account] } },
            },
          },
          root_module: {
            resources: [
              {
                address: `${String(resource["type"])}.${String(resource["name"])}`,
                provider_config_key: "aws",
                expressions: { name: {}, role: {}, policy_arn: {}, assume_role_policy: {} },
              },
            ],
          },
        },
      }),
    );
  const ARN = "arn:aws:iam::111111111111:role/r";
  const IMPORTED = { importing: { id: "r" } };

  test("let go of here and imported there", () => {
    expect(said([plan("a", change(["forget"], ARN)), plan("b", change(["no-op"], ARN, IMPORTED))])).toEqual([
      "note move: aws_iam_role.r of a becomes aws_iam_role.r; the resource stays.",
    ]);
  });
  test("an attachment, whose id the provider makes up", () => {
    const attachment = (actions: readonly string[], id: string, policy_arn: string, more: Json = {}): Json => {
      const side = { id, role: "r", policy_arn };
      const at = { address: P, mode: "managed", type: "aws_iam_role_policy_attachment", name: "p" };
      return { ...at, change: { actions, before: side, after: side, ...more } };
    };
    const a = attachment(["forget"], "r-2026", ADMIN);
    expect(said([plan("a", a), plan("b", attachment(["no-op"], `r/${ADMIN}`, ADMIN, IMPORTED))])).toEqual([NOTES[1]]);
    // No ARN of its own: without the account nobody knows that both are one.
    for (const [left, right] of [
      ["", "111111111111"],
      ["111111111111", ""],
      ["111111111111", "222222222222"],
    ] as const)
      expect(
        said([plan("a", a, left), plan("b", attachment(["no-op"], `r/${ADMIN}`, ADMIN, IMPORTED), right)])[0],
      ).toMatch(/^unknown: aws_iam_role_policy_attachment\.p is let go of/);
    const other = said([plan("a", a), plan("b", attachment(["no-op"], `r/${READER}`, READER, IMPORTED))]);
    expect(other[0]).toMatch(/^unknown: aws_iam_role_policy_attachment\.p is let go of/);
  });
  test.each<[string, Json, Json]>([
    ["of another account", change(["forget"], ARN), change(["no-op"], ARN.replace("1111:", "1112:"), IMPORTED)],
    ["not imported", change(["forget"], ARN), change(["no-op"], ARN)],
    [
      "read as another one than before",
      change(["forget"], ARN),
      (() => {
        const side = { ...role("r"), assume_role_policy: TRUST.replace(/"arn[^"]*"/, '"*"'), id: "r", arn: ARN };
        const imported = change(["no-op"], ARN, IMPORTED);
        return { ...imported, change: { ...(imported["change"] as Json), before: side, after: side } };
      })(),
    ],
  ])("%s", (_, a, b) => {
    expect(said([plan("a", a), plan("b", b)])[0]).toMatch(/^unknown: aws_iam_role\.r is let go of/);
  });
});

describe("before a plan", () => {
  const check = (stack_: Json): readonly string[] =>
    foreignMoves("f", JSON.stringify(stack_), "b", BETWEEN).map(({ code, message }) => `${code} ${message}`);
  test.each<[string, Json, readonly string[]]>([
    ["what moves.yaml has", taken([R, "r"], [P, "r/x"]), []],
    ["as a mapping", { import: { to: R, id: "r" } }, []],
    ["another id", taken([R, "admin"]), ["DELIVERY-MOVE The import of aws_iam_role.r is not in moves.yaml."]],
    [
      "with a provider of its own",
      { import: [{ to: R, id: "r", provider: "aws.other" }] },
      ["DELIVERY-MOVE The import of aws_iam_role.r is not in moves.yaml."],
    ],
    ["of another stack", letGo(R), ["DELIVERY-MOVE The removal of aws_iam_role.r is not in moves.yaml."]],
  ])("%s", (_, stack_, expected) => expect(check(stack_)).toEqual(expected));
});

describe("instances between stacks, in two synths", () => {
  const INSTANCE = "arn:aws:sso:::instance/ssoins-1";
  const SET = "aws_ssoadmin_permission_set.s";
  const A = "aws_ssoadmin_account_assignment.a";
  const ACCOUNTS = ["222222222222", "333333333333"];
  const center = (group: string, accounts: readonly string[], more: Json = {}): Json => ({
    provider: bound("111111111111"),
    resource: {
      aws_ssoadmin_permission_set: { s: { name: "Read", instance_arn: INSTANCE } },
      aws_ssoadmin_account_assignment: {
        a: {
          for_each: Object.fromEntries(accounts.map((account) => [account, account])),
          instance_arn: INSTANCE,
          permission_set_arn: `\${${SET}.arn}`,
          principal_id: group,
          principal_type: "GROUP",
          target_id: "${each.value}",
          target_type: "AWS_ACCOUNT",
        },
      },
    },
    ...more,
  });
  const SPLIT = moves(
    `  - { from: { stack: a, address: ${SET} }, to: { stack: b, address: ${SET} }, id: s }
  - { from: { stack: a, address: ${A} } }
${ACCOUNTS.map((account) => `  - { to: { stack: b, address: '${A}["${account}"]' }, id: "${account}" }\n`).join("")}`,
  );
  const imports = (accounts: readonly string[]): Json =>
    taken([SET, "s"], ...accounts.map((account): [string, string] => [`${A}["${account}"]`, account]));
  const judged = (head: Json, declared: readonly Move[] = SPLIT): readonly string[] =>
    said(
      pair(center("g", ACCOUNTS), { provider: bound("111111111111"), ...letGo(SET, A) }, stack({}), head),
      declared,
    ).filter((line) => !line.startsWith("note "));

  test("all of them let go of and each imported is no change", () => {
    expect(judged(center("g", ACCOUNTS, imports(ACCOUNTS)))).toEqual([]);
  });
  test.each<[string, Json, readonly Move[], RegExp]>([
    ["another group", center("admins", ACCOUNTS, imports(ACCOUNTS)), SPLIT, /^weakens: .*admins gains Read/],
    [
      "one account more",
      center("g", [...ACCOUNTS, "444444444444"], imports(ACCOUNTS)),
      SPLIT,
      /^weakens: .*g gains Read in account 444444444444/,
    ],
    [
      "one that is not declared",
      center("g", ACCOUNTS, imports(ACCOUNTS)),
      SPLIT.slice(0, -1),
      /^unknown: .*333333333333.*not in moves\.yaml/,
    ],
    [
      "nothing let go of",
      center("g", ACCOUNTS, imports(ACCOUNTS)),
      SPLIT.filter(({ from, to }) => !from || to),
      /^unknown: .*removal of aws_ssoadmin_account_assignment\.a/,
    ],
  ])("%s is told", (_, head, declared, expected) => {
    expect(judged(head, declared)).toContainEqual(expect.stringMatching(expected));
  });
});
