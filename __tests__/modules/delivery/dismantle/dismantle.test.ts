import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dismantle, type DismantleOptions, type Preview } from "../../../../modules/delivery/dismantle/dismantle";
import { previewLines } from "../../../../modules/delivery/dismantle/words";
import { BaselineError } from "../../../../modules/kernel/errors";
import type { Going } from "../../../../modules/live/leave/going";
import type { Leaving } from "../../../../modules/live/leave/leave";
import { type StackKind, stackMark } from "../../../../modules/sections/stack-kinds";
import type { SynthesizedStack } from "../../../../modules/terraform/environment-stacks";

/** A Terraform that shows the plan that a test has written for a stack, and notes what is applied. */
const FAKE = `#!/bin/sh
here="$(dirname "$0")"; stack="$(basename "$PWD")"
case "$1" in
  show) cat "$here/plans/$stack.json" ;;
  state) cat "$here/states/$stack" 2>/dev/null ;;
  apply) echo "$stack" >> "$here/applied" ;;
esac
exit 0
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyless-dismantle-unit-"));
  mkdirSync(join(root, "plans"));
  mkdirSync(join(root, "states"));
  writeFileSync(join(root, "terraform"), FAKE, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

type Before = Readonly<Record<string, unknown>>;
interface Planned {
  /** By address. */
  readonly deletes?: Readonly<Record<string, Before>>;
  readonly forgets?: readonly string[];
  /** By address: before and after of what differs in AWS. */
  readonly drift?: Readonly<Record<string, readonly [Before, Before | null]>>;
  /** Resources of the synth. @default - those that are deleted */
  readonly synth?: Readonly<Record<string, Before>>;
}

const change = (address: string, actions: readonly string[], before: Before | null, after: Before | null) => {
  const [type = "", name = ""] = address.split(".");
  return { address, mode: "managed", type, name, provider_name: "x", change: { actions, before, after } };
};

function stack(kind: StackKind, planned: Planned = {}, name: string = kind): SynthesizedStack {
  const folder = join(root, "cdktf.out/stacks", `prod-${name}`);
  mkdirSync(folder, { recursive: true });
  const resource: Record<string, Record<string, unknown>> = {};
  for (const [address, body] of Object.entries(planned.synth ?? planned.deletes ?? {})) {
    const [type = "", own = ""] = address.split(".");
    resource[type] = { ...resource[type], [own]: body };
  }
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: {}, resource }));
  writeFileSync(
    join(root, "plans", `prod-${name}.json`),
    JSON.stringify({
      format_version: "1.2",
      terraform_version: "1.11.4",
      planned_values: {},
      configuration: { root_module: {} },
      resource_changes: [
        ...Object.entries(planned.deletes ?? {}).map(([address, before]) => change(address, ["delete"], before, null)),
        ...(planned.forgets ?? []).map((address) => change(address, ["forget"], { name: "x" }, null)),
      ],
      resource_drift: Object.entries(planned.drift ?? {}).map(([address, [before, after]]) =>
        change(address, [after ? "update" : "delete"], before, after),
      ),
    }),
  );
  return { name: `prod-${name}`, folder, dependencies: [], mark: stackMark(kind, "prod") };
}

const ROLE = "SecurityBreakGlass";
const SET = { "aws_cloudformation_stack_set.stackset_break_glass_role": { name: "keyless-break-glass-role" } };
const AT = "2026-11-27T08:00:00Z";
const NOBODY: Leaving = {
  caller: { arn: "arn:aws:iam::111111111111:user/ada", accountId: "111111111111" },
  at: AT,
  reached: ["222222222222"],
  lockedOut: [],
};

let said: string[];
let asked: { readonly going: Going; readonly emergencyAccess: boolean }[];
let shown: Preview | undefined;

function run(stacks: readonly SynthesizedStack[], more: Partial<DismantleOptions> = {}) {
  said = [];
  asked = [];
  shown = undefined;
  return dismantle({
    projectRoot: root,
    environment: "prod",
    stacks,
    adopted: [],
    binary: join(root, "terraform"),
    say: (line) => void said.push(line),
    leave: (going, emergencyAccess) => {
      asked.push({ going, emergencyAccess });
      return Promise.resolve(NOBODY);
    },
    verify: (sections) =>
      Promise.resolve({ environment: "prod", organizationId: "o", sections, from: AT, to: AT, claims: [], calls: {} }),
    left: () => Promise.resolve({ at: AT, names: 3, types: ["aws_iam_role"], found: [] }),
    leftStates: () => Promise.resolve([]),
    now: () => new Date(AT),
    show: (preview) => void (shown = preview),
    confirm: () => Promise.resolve(true),
    ...more,
  });
}

async function refused(work: Promise<unknown>): Promise<BaselineError> {
  const error: unknown = await work.then(
    () => undefined,
    (found: unknown) => found,
  );
  if (!(error instanceof BaselineError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

const applied = (): readonly string[] =>
  existsSync(join(root, "applied")) ? readFileSync(join(root, "applied"), "utf8").trim().split("\n") : [];

/** Roles in three member accounts, and a StackSet that AWS has or not. */
function roles(hasStackSet: boolean | readonly boolean[], notRead: readonly string[] = []) {
  const there = typeof hasStackSet === "boolean" ? [hasStackSet] : [...hasStackSet];
  const found = { accountIds: ["222222222222", "333333333333"], notRead: [] };
  return {
    stackSetName: "keyless-break-glass-role",
    roleName: ROLE,
    hasStackSet: jest.fn(() => Promise.resolve(there.length > 1 ? there.shift()! : there[0]!)),
    find: jest.fn(() =>
      Promise.resolve({ ...found, notRead: notRead.map((accountId) => ({ accountId, why: "refused" })) }),
    ),
    remove: jest.fn(() => Promise.resolve({ accountIds: ["222222222222"], notRead: [] })),
  };
}

describe("the role that a StackSet leaves behind", () => {
  test("one account's stack goes: the roles of all other accounts are not even looked for", async () => {
    const retained = roles(false);
    const stacks = [
      stack("account", { deletes: { "aws_iam_role.role_break_glass": { name: ROLE } } }),
      stack("break-glass", { deletes: SET }),
    ];
    await run(stacks, { retained, chosen: ["prod-account"] });
    expect(applied()).toEqual(["prod-account"]);
    expect(retained.find).not.toHaveBeenCalled();
    expect(retained.remove).not.toHaveBeenCalled();
  });

  test("its StackSet goes in this run: deleted after it, and counted as AWS said it", async () => {
    const retained = roles(false);
    expect(await run([stack("break-glass", { deletes: SET })], { retained })).toMatchObject({ deleted: 2 });
    expect(retained.remove).toHaveBeenCalledWith(["222222222222", "333333333333"]);
    expect(asked[0]?.going.stackSetRoles).toEqual([ROLE]);
  });

  test("its StackSet went in an earlier run: deleted, and whoever comes in by the role is seen", async () => {
    const retained = roles(false);
    await run([stack("break-glass")], { retained });
    expect(asked[0]).toMatchObject({ emergencyAccess: true, going: { stackSetRoles: [ROLE] } });
    expect(retained.remove).toHaveBeenCalledTimes(1);
  });

  test("the state is not the environment's, and AWS has the StackSet: refused, and nothing is deleted", async () => {
    const retained = roles(true);
    const error = await refused(run([stack("break-glass")], { retained }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("DISMANTLE-ROLE-NOT-KNOWN");
    expect(retained.find).not.toHaveBeenCalled();
    expect(retained.remove).not.toHaveBeenCalled();
  });

  test("the StackSet is let go of: it stays, and so do its roles", async () => {
    const retained = roles(true);
    const address = Object.keys(SET)[0]!;
    const one = stack("break-glass", { forgets: [address] });
    const plan = join(root, "plans/prod-break-glass.json");
    writeFileSync(plan, readFileSync(plan, "utf8").replace('"name":"x"', '"name":"keyless-break-glass-role"'));
    expect(await run([one], { retained })).toMatchObject({ outcome: "gone", deleted: 0 });
    expect(retained.remove).not.toHaveBeenCalled();
  });

  test("AWS has the StackSet after the apply, too: its roles are not deleted", async () => {
    const retained = roles(true);
    const error = await refused(run([stack("break-glass", { deletes: SET })], { retained }));
    expect(error.exitCode).toBe(3);
    expect(applied()).toEqual(["prod-break-glass"]);
    expect(retained.remove).not.toHaveBeenCalled();
  });

  test("an account that could not be read: refused before anything is asked", async () => {
    const confirm = jest.fn(() => Promise.resolve(true));
    const retained = roles(false, ["444444444444"]);
    const error = await refused(run([stack("break-glass", { deletes: SET })], { retained, confirm }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("444444444444 could not be read: refused");
    expect(confirm).not.toHaveBeenCalled();
    expect(applied()).toEqual([]);
  });

  test("they are emergency access: guardrails that stay are in their way although no state has them", async () => {
    const stacks = [
      stack("guardrails", { deletes: { "aws_organizations_policy.a": { name: "a" } } }),
      stack("break-glass"),
    ];
    const error = await refused(run(stacks, { retained: roles(false), chosen: ["prod-break-glass"] }));
    expect(error.message).toContain("DISMANTLE-ORDER");
  });
});

describe("states that are empty", () => {
  test("AWS is asked all the same: what it has with the environment's names is exit code 3", async () => {
    const left = jest.fn(() =>
      Promise.resolve({ at: AT, names: 3, types: ["aws_iam_role"], found: ["aws_iam_role x is in 222222222222"] }),
    );
    const error = await refused(run([stack("guardrails"), stack("break-glass")], { left }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("DISMANTLE-STILL-THERE");
    expect(applied()).toEqual([]);
  });

  test("what was adopted is let go of by an earlier run, and is not looked for", async () => {
    const letGo: string[] = [];
    const one = stack("guardrails", { synth: { "aws_organizations_policy.theirs": { name: "t" } } });
    await run([one], {
      adopted: [{ stack: "prod-guardrails", address: "aws_organizations_policy.theirs" }],
      left: (gone) => {
        letGo.push(...gone);
        return Promise.resolve({ at: AT, names: 0, types: [], found: [] });
      },
    });
    expect(letGo).toEqual(["prod-guardrails aws_organizations_policy.theirs"]);
  });

  test("of a part nobody looks, and that is said", async () => {
    const left = jest.fn(() => Promise.resolve({ at: AT, names: 3, types: ["aws_iam_role"], found: [] }));
    const stacks = [stack("guardrails"), stack("break-glass", { deletes: SET })];
    expect(await run(stacks, { left, chosen: ["prod-guardrails"] })).toMatchObject({ outcome: "nothing" });
    expect(left).not.toHaveBeenCalled();
    expect(said).toContainEqual(expect.stringContaining("AWS was not looked at"));
    expect(shown?.steps).toHaveLength(1);
  });
});

describe("what AWS shows", () => {
  const SCP = { "aws_organizations_policy.a": { name: "a" } };
  const claim = (verdict: "missing" | "different" | "not-readable", detail: string) => ({
    section: "guardrails" as const,
    kind: "attachment",
    name: "a on Workloads",
    promise: "",
    place: { accountId: "111111111111" },
    verdict,
    details: [detail],
    at: AT,
  });
  const verified =
    (...claims: readonly ReturnType<typeof claim>[]): DismantleOptions["verify"] =>
    (sections) =>
      Promise.resolve({ environment: "prod", organizationId: "o", sections, from: AT, to: AT, claims, calls: {} });
  const partly = () => stack("guardrails", { deletes: SCP, synth: { ...SCP, "aws_organizations_policy.b": {} } });

  test("one missing address of a section leaves the others read: what nobody has planned refuses", async () => {
    const verify = verified(claim("different", "it is attached to ou-1, which is not planned"));
    const error = await refused(run([partly()], { verify }));
    expect(error.message).toContain("DISMANTLE-NOT-AS-PLANNED");
    expect(applied()).toEqual([]);
    expect(shown).toMatchObject({ verified: [], notVerified: ["guardrails"], verifiedAt: AT });
  });

  test("of such a section what could not be read refuses, and what is missing does not", async () => {
    expect((await refused(run([partly()], { verify: verified(claim("not-readable", "refused")) }))).exitCode).toBe(3);
    const gone = [
      claim("missing", "not there"),
      claim("not-readable", "iam:ListAttachedRolePolicies failed: NoSuchEntityException: no role"),
    ];
    expect(await run([partly()], { verify: verified(...gone) })).toMatchObject({ outcome: "gone" });
  });

  const ASSIGNMENT = "aws_ssoadmin_account_assignment.a";
  const each = (...keys: string[]) => ({
    [ASSIGNMENT]: { for_each: Object.fromEntries(keys.map((key) => [key, "x"])) },
  });
  const instances = (...keys: (string | number)[]) =>
    Object.fromEntries(keys.map((key) => [`${ASSIGNMENT}[${JSON.stringify(key)}]`, {}]));
  test.each<[string, Parameters<typeof stack>[1], boolean]>([
    ["every instance", { deletes: instances("1", "2"), synth: each("1", "2") }, true],
    ["keys with brackets, dots and quotes", { deletes: instances('a"].b["c'), synth: each('a"].b["c') }, true],
    ["one that an interrupted run has deleted", { deletes: instances("1"), synth: each("1", "2") }, false],
    [
      "one that it has deleted in AWS, and not in the state",
      { deletes: instances("1"), synth: each("1", "2"), drift: { [`${ASSIGNMENT}["2"]`]: [{}, null] } },
      false,
    ],
    ["numbered ones", { deletes: instances(0, 1), synth: { [ASSIGNMENT]: { count: 2 } } }, true],
    ["a number less", { deletes: instances(0), synth: { [ASSIGNMENT]: { count: 2 } } }, false],
    ["none, of which none is written", { synth: { [ASSIGNMENT]: { count: 0 } } }, true],
    // Which keys there are an expression says: any shows that it was applied.
    ["keys of an expression", { deletes: instances("1"), synth: { [ASSIGNMENT]: { for_each: "${toset(x)}" } } }, true],
  ])("of a for_each with %s: whole or not", async (_, planned, isWhole) => {
    const verify = verified(claim("different", "no assignment to Engineering in data-prod (444444444401)"));
    const ran = run([stack("guardrails", planned)], { verify });
    if (isWhole) expect((await refused(ran)).message).toContain("DISMANTLE-NOT-AS-PLANNED");
    else expect(await ran).toMatchObject({ outcome: "gone" });
    expect(shown).toMatchObject(isWhole ? { verified: ["guardrails"] } : { notVerified: ["guardrails"] });
  });

  test("the order says that it was compared only when it was", async () => {
    let read = false;
    const show = jest.fn(() => expect(read).toBe(true));
    const verify: DismantleOptions["verify"] = (sections) => {
      read = true;
      return verified()(sections);
    };
    await run([stack("guardrails", { deletes: SCP })], { verify, show });
    expect(show).toHaveBeenCalledTimes(1);
  });

  test("what is in the state and no more in the synth is judged by all that differs", async () => {
    const drift = { "aws_iam_role.old": [{ assume_role_policy: "a" }, { assume_role_policy: "b" }] } as const;
    const old = { deletes: { "aws_iam_role.old": { name: "old" } }, drift };
    const error = await refused(run([stack("guardrails", { ...old, synth: {} })]));
    expect(error.message).toContain("DISMANTLE-DRIFT");
    // Of one that is synthesized only what is written there.
    await run([stack("guardrails", { ...old, synth: { "aws_iam_role.old": { name: "old" } } })]);
  });

  test.each(["TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_CLI_ARGS_apply"])("%s that hides AWS is refused", async (name) => {
    const before = process.env[name];
    process.env[name] = "-parallelism=3 -refresh=false";
    try {
      const error = await refused(run([stack("guardrails", { deletes: SCP })]));
      expect([error.exitCode, error.message]).toEqual([3, expect.stringContaining("DISMANTLE-ARGUMENTS")]);
      process.env[name] = "-parallelism=3";
      expect(await run([stack("guardrails", { deletes: SCP })])).toMatchObject({ outcome: "gone" });
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  });

  test("guardrails that somebody applies meanwhile keep emergency access", async () => {
    const stacks = [stack("guardrails"), stack("break-glass", { deletes: SET })];
    writeFileSync(join(root, "states/prod-guardrails"), "aws_organizations_policy.a\n");
    const error = await refused(run(stacks, { chosen: ["prod-break-glass"] }));
    expect(error.message).toContain("The state of prod-guardrails has aws_organizations_policy.a");
    expect(applied()).toEqual([]);
  });

  test("types that are looked for by no name are named", async () => {
    await run([stack("guardrails", { deletes: { ...SCP, "aws_iam_role.r": { name: "r" } } })]);
    expect(said).toContain(
      "not looked for by name, only Terraform's word that they are gone: aws_organizations_policy",
    );
  });

  test("a dry run prints every address, and says what it has not looked at", async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`aws_iam_role.r${i}`, { name: `r${i}` }]));
    await run([stack("pipeline", { deletes: many }), stack("guardrails")], { chosen: ["prod-pipeline"] });
    for (const address of Object.keys(many)) expect(previewLines(shown!, true)).toContain(`      ${address}`);
    expect(previewLines(shown!).join("\n")).not.toContain("aws_iam_role.r7");
    expect(previewLines(shown!)).toContainEqual(expect.stringContaining("not synthesized any more were not looked at"));
  });
});
