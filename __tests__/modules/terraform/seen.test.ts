import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyNow } from "../../../modules/delivery/apply";
import { planAll } from "../../../modules/delivery/plan";
import type { StackMark } from "../../../modules/sections/stack-kinds";
import type { SynthesizedStack } from "../../../modules/terraform/environment-stacks";
import { withWorkplace } from "../../../modules/terraform/saved-plans";
import { digestOf, lastSeen, noteSeen, seenAndUnchanged, seenFolder } from "../../../modules/terraform/seen";

const NOW = new Date("2026-11-27T12:00:00Z");
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "seen-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function stack(
  name: string,
  section: StackMark["section"] = "workloadIdentity",
  dependencies: readonly string[] = [],
): SynthesizedStack {
  const folder = join(root, "cdktf.out/stacks", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ name }));
  return { name, folder, dependencies, mark: { environment: "e", kind: "workload-identity", section } };
}

const note = (one: SynthesizedStack, at = NOW, lock = "aws 5"): void =>
  noteSeen(seenFolder(root), one.name, "applied", { digest: digestOf(one.folder), lock }, at);

describe("a stack that was seen", () => {
  test("and is the same is known, with when and how", () => {
    const one = stack("e-one");
    note(one);
    expect(lastSeen(root, one, later(1))).toMatchObject({ how: "applied", at: "2026-11-27T12:00:00Z" });
    expect(lastSeen(root, one, later(24))).toBeDefined();
  });

  const variables = process.env;
  afterEach(() => (process.env = variables));
  test.each<readonly [string, (one: SynthesizedStack) => Date | void]>([
    ["a day ago", () => later(24.1)],
    ["in the future: a clock is wrong", () => later(-0.1)],
    ["and is another since", ({ folder }) => writeFileSync(join(folder, "cdk.tf.json"), "{}")],
    ["and has a file more", ({ folder }) => writeFileSync(join(folder, "template.json"), "{}")],
    ["with other providers", () => writeFileSync(join(root, ".terraform.lock.hcl"), "aws 6")],
    ["of another AWS", () => void (process.env = { ...variables, AWS_ENDPOINT_URL: "http://127.0.0.1:1" })],
    ["by another profile", () => void (process.env = { ...variables, AWS_PROFILE: "other" })],
    ["with values from outside", () => void (process.env = { ...variables, TF_VAR_region: "eu-west-1" })],
    ["by a note that is cut off", () => writeFileSync(join(seenFolder(root), "e-one.json"), '{"format"')],
    [
      "by another stack's note",
      () => {
        note(stack("e-two"));
        writeFileSync(join(seenFolder(root), "e-one.json"), readFileSync(join(seenFolder(root), "e-two.json")));
      },
    ],
  ])("%s counts as not seen", (_, change) => {
    const one = stack("e-one");
    note(one);
    const now = change(one) ?? later(1);
    expect(lastSeen(root, one, now)).toBeUndefined();
  });

  test("Terraform's own files are none of it; the lock file that it was seen with may come into the project", () => {
    const one = stack("e-one");
    note(one);
    mkdirSync(join(one.folder, ".terraform/providers"), { recursive: true });
    writeFileSync(join(one.folder, ".terraform/providers/x"), "x");
    writeFileSync(join(one.folder, ".terraform.lock.hcl"), "x");
    writeFileSync(join(root, ".terraform.lock.hcl"), "aws 5");
    expect(lastSeen(root, one, later(1))).toBeDefined();
  });

  test("in a note that nobody can write is planned again", () => {
    const one = stack("e-one");
    writeFileSync(join(root, ".keyless"), "a file");
    note(one);
    expect(lastSeen(root, one, later(1))).toBeUndefined();
  });
});

describe("what needs no plan", () => {
  const leftOut = (stacks: readonly SynthesizedStack[]): readonly string[] =>
    seenAndUnchanged(root, stacks, later(1)).map(({ stack: { name } }) => name);
  const edit = ({ folder }: SynthesizedStack): void => writeFileSync(join(folder, "cdk.tf.json"), "{}");

  test("all that was seen, and nothing that was not", () => {
    const [one, two] = [stack("e-one"), stack("e-two")];
    expect(leftOut([one, two])).toEqual([]);
    note(one);
    expect(leftOut([one, two])).toEqual(["e-one"]);
    note(two);
    expect(leftOut([one, two])).toEqual(["e-one", "e-two"]);
  });

  test("what depends on a stack that is planned is planned, over others, in whatever order they stand", () => {
    const stacks = [
      stack("e-c", "workloadIdentity", ["e-b"]),
      stack("e-b", "workloadIdentity", ["e-a"]),
      stack("e-a"),
      stack("e-other"),
    ];
    stacks.forEach((one) => note(one));
    edit(stacks[2]!);
    expect(leftOut(stacks)).toEqual(["e-other"]);
    expect(leftOut([stack("e-lost", "workloadIdentity", ["e-gone"])])).toEqual([]);
  });

  test("the way back in is looked at wherever guardrails are planned", () => {
    const [way, guardrails, other] = [stack("e-way", "breakGlass"), stack("e-g", "guardrails"), stack("e-o")];
    [way, guardrails, other].forEach((one) => note(one));
    expect(leftOut([way, guardrails, other])).toEqual(["e-way", "e-g", "e-o"]);
    edit(guardrails);
    expect(leftOut([way, guardrails, other])).toEqual(["e-o"]);
  });
});

describe("who notes and who forgets", () => {
  /** Terraform's four commands, as a script: what it shows lies in a file, and it fails where one says so. */
  function terraform(): string {
    const binary = join(root, "terraform");
    writeFileSync(
      binary,
      `#!/bin/sh
echo "$1" >> "${root}/calls"
test -e "${root}/synth-at-$1" && echo '{"another":"stack"}' > cdk.tf.json
test "$1" = apply && test -e "${root}/seen-during" && ls "${root}/.keyless/seen" > "${root}/seen-during"
test -e "${root}/fails-$1" && exit 1
test "$1" = show && cat "${root}/plan.json"
exit 0
`,
    );
    chmodSync(binary, 0o755);
    return binary;
  }
  const role = {
    address: "aws_iam_role.r",
    mode: "managed",
    type: "aws_iam_role",
    name: "r",
    provider_name: "registry.terraform.io/hashicorp/aws",
    change: { actions: ["create"], before: null, after: { name: "r" }, after_unknown: {} },
  };
  const plans = (extra: object): void =>
    writeFileSync(join(root, "plan.json"), JSON.stringify({ format_version: "1.2", planned_values: {}, ...extra }));
  const isSeen = (one: SynthesizedStack): string | undefined => lastSeen(root, one, new Date())?.how;
  const options = (stacks: readonly SynthesizedStack[]) => ({
    projectRoot: root,
    environment: "e",
    stacks,
    binary: terraform(),
  });
  const plan = (stacks: readonly SynthesizedStack[]): Promise<unknown> =>
    withWorkplace(root, (place) => planAll(options(stacks), stacks, place));
  const apply = (stacks: readonly SynthesizedStack[]): Promise<unknown> =>
    applyNow({ ...options(stacks), say: () => undefined, confirm: () => Promise.resolve(true) });

  test("a plan without changes notes; one with changes, or with drift alone, forgets", async () => {
    const one = stack("e-one");
    plans({});
    await plan([one]);
    expect(isSeen(one)).toBe("planned");
    plans({ resource_changes: [role] });
    await plan([one]);
    expect(isSeen(one)).toBeUndefined();
    plans({});
    await plan([one]);
    plans({ resource_drift: [{ ...role, change: { ...role.change, actions: ["update"], before: { name: "q" } } }] });
    await plan([one]);
    expect(isSeen(one)).toBeUndefined();
  });

  test("a plan that fails says nothing", async () => {
    const one = stack("e-one");
    writeFileSync(join(root, "fails-plan"), "");
    await expect(plan([one])).rejects.toThrow();
    expect(isSeen(one)).toBeUndefined();
  });

  test("an apply notes when it has ended, and forgets before it begins", async () => {
    const one = stack("e-one");
    note(one, new Date());
    plans({ resource_changes: [role] });
    writeFileSync(join(root, "seen-during"), "");
    await apply([one]);
    expect(readFileSync(join(root, "seen-during"), "utf8")).toBe("");
    expect(isSeen(one)).toBe("applied");
  });

  test.each(["plan", "apply"])("a stack that is synthesized anew during the %s was not seen", async (command) => {
    const one = stack("e-one");
    plans(command === "apply" ? { resource_changes: [role] } : {});
    writeFileSync(join(root, `synth-at-${command}`), "");
    await (command === "apply" ? apply([one]) : plan([one]));
    expect(readFileSync(join(one.folder, "cdk.tf.json"), "utf8")).toContain("another");
    expect(isSeen(one)).toBeUndefined();
  });

  test("an apply that fails leaves no note", async () => {
    const one = stack("e-one");
    note(one, new Date());
    plans({ resource_changes: [role] });
    writeFileSync(join(root, "fails-apply"), "");
    await expect(apply([one])).rejects.toThrow();
    expect(isSeen(one)).toBeUndefined();
    expect(existsSync(join(seenFolder(root), "e-one.json"))).toBe(false);
  });
});
