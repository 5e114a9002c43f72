import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { BaselineError } from "../../../../modules/kernel/errors";
import { HcpClient } from "../../../../modules/terraform/hcp/client";
import { hcpHost } from "../../../../modules/terraform/hcp/host";
import { readRuns } from "../../../../modules/terraform/hcp/runs";
import type { StackPlan } from "../../../../modules/terraform/stack-plan";
import { FakeHcp, Instead, startHcp, TOKEN } from "../../../support/hcp-server";
import { corpusPlans } from "../../review/corpus";
import { defined } from "../../../../modules/kernel/optional";

const PLAN = corpusPlans([]).get("example-guardrails")!;
let hcp: FakeHcp;
let pauses: number[];
beforeAll(async () => (hcp = await startHcp()));
afterAll(() => hcp.stop());
beforeEach(() => {
  hcp.reset();
  pauses = [];
});

const read = (
  ids: readonly string[] = ["run-1"],
  options: {
    readonly token?: string;
    readonly host?: string;
    readonly maxAnswerBytes?: number;
    readonly timeouts?: { readonly answer: number; readonly plan: number };
  } = {},
): Promise<readonly StackPlan[]> =>
  readRuns(
    new HcpClient({
      host: hcpHost(options.host ?? hcp.host),
      token: options.token ?? TOKEN,
      sleep: async (milliseconds) => void pauses.push(milliseconds / 1000),
      ...defined({ maxAnswerBytes: options.maxAnswerBytes, timeouts: options.timeouts }),
    }),
    ids,
  );

/** The one problem, as `CODE exit code: message`, without the port. */
async function problem(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    const [only, ...others] = error.problems;
    expect(others).toEqual([]);
    expect(only!.fix).toMatch(/\S/);
    // Neither the token nor the address of a plan, which is as good as the plan, is in any message.
    expect(JSON.stringify(error.problems) + error.message).not.toMatch(/atlasv1|notAReal|secret-part/);
    return `${only!.code} ${error.exitCode}: ${only!.message}`.replace(/localhost:\d+/g, "HOST");
  }
  return "fine";
}

const status =
  (code: number, headers: Record<string, string> = {}): Instead =>
  (_, response) =>
    void response.writeHead(code, headers).end("whatever a proxy says");
const text =
  (body: string): Instead =>
  (_, response) =>
    void response.writeHead(200).end(body);
const times = (n: number, instead: Instead): Instead[] => Array.from({ length: n }, () => instead);

describe("a run that is planned", () => {
  test("its plan goes by the name of its workspace, and is the same as from a file", async () => {
    hcp.runs.set("run-1", { plan: PLAN, workspace: "example-guardrails" });
    const [plan] = await read();
    expect(plan).toMatchObject({ name: "example-guardrails", kind: "plan", presence: "both" });
    expect(plan!.resources.length).toBeGreaterThan(3);
  });

  test("several runs are several stacks, in the order named", async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) hcp.runs.set(`run-${n}`, { plan: PLAN, workspace: `example-stack-${n}` });
    expect((await read(["run-6", "run-2", "run-4", "run-1", "run-5", "run-3"])).map((plan) => plan.name)).toEqual(
      [6, 2, 4, 1, 5, 3].map((n) => `example-stack-${n}`),
    );
  });

  test("the token goes to the API, and not to the archive that it sends to", async () => {
    hcp.runs.set("run-1", { plan: PLAN });
    await read();
    expect(hcp.seen).toEqual([
      { server: "api", path: "/api/v2/runs/run-1?include=plan,workspace", authorization: `Bearer ${TOKEN}` },
      { server: "api", path: "/api/v2/plans/plan-1/json-output", authorization: `Bearer ${TOKEN}` },
      { server: "archive", path: "/v1/object/secret-part/1", authorization: undefined },
    ]);
  });

  test("nor back to the API's own host by way of a redirect", async () => {
    hcp.runs.set("run-1", { plan: PLAN });
    hcp.instead.set("/api/v2/plans/", [
      (_, response) => void response.writeHead(307, { location: "/somewhere/else" }).end(),
    ]);
    hcp.instead.set("/somewhere", [text(PLAN)]);
    expect((await read()).map((plan) => plan.name)).toEqual(["example-guardrails"]);
    expect(hcp.seen.at(-1)).toEqual({ server: "api", path: "/somewhere/else", authorization: undefined });
  });

  test("a server that answers with the plan itself is fine", async () => {
    hcp.runs.set("run-1", { plan: PLAN });
    hcp.instead.set("/api/v2/plans/", [text(PLAN)]);
    expect(await read()).toHaveLength(1);
  });

  // https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run#run-states
  test.each([
    "planned",
    "cost_estimating",
    "cost_estimated",
    "policy_checking",
    "policy_override",
    "policy_soft_failed",
    "policy_checked",
    "confirmed",
    "post_plan_running",
    "post_plan_awaiting_decision",
    "post_plan_completed",
    "planned_and_finished",
    "planned_and_saved",
    "apply_queued",
    "applying",
    "applied",
    "a_state_of_tomorrow",
  ])("%s: what counts is that the plan is finished", async (state) => {
    hcp.runs.set("run-1", { plan: PLAN, status: state });
    expect(await read()).toHaveLength(1);
  });
});

describe("a run without a plan to judge", () => {
  test.each([
    ["pending", "pending"],
    ["fetching", "pending"],
    ["pre_plan_running", "pending"],
    ["plan_queued", "queued"],
    ["planning", "running"],
  ])("%s: not yet", async (state, planStatus) => {
    hcp.runs.set("run-1", { status: state, planStatus });
    expect(await problem(read())).toBe(
      `HCP-RUN-NOT-PLANNED 1: run-1 of example-guardrails has no plan yet: it is ${state.replaceAll("_", " ")}.`,
    );
    expect(hcp.seen).toHaveLength(1);
  });

  test("finished, but its JSON is not written yet", async () => {
    hcp.runs.set("run-1", { status: "planned" });
    expect(await problem(read())).toBe(
      "HCP-RUN-NOT-PLANNED 1: run-1 of example-guardrails has no plan yet: it is planned.",
    );
  });

  test.each([
    ["errored", "errored", "has failed"],
    ["errored", "finished", "has failed"],
    ["canceled", "canceled", "was canceled"],
    ["force_canceled", "canceled", "was canceled"],
    ["discarded", "finished", "was discarded"],
  ])("%s with a plan %s: never", async (state, planStatus, words) => {
    hcp.runs.set("run-1", { status: state, planStatus, plan: PLAN });
    expect(await problem(read())).toBe(
      `HCP-RUN-ENDED 1: run-1 of example-guardrails ${words}: it will never be applied.`,
    );
  });
});

describe("what stands in the way is said once", () => {
  beforeEach(() => void hcp.runs.set("run-1", { plan: PLAN }));

  test.each(["", "run-", "CZcmD7eagjhyX0vN", "run-1/../../admin", "run-1?x=y", "plan-1", "run-1\n"])(
    "%j is no id, and nobody is asked",
    async (id) => {
      expect(await problem(read([id]))).toMatch(/^HCP-RUN-ID 2: .* is not the id of a run\.$/);
      expect(hcp.seen).toEqual([]);
    },
  );

  test("a run that is named twice, and two runs of one workspace", async () => {
    expect(await problem(read(["run-1", "run-1"]))).toBe("HCP-RUN-ID 2: run-1 is named twice.");
    hcp.runs.set("run-2", { plan: PLAN });
    expect(await problem(read(["run-1", "run-2"]))).toBe("PLAN-TWICE 2: Two plans are of a stack example-guardrails.");
  });

  test("a token that is not accepted", async () =>
    expect(await problem(read(["run-1"], { token: "another" }))).toBe(
      "HCP-TOKEN-REFUSED 1: HOST does not accept the token.",
    ));
  test("a run that nobody knows", async () =>
    expect(await problem(read(["run-2"]))).toBe("HCP-NO-RUN 1: HOST knows no run run-2, or the token may not see it."));

  test.each([401, 403, 404])("a token that may not read plans: %d", async (code) => {
    hcp.instead.set("/api/v2/plans/", [status(code)]);
    expect(await problem(read())).toBe(`HCP-PLAN-DENIED 1: HOST does not hand out the plan of run-1 (HTTP ${code}).`);
  });

  test.each([400, 418, 422])("any other refusal: %d", async (code) => {
    hcp.instead.set("/api/v2/plans/", [status(code)]);
    expect(await problem(read())).toBe(`HCP-REFUSED 1: HOST refuses the question (HTTP ${code}).`);
    hcp.instead.set("/api/v2/runs/", [status(code)]);
    expect(await problem(read())).toBe(`HCP-REFUSED 1: HOST refuses the question (HTTP ${code}).`);
  });

  test.each([
    ["a page of a proxy", "<html>Sign in</html>"],
    ["nothing", ""],
    ["another document", "{}"],
    ["null", "null"],
    ["a run without a plan", '{"data":{"attributes":{"status":"planned"},"relationships":{}}}'],
    [
      "a workspace whose name is a path",
      '{"data":{"attributes":{"status":"planned"},"relationships":{"plan":{"data":{"type":"plans","id":"p"}},"workspace":{"data":{"type":"workspaces","id":"w"}}}},"included":[{"type":"plans","id":"p","attributes":{"status":"finished"}},{"type":"workspaces","id":"w","attributes":{"name":"../x"}}]}',
    ],
    [
      "a plan whose id is a path",
      '{"data":{"attributes":{"status":"planned"},"relationships":{"plan":{"data":{"type":"plans","id":"../p"}},"workspace":{"data":{"type":"workspaces","id":"w"}}}},"included":[{"type":"plans","id":"../p","attributes":{"status":"finished"}},{"type":"workspaces","id":"w","attributes":{"name":"x"}}]}',
    ],
  ])("an answer that is none of the API's: %s", async (_, body) => {
    hcp.instead.set("/api/v2/runs/", [text(body)]);
    expect(await problem(read())).toBe("HCP-ANSWER 1: What HOST says of run-1 is not what its API documents.");
  });

  test("a plan that is none goes the way of files", async () => {
    hcp.runs.set("run-1", { plan: PLAN.slice(0, 500) });
    expect(await problem(read())).toMatch(/^PLAN-JSON 2: This is not JSON, or it is cut off/);
  });

  test("an answer that has no end", async () => {
    const endless: Instead = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.writeHead(200).on("drain", more);
      more();
    };
    hcp.instead.set("/api/v2/runs/", [endless]);
    expect(await problem(read(["run-1"], { maxAnswerBytes: 2_000_000 }))).toBe(
      "HCP-TOO-LARGE 1: An answer of HOST is larger than 2 MB.",
    );
  });

  test.each([
    [
      "a redirect of what the API has no redirect for",
      "/api/v2/runs/",
      "https://archivist.example.com/",
      "HCP-REDIRECT 1: HOST sends from one address to the next, too often.",
    ],
    [
      "to what is not https",
      "/api/v2/plans/",
      "http://archivist.example.com/",
      "HCP-REDIRECT 1: HOST sends to an address that is not https.",
    ],
    ["to nowhere", "/api/v2/plans/", "", "HCP-REDIRECT 1: HOST sends from one address to the next, too often."],
    [
      "to a file",
      "/api/v2/plans/",
      "file:///etc/passwd",
      "HCP-REDIRECT 1: HOST sends to an address that is not https.",
    ],
  ])("%s", async (_, path, location, expected) => {
    hcp.instead.set(path, times(9, status(307, { location })));
    expect(await problem(read())).toBe(expected);
  });
});

describe("what may pass is asked again", () => {
  beforeEach(() => void hcp.runs.set("run-1", { plan: PLAN }));

  test("throttled: as long as the server says, in either of its ways", async () => {
    hcp.instead.set("/api/v2/runs/", [
      status(429, { "retry-after": "7" }),
      status(429, { "x-ratelimit-reset": "0.25" }),
    ]);
    hcp.instead.set("/api/v2/plans/", [status(429)]);
    expect(await read()).toHaveLength(1);
    expect(pauses).toEqual([7, 0.25, 0.5]);
  });

  test("a date in the past is no wait, words are none that is understood", async () => {
    hcp.instead.set("/api/v2/runs/", [
      status(429, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }),
      status(503, { "retry-after": "soon" }),
    ]);
    expect(await read()).toHaveLength(1);
    expect(pauses).toEqual([0, 1]);
  });

  test("but not for an hour", async () => {
    hcp.instead.set("/api/v2/runs/", [status(429, { "retry-after": "3600" })]);
    expect(await problem(read())).toMatch(/^HCP-THROTTLED 1: /);
    expect(pauses).toEqual([]);
  });

  test("failing: more and more slowly, and then no more", async () => {
    hcp.instead.set("/api/v2/runs/", times(9, status(502)));
    expect(await problem(read())).toBe("HCP-FAILED 1: HOST goes on failing (HTTP 502).");
    expect(pauses).toEqual([0.5, 1, 2, 4]);
    expect(hcp.seen).toHaveLength(5);
  });

  test("throttled for good", async () => {
    hcp.instead.set("/api/v2/runs/", times(9, status(429)));
    expect(await problem(read())).toBe(
      "HCP-THROTTLED 1: HOST goes on throttling, although it was asked again, more and more slowly.",
    );
  });

  test("a plan that is cut off on its way: the address is asked for anew", async () => {
    const cut: Instead = (_, response) => {
      response.writeHead(200, { "content-length": String(PLAN.length) });
      response.write(PLAN.slice(0, 1000), () => response.destroy());
    };
    hcp.instead.set("/v1/object/", [cut]);
    expect(await read()).toHaveLength(1);
    expect(hcp.seen.map(({ server, path }) => `${server} ${path.split("/").slice(0, 4).join("/")}`)).toEqual([
      "api /api/v2/runs",
      "api /api/v2/plans",
      "archive /v1/object/secret-part",
      "api /api/v2/plans",
      "archive /v1/object/secret-part",
    ]);
    hcp.instead.set("/v1/object/", times(9, cut));
    expect(await problem(read())).toMatch(/^HCP-CUT-OFF 1: An answer of HOST ended too early \(/);
  });

  test("a server that never answers: asked again; a plan that never ends: not", async () => {
    const never: Instead = () => undefined;
    hcp.instead.set("/api/v2/runs/", times(9, never));
    expect(await problem(read(["run-1"], { timeouts: { answer: 20, plan: 60_000 } }))).toBe(
      "HCP-UNREACHABLE 1: HOST cannot be reached (it took too long).",
    );
    expect(pauses).toEqual([0.5, 1, 2, 4]);
    hcp.reset();
    hcp.runs.set("run-1", { plan: PLAN });
    hcp.instead.set(
      "/v1/object/",
      times(9, (_, response) => void response.writeHead(200).write(PLAN.slice(0, 1000))),
    );
    expect(await problem(read(["run-1"], { timeouts: { answer: 60_000, plan: 500 } }))).toBe(
      "HCP-CUT-OFF 1: An answer of HOST ended too early (it took too long).",
    );
    expect(hcp.seen.filter(({ server }) => server === "archive")).toHaveLength(1);
  });

  test("nobody there", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await problem(read(["run-1"], { host: `http://localhost:${port}` }))).toBe(
      "HCP-UNREACHABLE 1: HOST cannot be reached (ECONNREFUSED).",
    );
    expect(pauses).toEqual([0.5, 1, 2, 4]);
  });
});
