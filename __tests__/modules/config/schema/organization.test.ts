import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { organizationSchema } from "../../../../modules/config/schema/organization";
import { ROOT } from "../../../support/environments";

const FACTS = parse(readFileSync(join(ROOT, "environments/example/organization.yaml"), "utf8")) as object;

/** What proofs count on: facts that do not say it are not facts that there is none. */
test.each(["policies", "delegatedAdministrators", "rootAccessFeatures", "enabledPolicyTypes"])(
  "facts without %s are refused, with none of them they are not",
  (key) => {
    const { [key as keyof object]: _, ...without } = FACTS;
    const missing = organizationSchema.safeParse(without);
    expect(missing.error?.issues.map(({ path }) => path.join("."))).toEqual([key]);
    expect(organizationSchema.safeParse({ ...without, [key]: [] }).success).toBe(true);
  },
);
