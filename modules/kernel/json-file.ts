import { Json, parsedObject } from "./json";
import { readText } from "./read-text";

/** A file as a mapping; nothing where there is none, or it is none. */
export function readObject(file: string): Json | undefined {
  try {
    return parsedObject(readText(file));
  } catch {
    return undefined;
  }
}
