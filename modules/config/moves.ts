import { z } from "zod";
import { BaselineError, Place, Problem } from "../kernel/errors";
import { canonicalJson, Json } from "../kernel/json";
import { byKey } from "../kernel/lists";
import { parseAgainst } from "./load";

/**
 * `environments/<env>/moves.yaml`: the one source of `import`, `moved` and `removed` blocks. What Terraform's states hold changes without
 * anything changing in AWS, so it is written down, reviewed and synthesized like everything else.
 */

export const MOVES_FILE = "moves.yaml";

/** Of a resource in the root of a stack, with a key where it has one. Nothing in it is evaluated. */
const ADDRESS = /^[a-z][a-z0-9]*_\w+\.[A-Za-z_][\w-]*(\[(\d+|"(?:[^"\\$%\p{Cc}]|\\["\\]|[$%](?!\{))*")\])?$/u;

const end = z.strictObject({
  stack: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,120}$/, "the name of a stack without the environment's, for example guardrails")
    .describe("Stack, without the environment's name in front: guardrails."),
  address: z
    .string()
    .max(500)
    .regex(ADDRESS, 'the address of a resource, for example aws_iam_role.app or aws_iam_role.app["key"]')
    .describe("Terraform address of the resource in that stack: aws_iam_role.app."),
});

const move = z.strictObject({
  from: end.optional().describe("State that contains it now. @default none: it is imported"),
  to: end.optional().describe("Where it is from then on. @default nowhere: it stays in AWS, and nobody manages it"),
  id: z
    .string()
    .min(1)
    .max(2048)
    .regex(/^(?:[^$%\p{Cc}]|[$%](?!\{))+$/u, "an id without ${, %{ and control characters")
    .optional()
    .describe("Id by which Terraform imports the type. Where it comes into another state than it was in."),
  reason: z.string().min(10, "say why in ten characters or more").max(500).optional().describe("Why."),
});

/** Characters of `what`. */
export const LONGEST_WHAT = 200;

const adopted = z.strictObject({
  what: z.string().min(1).max(LONGEST_WHAT).describe("What it is, for people: permission set Developer."),
  id: z
    .string()
    .min(1)
    .max(2048)
    .describe("What AWS calls it: the ARN of a permission set, role or provider, the id of a policy."),
  to: end.describe("The resource that it is from then on."),
});

/** `environments/<env>/moves.yaml` */
export const movesSchema = z
  .strictObject({
    version: z.literal(1),
    moves: z.array(move).default([]).describe("Resources that move to another state or another address."),
    adopted: z
      .array(adopted)
      .default([])
      .describe(
        "Things that were there before and that this baseline has taken over. They count as its own although they do not carry its tags, and their tags are left as they are.",
      ),
  })
  .describe(
    "Moves of resources between addresses and stacks, imports and removals. The synth writes them into the stacks that they name; nothing is made or deleted in AWS by them.",
  );

/** Something that was there before, and is this baseline's now. */
export interface Adopted extends z.infer<typeof adopted> {
  /** Where it stands in the file. */
  readonly place: Place;
}

export interface Move extends z.infer<typeof move> {
  /** Where it stands in the file. */
  readonly place: Place;
}

export const BLOCK_KINDS = ["import", "moved", "removed"] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];
export type MoveBlocks = Readonly<Record<BlockKind, readonly Json[]>>;

/** What a stack is to hold of the moves, sorted. */
export function moveBlocks(moves: readonly Move[], stack: string): MoveBlocks {
  const blocks = (kind: BlockKind, of: (move: Move) => Json | undefined): readonly Json[] =>
    moves
      .filter((one) => kindsOf(one).includes(kind))
      .flatMap((one): readonly Json[] => [of(one) ?? []].flat())
      .sort(byKey((one) => canonicalJson(one)));
  const here = (side: Move["from"]): side is NonNullable<Move["from"]> => side?.stack === stack;
  return {
    import: blocks("import", ({ to, id }) => (here(to) ? { to: to.address, id } : undefined)),
    moved: blocks("moved", ({ from, to }) => (here(from) ? { from: from.address, to: to!.address } : undefined)),
    removed: blocks("removed", ({ from }) =>
      here(from) ? { from: from.address.replace(/\[.*$/s, ""), lifecycle: { destroy: false } } : undefined,
    ),
  };
}

function kindsOf({ from, to }: Pick<Move, "from" | "to">): readonly BlockKind[] {
  if (from && to) return from.stack === to.stack ? ["moved"] : ["removed", "import"];
  return to ? ["import"] : ["removed"];
}

/**
 * Reads a file of moves.
 *
 * @throws BaselineError with every problem and its place
 */
export function parseMoves(file: string, content: string): readonly Move[] {
  const { moves, problems } = checkMoves(file, content);
  if (problems.length > 0) throw new BaselineError(problems);
  return moves;
}

/** Moves with their places, and everything that is wrong with them. */
export function checkMoves(
  file: string,
  content: string,
): { readonly moves: readonly Move[]; readonly adopted: readonly Adopted[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parsed = parseAgainst(file, content, movesSchema, problems);
  if (!parsed) return { moves: [], adopted: [], problems };
  const { document, value } = parsed;
  const seen = new Set<string>();
  const add = (i: number, key: string | undefined, code: string, message: string, fix: string): void =>
    void problems.push({ code, message, fix, place: document.place(["moves", i, ...(key ? [key] : [])]) });
  value.moves.forEach((one, i) => {
    const { from, to, id } = one;
    if (!from && !to)
      return add(i, undefined, "MOVE-NOTHING", "This moves nothing.", "Say from where, to where, or both.");
    const imports = kindsOf(one).includes("import");
    if (imports && id === undefined)
      add(
        i,
        "to",
        "MOVE-ID",
        "Another state imports it, and the id for the import is missing.",
        "Add id, as Terraform imports the type.",
      );
    if (!imports && id !== undefined)
      add(i, "id", "MOVE-ID", "An id is for what another state takes in.", "Leave it out.");
    if (from && to && typeOf(from.address) !== typeOf(to.address))
      add(
        i,
        "to",
        "MOVE-TYPE",
        `A ${typeOf(from.address)} does not become a ${typeOf(to.address)}.`,
        "Name the address of the same resource.",
      );
    if (from && !(to && from.stack === to.stack) && /\[/.test(from.address))
      add(
        i,
        "from",
        "MOVE-INSTANCE",
        "Terraform lets go of a resource with all of its instances, not of one of them.",
        "Name the address without a key.",
      );
    for (const [key, side] of [
      ["from", from],
      ["to", to],
    ] as const) {
      if (!side) continue;
      const at = `${key} ${side.stack} ${side.address}`;
      if (seen.has(at))
        add(i, key, "MOVE-TWICE", `${side.address} of ${side.stack} is moved twice.`, "Keep one of them.");
      // Terraform follows such a chain only where the address is free, which no file says.
      if (seen.has(`${key === "from" ? "to" : "from"} ${side.stack} ${side.address}`))
        add(
          i,
          key,
          "MOVE-CHAIN",
          `${side.address} of ${side.stack} is where one move ends and another begins.`,
          "Write one move, from the present address to the final one; apply one move before the next.",
        );
      seen.add(at);
    }
    return undefined;
  });
  const adopted = value.adopted.map((one, i): Adopted => ({ ...one, place: document.place(["adopted", i]) }));
  problems.push(...adoptedTwice(adopted));
  return {
    moves: value.moves.map((one, i) => ({ ...one, place: document.place(["moves", i]) })),
    adopted,
    problems,
  };
}

function adoptedTwice(adopted: readonly Adopted[]): readonly Problem[] {
  return adopted.flatMap(({ id, to, place }, i) =>
    adopted.slice(0, i).some((one) => one.id === id || (one.to.stack === to.stack && one.to.address === to.address))
      ? [
          {
            code: "MOVE-ADOPTED-TWICE",
            message: `${id} or ${to.address} of ${to.stack} is adopted twice.`,
            fix: "Keep one of them.",
            place,
          },
        ]
      : [],
  );
}

function typeOf(address: string): string {
  return address.slice(0, address.indexOf("."));
}
