import { asList } from "../document";
import type { OneOrMany, PolicyStatement } from "../types";
import type { NamedPolicy, PolicySet } from "./types";

/** What policies speak of, as it is written: from these values witnesses and boundary cases can be made. Everything sorted. */
export interface InterestingValues {
  /** Of `Action` and `NotAction`. */
  readonly actions: readonly string[];
  /** Of `Resource` and `NotResource`. */
  readonly resources: readonly string[];
  /** Of `Principal` and `NotPrincipal`; `aws:PrincipalArn` is among the keys. */
  readonly principals: readonly string[];
  readonly keys: readonly InterestingKey[];
}

export interface InterestingKey {
  /** As it is written first. */
  readonly key: string;
  readonly operators: readonly string[];
  readonly values: readonly string[];
}

export function interestingValues(policies: readonly NamedPolicy[] | PolicySet): InterestingValues {
  const list = Array.isArray(policies) ? (policies as readonly NamedPolicy[]) : policiesOf(policies as PolicySet);
  const actions = new Set<string>();
  const resources = new Set<string>();
  const principals = new Set<string>();
  const keys = new Map<
    string,
    { readonly key: string; readonly operators: Set<string>; readonly values: Set<string> }
  >();
  const addAll = (set: Set<string>, values: OneOrMany<string> | undefined): void =>
    asList(values).forEach((value) => set.add(value));
  for (const { document } of list) {
    for (const statement of asList(document.Statement as OneOrMany<PolicyStatement>)) {
      addAll(actions, statement.Action);
      addAll(actions, statement.NotAction);
      addAll(resources, statement.Resource);
      addAll(resources, statement.NotResource);
      for (const element of [statement.Principal, statement.NotPrincipal]) {
        if (typeof element === "string") principals.add(element);
        else Object.values(element ?? {}).forEach((values) => addAll(principals, values));
      }
      for (const [operator, tests] of Object.entries(statement.Condition ?? {})) {
        for (const [key, values] of Object.entries(tests)) {
          const entry = keys.get(key.toLowerCase()) ?? { key, operators: new Set<string>(), values: new Set<string>() };
          keys.set(key.toLowerCase(), entry);
          entry.operators.add(operator);
          asList(values).forEach((value) => entry.values.add(String(value)));
        }
      }
    }
  }
  return {
    actions: [...actions].sort(),
    resources: [...resources].sort(),
    principals: [...principals].sort(),
    keys: [...keys]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { key, operators, values }]) => ({ key, operators: [...operators].sort(), values: [...values].sort() })),
  };
}

/** All policies of a set, in the order of the layers. */
export function policiesOf({ scps, rcps, identity, boundary, session, resource }: PolicySet): readonly NamedPolicy[] {
  return [
    ...(scps ?? []).flat(),
    ...(rcps ?? []).flat(),
    ...(identity ?? []),
    ...(boundary ? [boundary] : []),
    ...(session ?? []),
    ...(resource ? [resource] : []),
  ];
}
