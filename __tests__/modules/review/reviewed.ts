import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Organization } from "../../../modules/organization/types";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import type { Review } from "../../../modules/review/types";
import { ROOT } from "../../support/environments";
import { corpusPlans, Edit } from "./corpus";

const facts = parse(readFileSync(join(ROOT, "__tests__/cases/environment/organization.yaml"), "utf8")) as Organization;

/** The review of the corpus's base with edits. */
export function reviewOf(edits: readonly Edit[]): Review {
  return reviewPlans(
    [...corpusPlans(edits)].map(([stack, text]) => parsePlanJson(`${stack}.json`, stack, text)),
    facts,
  );
}
