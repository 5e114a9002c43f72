import { discoverTools } from "../../local/tools";

/**
 * `describe` for tests that run the real Terraform against the local AWS. Where a tool is missing they are skipped with a line that
 * names it; in CI (`CI=true`) a skip is a failure, because nobody reads the lines of a green run.
 */
export function describeReal(name: string, body: () => void): void {
  const found = cached();
  if (!("missing" in found)) {
    describe(name, body);
    return;
  }
  const reason = found.missing.map((tool) => `${tool.name} (${tool.fix})`).join("; ");
  if (process.env["CI"] === "true") throw new Error(`Real runs are required in CI, and this machine lacks: ${reason}`);
  process.stderr.write(`SKIPPED: ${name}: this machine lacks ${reason}\n`);
  describe.skip(`${name} (skipped: ${found.missing.map((tool) => tool.name).join(", ")} missing)`, body);
}

let discovery: ReturnType<typeof discoverTools> | undefined;

/** Starting a Python to look for moto costs a second: once per file of tests is enough. */
function cached(): ReturnType<typeof discoverTools> {
  discovery ??= discoverTools();
  return discovery;
}
