import { z } from "zod";
import { BaselineError } from "../../kernel/errors";
import { readText } from "../../kernel/read-text";
import { LARGEST_INVENTORY } from "../inventory/results";
import { KEYLESS } from "../../kernel/command";

/** The parts of an inventory (`keyless inventory --json`) that readiness depends on; `modules/evidence/inventory/types.ts` describes all of it. */
const inventorySchema = z.object({
  format: z.literal("keyless-inventory/1"),
  environment: z.string(),
  organizationId: z.string(),
  generatedAt: z.iso.datetime(),
  accounts: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.enum(["complete", "partial", "failed", "not-read"]),
      collectedAt: z.iso.datetime().optional(),
    }),
  ),
  credentials: z.array(
    z.object({
      kind: z.string(),
      id: z.string(),
      accountId: z.string(),
      accountName: z.string(),
      user: z.string(),
      status: z.string(),
      lastUsedAt: z.iso.datetime().optional(),
      collectedAt: z.iso.datetime().optional(),
      verdict: z.object({ kind: z.string(), reason: z.string() }),
    }),
  ),
});

export type InventoryEvidence = z.infer<typeof inventorySchema>;

/** Reads an inventory, or says in one message why it is none of this organization. */
export function readInventory(path: string, organizationId: string): InventoryEvidence {
  const refuse = (message: string): never => {
    throw new BaselineError([
      {
        code: "INVENTORY-FILE",
        message,
        fix: `Make one with ${KEYLESS} inventory <env> --json > inventory.json.`,
        place: { file: path },
      },
    ]);
  };
  let value: unknown;
  try {
    value = JSON.parse(readText(path, LARGEST_INVENTORY));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    return refuse(
      error instanceof SyntaxError
        ? `${path} is not JSON.`
        : `${path} could not be read (${(error as NodeJS.ErrnoException).code ?? "no reason known"}).`,
    );
  }
  const result = inventorySchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    return refuse(`${path} is not an inventory: ${issue!.path.join(".") || "the document"}: ${issue!.message}`);
  }
  if (result.data.organizationId !== organizationId)
    return refuse(`${path} is the inventory of ${result.data.organizationId}, not of ${organizationId}.`);
  return result.data;
}
