import { readFileSync } from "node:fs";
import { Json, parsedObject } from "./json";

/** A file as a mapping; nothing where there is none, or it is none. */
export function readObject(file: string): Json | undefined {
  try {
    return parsedObject(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
