import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { currentMemory } from "../../modules/proofs/remembering";

/**
 * Most suites resolve the example, which proves it: two seconds in a process that is not warm yet, many times over. What one suite of a run has
 * proven others need not prove again: a key names all that the answer depends on but the code, which is the same for one run.
 *
 * Suites about proofs and policies prove for themselves.
 */
export function shareWhatIsProven(): void {
  const file = process.env["KEYLESS_PROVEN"];
  const { testPath } = expect.getState();
  if (file === undefined || testPath === undefined || /__tests__.modules.(proofs|policy)\b/.test(testPath)) return;
  const { decided } = currentMemory();
  const before = new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
  before.forEach((key) => decided.set(key, true));
  afterAll(() => {
    const found = [...currentMemory().decided].flatMap(([key, proven]) => (proven && !before.has(key) ? [key] : []));
    // Two workers may have found the same: a set does not mind.
    if (found.length > 0) appendFileSync(file, `${found.join("\n")}\n`);
  });
}
