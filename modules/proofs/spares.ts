import { asList } from "../policy/document";
import type { PolicyStatement } from "../policy/types";

/** A way to be spared by a Deny statement that does not lie in the principal's ARN. */
export interface Spare {
  /** Condition key as written. */
  readonly key: string;
  readonly kind: SpareKind;
  /** Values that spare, as patterns; `*` where it is not said by a list of them. */
  readonly values: readonly string[];
  /** Letters of the values count in either case. */
  readonly anyCase: boolean;
  /** A request without the key is spared. */
  readonly absent: boolean;
  /** The statement as if nobody were spared this way. */
  readonly without: PolicyStatement;
}

export type SpareKind =
  /** Somebody gives it to a principal, or to what is asked about, before the request. */
  | "principal-tag"
  | "resource-tag"
  | "session-name"
  | "source-identity"
  | "user-name"
  /** It is in the request itself. */
  | "request"
  /** It says through which service a call comes. */
  | "service"
  /** Where the account is: who moves accounts sets it. */
  | "place"
  /** AWS sets it for calls that a service makes on behalf of somebody's resource. */
  | "source"
  /** AWS says that the caller is a service of its own; on whose behalf it calls it does not say. */
  | "aws-service";

/** Keys whose value somebody sets who is not AWS. What AWS documents of each: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const KINDS: readonly (readonly [RegExp, SpareKind])[] = [
  [/^aws:principaltag\/.+$/, "principal-tag"],
  [/^(aws|iam):resourcetag\/.+$/, "resource-tag"],
  [/^(aws:userid|sts:rolesessionname)$/, "session-name"],
  [/^(aws|sts):sourceidentity$/, "source-identity"],
  [/^aws:username$/, "user-name"],
  [/^(aws:requesttag\/.+|aws:tagkeys|aws:useragent|aws:referer)$/, "request"],
  [/^(aws:viaawsservice|aws:calledvia(first|last)?)$/, "service"],
  [/^aws:(principalorgpaths|resourceorgpaths)$/, "place"],
  [
    /^aws:(sourceaccount|sourcearn|sourceorgid|sourceorgpaths|sourceowner|principalservicename|principalservicenameslist)$/,
    "source",
  ],
  [/^aws:principalisawsservice$/, "aws-service"],
];

export function spareKind(key: string): SpareKind | undefined {
  const lower = key.toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(lower))?.[1];
}

type Conditions = NonNullable<PolicyStatement["Condition"]>;

const VARIABLE = /\$\{([^},]+)[^}]*\}/g;

/** Variables of a text, as keys. */
const variables = (text: string): readonly string[] => [...text.matchAll(VARIABLE)].map(([, key]) => key!.trim());

/** A text with `*` for its variables: whatever they stand for is in it. */
export const withoutVariables = (text: string): string => text.replace(VARIABLE, "*");

/** Keys by which a Deny statement may spare, each once: in its conditions, and as variables in its values and resources. */
export function sparesOf(statement: PolicyStatement): readonly Spare[] {
  if (statement.Effect !== "Deny") return [];
  const keys = new Map<string, string>();
  const add = (key: string): void => {
    if (spareKind(key) && !keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  };
  for (const entry of entriesOf(statement.Condition ?? {})) {
    add(entry.key);
    entry.values.flatMap(variables).forEach(add);
  }
  for (const resource of [...asList(statement.Resource), ...asList(statement.NotResource)])
    variables(resource).forEach(add);
  return [...keys.values()].map((key) => spareBy(statement, key));
}

interface Entry {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const entriesOf = (conditions: Conditions): readonly Entry[] =>
  Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values: asList(values).map(String) })),
  );

/** Operators that a list of values makes false: whose values spare. */
const NEGATIVE =
  /^(ForAnyValue:|ForAllValues:)?(StringNotEquals|StringNotEqualsIgnoreCase|StringNotLike|ArnNotEquals|ArnNotLike)(IfExists)?$/i;

/** The condition holds of a request without the key. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function deniesWithout({ operator, key, values }: Entry): boolean {
  // Every call says whether a service makes it: an ordinary one says that none does.
  if (/^aws:viaawsservice$/i.test(key)) return values.every((value) => value.toLowerCase() === "false");
  if (/^null$/i.test(operator)) return values.every((value) => value.toLowerCase() === "true");
  if (/^ForAnyValue:/i.test(operator)) return false;
  return /^ForAllValues:/i.test(operator) || /IfExists$/i.test(operator) || NEGATIVE.test(operator);
}

function spareBy(statement: PolicyStatement, key: string): Spare {
  const speaksOf = ({ key: other, values }: Entry): boolean =>
    other.toLowerCase() === key.toLowerCase() ||
    values.flatMap(variables).some((one) => one.toLowerCase() === key.toLowerCase());
  const entries = entriesOf(statement.Condition ?? {});
  const about = entries.filter(speaksOf);
  const listed =
    about.length > 0 &&
    about.every((one) => one.key.toLowerCase() === key.toLowerCase() && NEGATIVE.test(one.operator));
  const rest: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key: other, values } of entries.filter((one) => !about.includes(one)))
    rest[operator] = { ...rest[operator], [other]: values };
  const named = (text: string): boolean => variables(text).some((one) => one.toLowerCase() === key.toLowerCase());
  const { Condition: _, Resource, NotResource, ...others } = statement;
  const left = asList(NotResource).filter((one) => !named(one));
  return {
    key,
    kind: spareKind(key)!,
    values: listed ? [...new Set(about.flatMap(({ values }) => values.map(withoutVariables)))] : ["*"],
    anyCase: about.some(({ operator }) => /ignorecase/i.test(operator)),
    absent: about.length === 0 || !about.every(deniesWithout),
    without: {
      ...others,
      ...(Resource === undefined
        ? {}
        : { Resource: asList(Resource).map((one) => (named(one) ? withoutVariables(one) : one)) }),
      ...(NotResource === undefined ? {} : left.length > 0 ? { NotResource: left } : { Resource: "*" }),
      ...(Object.keys(rest).length > 0 ? { Condition: rest } : {}),
    },
  };
}
