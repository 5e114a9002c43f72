import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import expected from "./plans/expected.json";

/**
 * Plans that Terraform 1.11.4 with provider 5.100.0 has made against the local AWS, cut down to the resources that a case is about:
 * `for_each` over roles, SCPs and policies, modules within modules with keys of any characters, what a refresh has filled in, `removed`
 * blocks.
 */

const FOLDER = join(__dirname, "plans");
const told = expected as unknown as Readonly<Record<string, readonly (readonly [string, string])[]>>;

test.each(Object.entries(told))("%s", (name, sentences) => {
  const plan = parsePlanJson(name, name.replace(".json", ""), readFileSync(join(FOLDER, name), "utf8"));
  expect(reviewPlans([plan]).changes.map((change) => [change.class, plainText(change.sentence)])).toEqual(sentences);
});

test("every plan of the folder is a case", () => {
  expect(readdirSync(FOLDER).filter((name) => name !== "expected.json")).toEqual(Object.keys(told).sort());
});
