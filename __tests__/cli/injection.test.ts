import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import MarkdownIt from "markdown-it";
import { textPlaces, withTexts } from "../support/each-text";
import { edited, EXAMPLE_BASELINE, EXAMPLE_FILES, EXAMPLE_ORGANIZATION } from "../support/environments";
import { makeCertificate } from "../modules/sections/workload-identity/certificate-maker";
import { injected } from "../support/injected";
import { PATHS } from "../support/path-arguments";
import { FakeGitHub, startGitHub, TOKEN } from "../support/github-server";
import { type Input, inputs } from "../support/inputs";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

/**
 * Every text of every file that a command reads, keys too, with something hostile in it: nothing of it may be alive in a stack, raw on a
 * terminal or in a runner's log, or in Markdown and HTML that is written. `inputs.ts` is the list of the files. Which files the commands ask
 * for is watched, so that one that is not in the list is noticed.
 */

jest.setTimeout(300_000);

const project = temporaryProject();
const warm = new Warm();
let github: FakeGitHub;
afterAll(async () => {
  await github?.stop();
  await warm.stop();
  project.remove();
});

const NO_AWS = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_MAX_ATTEMPTS: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  GITHUB_TOKEN: TOKEN,
  // What comes after the first Terraform reads no file of anybody's.
  TERRAFORM_BINARY_NAME: "/nonexistent/terraform",
};

const HTML = `</script><img src=x onerror=alert(1)>"'><!--`;
const MARKDOWN = `|[a](javascript:alert(1))![b](https://c.invalid)<img src=x>@everyone`;
const MARKUP = "templates, HTML and Markdown";
const LINES = "commands to runners on lines of their own";
const CONTROL = "control characters";
/** Each by itself: a field that refuses one of them may take another. */
const PAYLOADS: Readonly<Record<string, (text: string) => string>> = {
  [MARKUP]: (text) => `${text}\${file("/proc/self/environ")}%{ if true }x%{ endif }${HTML}${MARKDOWN}`,
  "a command to a runner in the place of the text": () => "::add-mask::x",
  [LINES]: (text) => `${text}\n::notice::a\r\n##[error]b\n::set-output name=a::b\n  ::stop-commands::c\n##vso[task.d]e`,
  [CONTROL]: (text) => `${text}\u001b[2J\u001b]0;t\u0007\u009b2J\u202e\u2028\r::stop-commands::c\u2029\u0085##[error]b`,
};

/** What a terminal or a runner would obey; colours are our own, and are off. */
function obeyed(text: string): readonly string[] {
  return [
    ...(text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g) ?? []),
    ...(text.match(/^[ \t]*::.*/gm) ?? []),
    ...(text.match(/##(\[|vso\[).*/g) ?? []),
  ];
}

const markdownIt = new MarkdownIt({ html: true, linkify: false });
/** What a browser would load, run or follow in Markdown as GitHub shows it, and whom it would call. */
function aliveMarkdown(text: string): readonly string[] {
  const shown = markdownIt.render(text).replace(/<(code|pre)[^>]*>[^]*?<\/\1>/g, "");
  return [
    ...(shown.match(/<(img|script|svg|iframe)\b[^>]*>/g) ?? []),
    ...(shown.match(/<a [^>]*(javascript|invalid)[^>]*>/g) ?? []),
    ...(shown.match(/@everyone/g) ?? []),
    ...(shown.match(/<!--(?! keyless)[^>]*/g) ?? []),
  ];
}
/** The same in a page: outside of its data, which its own script reads. */
function alivePage(text: string): readonly string[] {
  const scripts = text.match(/<script/g) ?? [];
  const ends = text.match(/<\/script/g) ?? [];
  const markup = text.replace(/<script[^]*?<\/script>/g, "").replace(/<style[^]*?<\/style>/g, "");
  return [
    ...(markup.match(/<(img|iframe|object)\b[^>]*>|<!--(?!\[)[^>]*|<[^>]*\son\w+=[^>]*/g) ?? []),
    ...(scripts.length === ends.length && scripts.length <= 3 ? [] : [`${scripts.length} scripts`]),
  ];
}
/** A cell that a spreadsheet would compute. */
const aliveCsv = (text: string): readonly string[] => text.match(/(^|,)"?[=+@][^,]*/gm) ?? [];

function aliveIn(name: string, text: string): readonly string[] {
  if (name.endsWith(".html")) return alivePage(text);
  // `##[` within a line is a command in a log, not in a comment.
  if (name.endsWith(".md")) return [...obeyed(text.replaceAll("##", "")), ...aliveMarkdown(text)];
  if (name.endsWith(".csv")) return aliveCsv(text);
  return [];
}

/** Folders and files that runs write what they have made of the inputs to. */
const OUT = join(project.root, "out");
function* written(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  if (statSync(folder).isDirectory()) for (const name of readdirSync(folder)) yield* written(join(folder, name));
  else yield folder;
}

async function run(
  args: readonly string[],
  { makes = [], cwd = "." }: Partial<Input> = {},
): Promise<{ readonly status: number | null; readonly said: string }> {
  const made = [OUT, ...makes.map((one) => join(project.root, one))];
  made.forEach((one) => rmSync(one, { recursive: true, force: true }));
  mkdirSync(OUT);
  const { status, stdout, stderr } = await warm.keyless(join(project.root, cwd), args, {
    ...NO_AWS,
    GITHUB_API_URL: github.url,
  });
  const files = made.flatMap((one) => [...written(one)]);
  const markdown = args.some((one, i) => one === "--markdown" || (one === "markdown" && args[i - 1] === "--format"));
  const found = {
    terminal: obeyed(stdout + stderr),
    markdown: markdown ? aliveMarkdown(stdout) : [],
    csv: args.includes("--csv") ? aliveCsv(stdout) : [],
    files: files.flatMap((path) => aliveIn(path, readFileSync(path, "utf8")).map((one) => `${path}: ${one}`)),
  };
  expect([args, found]).toEqual([args, { terminal: [], markdown: [], csv: [], files: [] }]);
  expect([args, stderr]).toEqual([args, expect.not.stringMatching(/Internal error|\n\s+at /)]);
  return { status, said: stdout + stderr + files.map((path) => readFileSync(path, "utf8")).join("") };
}
const put = (file: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(project.root, file)), { recursive: true });
  writeFileSync(join(project.root, file), content);
};

const INPUTS = inputs(project.root);
const original = ({ data, write }: Input): string | Buffer => (write ?? JSON.stringify)(data as never);
/** What every command reads with the environment: there only while it is asked about. */
const isPart = ({ file }: Input): boolean => /^((base\/)?environments|\.keyless|package\.json|\.terraform)/.test(file);

beforeAll(async () => {
  github = await startGitHub();
  github.pulls.push({
    number: 1,
    head: { sha: "a".repeat(40), ref: "change", label: "a:change", repo: { full_name: "a/b" } },
    files: [],
  });
  // A guardrail goes from observe to enforce by evidence that is cited.
  const web = "    - guardrails: [restrict-web-identity]\n";
  for (const [folder, more] of [
    ["base/environments/rollout", "      mode: observe\n"],
    ["head/environments/rollout", "      evidence: [evidence/guardrails.json]\n"],
  ] as const) {
    cpSync(join(project.root, "environments/example"), join(project.root, folder), { recursive: true });
    put(`${folder}/baseline.yaml`, edited(EXAMPLE_BASELINE, [[web, `${web}${more}`]]));
  }
  expect((await warm.synth(project.root)).stderr).toBe("");
  put("small/example-a/cdk.tf.json", JSON.stringify({ resource: { aws_iam_role: { b: { name: "b" } } } }));
  for (const input of INPUTS) if (!isPart(input)) put(input.file, original(input));
});

const isShown = (said: string): boolean => /proc\/self|onerror|add-mask|set-output|stop-commands/.test(said);

describe.each(INPUTS.map((input) => [input.file, input] as const))("%s", (file, input) => {
  const places = textPlaces(input.data);
  const free = places.filter((place) => !input.formats.test(place));
  const withFormat = places.filter((place) => input.formats.test(place));
  const write = (which: readonly string[], payload: (text: string) => string): void =>
    put(file, original({ ...input, data: withTexts(input.data, new Set(which), payload) }));
  let shown = false;

  beforeAll(() => put(file, original(input)));
  afterAll(() => (isPart(input) ? rmSync(join(project.root, file)) : put(file, original(input))));

  test("as it is, the commands take it", async () => {
    for (const args of input.runs) {
      const { status, said } = await run(args, input);
      expect([args, status, status === 2 ? said : ""]).toEqual([args, expect.any(Number), ""]);
    }
  });

  test.each(Object.entries(PAYLOADS))("%s in every text that is free", async (name, payload) => {
    write(free, payload);
    const isRefused =
      (/\.yaml$|\/evidence\//.test(file) && name === CONTROL) ||
      (input.oneLine && (name === CONTROL || name === LINES));
    for (const args of input.runs) {
      const { status, said } = await run(args, input);
      shown ||= isShown(said);
      expect([args, status === 2, status === 2 && !isRefused ? said : ""]).toEqual([args, isRefused ?? false, ""]);
    }
  });

  // Which payload does not matter: it is refused, or is a name of a kind that nobody knows.
  test("what has a format, one place after the other", async () => {
    const payloads = Object.values(PAYLOADS);
    for (const [i, place] of withFormat.entries()) {
      write([place], payloads[i % payloads.length]!);
      await run(input.runs[0]!, input);
    }
  });

  test("something of it is shown, or none is ever", () => expect(shown).toBe(input.silent === undefined));
});

describe("the two main files, and what they name", () => {
  const ENVIRONMENT = "environments/hostile";
  // Lines of their own in these files: hostile-names.test.ts. Each proof of an environment costs seconds.
  const COMMANDS: readonly (readonly string[])[] = [
    ["show", "hostile"],
    ["prove", "hostile", "--markdown"],
    ["report", "hostile", "--output", "out/report.html"],
    ["explain", "hostile", "--account", "444444444403", "--principal", "administrator", "--action", "iam:CreateUser"],
    ["who-can", "hostile", "--account", "444444444403", "--action", "iam:CreateUser"],
    ["impact", "hostile", "--cloudtrail", "log.json", "--threads", "0"],
    ["inventory", "hostile", "--credential-report", "report.csv"],
    ["move", "hostile"],
    ["retire", "hostile"],
    ["adopt", "hostile"],
  ];

  test("nothing is alive in a stack, on a terminal or in a page", async () => {
    const payload = PAYLOADS[MARKUP]!("");
    const { texts, accepted } = injected(
      { baseline: EXAMPLE_BASELINE, organization: EXAMPLE_ORGANIZATION, files: EXAMPLE_FILES },
      payload,
    );
    expect(accepted.length).toBeGreaterThan(20);
    // What a name of a certificate can hold.
    const { pem } = await makeCertificate({ subject: `CN=${payload.replaceAll(/["\\+,;<>#\n\r]/g, "")}` });
    for (const [file, text] of Object.entries({
      "baseline.yaml": texts.baseline,
      "organization.yaml": texts.organization,
      ...texts.files,
      "certificates/datacenter-ca.pem": pem,
    }))
      put(`${ENVIRONMENT}/${file}`, text);
    const synth = await warm.synth(project.root);
    expect([synth.status, synth.stderr]).toEqual([0, ""]);
    expect(obeyed(synth.stdout)).toEqual([]);
    const stacks = [...written(join(project.root, "cdktf.out"))].filter((path) => /hostile.*cdk\.tf\.json$/.test(path));
    expect(stacks.length).toBeGreaterThan(5);
    for (const path of stacks)
      expect([path, /(?<!\$)\$\{file|(?<!%)%\{ if/.exec(readFileSync(path, "utf8"))]).toEqual([path, null]);
    let shown = 0;
    for (const args of COMMANDS) {
      const { status, said } = await run(args);
      if (isShown(said) || said.includes("notice")) shown++;
      // What is left is AWS and Terraform, which are not there.
      if (status === 2)
        expect([args, said]).toEqual([args, expect.stringMatching(/ADOPT-NOT-READ|RETIRE-NO-INVENTORY/)]);
    }
    expect(shown).toBeGreaterThan(5);
  });
  afterAll(() => rmSync(join(project.root, ENVIRONMENT), { recursive: true, force: true }));
});

describe("nothing is forgotten", () => {
  const runs = INPUTS.flatMap((input) => input.runs);

  test("every path that a command reads is one of the list, or has no texts", () => {
    const read = Object.entries(PATHS).flatMap(([path, [kind]]) => (kind.startsWith("read") ? [path] : []));
    const used = read.filter((path) => {
      const [command, option] = path.split(" ") as [string, string];
      return runs.some((args) => args[0] === command && (!option.startsWith("--") || args.includes(option)));
    });
    expect(read.filter((path) => !used.includes(path)).sort()).toEqual(["pull-request --head-synth"]);
  });

  test("every file that a run has asked for is one of the list, or has no texts", () => {
    const known = [
      ...INPUTS.map(({ file }) => file),
      // The two main files and what they name; the same environments in other folders.
      /^(base\/|head\/|\.\.\/)?environments(\/[\w-]+(\/(baseline|organization)\.yaml|\/(policies|certificates)(\/.*)?|\/(moves-of-keys|drills|evidence)|))?$/,
      // One of the list in another environment.
      /^environments\/(hostile|rollout)\/(existing|moves|approvals|review)\.yaml$|^(base|head)\/environments\/\w+\/(existing|moves|approvals|review)\.yaml$/,
      // What a run has written itself: other synths, its own results, and where it writes them.
      /^(cdktf\.out|out|small|stacks|logs|\.keyless)(\/|$)/,
      /^environments\/example\/(approvals\.yaml|moves-of-keys\/.*)/,
      // Names, of which only whether they are there counts.
      /^(\.git|docs|\.github|node_modules|dist|environments|\.terraform\.lock\.hcl|example)(\/|$)/,
      // What `init --repository` writes where there is none.
      /^(\.gitignore|\.npmrc|README\.md|main\.ts|(tsconfig|cdktf|package)\.json)(\.\d+\.tmp)?$/,
    ];
    const asked = [...warm.asked].filter(
      (file) => !known.some((one) => (typeof one === "string" ? one === file : one.test(file))),
    );
    expect(asked.sort()).toEqual([]);
  });
});
