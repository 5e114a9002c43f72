import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

// Each starts programs; on a busy machine that takes its time.
jest.setTimeout(120_000);

/** What docs/gitlab says to put into two projects, and the program that posts the note, against an API of one's own. */

const ROOT = join(__dirname, "../..");
const MARKER = "<!-- keyless-review -->";
type Job = Readonly<Record<string, unknown>>;
/** A file's documents: its header, where it has one, and its jobs. */
const documents = (file: string): readonly Readonly<Record<string, Job>>[] =>
  [...parseAllDocuments(readFileSync(join(ROOT, "docs/gitlab", file), "utf8"))].map(
    (one) => one.toJS() as Readonly<Record<string, Job>>,
  );
const pipeline = (file: string) => documents(file).at(-1)!;

describe("pipelines", () => {
  const keywords = /^(stage|image|needs|rules|variables|script|artifacts|trigger|inherit)$/;
  test.each(["merge-request.yml", "comments.yml"])(
    "%s has jobs of GitLab's keywords, and runs for its event alone",
    (file) => {
      const jobs = Object.entries(pipeline(file)).filter(([name]) => name !== "stages");
      expect(jobs.length).toBeGreaterThan(0);
      for (const [, job] of jobs) {
        expect(Object.keys(job).filter((key) => !keywords.test(key))).toEqual([]);
        expect(job["rules"]).toBeDefined();
        expect("script" in job).toBe(!("trigger" in job));
      }
    },
  );

  test("no job of the merge request has the token, checks out its code or hands variables on", () => {
    const text = readFileSync(join(ROOT, "docs/gitlab/merge-request.yml"), "utf8");
    expect(text).not.toMatch(/TOKEN/);
    const { "access-review": review, "access-review-comment": comment } = pipeline("merge-request.yml");
    expect(review!["variables"]).toEqual({ GIT_STRATEGY: "none" });
    expect(comment!["inherit"]).toEqual({ variables: false });
    expect(comment!["script"]).toBeUndefined();
  });

  test("the project with the token takes three numbers as inputs, and no variables", () => {
    const { "access-review-comment": comment } = pipeline("merge-request.yml");
    expect(comment!["variables"]).toBeUndefined();
    const { inputs } = comment!["trigger"] as { inputs: Readonly<Record<string, string>> };
    const declared = documents("comments.yml")[0]!["spec"]!["inputs"] as Readonly<Record<string, { regex: string }>>;
    expect(Object.keys(declared)).toEqual(Object.keys(inputs));
    for (const { regex: ruby } of Object.values(declared)) {
      // Of the whole text: in a shell a second line would be a second command.
      const regex = ruby.replace("\\A", "^").replace("\\z", "$");
      expect(ruby).toMatch(/^\\A.*\\z$/);
      expect("1234567").toMatch(new RegExp(regex));
      for (const bad of ["$CI_PROJECT_ID", "1; env", "1\n2", "", "0"]) expect(bad).not.toMatch(new RegExp(regex));
    }
    const [line] = pipeline("comments.yml")["note"]!["script"] as readonly string[];
    expect(line).not.toMatch(/\$(?!\[\[ inputs\.\w+ \]\])/);
  });

  test("the review of a no is kept, and its note posted", () => {
    const { "access-review": review, "access-review-comment": comment } = pipeline("merge-request.yml");
    expect(review!["artifacts"]).toMatchObject({ when: "always", paths: ["review.md"] });
    expect(comment!["rules"]).toMatchObject([{ when: "always" }]);
  });
});

interface World {
  readonly review?: string;
  readonly notes?: readonly { readonly id: number; readonly author: { readonly id: number }; readonly body: string }[];
  readonly run?: object;
  readonly head?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** In place of project, merge request and pipeline. */
  readonly numbers?: readonly string[];
  readonly projects?: string;
  /** Where the API sends whoever asks who they are. */
  readonly redirect?: string;
}

/** @returns what was written to the API, and how the program ended */
async function posted({
  review,
  notes = [],
  run = {},
  head = 7,
  env = {},
  numbers = ["1", "3", "7"],
  projects = "1,2",
  redirect,
}: World) {
  const writes: { readonly method: string; readonly path: string; readonly body: string }[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    "/projects/1/pipelines/7": { source: "merge_request_event", ref: "refs/merge-requests/3/head", ...run },
    "/projects/1/merge_requests/3": { head_pipeline: { id: head } },
    "/projects/1/pipelines/7/jobs": [
      { id: 9, name: "access-review", status: "failed", ...(review === undefined ? {} : { artifacts_file: {} }) },
    ],
    "/user": { id: 5 },
    "/projects/1/merge_requests/3/notes": notes,
  };
  const read = async (request: IncomingMessage): Promise<string> => {
    let all = "";
    for await (const some of request) all += String(some);
    return all;
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const path = request.url!.split("?")[0]!.replace("/api/v4", "");
      if (path === "/user" && redirect !== undefined) response.writeHead(302, { location: redirect }).end();
      else if (request.method !== "GET") {
        writes.push({ method: request.method!, path, body: (JSON.parse(body) as { body: string }).body });
        response.end("{}");
      } else if (path === "/projects/1/jobs/9/artifacts/review.md") response.end(review);
      else if (path in answers) response.end(JSON.stringify(answers[path]));
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const status = await new Promise<number | null>((resolve) =>
      spawn(process.execPath, [join(ROOT, "docs/gitlab/note.mjs"), url, projects, ...numbers], {
        stdio: "ignore",
        env: {
          PATH: process.env["PATH"],
          CI_API_V4_URL: `${url}/api/v4`,
          KEYLESS_GITLAB_TOKEN: "t",
          ...env,
        },
      }).on("close", resolve),
    );
    return { status, writes };
  } finally {
    server.close();
  }
}

const REVIEW = `${MARKER}\n## Access review\n\n**Nothing changes.**\n`;
const NOTES = "/projects/1/merge_requests/3/notes";

describe("the note", () => {
  test("is posted once, and then updated", async () => {
    expect(await posted({ review: REVIEW })).toEqual({
      status: 0,
      writes: [{ method: "POST", path: NOTES, body: REVIEW }],
    });
    const own = { id: 11, author: { id: 5 }, body: `${MARKER}\nold` };
    expect((await posted({ review: REVIEW, notes: [own] })).writes).toEqual([
      { method: "PUT", path: `${NOTES}/11`, body: REVIEW },
    ]);
  });

  test("of somebody else with the same beginning is left alone", async () => {
    const foreign = { id: 12, author: { id: 6 }, body: `${MARKER}\nfine` };
    expect((await posted({ review: REVIEW, notes: [foreign] })).writes).toMatchObject([
      { method: "POST", path: NOTES },
    ]);
  });

  test("gives no commands with the token", async () => {
    const { writes } = await posted({ review: `${REVIEW}/merge\n  /approve\n` });
    expect(writes[0]!.body).not.toMatch(/^\s*\/(merge|approve)/m);
  });

  test("says that there is no review, or one that is too long, and posts nothing else", async () => {
    expect((await posted({})).writes[0]!.body).toMatch(/There is no review/);
    expect((await posted({ review: "@all hello" })).writes[0]!.body).toMatch(/There is no review/);
    const long = (await posted({ review: `${MARKER}${"x".repeat(1_000_001)}` })).writes[0]!.body;
    expect(long).toMatch(/too long/);
    expect(long.length).toBeLessThan(1_000);
  });

  test.each<[string, World]>([
    ["a pipeline of another merge request", { run: { ref: "refs/merge-requests/33/head" } }],
    ["a pipeline of a branch", { run: { source: "push", ref: "main" } }],
    ["a project that is not listed", { projects: "2,11" }],
    ["a number that is a path", { numbers: ["1", "3/../4", "7"] }],
    ["an API of another host", { env: { CI_API_V4_URL: "http://127.0.0.1:9/api/v4" } }],
    ["code that a variable brings", { env: { NODE_OPTIONS: "--import=data:text/javascript," } }],
    ["certificates that nobody looks at", { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }],
    ["a pipeline that is missing", { numbers: ["1", "3"] }],
    ["no token", { env: { KEYLESS_GITLAB_TOKEN: "" } }],
  ])("is not posted for %s", async (_, world) => {
    expect(await posted({ review: REVIEW, ...world })).toEqual({ status: 1, writes: [] });
  });

  test("is not posted where the API redirects, and no other host is given the token", async () => {
    const asked: IncomingMessage["headers"][] = [];
    const other = createServer((request, response) => {
      asked.push(request.headers);
      response.end('{"id":5}');
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const redirect = `http://127.0.0.1:${(other.address() as AddressInfo).port}/user`;
      expect(await posted({ review: REVIEW, redirect })).toEqual({ status: 1, writes: [] });
      expect(asked).toEqual([]);
    } finally {
      other.close();
    }
  });

  test("of an older pipeline is not posted over the newer one's", async () => {
    expect(await posted({ review: REVIEW, head: 8 })).toEqual({ status: 0, writes: [] });
  });
});
