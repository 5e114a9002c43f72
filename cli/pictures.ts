import { terminalPicture } from "../modules/report/terminal-picture";
import { targetState } from "../modules/proofs/environment";
import { loadEnvironment } from "../modules/sections/load";
import { overviewText } from "./commands/show";

/** Lines of `show` that the front door has room for: stacks, pipeline, break glass, guardrails. */
const SHOWN = 50;

/** `docs/pictures/show.svg`: what `show` prints for the example. A heading, the first line after an empty one, is bold as on a terminal. */
export function pictureOfShow(projectRoot: string): string {
  const environment = loadEnvironment(projectRoot, "example");
  const lines = overviewText(environment, targetState(environment))
    .replace(/\u001b\[\d+m/g, "")
    .split("\n")
    .slice(0, SHOWN)
    .map((line, index, all) => (index > 0 && all[index - 1] === "" ? `\u001b[1m${line}\u001b[22m` : line));
  return terminalPicture(`npx keyless show example | head -${String(SHOWN)}`, lines.join("\n"));
}
