import { uniqueSorted } from "../kernel/lists";
import { accountOfArn } from "../policy/evaluate";
import { ResourceChange, text } from "../terraform/stack-plan";
import type { Names } from "./names";
import type { Sentence } from "./sentence";
import type { ChangeReach } from "./types";

/** What is managed in one account and felt in others: where it lies says nothing about where it counts. */
const ELSEWHERE = /^aws_(organizations|ssoadmin|identitystore|cloudformation_stack|config_organization|guardduty_org)/;

/** Accounts that a change is about; nothing where that is not known. Never fewer than the sentence says. */
export function reachOfChange(
  sentence: Sentence,
  resources: readonly ResourceChange[],
  names: Names,
): ChangeReach | undefined {
  if (sentence.places) return { how: "stated", places: uniqueSorted(sentence.places) };
  const found = new Set<string>();
  for (const resource of resources) {
    const places = placesOf(resource, names);
    // One resource that may be felt anywhere makes all of it unknown.
    if (!places) return undefined;
    for (const place of places) found.add(place);
  }
  return found.size === 0 ? undefined : { how: "resource", places: [...found].sort() };
}

function placesOf(resource: ResourceChange, names: Names): readonly string[] | undefined {
  if (resource.type === "aws_organizations_policy_attachment" || resource.type === "aws_ssoadmin_account_assignment") {
    const targets = [resource.before, resource.after].filter((side) => side !== undefined);
    const ids = targets.map((side) => text(side, "target_id"));
    if (ids.length === 0 || ids.some((id) => id === undefined || id.includes("${"))) return undefined;
    return ids.flatMap((id) => placesBelow(names, id!));
  }
  if (!resource.type.startsWith("aws_") || ELSEWHERE.test(resource.type)) return undefined;
  for (const side of [resource.after, resource.before]) {
    const account = accountOfArn(text(side, "arn") ?? "");
    if (account) return [account];
  }
  return resource.account === undefined ? undefined : [resource.account];
}

/** The management account is bound by no policy, but an assignment may be there: it counts where it is named itself. */
function placesBelow(names: Names, id: string): readonly string[] {
  const management = names.organization?.managementAccountId;
  const below = names.accountsBelow(id);
  const bound = below.filter((account) => account !== management || id === management);
  return bound.length > 0 ? bound : [id];
}
