import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { corpusPlans, Edit } from "../modules/review/corpus";
import { makeCertificate } from "../modules/sections/workload-identity/certificate-maker";
import { CliRun, keyless } from "../support/cli";
import { FakeHcp, startHcp, TOKEN } from "../support/hcp-server";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

jest.setTimeout(60_000);

const GAIN: Edit = [
  "add",
  "example-identity-center-00",
  'aws_ssoadmin_account_assignment.new["444444444402"]',
  {
    permission_set_arn: "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-dev",
    principal_id: "somebody",
    principal_type: "GROUP",
    target_id: "444444444402",
    target_type: "AWS_ACCOUNT",
  },
];
const plans = corpusPlans([GAIN]);
const project = temporaryProject();
let hcp: FakeHcp;
let secure: FakeHcp;
let certificate: string;

beforeAll(async () => {
  hcp = await startHcp();
  const made = await makeCertificate({ subject: "CN=localhost", host: "localhost", usage: undefined });
  certificate = join(project.root, "localhost.pem");
  writeFileSync(certificate, made.pem);
  secure = await startHcp({ key: made.keyPem, cert: made.pem });
  for (const server of [hcp, secure]) {
    server.runs.set("run-guards", { plan: plans.get("example-guardrails")!, workspace: "example-guardrails" });
    server.runs.set("run-people", {
      plan: plans.get("example-identity-center-00")!,
      workspace: "example-identity-center-00",
    });
  }
});
afterAll(async () => {
  await Promise.all([hcp.stop(), secure.stop()]);
  project.remove();
});

const review = async (args: readonly string[], env: NodeJS.ProcessEnv = { TFE_TOKEN: TOKEN }): Promise<CliRun> => {
  const run = await keyless(project.root, ["review", ...args], env);
  expect(run.stdout + run.stderr).not.toContain(TOKEN);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  return run;
};

test("runs are reviewed like files: the facts and the gate are those of the environment whose name begins the workspaces' names", async () => {
  const runs = ["--hcp-run", "run-guards", "run-people", "--hcp-host", hcp.host, "--format", "json"];
  const { status, stdout, stderr } = await review(runs);
  expect({ status, stderr }).toEqual({ status: 3, stderr: "" });
  const folder = join(project.root, "plans");
  mkdirSync(folder);
  for (const stack of ["example-guardrails", "example-identity-center-00"])
    writeFileSync(join(folder, `${stack}.json`), plans.get(stack)!);
  expect(JSON.parse(stdout)).toEqual(JSON.parse((await review(["plans", "--format", "json"])).stdout));
  expect(stdout).toContain('"weakens"');
  expect((await review([...runs, "--fail-on", "none"])).status).toBe(0);
});

test("https is the way, and a certificate that nobody vouches for is refused", async () => {
  const args = ["--hcp-run", "run-people", "--hcp-host", secure.host];
  expect((await review(args, { TFE_TOKEN: TOKEN, NODE_EXTRA_CA_CERTS: certificate })).status).toBe(3);
  const seen = secure.seen.length;
  const { status, stderr } = await review([...args], { TFE_TOKEN: TOKEN });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error HCP-UNREACHABLE\n {2}localhost:\d+ cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)\./,
  );
  expect(secure.seen).toHaveLength(seen);
});

test("from https nothing leads to what is not", async () => {
  secure.instead.set("/api/v2/plans/", [
    (_, response) => void response.writeHead(307, { location: `${hcp.host}/v1/object/x/guards` }).end(),
  ]);
  const seen = hcp.seen.length;
  const { status, stderr } = await review(["--hcp-run", "run-guards", "--hcp-host", secure.host], {
    TFE_TOKEN: TOKEN,
    NODE_EXTRA_CA_CERTS: certificate,
  });
  expect(status).toBe(1);
  expect(stderr).toContain("error HCP-REDIRECT");
  expect(hcp.seen).toHaveLength(seen);
});

describe("where the token and the host come from", () => {
  const login = (host: string): void => {
    mkdirSync(join(project.root, ".terraform.d"), { recursive: true });
    writeFileSync(
      join(project.root, ".terraform.d", "credentials.tfrc.json"),
      JSON.stringify({ credentials: { [host]: { token: TOKEN } } }),
    );
  };
  const environment = (name: string, backend: string): void => {
    const folder = join(project.root, "environments", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "baseline.yaml"),
      readFileSync(join(project.root, "environments/example/baseline.yaml"), "utf8").replace(
        "backend:\n  type: local\n",
        `backend: ${backend}\n`,
      ),
    );
  };

  test("the host of the environment's backend, with a token of its own and not with TFE_TOKEN", async () => {
    environment("prod", `{ type: hcp, organization: acme, hostname: "${secure.host}" }`);
    const seen = secure.seen.length;
    const without = await review(["--hcp-run", "run-guards"], { TFE_TOKEN: TOKEN });
    expect([without.status, without.stderr.split("\n")[0]]).toEqual([2, "error HCP-NO-TOKEN"]);
    expect(without.stderr).toContain(`There is no token for ${secure.host}. TFE_TOKEN says nothing of hosts`);
    expect(secure.seen).toHaveLength(seen);
    login(secure.host);
    expect((await review(["--hcp-run", "run-guards"], { NODE_EXTRA_CA_CERTS: certificate })).status).toBe(0);
  });

  test("environments at several hosts: which is meant must be said", async () => {
    environment("other", "{ type: hcp, organization: acme }");
    const { status, stderr } = await review(["--hcp-run", "run-guards"]);
    expect([status, stderr.split("\n")[0]]).toEqual([2, "error HCP-HOST"]);
    expect(
      (
        await review(["--hcp-run", "run-guards", "--env", "prod"], {
          NODE_EXTRA_CA_CERTS: certificate,
          TFE_TOKEN: "another",
        })
      ).status,
    ).toBe(0);
  });
});

test.each([
  ["two ways at once", ["plan.json", "--hcp-run", "run-guards"], "REVIEW-INPUT"],
  ["a host without a run", ["plan.json", "--hcp-host", "app.terraform.io"], "REVIEW-INPUT"],
  ["no token", ["--hcp-run", "run-guards", "--hcp-host", "nowhere.example.com"], "HCP-NO-TOKEN"],
  ["a host over http", ["--hcp-run", "run-guards", "--hcp-host", "http://tfe.example.com"], "HCP-HOST"],
])("wrong usage is 2: %s", async (_, args, code) => {
  const own = jest.replaceProperty(process, "env", { ...process.env, TFE_TOKEN: "" });
  const { status, stderr, stdout } = await keylessHere(project.root, ["review", ...args]).finally(() => own.restore());
  expect([status, stdout, stderr.split("\n")[0]]).toEqual([2, "", `error ${code}`]);
});
