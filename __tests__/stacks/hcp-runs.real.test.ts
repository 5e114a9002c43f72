import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { requireTools } from "../../local/runner";
import { TerraformEnd, terraformToEnd } from "../../modules/terraform/terraform";
import { writeCliConfig } from "../../local/tools";
import { GuardrailsStack } from "../../stacks/guardrails";
import { withHcp } from "../modules/sections/hcp/fixture";
import { corpusPlans } from "../modules/review/corpus";
import { makeCertificate } from "../modules/sections/workload-identity/certificate-maker";
import { keyless } from "../support/cli";
import { frozenState } from "../support/environments";
import { runsOfTerraform } from "../support/hcp-runs";
import { FakeHcp, startHcp, TOKEN } from "../support/hcp-server";
import { temporaryProject } from "../support/project";
import { describeReal } from "../support/real";

jest.setTimeout(300_000);

/** The commands of docs/hcp-terraform.md, with the real Terraform, against a server that speaks the API. Go takes a certificate by name on Linux only. */
(process.platform === "linux" ? describeReal : (name: string, body: () => void) => describe.skip(name, body))(
  "the gate of a workspace of HCP Terraform",
  () => {
    const RUN = "run-CZcmD7eagjhyX0vN";
    const STACK = "example-guardrails";
    const work = mkdtempSync(join(tmpdir(), "keyless-hcp-"));
    const folder = join(work, "stacks", STACK);
    const certificate = join(work, "localhost.pem");
    const project = temporaryProject();
    let hcp: FakeHcp;
    let terraform: (command: string, ...args: readonly string[]) => Promise<TerraformEnd>;
    let show: (file: string) => Promise<TerraformEnd>;
    const asked = (part: string): number => hcp.seen.filter(({ path }) => path.includes(part)).length;

    beforeAll(async () => {
      const tools = requireTools();
      const version = /v(\d+\.\d+\.\d+)/.exec(
        (await terraformToEnd(tools.terraform, ["version"], { cwd: work, env: process.env })).stdout,
      )![1]!;
      const { pem, keyPem } = await makeCertificate({ subject: "CN=localhost", host: "localhost", usage: undefined });
      writeFileSync(certificate, pem);
      hcp = await startHcp(
        { key: keyPem, cert: pem },
        runsOfTerraform({
          organization: "acme",
          project: "landing-zone",
          workspace: STACK,
          terraformVersion: version,
          run: RUN,
        }),
      );
      // The plan that the run comes to: creation of access keys is no longer denied somewhere.
      hcp.runs.set(RUN, {
        status: "planned_and_saved",
        workspace: STACK,
        plan: corpusPlans([["delete", "aws_organizations_policy_attachment.keys_sandbox"]]).get(STACK)!,
      });
      const state = frozenState(
        withHcp("", {
          pipeline: "",
          backend: `backend:\n  type: hcp\n  organization: acme\n  project: landing-zone\n  hostname: ${hcp.host}\n`,
        }),
      );
      const app = new App({ outdir: work });
      new GuardrailsStack(app, state.settings, state.guardrails);
      app.synth();
      const config = writeCliConfig(work, tools);
      writeFileSync(
        config,
        `${readFileSync(config, "utf8")}credentials ${JSON.stringify(hcp.host)} {\n  token = ${JSON.stringify(TOKEN)}\n}\n`,
      );
      const env = {
        PATH: process.env["PATH"],
        HOME: work,
        TF_CLI_CONFIG_FILE: config,
        SSL_CERT_FILE: certificate,
        TF_IN_AUTOMATION: "1",
        CHECKPOINT_DISABLE: "1",
      };
      show = (file) => terraformToEnd(tools.terraform, ["show", "-json", file], { cwd: folder, env });
      terraform = (command, ...args) =>
        terraformToEnd(tools.terraform, [command, "-input=false", "-no-color", ...args], { cwd: folder, env });
    });
    afterAll(async () => {
      await hcp?.stop();
      project.remove();
      rmSync(work, { recursive: true, force: true });
    });

    test("Terraform asks for the workspace by the name of the stack, in the project", async () => {
      const { exitCode, stderr } = await terraform("init");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(asked(`/organizations/acme/workspaces/${STACK}`)).toBe(1);
      expect(asked("/organizations/acme/projects?filter%5Bnames%5D=landing-zone")).toBe(1);
    });

    test("a plan that is kept names its run, and is refused as a plan with a word of where it is", async () => {
      const { exitCode, stderr } = await terraform("plan", "-out=run.tfplan");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(JSON.parse(readFileSync(join(folder, "run.tfplan"), "utf8"))).toEqual({
        remote_plan_format: 1,
        run_id: RUN,
        hostname: hcp.host,
      });
      const review = await keyless(project.root, ["review", join(folder, "run.tfplan")]);
      expect(review.status).toBe(2);
      expect(review.stderr).toContain(`keyless review --hcp-run ${RUN}`);
    });

    test("what review --now does comes to the same plan", async () => {
      expect((await terraform("plan", "-lock=false", "-out=now.tfplan")).exitCode).toBe(0);
      const { exitCode, stdout } = await show("now.tfplan");
      expect([exitCode, JSON.parse(stdout)]).toEqual([0, JSON.parse(hcp.runs.get(RUN)!.plan!)]);
    });

    test("the review of the run says no: 3, and nothing is applied by that", async () => {
      const gate = await keyless(
        project.root,
        ["review", "--hcp-run", RUN, "--hcp-host", hcp.host, "--fail-on", "weakens,destroys-guard"],
        { TFE_TOKEN: TOKEN, NODE_EXTRA_CA_CERTS: certificate },
      );
      expect([gate.status, gate.stderr]).toEqual([3, ""]);
      expect(gate.stdout).toContain("no longer denied");
      expect(asked("/actions/apply")).toBe(0);
    });

    test("the apply is of this very run", async () => {
      const { exitCode, stdout, stderr } = await terraform("apply", "run.tfplan");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Apply: as it was planned");
      expect(asked(`/runs/${RUN}/actions/apply`)).toBe(1);
    });
  },
);
