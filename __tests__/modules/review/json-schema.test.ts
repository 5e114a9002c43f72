import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { judge } from "../../../modules/review/gate/gate";
import { parseReviewRules } from "../../../modules/review/gate/review-rules";
import { reviewSchemaFiles } from "../../../modules/review/json-schema";
import { renderJson } from "../../../modules/review/render/machine";
import { jsonSchemaFiles, SCHEMA_FOLDER } from "../../../modules/sections/json-schema";
import { ROOT } from "../../support/environments";
import { Edit } from "./corpus";
import corpus from "./corpus.json";
import { reviewOf } from "./reviewed";

const files = [...reviewSchemaFiles()];
const ajv = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false });
const validators = new Map(
  [...files, ...jsonSchemaFiles()].map(([name, text]) => [name, ajv.compile(JSON.parse(text) as object)]),
);

test.each(files)("%s in docs/schema is current (npm run schema)", (name, text) => {
  expect(readFileSync(join(ROOT, SCHEMA_FOLDER, name), "utf8")).toBe(text);
});

test("what --format json writes is what the schema says, for every third case of the corpus", () => {
  const validate = validators.get("review-report.schema.json")!;
  const rules = parseReviewRules("review.yaml", RULES);
  (corpus as unknown as readonly { edits: readonly Edit[] }[]).forEach(({ edits }, i) => {
    if (i % 3 !== 0) return;
    const report = judge(reviewOf(edits), ["weakens", "unknown"], NO_APPROVALS, "2026-11-26", rules);
    const valid = validate(JSON.parse(renderJson({ ...report, title: "example" })));
    expect([edits, validate.errors ?? [], valid]).toEqual([edits, [], true]);
  });
});

const RULES = `version: 1
waivers:
  - { name: topics, type: aws_sns_*, reason: Topics carry no secrets, owner: Ada, expires: 9999-12-31 }
raise:
  - { name: everything, address: "*", to: weakens, reason: Everything counts for more }
neverGrant:
  - { name: no-keys, actions: ["iam:CreateAccessKey"], reason: Nobody makes keys }
principals: { inside: ["111122223333"], outside: ["444444444402"] }
`;

test("the examples of the docs are valid", () => {
  const docs = readFileSync(join(ROOT, "docs/review.md"), "utf8");
  const blocks = [...docs.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1]!);
  const kinds = blocks.map((block) => {
    const name = /^(approvals|moves):/m.exec(block)?.[1] ?? "review";
    const file = `${name}.schema.json`;
    const validate = validators.get(file)!;
    expect([block, validate(parse(block)), validate.errors ?? []]).toEqual([block, true, []]);
    return name;
  });
  expect(new Set(kinds).size).toBe(3);
  expect(validators.get("review.schema.json")!(parse(RULES))).toBe(true);
});
