import { readLogs, ReadOptions, ReadReport } from "../cloudtrail/read";
import type { LogSource } from "../cloudtrail/source";
import { placesQuestion } from "../impact/questions";
import { movesQuestion } from "./questions";
import { emptyMoveUse, mergeMoveUse, MoveUse, MoveUseOptions, moveUseSpec } from "./use";

/** Reads logs for moves; digest files count as evidence that nothing happened. */
export async function readMoveUse(
  sources: readonly LogSource[],
  wanted: MoveUseOptions,
  options: ReadOptions = {},
): Promise<{ readonly use: MoveUse; readonly report: ReadReport }> {
  const use = emptyMoveUse();
  const report = await readLogs<MoveUseOptions, MoveUse>(
    sources,
    moveUseSpec(wanted),
    (partial) => mergeMoveUse(use, partial),
    { ...options, digests: true },
    [movesQuestion(wanted), placesQuestion(wanted.at)],
  );
  return { use, report };
}
