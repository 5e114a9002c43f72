import { mapBounded } from "../../aws/bounded";
import type { ObjectRange, PartitionPlan } from "./partitions";

/** How much a query reads at most: JSON is read as a whole, as it is compressed. */
export type Bound =
  | { readonly kind: "known"; readonly bytes: number; readonly objects: number }
  /** @param bytes counted until then */
  | { readonly kind: "unknown"; readonly why: string; readonly bytes?: number };

/** One page of a listing. */
export interface ObjectPage {
  readonly sizes: readonly number[];
  readonly next?: string;
}

export type ListObjects = (range: ObjectRange, token: string | undefined) => Promise<ObjectPage>;

/** A thousand objects each. More would take minutes: it is said that they were not counted to the end. */
const MOST_PAGES = 3000;
const AT_ONCE = 16;

/** Adds up the sizes of the objects that the partitions have. */
export async function boundOf({ objects, unknown }: PartitionPlan, list: ListObjects): Promise<Bound> {
  if (!objects) return { kind: "unknown", why: unknown ?? "where the objects are is not known" };
  let pages = 0;
  let bytes = 0;
  let count = 0;
  try {
    await mapBounded(objects, AT_ONCE, async (range) => {
      let token: string | undefined;
      do {
        if (pages >= MOST_PAGES) return;
        pages++;
        const page = await list(range, token);
        for (const size of page.sizes) bytes += size;
        count += page.sizes.length;
        token = page.next;
      } while (token !== undefined);
    });
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: "unknown", why: `its objects could not be listed (${name}: ${message.trim()})` };
  }
  if (pages >= MOST_PAGES)
    return { kind: "unknown", why: `it has more objects than are counted here (${count})`, bytes };
  return { kind: "known", bytes, objects: count };
}
