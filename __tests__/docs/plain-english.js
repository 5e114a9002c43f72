"use strict";
// `npm run english`, a part of `npm run check`: words that this project does not use in what people read, because readers who are new here, or not
// native speakers, stumble on them. Looked at are documents, messages and help (every text of the sources with a space in it), and comments of YAML.
// Comments of the sources are looked at for the words of the first list only. Code, quotations in `code` and addresses are left out.

const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const ts = require("typescript");

const ROOT = join(__dirname, "..", "..");

/** Never, comments included. */
const EVERYWHERE = [
  [/\bmend(s|ed|ing)?\b/i, "fix"],
  [/\bornaments?\b/i, "is required"],
  [/\bfor want of\b/i, "because … is missing"],
  [/\bnothing is silent\b/i, "everything that is not recognised is reported"],
  [/\bprogram's fault\b/i, "internal error"],
  [/\bwho ends\b|\bwhich that\b/i, "two sentences"],
  [/\banew\b/i, "again"],
];

/** Not in what users read. The second is what to write. */
const FOR_USERS = [
  ...EVERYWHERE,
  [/\b(is|are|be|was|were|been|being) told\b|\btold (apart|to|that|by|of|as|with)\b/i, "reported, or distinguished"],
  [/\b(is|are|be|was|were|nobody|nothing) said\b|\bsaid (to|that|of|by|by whom)\b/i, "reported, documented"],
  [/\bstands? (twice|alone|for|there|here|in the way|in place|behind|above|below|beside|around|before|on)\b/i, "is"],
  [/\bbeside\b/i, "next to, in addition to"],
  [/\bspeaks? of\b/i, "covers, is about"],
  [/\bways? (back )?in\b(?! (which|that))/i, "emergency access, sign-in path"],
  [/\b(the|close the|a) doors?\b/i, "sign-in paths"],
  [/\bothers'/i, "not managed by keyless"],
  [/\bheld\b/i, "contained, kept"],
  [
    /(?<!\b(proofs?|Exemptions|exemptions|conditions?|claims?|title}”|it|not|all|always|never|both|either|every|still|Always|NotIpAddress|must|may|set)\s)\b(holds|hold)\b(?! (true|for|where|whatever))/,
    "contains, has",
  ],
  [/\bwhat there is to be\b/i, "the planned state"],
  [/\bof one's own\b/i, "your own"],
  [/\btheir kin\b|\bits kin\b/i, "similar ones"],
  [/\bthe gate (said|says) no\b|\ba gate (said|says) no\b/i, "the gate refuses"],
];

/** Where a word is right: quotations, names of tests, terms. */
const ALLOWED = [
  // Names of tests, and of things that tests are about.
  /^(docs\/interrupted-apply\.md|docs\/local-aws\.md|docs\/evaluator\.md):.*(\.test\.ts`|\| (IAM|Organizations|Identity Center|CloudFormation|EventBridge) \||docs\.aws\.amazon\.com)/,
  // Identifiers that others have written down: the id of a proof in approvals and acceptances.
  /key: "shut the way in"|`exemptions-hold\/|\.costing\(/,
];

const FILES =
  /^(README|CONTRIBUTING|SECURITY)\.md$|^docs\/[^/]*\.md$|^local\/.*\.md$|^(cli|modules|stacks|local|bench|soak|bundle)\/.*\.(ts|js)$|^(bin\/keyless\.js|main\.ts|index\.ts)$|^\.github\/.*\.ya?ml$|^environments\/.*\.ya?ml$/;
/** Made by machines from others of these files, or records of what was. */
const NOT_READ = /^docs\/(mutants|proofs-example|soak)\.md$|page-script\.ts$/;
/** To be rewritten: they were written during the pass over all others. */
const OPEN =
  /^(docs\/move\.md|modules\/config\/(key-moves|schema\/organization)\.ts|modules\/evidence\/move\/.*|soak\/(doubled|interruptions)\.ts)$/;

/** What of a file is read: kind, text, and where it begins. */
function textsOf(file, text) {
  if (/\.md$/.test(file)) {
    // Code within a line, and addresses, say what they have to.
    const blank = (part) => part.replace(/[^\n]/g, " ");
    return [["users", text.replace(/`[^`\n]*`/g, blank).replace(/\]\([^)\n]*\)/g, blank), 0]];
  }
  if (/\.ya?ml$/.test(file)) return [...text.matchAll(/(^|\s)#.*$/gm)].map((match) => ["users", match[0], match.index]);
  const found = [];
  const seen = new Set();
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    for (const { pos, end } of ranges)
      if (!seen.has(pos)) {
        seen.add(pos);
        found.push(["comment", text.slice(pos, end), pos]);
      }
    const isText =
      ts.isStringLiteralLike(node) ||
      [ts.SyntaxKind.TemplateHead, ts.SyntaxKind.TemplateMiddle, ts.SyntaxKind.TemplateTail].includes(node.kind);
    if (isText && / /.test(node.text)) found.push(["users", text.slice(node.getStart(), node.end), node.getStart()]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What is wrong in a text: `file:line: "word": write …`. */
function problems(file, text) {
  return textsOf(file, text).flatMap(([kind, part, start]) =>
    (kind === "users" ? FOR_USERS : EVERYWHERE).flatMap(([pattern, instead]) =>
      [...part.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].flatMap((match) => {
        const before = text.slice(0, start + match.index).split("\n");
        const line = text.split("\n")[before.length - 1];
        return ALLOWED.some((allowed) => allowed.test(`${file}:${line}`))
          ? []
          : [`${file}:${before.length}: “${match[0]}”: write ${instead}`];
      }),
    ),
  );
}

function main() {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => FILES.test(file) && !NOT_READ.test(file) && !OPEN.test(file));
  const read = (file) => readFileSync(join(ROOT, file), "utf8");
  const found = files.flatMap((file) => problems(file, read(file)));
  if (found.length > 0) {
    process.stderr.write(
      `${found.join("\n")}\n${found.length} words that readers stumble on (__tests__/docs/plain-english.js)\n`,
    );
    process.exitCode = 1;
  }
}

module.exports = { problems };
if (require.main === module) main();
