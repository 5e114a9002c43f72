import { isObject, Json } from "../kernel/json";
import { BaselineError } from "../kernel/errors";
import { contradicts, isStackKind, sectionOf, STACK_MARK, StackMark } from "../sections/stack-kinds";

/**
 * Reads what a stack says of itself. The mark can only make a judgement stricter: whoever writes the configuration writes the mark too.
 */

/**
 * @param variables `variable` of `cdk.tf.json`, or `configuration.root_module.variables` of a plan
 * @param source file or folder for messages
 * @returns nothing where the stack is not marked: somebody else's
 * @throws BaselineError for a mark that nobody here has written
 */
export function readMark(variables: unknown, source: string): StackMark | undefined {
  const variable = isObject(variables) ? variables[STACK_MARK] : undefined;
  if (variable === undefined) return undefined;
  const mark = isObject(variable) ? variable["default"] : undefined;
  const { kind, section, environment } = isObject(mark) ? mark : ({} as Json);
  if (!isStackKind(kind) || section !== sectionOf(kind) || typeof environment !== "string")
    throw new BaselineError([
      {
        code: "STACK-MARK",
        message: `The variable ${STACK_MARK} does not say what the stack is: a known kind, its section and its environment.`,
        fix: "Synthesize the stack with this release and leave the variable as it is.",
        place: { file: source, path: `variable.${STACK_MARK}` },
      },
    ]);
  return { environment, kind, section: sectionOf(kind) };
}

/** Something that a stack holds, as far as it says whose and of which kind the stack is. */
export interface Held {
  readonly type: string;
  readonly address: string;
}

/**
 * @param environments values of the tag that the stack's providers put on everything
 * @throws BaselineError where what a stack holds is not what its mark says
 */
export function checkMark(
  mark: StackMark,
  held: readonly Held[],
  environments: readonly string[],
  source: string,
): void {
  const stranger = held.find(({ type }) => contradicts(mark.kind, type));
  const elsewhere = environments.find((name) => name !== mark.environment);
  const why =
    stranger !== undefined
      ? `it contains ${stranger.address}, which only stacks of other kinds contain`
      : elsewhere !== undefined
        ? `its provider tags everything as environment ${elsewhere}`
        : undefined;
  if (why === undefined) return;
  throw new BaselineError([
    {
      code: "STACK-CONTRADICTED",
      message: `The stack says that it is of kind ${mark.kind} and environment ${mark.environment}, and ${why}.`,
      fix: "Synthesize the stack again. Resources of your own belong in a stack of their own, without this variable.",
      place: { file: source, path: `variable.${STACK_MARK}` },
    },
  ]);
}
