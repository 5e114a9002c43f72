import { ANY, ONE } from "./patterns";
import { FALSE, TRUE, Truth, UNKNOWN } from "./truth";
import { FormPart, ID, ID_CHARACTERS, NAME, NOT_IN_NAMES } from "./user-id";

/** What a pattern says to every value of a form: whether all match it, none does, or some. */
export function formMatches(form: readonly FormPart[], pattern: string, ignoringCase: boolean): Truth {
  const fold = (text: string): string => (ignoringCase ? text.toLowerCase() : text);
  const places = form.flatMap((part): Place[] => (typeof part === "string" ? fold(part).split("") : [part]));
  const wanted = fold(pattern).split("");
  if (!meet(places, wanted, ignoringCase)) return FALSE;
  return covers(places, wanted) ? TRUE : UNKNOWN;
}

/** A character, or any number of characters of a class. */
type Place = string | typeof ID | typeof NAME;

function inClass(of: typeof ID | typeof NAME, character: string, ignoringCase: boolean): boolean {
  if (of === NAME) return !NOT_IN_NAMES.includes(character);
  return ID_CHARACTERS.includes(ignoringCase ? character.toUpperCase() : character);
}

/** Whether some text is of the form and matches. */
function meet(places: readonly Place[], wanted: readonly string[], ignoringCase: boolean): boolean {
  const seen = new Set<number>();
  const from = (i: number, j: number): boolean => {
    const at = i * (wanted.length + 1) + j;
    if (seen.has(at)) return false;
    seen.add(at);
    const place = places[i];
    const want = wanted[j];
    if (place === undefined && want === undefined) return true;
    const many = typeof place === "symbol";
    if (many && from(i + 1, j)) return true;
    if (want === ANY && from(i, j + 1)) return true;
    if (place === undefined || want === undefined) return false;
    const fits =
      want === ANY || want === ONE || (typeof place === "symbol" ? inClass(place, want, ignoringCase) : place === want);
    return fits && from(many ? i : i + 1, want === ANY ? j : j + 1);
  };
  return from(0, 0);
}

/** Whether every text of the form matches, as far as the wildcards alone tell: what is open is taken in by an asterisk only. */
function covers(places: readonly Place[], wanted: readonly string[]): boolean {
  const seen = new Set<number>();
  const from = (i: number, j: number): boolean => {
    const at = i * (wanted.length + 1) + j;
    if (seen.has(at)) return false;
    seen.add(at);
    const place = places[i];
    const want = wanted[j];
    if (place === undefined && want === undefined) return true;
    if (want === ANY) return from(i, j + 1) || (place !== undefined && from(i + 1, j));
    if (place === undefined || want === undefined || typeof place === "symbol") return false;
    return (want === ONE || place === want) && from(i + 1, j + 1);
  };
  return from(0, 0);
}
