import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyPlanned, planForDelivery, withWorkplace } from "../../../modules/terraform/saved-plans";

/** A Terraform that writes down how it is called, and downloads a provider when it may. */
const FAKE = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$1" in
  init) case "$*" in *readonly*) ;; *) [ -f .terraform.lock.hcl ] || echo newest > .terraform.lock.hcl ;; esac ;;
  show) echo '{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[],"configuration":{"root_module":{}}}' ;;
esac
`;

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyless-terraform-"));
  folder = join(root, "cdktf.out/stacks/prod-a");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, "terraform"), FAKE, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

const stack = (): { name: string; folder: string; dependencies: readonly string[] } => ({
  name: "prod-a",
  folder,
  dependencies: [],
});
const plan = (lock?: string): ReturnType<typeof planForDelivery> =>
  withWorkplace(root, (place) => planForDelivery(join(root, "terraform"), root, place, stack(), lock));
const calls = (): readonly string[] => readFileSync(join(root, "calls"), "utf8").trim().split("\n");

test("a plan takes the newest providers, and says which", async () => {
  expect((await plan()).lock).toBe("newest\n");
  expect(calls()[0]).toBe("init -input=false -no-color");
});

test("with a lock file in the project's root it takes those and no others", async () => {
  writeFileSync(join(root, ".terraform.lock.hcl"), "committed\n");
  expect((await plan()).lock).toBe("committed\n");
  expect(calls()[0]).toBe("init -input=false -no-color -lockfile=readonly");
});

test("an apply takes those that were reviewed and no others, whatever lies there", async () => {
  writeFileSync(join(root, ".terraform.lock.hcl"), "committed\n");
  writeFileSync(join(folder, ".terraform.lock.hcl"), "older\n");
  const { lock, digest } = await plan("reviewed\n");
  expect(lock).toBe("reviewed\n");
  expect(calls()[0]).toBe("init -input=false -no-color -lockfile=readonly");
  expect(digest.digest).not.toBe((await plan("others\n")).digest.digest);
});

test("what is applied is the plan that was made, from a folder that is gone afterwards", async () => {
  let gone = "";
  await withWorkplace(root, async (place) => {
    await planForDelivery(join(root, "terraform"), root, place, stack());
    await applyPlanned(join(root, "terraform"), place, stack());
    const out = /-out=(\S+)$/.exec(calls()[1]!)![1]!;
    expect(calls()[3]).toBe(`apply -input=false -no-color -lock-timeout=300s ${out}`);
    expect(existsSync(place.folder)).toBe(true);
    expect(out.startsWith(place.folder)).toBe(true);
    gone = place.folder;
  });
  expect(existsSync(gone)).toBe(false);
});
