import { outcomeWith, stacksWith } from "./fixture";
import { writeFileSync, mkdirSync } from "node:fs";
import { identityCenterSummary } from "../../../modules/identity-center/summary";
test("x", () => {
  const o = outcomeWith();
  console.log(o.problems.join("\n"), JSON.stringify(identityCenterSummary(o.state!), null, 1));
  for (const [n, j] of stacksWith()) { mkdirSync(`/tmp/ic/${n}`, { recursive: true }); writeFileSync(`/tmp/ic/${n}/cdk.tf.json`, JSON.stringify(j, null, 1)); }
});
