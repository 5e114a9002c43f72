import type { More } from "./hcp-server";

/**
 * As much more of the API as Terraform asks for when it plans in a workspace, keeps the plan and applies it: nothing is planned here, the words of the
 * logs are these and the plan is the one that the run is given. https://developer.hashicorp.com/terraform/cloud-docs/workspaces/run/cli
 */
export function runsOfTerraform(of: {
  readonly organization: string;
  readonly project: string;
  readonly workspace: string;
  readonly terraformVersion: string;
  readonly run: string;
}): (archive: string) => More {
  const permissions = Object.fromEntries(
    [
      "can-queue-run",
      "can-queue-apply",
      "can-lock",
      "can-unlock",
      "can-update",
      "can-read-state-versions",
      "can-create-state-versions",
    ].map((name) => [name, true]),
  );
  const workspace = {
    id: "ws-1",
    type: "workspaces",
    attributes: {
      name: of.workspace,
      "execution-mode": "remote",
      operations: true,
      "terraform-version": of.terraformVersion,
      "auto-apply": false,
      permissions,
    },
    relationships: {
      organization: { data: { id: of.organization, type: "organizations" } },
      project: { data: { id: "prj-1", type: "projects" } },
    },
  };
  const plan = (archive: string): object => ({
    id: "plan-1",
    type: "plans",
    attributes: { status: "finished", "has-changes": true, "log-read-url": `${archive}/log/plan` },
  });
  const list = (...data: readonly object[]): object => ({
    data,
    meta: { pagination: { "current-page": 1, "total-pages": 1, "total-count": data.length } },
  });
  // Of an apply's log Terraform leaves out the lines that say which Terraform it is.
  const logs: Readonly<Record<string, Buffer>> = {
    "/log/plan": Buffer.from("\u0002Plan: as it is kept\n\u0003"),
    "/log/apply": Buffer.from("\u0002Terraform\non\nlinux\n\nApply: as it was planned\n\u0003"),
  };
  let confirmed = false;
  let looks = 0;
  const run = (): object => ({
    id: of.run,
    type: "runs",
    // Applying for a while, or Terraform takes it for an apply of somebody else's.
    attributes: {
      status: !confirmed ? "planned_and_saved" : looks++ > 1 ? "applied" : "applying",
      "has-changes": true,
      "save-plan": true,
      "created-at": "2026-01-01T00:00:00Z",
      actions: { "is-confirmable": !confirmed, "is-discardable": !confirmed, "is-cancelable": true },
      permissions: { "can-apply": true },
    },
    relationships: {
      workspace: { data: { id: "ws-1", type: "workspaces" } },
      plan: { data: { id: "plan-1", type: "plans" } },
      apply: { data: { id: "apply-1", type: "applies" } },
      "configuration-version": { data: { id: "cv-1", type: "configuration-versions" } },
    },
  });
  return (archive) => (server, request, json, response) => {
    const url = new URL(request.url ?? "/", "https://localhost");
    request.resume();
    if (server === "archive") {
      const log = logs[url.pathname];
      if (log) response.writeHead(200).end(log.subarray(Number(url.searchParams.get("offset") ?? 0)));
      else if (request.method === "PUT") json(200);
      else return false;
      return true;
    }
    if (url.pathname === "/.well-known/terraform.json") {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ "tfe.v2": "/api/v2/", "tfe.v2.1": "/api/v2/", "tfe.v2.2": "/api/v2/" }));
      return true;
    }
    if (url.pathname === "/api/v2/ping") {
      response.writeHead(204, { "TFP-API-Version": "2.6", "TFP-AppName": "HCP Terraform" }).end();
      return true;
    }
    const answers: Readonly<Record<string, readonly [number, object?]>> = {
      [`GET /api/v2/organizations/${of.organization}/entitlement-set`]: [
        200,
        {
          data: {
            id: of.organization,
            type: "entitlement-sets",
            attributes: { operations: true, "state-storage": true },
          },
        },
      ],
      [`GET /api/v2/organizations/${of.organization}/projects`]: [
        200,
        list({ id: "prj-1", type: "projects", attributes: { name: of.project } }),
      ],
      [`GET /api/v2/organizations/${of.organization}/workspaces/${of.workspace}`]: [200, { data: workspace }],
      "GET /api/v2/workspaces/ws-1/current-state-version": [404, { errors: [{ status: "404", title: "not found" }] }],
      "POST /api/v2/workspaces/ws-1/configuration-versions": [
        201,
        {
          data: {
            id: "cv-1",
            type: "configuration-versions",
            attributes: { status: "pending", "upload-url": `${archive}/upload` },
          },
        },
      ],
      "GET /api/v2/configuration-versions/cv-1": [
        200,
        { data: { id: "cv-1", type: "configuration-versions", attributes: { status: "uploaded" } } },
      ],
      "POST /api/v2/runs": [201, { data: run() }],
      [`GET /api/v2/runs/${of.run}/run-events`]: [200, list()],
      "GET /api/v2/plans/plan-1": [200, { data: plan(archive) }],
      "GET /api/v2/applies/apply-1": [
        200,
        {
          data: {
            id: "apply-1",
            type: "applies",
            attributes: { status: "finished", "log-read-url": `${archive}/log/apply` },
          },
        },
      ],
    };
    if (request.method === "POST" && url.pathname === `/api/v2/runs/${of.run}/actions/apply`) {
      confirmed = true;
      json(202);
      return true;
    }
    // What a review asks for is the other server's to answer.
    if (url.pathname === `/api/v2/runs/${of.run}` && url.searchParams.get("include") !== "plan,workspace") {
      json(200, { data: run(), included: [workspace, plan(archive)] });
      return true;
    }
    const answer = answers[`${request.method} ${url.pathname}`];
    if (answer) json(...answer);
    return answer !== undefined;
  };
}
