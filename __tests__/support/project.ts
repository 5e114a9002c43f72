import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./environments";

/** A copy of the project's environments in a folder of its own, and how to remove it. */
export function temporaryProject(): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "keyless-project-"));
  cpSync(join(ROOT, "environments"), join(root, "environments"), { recursive: true });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
