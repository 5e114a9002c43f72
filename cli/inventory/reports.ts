import { relative } from "node:path";
import { factsOfReport } from "../../modules/evidence/inventory/from-report";
import type { AccountFacts } from "../../modules/evidence/inventory/types";
import { BaselineError } from "../../modules/kernel/errors";
import { readText } from "../../modules/kernel/read-text";
import { KEYLESS } from "../../modules/kernel/command";

/** Options that ask AWS, or go by ids of keys: a credential report has neither. */
const NEEDS_AWS = ["role", "resume", "lookupEvents", "cloudtrail", "since", "concurrency", "timeout"];

/**
 * Accounts of the files of `--credential-report`.
 *
 * @param options all options of the command, as commander names them
 * @param accounts ids of the accounts that are asked for
 * @throws BaselineError for a file that is no report, for two of one account, and for accounts that nobody knows
 */
export function factsOfReports(
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
  accounts: readonly string[],
): readonly AccountFacts[] {
  const with_ = NEEDS_AWS.filter((name) => options[name] !== undefined);
  if (with_.length > 0)
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--credential-report asks nothing of AWS and knows no ids of keys: it cannot be used with ${with_.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).join(", ")}.`,
        fix: `Leave it out, or ask AWS without --credential-report: ${KEYLESS} inventory --help.`,
      },
    ]);
  const found = new Map<string, { readonly file: string; readonly facts: AccountFacts }>();
  for (const path of files) {
    const file = relative(process.cwd(), path) || path;
    const facts = factsOfReport(file, textOf(path, file), new Date());
    const refuse = (message: string, fix: string): never => {
      throw new BaselineError([{ code: "INVENTORY-REPORT", message, place: { file }, fix }]);
    };
    const other = found.get(facts.accountId);
    if (other)
      refuse(
        `This and ${other.file} are both of account ${facts.accountId}.`,
        "Give the newest report of each account.",
      );
    if (!accounts.includes(facts.accountId))
      refuse(
        `It is of account ${facts.accountId}, which is not among the accounts that are asked for.`,
        `Accounts come from organization.yaml (${KEYLESS} sync) and --account.`,
      );
    found.set(facts.accountId, { file, facts });
  }
  return [...found.values()].map(({ facts }) => facts);
}

function textOf(path: string, file: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new BaselineError([
      {
        code: "INVENTORY-REPORT",
        message: code === "ENOENT" ? "There is no such file." : `It cannot be read (${code ?? "no reason known"}).`,
        place: { file },
        fix: "Name the files that aws iam get-credential-report gave, one for each account.",
      },
    ]);
  }
}
