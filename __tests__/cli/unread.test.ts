import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";

/** A gate's no behind `| head`: whoever has seen enough does not turn it into a yes. */
describe("output that nobody reads to its end", () => {
  const project = temporaryProject();
  afterAll(() => project.remove());
  const users = Array.from({ length: 3000 }, (_, i) => ({
    address: `aws_iam_access_key.a${i}`,
    mode: "managed",
    type: "aws_iam_access_key",
    name: `a${i}`,
    provider_name: "registry.terraform.io/hashicorp/aws",
    change: {
      actions: ["create"],
      before: null,
      after: { user: `user${i}` },
      after_unknown: {},
      before_sensitive: false,
      after_sensitive: {},
    },
  }));
  const plan = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
  writeFileSync(join(project.root, "plan.json"), JSON.stringify({ ...plan, resource_changes: users }));
  writeFileSync(join(project.root, "nothing.json"), JSON.stringify({ ...plan, resource_changes: [] }));

  /** Exit codes of the command and of who reads it. */
  const behind = (reader: string, file: string): string =>
    spawnSync(
      "bash",
      [
        "-c",
        `"${process.execPath}" "${join(ROOT, "dist/cli/index.js")}" review ${file} --no-approvals --fail-on weakens,unknown | ${reader} >/dev/null; echo "\${PIPESTATUS[0]}"`,
      ],
      { cwd: project.root, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: project.root } },
    ).stdout.trim();

  test.each(["head -n 1", "head -c 1", "true", "sleep 0", "cat"])("a no stays a no behind %s", (reader) => {
    expect(behind(reader, "plan.json")).toBe("3");
  });
  test("a yes stays a yes", () => expect(behind("true", "nothing.json")).toBe("0"));
  test("an input that is wrong stays wrong", () => expect(behind("true", "none.json")).toBe("2"));
});
