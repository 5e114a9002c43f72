import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderOverview } from "../../../../cli/overview";
import { formatProblem } from "../../../../modules/kernel/errors";
import { overview } from "../../../../modules/sections/overview";
import { frozenState, frozenWith, ROOT } from "../../../support/environments";
import { HCP_BACKEND, withHcp } from "./fixture";

const problems = (...args: Parameters<typeof withHcp>): readonly string[] =>
  frozenWith(withHcp(...args)).problems.map(formatProblem);

test("without the section there is nothing", () => expect(frozenState().hcp).toBeUndefined());

test("one workspace for each stack; the pipeline's own runs where a person is", () => {
  expect(frozenState(withHcp()).hcp!.workspaces.map(({ name, execution }) => `${name} ${execution}`)).toEqual([
    "example-break-glass local",
    "example-credential-hygiene remote",
    "example-guardrails remote",
    "example-identity-center remote",
    "example-identity-center-00 remote",
    "example-identity-center-03 remote",
    "example-identity-center-management remote",
    "example-pipeline local",
  ]);
});

test("each workspace that has runs is one that the pipeline's roles trust, and no other", () => {
  const { hcp, pipeline } = frozenState(withHcp());
  for (const [phase, subjects] of [
    ["plan", pipeline!.plan.subjects],
    ["apply", pipeline!.sections.flatMap((role) => role.subjects)],
  ] as const) {
    expect(subjects).toEqual(
      hcp!.workspaces
        .filter(({ execution }) => execution !== "local")
        .map(({ name }) => `organization:acme:project:landing-zone:workspace:${name}:run_phase:${phase}`),
    );
  }
});

test("runs come as the role of their phase, and nothing of it is secret", () => {
  expect(Object.fromEntries(frozenState(withHcp()).hcp!.variables.map(({ key, value }) => [key, value]))).toEqual({
    TFC_AWS_PLAN_ROLE_ARN: "arn:aws:iam::111111111111:role/KeylessBaselinePlan",
    TFC_AWS_PROVIDER_AUTH: "true",
    TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE: "aws.workload.identity",
  });
});

test("roles of other names, a server and a project of one's own", () => {
  const { hcp, pipeline } = frozenState(
    withHcp("hcp:\n  terraformVersion: 1.11.4\n", {
      backend: "backend:\n  type: hcp\n  organization: acme\n  hostname: tfe.example.com\n",
      pipeline:
        "pipeline:\n  kind: hcp-terraform\n  issuerUrl: https://tfe.example.com\n  project: acme/Default Project\n  planRoleName: Reader\n  applyRoleName: Writer\n",
    }),
  );
  expect(hcp).toMatchObject({ hostname: "tfe.example.com", terraformVersion: "1.11.4" });
  expect(hcp!.project).toBeUndefined();
  expect(hcp!.variables.map(({ value }) => value)).toEqual([
    "arn:aws:iam::111111111111:role/Reader",
    "true",
    "aws.workload.identity",
  ]);
  // Each workspace applies as the role of its section; a person applies break glass and the pipeline.
  expect(Object.fromEntries(hcp!.workspaces.map(({ stack, applyRoleArn }) => [stack, applyRoleArn]))).toMatchObject({
    guardrails: "arn:aws:iam::111111111111:role/Writer-guardrails",
    "identity-center-00": "arn:aws:iam::111111111111:role/Writer-identity-center",
    "break-glass": undefined,
    pipeline: undefined,
  });
  expect(hcp!.workspaces.find(({ stack }) => stack === "credential-hygiene")!.memberPlanRole).toBe("keyless/Reader");
  expect(pipeline!.provider.arn).toBe("arn:aws:iam::111111111111:oidc-provider/tfe.example.com");
});

test("state only: no runs, no roles, whatever the pipeline is or without one", () => {
  for (const pipeline of ["", "pipeline:\n  kind: github\n  project: acme/baseline\n"]) {
    const { hcp } = frozenState(withHcp("hcp:\n  execution: local\n", { pipeline }));
    expect(new Set(hcp!.workspaces.map(({ execution }) => execution))).toEqual(new Set(["local"]));
    expect(hcp!.variables).toEqual([]);
    expect(hcp!.workspaces.map(({ stack }) => stack).includes("pipeline")).toBe(pipeline !== "");
  }
});

test("lists are sorted, whatever their order in the file", () => {
  const section = (teams: string, notify: string): string =>
    `hcp:\n  notify: [${notify}]\n  teams: [${teams}]\n  runTasks: [{ name: z, stages: [pre_plan, post_plan, pre_plan] }, { name: a, enforcement: advisory }]\n`;
  const [one, two] = [
    section("{ name: b, access: plan }, { name: a, access: admin }", "Z@example.com, a@example.com"),
    section("{ name: a, access: admin }, { name: b, access: plan }", "a@example.com, z@example.com"),
  ].map((text) => frozenState(withHcp(text)).hcp!);
  expect(one).toEqual(two);
  expect(one!.runTasks).toEqual([
    { name: "a", stages: ["post_plan"], enforcement: "advisory" },
    { name: "z", stages: ["post_plan", "pre_plan"], enforcement: "mandatory" },
  ]);
});

describe("what does not fit together is said with its place", () => {
  const at = (path: string): string => String.raw`environments/example/baseline\.yaml:\d+:\d+ ${path}`;

  test.each<[string, Parameters<typeof withHcp>, string, string]>([
    [
      "state elsewhere",
      [
        "hcp:\n  execution: local\n",
        { backend: "backend:\n  type: s3\n  bucket: acme-state\n  region: eu-central-1\n", pipeline: "" },
      ],
      `error HCP-BACKEND ${at("hcp")}`,
      "the backend is s3",
    ],
    [
      "runs without a pipeline",
      ["hcp: {}\n", { pipeline: "" }],
      `error HCP-PIPELINE ${at("hcp")}`,
      "there is no section pipeline",
    ],
    [
      "runs with another pipeline",
      ["hcp: {}\n", { pipeline: "pipeline:\n  kind: gitlab\n  project: acme/baseline\n" }],
      `error HCP-PIPELINE ${at("hcp")}`,
      "the pipeline's roles trust gitlab",
    ],
    [
      "a pipeline of HCP Terraform without runs",
      ["hcp:\n  execution: local\n"],
      `error HCP-PIPELINE ${at(String.raw`hcp\.execution`)}`,
      "with execution local there is none",
    ],
    [
      "agents without a pool",
      ["hcp:\n  execution: agent\n"],
      `error HCP-AGENT-POOL ${at(String.raw`hcp\.execution`)}`,
      "need a pool",
    ],
    [
      "a pool without agents",
      ["hcp:\n  agentPool: ours\n"],
      `error HCP-AGENT-POOL ${at(String.raw`hcp\.agentPool`)}`,
      "Runs are remote",
    ],
    [
      "a Terraform that is too old",
      ["hcp:\n  terraformVersion: 1.9.8\n"],
      `error HCP-TERRAFORM-VERSION ${at(String.raw`hcp\.terraformVersion`)}`,
      "1.9.8 is or may be",
    ],
    [
      "a range that begins too early",
      ['hcp:\n  terraformVersion: "~> 1.5"\n'],
      `error HCP-TERRAFORM-VERSION ${at(String.raw`hcp\.terraformVersion`)}`,
      "1.5 is or may be",
    ],
    [
      "a version that is a number",
      ["hcp:\n  terraformVersion: 1.11\n"],
      `error CONFIG-TYPE ${at(String.raw`hcp\.terraformVersion`)}`,
      "must be a text",
    ],
    [
      "any version",
      ['hcp:\n  terraformVersion: ">= 1.0"\n'],
      `error CONFIG-FORMAT ${at(String.raw`hcp\.terraformVersion`)}`,
      "a version or ~> and a version",
    ],
    [
      "an unknown key",
      ["hcp:\n  autoApply: true\n"],
      `error CONFIG-UNKNOWN-KEY ${at(String.raw`hcp\.autoApply`)}`,
      '"autoApply" is not a key of hcp',
    ],
    [
      "a team twice",
      ["hcp:\n  teams: [{ name: a, access: read }, { name: a, access: write }]\n"],
      `error CONFIG-DUPLICATE ${at(String.raw`hcp\.teams\[1\]\.name`)}`,
      "two teams named a",
    ],
    [
      "a run task twice",
      ["hcp:\n  runTasks: [{ name: a }, { name: a }]\n"],
      `error CONFIG-DUPLICATE ${at(String.raw`hcp\.runTasks\[1\]\.name`)}`,
      "two run tasks named a",
    ],
    [
      "a member twice",
      ["hcp:\n  notify: [a@example.com, A@example.com]\n"],
      `error CONFIG-DUPLICATE ${at(String.raw`hcp\.notify\[1\]`)}`,
      "two members named",
    ],
    [
      "a team's name that is none",
      ['hcp:\n  teams: [{ name: "a b", access: read }]\n'],
      `error CONFIG-FORMAT ${at(String.raw`hcp\.teams\[0\]\.name`)}`,
      "letters, digits, dashes and underscores",
    ],
    [
      "a server whose tokens nobody trusts",
      ["hcp: {}\n", { backend: HCP_BACKEND.replace("  project", "  hostname: tfe.example.com\n  project") }],
      `error PIPELINE-ISSUER ${at(String.raw`pipeline\.kind`)}`,
      "the roles would trust https://app.terraform.io",
    ],
    [
      "a host that is an address",
      ["hcp: {}\n", { backend: HCP_BACKEND.replace("  project", "  hostname: https://tfe.example.com\n  project") }],
      `error CONFIG-FORMAT ${at(String.raw`backend\.hostname`)}`,
      "without https://",
    ],
    [
      "a project that Terraform would take for a template",
      ["hcp: {}\n", { backend: HCP_BACKEND.replace("landing-zone", '"${path.cwd}"') }],
      `error CONFIG-FORMAT ${at(String.raw`backend\.project`)}`,
      "letters, digits, spaces",
    ],
    [
      "another organization",
      ["hcp: {}\n", { backend: HCP_BACKEND.replace("acme", "other") }],
      `error PIPELINE-PROJECT ${at(String.raw`pipeline\.project`)}`,
      "The backend's workspaces are in other/landing-zone",
    ],
  ])("%s", (_, args, head, words) => {
    const found = problems(...args);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${head}\n`));
    expect(found[0]).toContain(words);
    expect(found[0]).toMatch(/\n {2}fix: \S/);
  });

  test("what is about runs needs runs: each key is named", () => {
    const found = problems(
      "hcp:\n  execution: local\n  driftDetection: true\n  notify: [a@example.com]\n  runTasks: [{ name: a }]\n",
      { pipeline: "" },
    );
    expect(found.map((text) => text.split("\n")[0]!.replace(/ environments\S+/, ""))).toEqual([
      "error HCP-NO-RUNS hcp.driftDetection",
      "error HCP-NO-RUNS hcp.notify",
      "error HCP-NO-RUNS hcp.runTasks",
    ]);
  });
});

test("what docs/hcp-terraform.md says to write is valid", () => {
  const doc = readFileSync(join(ROOT, "docs/hcp-terraform.md"), "utf8");
  const text = /```yaml\n([^]*?)```/.exec(doc)![1]!;
  const [backend, rest] = [text.slice(0, text.indexOf("\npipeline:")), text.slice(text.indexOf("\npipeline:"))];
  expect(frozenWith(withHcp("", { backend, pipeline: rest })).problems.map(formatProblem)).toEqual([]);
  // With what stands in comments for a server of one's own, and with agents.
  const own = text
    .replace("# hostname", "hostname")
    .replace("  project: acme/landing-zone ", "  issuerUrl: https://tfe.example.com\n  project: acme/landing-zone ")
    .replace("# execution: agent  ", "execution: agent\n  agentPool: ours  ");
  expect(
    frozenState(
      withHcp("", {
        backend: own.slice(0, own.indexOf("\npipeline:")),
        pipeline: own.slice(own.indexOf("\npipeline:")),
      }),
    ).hcp,
  ).toMatchObject({ hostname: "tfe.example.com", agentPool: "ours" });
});

describe("what people read of it", () => {
  // Colours depend on where the tests run.

  const shown = (...args: Parameters<typeof withHcp>): string => {
    const { environment, state } = frozenWith(withHcp(...args));
    return renderOverview(overview(environment!, state!), []).replace(/\u001b\[\d+m/g, "");
  };

  test("where workspaces are, where runs are, who hears of them and who may what", () => {
    const text = shown(
      "hcp:\n  driftDetection: true\n  notify: [a@example.com]\n  teams: [{ name: platform, access: write }]\n  runTasks: [{ name: scanner }]\n",
    );
    expect(text.slice(text.indexOf("HCP Terraform\n"), text.indexOf("\n\nPipeline")).replace(/ {2,}/g, "  ")).toBe(
      [
        "HCP Terraform",
        "workspaces  8 in acme/landing-zone at app.terraform.io, applied by a person before the stacks",
        "runs  6 on HCP Terraform with Terraform ~> 1.10, each apply confirmed by a person; 2 workspaces for the state only",
        "tells  1 member of runs that wait or failed, and of drift",
        "teams  platform (write)",
        "run tasks  scanner",
      ].join("\n"),
    );
  });

  test("patterns in the trust of the pipeline's roles come first", () => {
    const { environment, state } = frozenWith(withHcp());
    const view = overview(environment!, state!);
    const subjects = ["a:1", "b:2", "c:3", "d:4", "e:??"];
    expect(renderOverview({ ...view, pipeline: { ...view.pipeline!, plan: { role: "R", subjects } } }, [])).toContain(
      "e:??, a:1, b:2 and 2 more as R",
    );
    expect(shown()).toMatch(
      /\nplans +organization:acme:project:landing-zone:workspace:example-credential-hygiene:run_phase:plan, .* and 3 more as /,
    );
  });

  test("state only", () =>
    expect(shown("hcp:\n  execution: local\n", { pipeline: "" })).toMatch(/\nruns +none there: the state only\n/));
  test("nothing without the section", () => expect(shown("")).not.toContain("\nHCP Terraform\n"));
});
