import { PolicyComparison, statementOf } from "../../policy/compare";
import type { PolicyDocument } from "../../policy/types";
import { accountOfArn } from "../../policy/evaluate";
import { bindingOf, documentOf, Held, isDocument, NO_ACCOUNT, ReviewContext } from "../context";
import { NamedHeld, reviewIdentityPolicies, reviewPolicy, ToldWith } from "../policy-changes";
import { Home, reachOf, reachText } from "../reach";
import { completeText, listOf, say, Sentence, words } from "../sentence";
import { changedAttributes, isChanged, ResourceChange, SideName, text } from "../../terraform/stack-plan";
import { mostDangerousFirst } from "../../policy/danger";
import { actionNames, whoIs } from "../statements";
import type { Area } from "../types";
import { holdsForBreakGlass } from "./memberships";
import { Holder, POLICY_HOLDERS } from "./policy-holders";

/** Policy documents wherever an argument holds one: what they let whom do, from nothing, into nothing, and from one text to another. */

/** A policy of an endpoint that nobody has written lets everything through. */
const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
};

/**
 * @param areaOf area of a resource of the table
 * @param readElsewhere types whose other arguments another area reads
 */
export function reviewDocuments(
  context: ReviewContext,
  areaOf: (resource: ResourceChange) => Area,
  readElsewhere: (resource: ResourceChange) => boolean,
): void {
  for (const [type, holder] of Object.entries(POLICY_HOLDERS))
    for (const resource of context.ofType(type)) {
      if (!isChanged(resource)) continue;
      const said = context.mentions();
      for (const [attribute, kind] of Object.entries(holder.documents))
        reviewDocument(context, resource, holder, attribute, kind, areaOf(resource));
      if (readElsewhere(resource)) continue;
      context.understand(resource);
      reviewOthers(context, resource, holder, areaOf(resource), context.mentions() > said);
    }
}

function nameOf(resource: ResourceChange, { named = "name" }: Holder): string {
  for (const side of [resource.after, resource.before]) {
    const value = text(side, named) ?? text(side, "name");
    // A reference names nothing to people; the resource's own address does.
    if (value && !value.includes("${")) return value;
  }
  const prefix = text(resource.after ?? resource.before, `${named}_prefix`);
  return prefix ? `${prefix}… (${resource.address})` : resource.address;
}

export function homeOf(context: ReviewContext, resource: ResourceChange): Home {
  const accountId = accountOf(resource);
  return { ...(accountId ? { accountId } : {}), organization: context.names.organization };
}

/** From an ARN of its own or of what it is attached to, or from its provider. */
function accountOf(resource: ResourceChange): string | undefined {
  for (const side of [resource.after, resource.before])
    for (const name of ["arn", "resource_arn", "secret_arn", "topic_arn", "cluster_arn"]) {
      const account = accountOfArn(text(side, name) ?? "");
      if (account && /^\d{12}$/.test(account)) return account;
    }
  return resource.account;
}

function reviewDocument(
  context: ReviewContext,
  resource: ResourceChange,
  holder: Holder,
  attribute: string,
  kind: "resource" | "identity" | "endpoint",
  area: Area,
): void {
  const subject = say`${words(holder.what)} ${nameOf(resource, holder)}`;
  const held = (side: SideName): Held => {
    // What the configuration does not write AWS fills in: its default lets the resource's own account in, and nobody else.
    if (side === "after" && resource.unknown.has(attribute) && resource.written && !resource.written.has(attribute))
      return resource.before ? documentOf(resource, attribute, "before") : "absent";
    const own = documentOf(resource, attribute, side);
    return own === "absent" && kind === "endpoint" && (resource[side] !== undefined || holder.policyOnly)
      ? { document: EVERYTHING }
      : own;
  };
  const [before, after] = [held("before"), held("after")];
  if (isDocument(before) && before === after) return;
  // With the resource goes its policy.
  if (!resource.after && !holder.policyOnly) return;
  const named = (one: Held): readonly NamedHeld[] => (one === "absent" ? [] : [{ name: attribute, held: one }]);
  const home = homeOf(context, resource);
  const arn = text(resource.after ?? resource.before, "arn");
  const common = {
    subject,
    what: words("its policy"),
    area,
    resources: [resource],
    setting: {
      accountId: home.accountId ?? NO_ACCOUNT,
      resource: arn ?? "arn:aws:example:::example",
      filter: kind === "endpoint" || holder.identitySuffices === false,
    },
  };
  if (kind === "identity") {
    reviewIdentityPolicies(context, {
      ...common,
      before: named(before),
      after: named(after),
      othersAllow: true,
      ...(holdsForBreakGlass(context, resource) ? { lossClass: "destroys-guard" as const } : {}),
    });
    return;
  }
  // A first policy of something that was there before is a change of that.
  const creation = !resource.before && (!holder.policyOnly || isForNew(context, resource));
  const gained = reviewPolicy(context, {
    ...common,
    kind: "resource",
    before: named(before),
    after: named(after),
    gains: (comparison) => uses(subject, comparison.gained, "may now", home, creation),
    losses: (comparison) =>
      uses(subject, comparison.lost, "may no longer", home, false).map((told) => endOfObservation(context, told)),
  });
  if (holder.identitySuffices === false || kind === "endpoint" || gained) return;
  // Who is in the account needs no Allow of this policy; a Deny binds him all the same.
  const denials = (one: Held): readonly NamedHeld[] => [
    {
      name: attribute,
      held: isDocument(one)
        ? {
            document: {
              ...EVERYTHING,
              Statement: [...one.document.Statement.filter(({ Effect }) => Effect === "Deny"), ...EVERYTHING.Statement],
            },
          }
        : one === "absent"
          ? { document: EVERYTHING }
          : one,
    },
  ];
  if ([before, after].every((one) => isDocument(one) || one === "absent"))
    reviewPolicy(context, {
      ...common,
      kind: "resource",
      before: denials(before),
      after: denials(after),
      gains: ({ gained: list }) => [
        {
          sentence: say`${subject}: ${listOf(mostDangerousFirst(actionNames(list)), 4)} ${words("is no longer denied there to whoever has the permission.")}`,
        },
      ],
      losses: ({ lost }) => [
        {
          sentence: say`${subject}: ${listOf(mostDangerousFirst(actionNames(lost)), 4)} ${words("is now denied there, whoever has the permission.")}`,
        },
      ],
    });
}

/** Whether something that a resource refers to is made in the same stack. */
function isForNew(context: ReviewContext, resource: ResourceChange): boolean {
  const addresses = new Set(Object.values(resource.references).flat());
  return context.plans.some(
    ({ name, resources }) =>
      name === resource.stack &&
      resources.some(
        ({ address, type, name: called, before, actions }) =>
          !before && actions.includes("create") && (addresses.has(address) || addresses.has(`${type}.${called}`)),
      ),
  );
}

/**
 * Who may do what with the holder of a resource policy.
 *
 * @param creation the holder is new: that its own account uses it widens nothing
 */
export function uses(
  subject: Sentence,
  witnesses: PolicyComparison["gained"],
  verb: string,
  home: Home,
  creation: boolean,
): readonly ToldWith[] {
  const groups = new Map<
    string,
    { readonly who: Sentence; readonly own: boolean; readonly witnesses: PolicyComparison["gained"][number][] }
  >();
  for (const witness of witnesses) {
    // Of the principal that the request is of: a statement may let in several, from near and far.
    const reach = reachOf(
      "among" in witness.atom.principal ? witness.atom.origin.source : statementOf(witness.atom),
      home,
    );
    const who = say`${whoIs(witness)}${reachText(reach, home)}`;
    const group = groups.get(completeText(who)) ?? { who, own: reach === "own", witnesses: [] };
    group.witnesses.push(witness);
    groups.set(completeText(who), group);
  }
  return [...groups.values()].map(({ who, own, witnesses: some }) => ({
    sentence: say`${subject}: ${who} ${words(verb)} use ${listOf(mostDangerousFirst(actionNames(some)), 4)} there.`,
    witnesses: some,
    ...(creation && own ? { class: "neutral" as const } : {}),
  }));
}

/** That a role may no longer forward what it observed goes with the observation, which is told by itself. */
function endOfObservation({ forwardersOfEnded }: ReviewContext, told: ToldWith): ToldWith {
  const names = (told.witnesses ?? []).map(({ request }) => request.principal.arn.split("/").at(-1) ?? "");
  const ends = names.length > 0 && names.every((name) => forwardersOfEnded.some((one) => one.test(name)));
  return ends ? { ...told, class: "neutral" } : told;
}

/** The other arguments, and what nothing has been said of yet. */
function reviewOthers(
  context: ReviewContext,
  resource: ResourceChange,
  holder: Holder,
  area: Area,
  said: boolean,
): void {
  const subject = say`${words(holder.what)} ${nameOf(resource, holder)}`;
  const add = (cls: "neutral" | "strengthens" | "unknown", sentence: Sentence, attributes?: readonly string[]): void =>
    context.add({
      class: cls,
      area,
      sentence,
      resources: [resource],
      binding: bindingOf(resource, attributes),
    });
  if (!resource.before || !resource.after) {
    const opens = ["acl", "grant", "role", "cross_account_access"].filter(
      (name) =>
        resource.after?.[name] !== undefined && resource.after[name] !== null && resource.after[name] !== "private",
    );
    if (!resource.before && opens.length > 0)
      add("unknown", say`${subject} is new, and ${listOf(opens)} decides who may use it or what it may do.`);
    else if (!said || !holder.policyOnly)
      add(
        resource.before && !holder.policyOnly ? "strengthens" : "neutral",
        resource.before
          ? say`${subject} is deleted${words(holder.policyOnly ? "; it allowed and denied nothing" : ": whoever could use it no longer can")}.`
          : say`${subject} is new${words(said ? "" : "; nobody outside of its account may use it")}.`,
      );
    return;
  }
  const harmless = new Set([...(holder.harmless ?? []), ...Object.keys(holder.documents)]);
  const rest = changedAttributes(resource).filter((name) => !harmless.has(name));
  if (rest.length > 0) add("unknown", say`${subject}: ${listOf(rest)} changes.`, rest);
}
