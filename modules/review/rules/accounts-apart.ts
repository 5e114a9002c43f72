import type { NamedDocument } from "../../policy/compare";
import { asList } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { conditionKeyType } from "../../policy/vocabulary/reference";
import { unique } from "../../kernel/lists";

/** Some digits of an id beside a wildcard or a variable, or a wildcard beside a variable. */
const PART_OF_ID = /[*?}]\d|\d[*?$]|[*?]\$\{|\}[*?]/;

/**
 * Whether policies tell accounts apart without the whole id of one: by some of its digits, or by its id as a number. What is shown of one
 * account holds for others only where nothing does. In doubt it says yes.
 */
export function tellsAccountsApart(documents: readonly NamedDocument[]): boolean {
  return unique(documents.map(({ document }) => document)).some(
    (document) => PART_OF_ID.test(JSON.stringify(document)) || countsIds(document),
  );
}

/** Numbers and dates that are compared with what the reference does not call a number or a date, or with a variable. */
function countsIds({ Statement }: PolicyDocument): boolean {
  return asList(Statement).some(({ Condition }) =>
    Object.entries(Condition ?? {}).some(
      ([operator, keys]) =>
        /^(for\w+:)?(numeric|date)/i.test(operator) &&
        Object.entries(keys).some(
          ([key, values]) =>
            !["Numeric", "Date"].includes(conditionKeyType(key)?.type ?? "") || JSON.stringify(values).includes("${"),
        ),
    ),
  );
}
