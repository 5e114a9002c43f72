import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf, filesInCommit } from "../../../modules/kernel/git";
import { readIntent, readIntentAt } from "../../../modules/review/read-inputs";
import { isKnown, whyNotProven } from "../../../modules/review/rules/lock-out";
import { ROOT } from "../../support/environments";

/** Who must get in is what the base says: a change cannot take somebody off the list that it is judged by. */

const project = mkdtempSync(join(tmpdir(), "keyless-intent-test-"));
const baseline = join(project, "environments/example/baseline.yaml");
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
    cwd: project,
    encoding: "utf8",
  });
afterAll(() => rmSync(project, { recursive: true, force: true }));

beforeAll(() => {
  cpSync(join(ROOT, "environments/example"), join(project, "environments/example"), { recursive: true });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "before");
});

const roleName = (commit: string | undefined): string => {
  const intent = readIntentAt(project, "example", commit);
  return isKnown(intent) ? intent.breakGlass.identity.roleName : `unknown: ${whyNotProven(intent)}`;
};

test("the commit counts, not the checkout", () => {
  const first = commitOf(project, "HEAD");
  const text = readFileSync(baseline, "utf8");
  expect(roleName(first)).toBe("SecurityBreakGlass");
  writeFileSync(baseline, text.replace(/^breakGlass:\n/m, "breakGlass:\n  roleName: OtherWay\n"));
  expect(roleName(undefined)).toBe("OtherWay");
  expect(roleName(first)).toBe("SecurityBreakGlass");
  git("commit", "-qam", "after");
  expect(roleName(commitOf(project, "HEAD"))).toBe("OtherWay");
  expect(roleName(commitOf(project, "HEAD^1"))).toBe("SecurityBreakGlass");
  writeFileSync(baseline, text);
});

test("a mistake is why it is not known: of the commit, or of the checkout", () => {
  const text = readFileSync(baseline, "utf8");
  writeFileSync(baseline, `${text}\nnonsense: true\n`);
  const intent = readIntent(project, "example");
  expect(isKnown(intent)).toBe(false);
  expect("unknown" in intent && intent.unknown).toMatch(/^[A-Z-]+: .*nonsense/);
  expect(roleName(commitOf(project, "HEAD^1"))).toBe("SecurityBreakGlass");
  writeFileSync(baseline, text);
});

test("an environment that the commit does not have is read from the checkout; links of a commit are not followed", () => {
  cpSync(join(project, "environments/example"), join(project, "environments/second"), { recursive: true });
  const head = commitOf(project, "HEAD")!;
  expect(filesInCommit(project, head, "environments/second")).toEqual([]);
  expect(isKnown(readIntentAt(project, "second", head))).toBe(true);
  execFileSync("ln", ["-s", "/etc/passwd", join(project, "environments/example/link.yaml")]);
  git("add", "environments/example/link.yaml");
  git("commit", "-qm", "link");
  expect(filesInCommit(project, commitOf(project, "HEAD")!, "environments/example")).not.toContain(
    "environments/example/link.yaml",
  );
});
