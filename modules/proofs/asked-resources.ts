import type { TextSet } from "../policy/decide";
import { actionsOf, resourceTypesOf } from "../policy/vocabulary/reference";
import { arnSet, NO_RESOURCE } from "./arns";
import { uniqueSorted } from "../kernel/lists";

/** The resources that an action knows in one account, by AWS's reference: `any user` for iam:CreateAccessKey. */
export function resourcesOf(
  action: string,
  accountId: string,
  regions: readonly string[],
): { readonly set: TextSet; readonly on: string } {
  const [service = "", name = ""] = action.split(":");
  const types = resourceTypesOf(service);
  const known = (actionsOf(service).get(name.toLowerCase())?.resourceTypes ?? []).flatMap((one) => {
    const arn = types.get(one.name)?.arn;
    return arn === undefined ? [] : [{ name: one.name, arn }];
  });
  if (known.length === 0) return { set: NO_RESOURCE, on: "no resource, because it knows none," };
  const sets = known.map(({ arn }) =>
    arnSet(
      arn
        .replace("${Partition}", "aws")
        .replace("${Account}", accountId)
        .replace(/\$\{[^}]*\}/g, "*"),
      regions,
    ),
  );
  const names = uniqueSorted(known.map((one) => one.name));
  return {
    set: {
      like: uniqueSorted(sets.flatMap((set) => set.like)),
      except: uniqueSorted(sets.flatMap((set) => set.except ?? [])),
    },
    on: names.length > SHOWN ? `any of ${names.length} kinds of resources` : `any ${names.join(" or ")}`,
  };
}

/** Kinds of resources that a sentence takes. */
const SHOWN = 4;
