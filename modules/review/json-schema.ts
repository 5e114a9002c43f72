import { schemaText } from "../config/json-schema";
import { approvalsSchema } from "./gate/approvals";
import { reviewRulesSchema } from "./gate/review-rules";
import { reviewFormat } from "./render/json-format";

/** JSON Schemas of what the review reads beside the baseline, and of what it writes for programs. */
export function reviewSchemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["approvals.schema.json", schemaText(approvalsSchema, "approvals.yaml of the keyless org baseline")],
    ["review.schema.json", schemaText(reviewRulesSchema, "review.yaml of the keyless org baseline")],
    ["review-report.schema.json", schemaText(reviewFormat, "keyless review --format json")],
  ]);
}
