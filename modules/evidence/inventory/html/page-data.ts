import type { Source } from "../../../page/types";

/** Rows of the page's table: columns of numbers as they are, all others as positions in a table of texts. Types alone: a browser reads this, too. */
export interface InventoryPage {
  readonly environment: string;
  readonly sources: readonly Source[];
  readonly columns: readonly string[];
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}
