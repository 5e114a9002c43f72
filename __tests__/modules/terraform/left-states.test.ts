import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leftStates } from "../../../modules/terraform/left-states";

const root = mkdtempSync(join(tmpdir(), "keyless-left-states-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const state = (name: string, text: string): void => writeFileSync(join(root, `terraform.${name}.tfstate`), text);
const MANAGED = JSON.stringify({ resources: [{ mode: "managed" }, { mode: "data" }, { mode: "managed" }] });

test("states with something in them that no stack is synthesized for, and of this environment alone", async () => {
  state("prod-guardrails", MANAGED);
  state("prod-old", MANAGED);
  state("prod-emptied", JSON.stringify({ resources: [] }));
  state("prod-only-read", JSON.stringify({ resources: [{ mode: "data" }] }));
  state("prod-of-no-bytes", "");
  state("prod-damaged", "{");
  state("prod-eu-old", MANAGED);
  state("production-old", MANAGED);
  writeFileSync(join(root, "terraform.prod-old.tfstate.backup"), MANAGED);
  const of = (environment: string, others: readonly string[]) =>
    leftStates({
      projectRoot: root,
      settings: { environment, backend: { type: "local" } },
      synthesized: new Set(["prod-guardrails"]),
      others,
    });
  expect(await of("prod", ["prod-eu"])).toEqual([
    // What cannot be read counts for something.
    { name: "prod-damaged", where: "terraform.prod-damaged.tfstate", resources: undefined },
    { name: "prod-old", where: "terraform.prod-old.tfstate", resources: 2 },
  ]);
  expect((await of("prod-eu", ["prod"])).map(({ name }) => name)).toEqual(["prod-eu-old"]);
  expect(await of("staging", ["prod"])).toEqual([]);
});
