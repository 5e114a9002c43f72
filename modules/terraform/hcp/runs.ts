import { mapBounded } from "../../aws/bounded";
import { BaselineError, ExitCode } from "../../kernel/errors";
import { isObject, Json, parsedObject } from "../../kernel/json";
import { parsePlanJson } from "../plan-json";
import { LARGEST_PLAN_BYTES, noTwins } from "../plan-files";
import type { StackPlan } from "../stack-plan";
import type { HcpClient } from "./client";

/** Runs at a time: three questions each, of the 30 a second that the API answers. */
const AT_A_TIME = 4;

/** How a run ended that nobody will apply: https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run#run-states */
const ENDED: Readonly<Record<string, string>> = {
  errored: "has failed",
  canceled: "was canceled",
  force_canceled: "was canceled",
  discarded: "was discarded",
};

/**
 * Reads the plans of runs. A stack goes by the name of its workspace, as the backend names it.
 *
 * @throws BaselineError (2) for an id that is none; (1) for whatever stands in the way of a plan
 */
export async function readRuns(
  client: HcpClient,
  ids: readonly string[],
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<readonly StackPlan[]> {
  const wrong = ids.find((id) => !/^run-[A-Za-z0-9]{1,40}$/.test(id));
  if (wrong !== undefined)
    throw problem(
      "HCP-RUN-ID",
      `${JSON.stringify(wrong.slice(0, 80))} is not the id of a run.`,
      "Copy it from the end of the run's address: run- and letters and digits.",
      2,
    );
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) throw problem("HCP-RUN-ID", `${twice} is named twice.`, "Name each run once.", 2);
  let done = 0;
  const plans = await mapBounded(ids, AT_A_TIME, async (id) => {
    const plan = await readRun(client, id);
    onProgress(++done, ids.length);
    return plan;
  });
  return noTwins(plans, "Name one run of each workspace.");
}

async function readRun(client: HcpClient, id: string): Promise<StackPlan> {
  const run = await runOf(client, id);
  const ended = ENDED[run.status];
  if (ended !== undefined)
    throw problem(
      "HCP-RUN-ENDED",
      `${id} of ${run.workspace} ${ended}: it will never be applied.`,
      "Name the run that is to be applied.",
    );
  if (run.planStatus !== "finished") throw notPlanned(id, run.workspace, run.status);
  const { status, body } = await client.download(`/api/v2/plans/${run.planId}/json-output`, LARGEST_PLAN_BYTES);
  if (status === 204) throw notPlanned(id, run.workspace, run.status);
  if (status === 401 || status === 403 || status === 404) {
    throw problem(
      "HCP-PLAN-DENIED",
      `${client.hostName} does not hand out the plan of ${id} (HTTP ${status}).`,
      `The JSON of a plan needs the token of a user or a team with admin access to the workspace ${run.workspace}; a token of the organization does not do.`,
    );
  }
  if (status !== 200) throw refused(client.hostName, status);
  return parsePlanJson(`${client.hostName}/${id}`, run.workspace, body);
}

interface Run {
  readonly status: string;
  readonly workspace: string;
  readonly planId: string;
  readonly planStatus: string;
}

async function runOf(client: HcpClient, id: string): Promise<Run> {
  const { status, body } = await client.get(`/api/v2/runs/${id}?include=plan,workspace`);
  const host = client.hostName;
  if (status === 401)
    throw problem(
      "HCP-TOKEN-REFUSED",
      `${host} does not accept the token.`,
      `It may have ended, or be another host's. Run terraform login ${host}, or put another token into TFE_TOKEN.`,
    );
  if (status === 403 || status === 404)
    throw problem(
      "HCP-NO-RUN",
      `${host} knows no run ${id}, or the token may not see it.`,
      "Check the id; the token needs to read the runs of the workspace.",
    );
  if (status !== 200) throw refused(host, status);
  const document = parsedObject(body);
  const run = document && isObject(document["data"]) ? document["data"] : undefined;
  const included = document && Array.isArray(document["included"]) ? document["included"].filter(isObject) : [];
  const related = (name: string): Json | undefined => {
    const reference = at(run, "relationships", name, "data");
    return isObject(reference)
      ? included.find((one) => one["type"] === reference["type"] && one["id"] === reference["id"])
      : undefined;
  };
  const plan = related("plan");
  const values = {
    status: at(run, "attributes", "status"),
    workspace: at(related("workspace"), "attributes", "name"),
    planId: plan?.["id"],
    planStatus: at(plan, "attributes", "status"),
  };
  if (!isName(values.status) || !isName(values.workspace) || !isName(values.planId) || !isName(values.planStatus)) {
    throw problem(
      "HCP-ANSWER",
      `What ${host} says of ${id} is not what its API documents.`,
      "Check that the host is HCP Terraform or Terraform Enterprise, and that no proxy answers in its place.",
    );
  }
  return { status: values.status, workspace: values.workspace, planId: values.planId, planStatus: values.planStatus };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((current, key) => (isObject(current) ? current[key] : undefined), value);
}

/** Names, ids and states become parts of messages and addresses. */
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]{1,90}$/.test(value);
}

function notPlanned(id: string, workspace: string, status: string): BaselineError {
  return problem(
    "HCP-RUN-NOT-PLANNED",
    `${id} of ${workspace} has no plan yet: it is ${status.replaceAll("_", " ")}.`,
    "Run it again when it is planned.",
  );
}

function refused(host: string, status: number): BaselineError {
  return problem(
    "HCP-REFUSED",
    `${host} refuses the question (HTTP ${status}).`,
    "Check that the host is HCP Terraform or Terraform Enterprise, and that the run's Terraform is 0.12 or later.",
  );
}

function problem(code: string, message: string, fix: string, exitCode: ExitCode = 1): BaselineError {
  return new BaselineError([{ code, message, fix }], exitCode);
}
