/**
 * What a section shows of itself in an overview (`keyless show`): words and tables as plain data. Who prints them chooses how they look.
 */
export interface SectionView {
  readonly title: string;
  /** Below one another, an empty line between. */
  readonly parts: readonly ViewPart[];
}

/** A sentence, a table, or pairs of a name and what it is (a table without a heading). A part that is undefined is not shown. */
export type ViewPart = string | ViewTable | ViewPairs | undefined;

export interface ViewTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ViewText[])[];
}

export interface ViewPairs {
  readonly pairs: readonly (readonly [string, ViewText])[];
}

/** Text; what is marked as good is as it should be everywhere. */
export type ViewText = string | readonly (string | { readonly good: string })[];

/** What an overview says of the organization as a whole. */
export interface OrganizationCounts {
  readonly environment: string;
  readonly organizationId: string;
  readonly activeAccounts: number;
  readonly inactiveAccounts: number;
  readonly organizationalUnits: number;
  /** Member accounts: those that an SCP can bind. */
  readonly memberAccounts: number;
}

/** `7 of 9`; good where it is all of them. */
export function covered(n: number, of: number): ViewText {
  return n === of ? [{ good: `${n} of ${of}` }] : `${n} of ${of}`;
}

/** Texts one after the other. */
export function joined(...texts: readonly ViewText[]): ViewText {
  return texts.flatMap((text) => (typeof text === "string" ? [text] : text));
}

/** A table, or nothing where it would have no rows. */
export function tableOf(columns: readonly string[], rows: ViewTable["rows"]): ViewTable | undefined {
  return rows.length === 0 ? undefined : { columns, rows };
}

/** What stands where a section is left out. */
export const NOT_MANAGED: readonly ViewPart[] = ["not managed here"];
