// Posts the review of a merge request as one note, or updates it. What it is given comes from a merge request: numbers are checked, and the
// review is text that is posted and nothing else.
// KEYLESS_GITLAB_TOKEN=… node note.mjs <URL of GitLab> <projects that may ask, separated by commas> <project> <merge request> <pipeline>
import process from "node:process";

const MARKER = "<!-- keyless-review -->";
/** GitLab takes no longer note. */
const LIMIT = 1_000_000;

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

// Whoever triggers a pipeline may set its variables, unless the project allows no one to. By then Node has read these: it is a sign, no lock.
for (const name of ["NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY"])
  if (process.env[name])
    fail(`${name} is set: let no one use pipeline variables in this project (Settings > CI/CD > Variables).`);

const [server = "", projects = "", ...numbers] = process.argv.slice(2);
const [project, request, pipeline] = ["project", "merge request", "pipeline"].map((name, i) => {
  if (!/^[1-9]\d{0,14}$/.test(numbers[i] ?? "")) fail(`The ${name} is not a number.`);
  return numbers[i];
});
const root = `${server.replace(/\/+$/, "")}/api/v4`;
// The token goes to the GitLab that is written in the pipeline, which has to be the one that runs it.
if (process.env.CI_API_V4_URL !== root) fail(`CI_API_V4_URL is not ${root}.`);
const token =
  process.env.KEYLESS_GITLAB_TOKEN || fail("KEYLESS_GITLAB_TOKEN is not set: is it protected, and this branch too?");
if (!projects.split(",").includes(project)) fail(`Project ${project} is not one of ${projects}.`);
const api = `${root}/projects/${project}`;

async function call(path, options = {}) {
  const answer = await globalThis.fetch(path.startsWith("http") ? path : `${api}${path}`, {
    ...options,
    // A redirect would take the token to another host.
    redirect: "error",
    headers: { "PRIVATE-TOKEN": token, "Content-Type": "application/json" },
  });
  if (!answer.ok) fail(`GitLab answers ${answer.status} to ${options.method ?? "GET"} ${path}.`);
  return answer;
}
const json = async (path, options) => (await call(path, options)).json();

/** Every page. */
async function all(path) {
  const found = [];
  for (let page = 1; ; page++) {
    const some = await json(`${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`);
    found.push(...some);
    if (some.length < 100) return found;
  }
}

const run = await json(`/pipelines/${pipeline}`);
// The pipeline has to be one of that merge request: another one's review is not shown there.
if (run.source !== "merge_request_event" || !run.ref.startsWith(`refs/merge-requests/${request}/`))
  fail(`Pipeline ${pipeline} is not one of merge request ${request}.`);
const merge = await json(`/merge_requests/${request}`);
if (String(merge.head_pipeline?.id ?? pipeline) !== pipeline) {
  process.stdout.write("A newer pipeline of the merge request is there: nothing is posted.\n");
  process.exit(0);
}
const job = (await all(`/pipelines/${pipeline}/jobs`)).find(({ name }) => name === "access-review");
if (!job) fail("The pipeline has no job access-review.");
const review = job.artifacts_file ? await (await call(`/jobs/${job.id}/artifacts/review.md`)).text() : "";
const text = !review.startsWith(MARKER)
  ? `${MARKER}\n## Access review\n\n**There is no review.** Job ${job.id} (${job.status}) left none behind.\n`
  : review.length > LIMIT
    ? `${MARKER}\n## Access review\n\n**The review is too long for a note.** It is an artifact of job ${job.id}.\n`
    : review;
// Lines that begin with a slash are commands to GitLab, and the token would give them.
const body = text.replace(/^([ \t]*)\//gm, "$1\\/");

const me = await json(`${root}/user`);
const own = (await all(`/merge_requests/${request}/notes?sort=asc&order_by=created_at`)).find(
  (note) => note.author.id === me.id && note.body.startsWith(MARKER),
);
await call(`/merge_requests/${request}/notes${own ? `/${own.id}` : ""}`, {
  method: own ? "PUT" : "POST",
  body: JSON.stringify({ body }),
});
process.stdout.write(`The note is ${own ? "updated" : "posted"}.\n`);
