import { z } from "zod";
import { KEYLESS } from "../../kernel/command";
import { BaselineError } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import { readText } from "../../kernel/read-text";
import { LARGEST_INVENTORY } from "../inventory/results";
import { keyOf } from "../retire/history";
import type { MovedKey } from "../retire/plan";
import { KEY_STATES, KEY_STATUSES, MoveStatus } from "./types";

/** What `keyless move --json` prints, and `retire` and `ready` read. */

const FORMAT = "keyless-moves/1";

const movesFile = z.object({
  format: z.literal(FORMAT),
  environment: z.string(),
  organizationId: z.string(),
  at: z.iso.datetime(),
  moves: z.array(
    z.object({
      name: z.string(),
      accountId: z.string().regex(/^\d{12}$/),
      user: z.string(),
      keyIds: z.array(z.string()),
      keys: z
        .array(
          z.object({
            id: z.string(),
            status: z.enum(KEY_STATUSES),
            seenAt: z.iso.datetime({ offset: true }).optional(),
          }),
        )
        .optional(),
      state: z.enum(KEY_STATES),
      done: z.boolean(),
      mayDeactivate: z.boolean(),
      silentDays: z.int().min(1).max(400),
    }),
  ),
});

/** States in which nothing that works today would be missed. */
const DONE: ReadonlySet<string> = new Set(["excepted", "key-silent", "key-inactive", "key-deleted", "user-deleted"]);

type MovesFile = z.infer<typeof movesFile>;

/** The JSON of all moves. */
export function movesJson(
  statuses: readonly MoveStatus[],
  environment: string,
  organizationId: string,
  at: string,
): Readonly<Record<string, unknown>> {
  return {
    format: FORMAT,
    environment,
    organizationId,
    at,
    moves: statuses.map(({ move, ...status }) => ({
      name: move.name,
      file: move.place.file,
      accountId: move.accountId,
      account: move.accountName,
      user: move.user,
      owner: move.owner,
      usedBy: move.usedBy,
      destination: move.destination,
      silentDays: move.silentDays,
      ...status,
    })),
  };
}

/**
 * Reads a file of `keyless move --json`.
 *
 * @throws BaselineError MOVES-FILE: it is none, or of another environment, or contradicts itself
 */
export function readMovesFile(path: string, environment: string, organizationId: string): MovesFile {
  const refuse = (message: string): never => {
    throw new BaselineError([
      {
        code: "MOVES-FILE",
        message,
        fix: `Make one with ${KEYLESS} move ${environment} --cloudtrail <logs> --json > moves.json.`,
        place: { file: path },
      },
    ]);
  };
  let value: unknown;
  try {
    value = JSON.parse(readText(path, LARGEST_INVENTORY));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    return refuse(error instanceof SyntaxError ? "It is no JSON." : "It cannot be read.");
  }
  const result = movesFile.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    return refuse(`It is no list of moves: ${issue!.path.join(".") || "the document"}: ${issue!.message}.`);
  }
  const { data } = result;
  if (data.environment !== environment) return refuse(`It is of environment ${JSON.stringify(data.environment)}.`);
  if (data.organizationId !== organizationId)
    return refuse(`It is of organization ${JSON.stringify(data.organizationId)}.`);
  const wrong = data.moves.find(({ mayDeactivate, state }) => mayDeactivate && state !== "key-silent");
  if (wrong) return refuse(`Move ${wrong.name} may not be deactivated in state ${wrong.state}.`);
  const undone = data.moves.find(({ done, state }) => done && !DONE.has(state));
  if (undone) return refuse(`Move ${undone.name} is not done in state ${undone.state}.`);
  return data;
}

/** The moves by key, as `retire` takes them. */
export function quietMoves({ moves }: MovesFile): ReadonlyMap<string, MovedKey> {
  return new Map(
    moves.flatMap(({ name, accountId, keyIds, keys, state, mayDeactivate, silentDays }) =>
      keyIds.map((keyId) => {
        const isOff = state === "key-inactive";
        const seenAt = keys?.find(({ id }) => id === keyId)?.seenAt;
        // Once it is off the same days count for its deletion.
        const moved = { name, state, silentDays, isQuiet: mayDeactivate || isOff, isOff, ...defined({ seenAt }) };
        return [keyOf({ accountId, keyId }), moved];
      }),
    ),
  );
}
