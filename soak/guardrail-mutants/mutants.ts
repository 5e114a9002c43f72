import { asList } from "../../modules/policy/document";
import type { ConditionElement, PolicyStatement } from "../../modules/policy/types";

/** A list of statements with one change that weakens it, or binds more than was meant. */
export interface Mutant {
  /** Says what was changed, from the statement's Sid on. */
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
}

const ELSEWHERE = "999999999999";

/** Every single change of a list of Deny statements: whole statements, actions, resources, and conditions by value, key and operator. */
export function mutants(statements: readonly PolicyStatement[]): readonly Mutant[] {
  return statements.flatMap((statement, i) => {
    const instead = (name: string, changed: PolicyStatement | undefined): Mutant => ({
      name: `${statement.Sid}: ${name}`,
      statements: [...statements.slice(0, i), ...(changed ? [changed] : []), ...statements.slice(i + 1)],
    });
    return [
      instead("the statement is gone", undefined),
      ...listMutants(asList(statement.Action), narrowedAction).map(({ name, list }) =>
        instead(`Action ${name}`, { ...statement, Action: list }),
      ),
      ...(statement.Resource === undefined
        ? []
        : listMutants(asList(statement.Resource), narrowedResource).map(({ name, list }) =>
            instead(`Resource ${name}`, { ...statement, Resource: list }),
          )),
      ...(statement.NotResource === undefined
        ? []
        : listMutants(asList(statement.NotResource), widened).map(({ name, list }) =>
            instead(`NotResource ${name}`, { ...statement, NotResource: list }),
          )),
      ...conditionMutants(statement.Condition ?? {}).map(({ name, condition }) =>
        instead(name, withCondition(statement, condition)),
      ),
    ];
  });
}

/** Each entry left out where another stays, and each entry changed. */
function listMutants(
  values: readonly string[],
  change: (value: string) => readonly string[],
): readonly { readonly name: string; readonly list: readonly string[] }[] {
  return values.flatMap((value, i) => [
    ...(values.length > 1 ? [{ name: `without ${value}`, list: [...values.slice(0, i), ...values.slice(i + 1)] }] : []),
    ...change(value).map((changed) => ({
      name: `${value} → ${changed}`,
      list: [...values.slice(0, i), changed, ...values.slice(i + 1)],
    })),
  ]);
}

/** A pattern that matches less. */
function narrowedAction(action: string): readonly string[] {
  if (action === "*") return ["iam:*", "s3:*"];
  return action.includes("*") ? [action.replaceAll("*", "")] : [];
}

function narrowedResource(resource: string): readonly string[] {
  if (resource === "*") return [`arn:aws:iam::${ELSEWHERE}:*`];
  const parts = resource.split(":");
  const found: string[] = [];
  // Another account, another region, one name instead of all that begin so.
  for (const field of [3, 4])
    if (parts[field] === "*")
      found.push(parts.map((part, i) => (i === field ? (field === 3 ? "us-gov-west-1" : ELSEWHERE) : part)).join(":"));
  if (/\*$/.test(resource)) found.push(resource.replace(/\*$/, ""));
  return found;
}

/** A pattern that matches more: longer names, other paths, other accounts. */
function widened(arn: string): readonly string[] {
  const parts = arn.split(":");
  // Values of claims: longer ones, and those of other owners.
  if (parts[0] !== "arn" || parts.length < 6)
    return [...(arn.endsWith("*") ? [] : [`${arn}*`]), `*${arn}`, `${arn.slice(0, arn.indexOf(":") + 1)}*`].filter(
      (changed) => changed !== arn,
    );
  const resource = parts.slice(5).join(":");
  const cut = resource.lastIndexOf("/") + 1;
  const head = parts.slice(0, 5).join(":");
  return [
    ...(resource.endsWith("*") ? [] : [`${head}:${resource}*`]),
    ...(cut > 0
      ? [
          `${head}:${resource.slice(0, cut)}*${resource.slice(cut).replace(/^\*/, "")}`,
          `${head}:${resource.slice(0, resource.indexOf("/") + 1)}*/${resource.slice(cut)}`,
        ]
      : []),
    ...(parts[4] !== "*" && parts[4] !== "" ? [`${parts.slice(0, 4).join(":")}:*:${resource}`] : []),
  ].filter((changed) => changed !== arn);
}

/** Operators that mean the opposite. */
const OPPOSITE: Readonly<Record<string, string>> = {
  ArnLike: "ArnNotLike",
  ArnNotLike: "ArnLike",
  ArnEquals: "ArnNotEquals",
  ArnNotEquals: "ArnEquals",
  StringEquals: "StringNotEquals",
  StringNotEquals: "StringEquals",
  StringLike: "StringNotLike",
  StringNotLike: "StringLike",
  DateGreaterThan: "DateLessThan",
  DateLessThanEquals: "DateGreaterThan",
};

function conditionMutants(
  condition: ConditionElement,
): readonly { readonly name: string; readonly condition: ConditionElement }[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, given]) => {
      const values = asList(given);
      const put = (
        changed: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>,
      ): ConditionElement => {
        const { [key]: _, ...others } = keys;
        const rest = Object.fromEntries(Object.entries(condition).filter(([name]) => name !== operator));
        const base: Record<string, Record<string, string | readonly string[]>> = {
          ...rest,
          ...(Object.keys(others).length > 0 ? { [operator]: others } : {}),
        };
        for (const [name, block] of Object.entries(changed)) base[name] = { ...base[name], ...block };
        return base;
      };
      const negated = /Not/.test(operator);
      const sameOperator = (list: readonly string[]): ConditionElement => put({ [operator]: { [key]: list } });
      const changeOf = (value: string): readonly string[] =>
        value === "true"
          ? ["false"]
          : value === "false"
            ? ["true"]
            : negated
              ? widened(value)
              : narrowedResource(value);
      return [
        { name: `${operator} ${key} is gone`, condition: put({}) },
        {
          name: `${operator} ${key} asks for another key`,
          condition: put({ [operator]: { "aws:PrincipalTag/nobody": given } }),
        },
        ...(OPPOSITE[operator]
          ? [
              {
                name: `${operator} ${key} → ${OPPOSITE[operator]}`,
                condition: put({ [OPPOSITE[operator]]: { [key]: given } }),
              },
            ]
          : []),
        ...(operator.endsWith("IfExists")
          ? [
              {
                name: `${operator} ${key} without IfExists`,
                condition: put({ [operator.replace("IfExists", "")]: { [key]: given } }),
              },
            ]
          : []),
        ...listMutants(values, changeOf).map(({ name, list }) => ({
          name: `${operator} ${key} ${name}`,
          condition: sameOperator(list),
        })),
        // One more principal that is spared.
        ...(negated && values.some((value) => value.startsWith("arn:"))
          ? [
              {
                name: `${operator} ${key} spares administrators too`,
                condition: sameOperator([...values, "arn:aws:iam::*:role/Admin"]),
              },
            ]
          : []),
      ];
    }),
  );
}

function withCondition({ Condition: _, ...rest }: PolicyStatement, condition: ConditionElement): PolicyStatement {
  return Object.keys(condition).length === 0 ? rest : { ...rest, Condition: condition };
}
