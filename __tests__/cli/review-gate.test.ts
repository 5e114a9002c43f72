import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

/** Where the gate of `keyless review` comes from. */

const project = temporaryProject();
afterAll(() => project.remove());

const planOf = (type: string, after: object): string =>
  JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    configuration: { root_module: {} },
    resource_changes: [
      {
        address: `${type}.a`,
        mode: "managed",
        type,
        name: "a",
        provider_name: "registry.terraform.io/hashicorp/aws",
        change: {
          actions: ["create"],
          before: null,
          after,
          after_unknown: {},
          before_sensitive: false,
          after_sensitive: {},
        },
      },
    ],
  });
writeFileSync(join(project.root, "key.json"), planOf("aws_iam_access_key", { user: "ada" }));
writeFileSync(join(project.root, "odd.json"), planOf("aws_nobody_knows", { name: "odd" }));
writeFileSync(join(project.root, "group.json"), planOf("terraform_data", { input: "quiet" }));

test.each<[string, readonly string[], number]>([
  ["what weakens stops", ["key.json"], 3],
  ["what cannot be decided stops", ["odd.json"], 3],
  ["what does neither passes", ["group.json"], 0],
  ["--fail-on says what stops", ["key.json", "--fail-on", "destroys-guard"], 0],
  ["--fail-on none only reports", ["key.json", "--fail-on", "none"], 0],
  ["an environment's gate stays: less", ["key.json", "--env", "example", "--fail-on", "destroys-guard"], 3],
  ["an environment's gate stays: none", ["odd.json", "--env", "example", "--fail-on", "none"], 3],
  [
    "an environment's gate stays, without its approvals",
    ["key.json", "--env", "example", "--no-approvals", "--fail-on", "none"],
    3,
  ],
])("%s", async (_, args, status) => {
  const run = await keylessHere(project.root, [
    "review",
    ...args.map((arg) => (arg.endsWith(".json") ? join(project.root, arg) : arg)),
  ]);
  expect({ status: run.status, said: run.stderr !== "" }).toEqual({ status, said: args.includes("--env") });
});

test("an environment's own gate is added to, and so is a stricter one that is not committed yet", async () => {
  writeFileSync(join(project.root, "environments/example/review.yaml"), "version: 1\nfailOn: [destroys-guard]\n");
  const failOn = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await keylessHere(project.root, [
      "review",
      join(project.root, "group.json"),
      "--env",
      "example",
      "--format",
      "json",
      ...args,
    ]);
    return (JSON.parse(stdout) as { gate: { failOn: readonly string[] } }).gate.failOn;
  };
  // Nobody has agreed to the file: the usual gate is that of the base.
  expect(await failOn()).toEqual(["destroys-guard", "weakens", "unknown"]);
  expect(await failOn("--fail-on", "strengthens")).toEqual(["destroys-guard", "weakens", "unknown", "strengthens"]);
});
