import { BaselineError } from "../kernel/errors";
import { PlanFailure, planFailures, TerraformFailed } from "../terraform/terraform";
import { DeliveryOptions, several } from "./plan";
import type { Reviewed, ReviewedStack } from "./record";
import { inOrder } from "./stack-order";
import { applyPlanned, checkStopped, PlannedStack, planForDelivery, withWorkplace } from "../terraform/saved-plans";

/** Addresses that are named one by one. */
const NAMED = 5;

export interface Applied {
  readonly applied: readonly string[];
}

/**
 * Applies what was reviewed, and nothing else: every stack is planned again, all of them are held against the record, and only when each would
 * do exactly what was reviewed are these plans applied, in the order of the stacks' dependencies.
 *
 * @throws BaselineError exit code 3 where anything would be done that was not reviewed: then nothing at all is applied; 1 where Terraform fails
 */
export async function applyDelivery(
  options: DeliveryOptions & { readonly reviewed: Reviewed; readonly say?: (line: string) => void },
): Promise<Applied> {
  const { reviewed, binary } = options;
  const wanted = new Map(reviewed.stacks.map((stack) => [stack.name, stack]));
  const stacks = options.stacks.filter(({ name }) => wanted.has(name));
  const gone = reviewed.stacks.filter(({ name }) => !options.stacks.some((stack) => stack.name === name));
  if (gone.length > 0) throw changed(gone.map(({ name }) => `${name} was reviewed and is not synthesized here`));
  const planned = new Map<string, PlannedStack>();
  const failed: PlanFailure[] = [];
  const applied: string[] = [];
  await withWorkplace(async (place) => {
    await several(stacks, options, async (stack) => {
      try {
        planned.set(
          stack.name,
          await planForDelivery(binary, options.projectRoot, place, stack, wanted.get(stack.name)!.lock),
        );
      } catch (error) {
        if (!(error instanceof TerraformFailed)) throw error;
        failed.push({ stack: stack.name, words: error.message });
      }
    });
    checkStopped(place);
    if (failed.length > 0) throw new BaselineError(planFailures("DELIVERY-PLAN-FAILED", failed), 1);
    const differing = stacks.flatMap(({ name }) => difference(wanted.get(name)!, planned.get(name)!));
    if (differing.length > 0) throw changed(differing);
    await inOrder(stacks, options.concurrency ?? 2, async (stack) => {
      try {
        await applyPlanned(binary, place, stack);
      } catch (error) {
        checkStopped(place, applied);
        if (!(error instanceof TerraformFailed)) throw error;
        throw new BaselineError(
          [
            {
              code: "DELIVERY-APPLY-FAILED",
              message: `${stack.name} cannot be applied: ${error.message}`,
              fix:
                applied.length > 0
                  ? `Applied before it: ${applied.join(", ")}. Run the workflow again: it plans what is left.`
                  : "Nothing was applied before it. Run the workflow again when the cause is fixed.",
            },
          ],
          1,
        );
      }
      applied.push(stack.name);
      options.say?.(`${stack.name}: applied`);
    });
  });
  return { applied };
}

function changed(what: readonly string[]): BaselineError {
  return new BaselineError(
    what.map((words) => ({
      code: "DELIVERY-CHANGED",
      message: `${words}.`,
      fix: "Nothing was applied. Run the workflow again from the start: what is planned now has to be reviewed.",
    })),
    3,
  );
}

function difference(reviewed: ReviewedStack, { name, digest }: PlannedStack): readonly string[] {
  if (reviewed.digest === digest.digest) return [];
  const addresses = [...new Set([...Object.keys(reviewed.changes), ...Object.keys(digest.changes)])]
    .filter((address) => reviewed.changes[address] !== digest.changes[address])
    .sort();
  // The same changes by another configuration, with other variables or other providers.
  if (addresses.length === 0)
    return [
      `${name} would now be applied with another configuration, other variables or other providers than were reviewed`,
    ];
  return [
    `${name} would now do something else than was reviewed: ${addresses.slice(0, NAMED).join(", ")}${addresses.length > NAMED ? ` and ${addresses.length - NAMED} more` : ""}`,
  ];
}
