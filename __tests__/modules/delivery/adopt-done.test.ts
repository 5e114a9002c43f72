import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finishAdoption } from "../../../modules/delivery/adopt-done";
import { BaselineError } from "../../../modules/kernel/errors";

const MOVES = `version: 1
# what we took over
moves:
  - { to: { stack: guardrails, address: aws_organizations_policy.p }, id: p-1 }
  - { from: { stack: guardrails, address: aws_iam_role.a }, to: { stack: guardrails, address: aws_iam_role.b } } # stays
adopted:
  - { what: policy, id: p-1, to: { stack: guardrails, address: aws_organizations_policy.p } }
`;

describe("imports leave moves.yaml when every state has what they import", () => {
  const root = mkdtempSync(join(tmpdir(), "keyless-done-"));
  const file = join(root, "environments/grown/moves.yaml");
  const folder = join(root, "cdktf.out/stacks/grown-guardrails");
  const binary = join(root, "terraform");
  /** A Terraform whose plan is this. */
  const plans = (resource: object | undefined, status = 0): void => {
    writeFileSync(join(root, "plan.json"), JSON.stringify({ resource_changes: resource ? [resource] : [] }));
    writeFileSync(binary, `#!/bin/sh\n[ "$1" = show ] && cat ${join(root, "plan.json")}\nexit ${status}\n`);
    chmodSync(binary, 0o755);
  };
  let meanwhile: () => void = () => undefined;
  const finish = (
    stacks = [{ name: "grown-guardrails", folder, dependencies: [] as string[] }],
  ): ReturnType<typeof finishAdoption> =>
    finishAdoption({ projectRoot: root, environment: "grown", stacks, binary, say: () => meanwhile() });
  beforeEach(() => {
    mkdirSync(join(root, "environments/grown"), { recursive: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, MOVES);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("not before: one that went would become something to make", async () => {
    plans({ address: "aws_organizations_policy.p", change: { actions: ["no-op"], importing: { id: "p-1" } } });
    expect(await finish()).toEqual({ removed: 0, waiting: ["grown-guardrails aws_organizations_policy.p"] });
    expect(readFileSync(file, "utf8")).toBe(MOVES);
  });

  test("then they go, and moves, comments and the list of what is adopted stay", async () => {
    plans({ address: "aws_organizations_policy.p", change: { actions: ["no-op"] } });
    expect(await finish()).toEqual({ removed: 1, waiting: [] });
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("id: p-1 }\n  - { from");
    for (const kept of ["# what we took over", "# stays", "aws_iam_role.b", "what: policy"])
      expect(text).toContain(kept);
    // Nothing is left to do.
    expect(await finish()).toEqual({ removed: 0, waiting: [] });
  });

  test.each<[string, () => void]>([
    ["changed", () => writeFileSync(file, MOVES.replace("id: p-1 }", "id: p-2 }"))],
    ["deleted", () => rmSync(file)],
  ])("a file that was %s while the plans were made is not written", async (_how, change) => {
    plans({ address: "aws_organizations_policy.p", change: { actions: ["no-op"] } });
    meanwhile = change;
    await expect(finish()).rejects.toMatchObject({ exitCode: 1, problems: [{ code: "ADOPT-CHANGED" }] });
    const there = existsSync(file) ? readFileSync(file, "utf8") : "";
    meanwhile = () => undefined;
    expect(there).not.toBe(MOVES);
    expect(there === "" || there.includes("id: p-2 }")).toBe(true);
  });

  test("a stack that is not synthesized, and one that cannot be planned, tell nothing", async () => {
    plans(undefined);
    expect(await finish([])).toEqual({ removed: 0, waiting: ["grown-guardrails"] });
    plans(undefined, 1);
    await expect(finish()).rejects.toThrow(BaselineError);
    expect(readFileSync(file, "utf8")).toBe(MOVES);
  });
});
