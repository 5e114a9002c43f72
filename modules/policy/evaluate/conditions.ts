import { BlockList, isIP } from "node:net";
import { arnMatches, arnPattern, glob, resolve, Template, template, UNRESOLVED } from "./patterns";
import { ABSENT, NOT_KNOWN, PreparedRequest } from "./request";
import { formMatches } from "./form-matches";
import type { FormPart } from "./user-id";
import { and, every, FALSE, not, some, TRUE, Truth, truth, UNKNOWN } from "./truth";

/**
 * The Condition element: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */

/** Compares one value of the request with one value of the policy. */
type Comparison = (value: string, request: PreparedRequest) => Truth;
/** Makes the comparison for a value of a policy, once. */
type Operator = {
  readonly negated: boolean;
  readonly compare: (policyValue: string, withVariables: boolean) => Comparison;
  /** The same for every value of a form. Absent: not known. */
  readonly compareForm?: (policyValue: string, withVariables: boolean) => (form: readonly FormPart[]) => Truth;
};

/** With variables: string and ARN operators only. A text that matches nothing is `FALSE` as it is; negated it is not documented. */
function textual(
  wildcards: boolean,
  matches: (value: string, pattern: string) => Truth,
  ignoringCase = false,
): (negated: boolean) => Operator {
  return (negated) => ({
    negated,
    compareForm: (policyValue, withVariables) => {
      const { fixed } = template(policyValue, wildcards, withVariables);
      return (form) => (fixed === undefined ? UNKNOWN : formMatches(form, fixed, ignoringCase));
    },
    compare: (policyValue, withVariables) => {
      const text = template(policyValue, wildcards, withVariables);
      const { fixed } = text;
      return fixed === undefined
        ? (value, request) => withPattern(text, negated, request, (pattern) => matches(value, pattern))
        : (value) => matches(value, fixed);
    },
  });
}

const arn = (negated: boolean): Operator => ({
  negated,
  compare: (policyValue, withVariables) => {
    const text = template(policyValue, true, withVariables);
    const fixed = text.arn;
    return fixed === undefined
      ? (value, request) => withPattern(text, negated, request, (pattern) => arnMatches(value, arnPattern(pattern)))
      : (value) => arnMatches(value, fixed);
  },
});

function withPattern(
  text: Template,
  negated: boolean,
  request: PreparedRequest,
  matches: (pattern: string) => Truth,
): Truth {
  const pattern = resolve(text, request);
  if (pattern === NOT_KNOWN) return UNKNOWN;
  if (pattern === UNRESOLVED) return negated ? UNKNOWN : FALSE;
  return matches(pattern);
}

function numeric(test: (value: number, wanted: number) => boolean): (negated: boolean) => Operator {
  return (negated) => ({
    negated,
    compare: (policyValue) => {
      const wanted = number(policyValue);
      return (text) => {
        const value = number(text);
        return value === undefined || wanted === undefined ? UNKNOWN : truth(test(value, wanted));
      };
    },
  });
}

export function number(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : undefined;
}

function date(test: (value: number, wanted: number) => boolean): (negated: boolean) => Operator {
  return (negated) => ({
    negated,
    compare: (policyValue) => {
      const wanted = instant(policyValue);
      return (text) => {
        const value = instant(text);
        return value === undefined || wanted === undefined ? UNKNOWN : truth(test(value, wanted));
      };
    },
  });
}

/** Milliseconds of an ISO 8601 date or of epoch seconds; four digits could be both, and a time without a zone has no documented meaning. */
export function instant(text: string): number | undefined {
  if (/^\d{4}$/.test(text)) return undefined;
  if (/^\d{1,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?)?$/.test(text)) return undefined;
  const parsed = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(parsed) ? undefined : parsed;
}

const ipAddress = (negated: boolean): Operator => ({
  negated,
  compare: (policyValue) => {
    const [network = "", bits] = policyValue.split("/");
    const family = isIP(network);
    const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128))
      return () => UNKNOWN;
    const list = new BlockList();
    list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
    return (value) => {
      const valueFamily = isIP(value);
      if (valueFamily === 0) return UNKNOWN;
      // AWS keeps the two families apart; BlockList would see IPv4 in an address such as ::ffff:10.0.0.1.
      return truth(valueFamily === family && list.check(value, family === 4 ? "ipv4" : "ipv6"));
    };
  },
});

const bool: Operator = {
  negated: false,
  compare: (policyValue) => {
    const wanted = policyValue.toLowerCase();
    if (wanted !== "true" && wanted !== "false") return () => UNKNOWN;
    return (value) => (/^(true|false)$/i.test(value) ? truth(value.toLowerCase() === wanted) : UNKNOWN);
  },
};

const binary: Operator = { negated: false, compare: (policyValue) => (value) => truth(value === policyValue) };

const equal = (value: string, pattern: string): Truth => truth(value === pattern);
const equalIgnoringCase = (value: string, pattern: string): Truth =>
  truth(value.toLowerCase() === pattern.toLowerCase());
const like = (value: string, pattern: string): Truth => truth(glob(value, pattern));

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: textual(false, equal)(false),
  StringNotEquals: textual(false, equal)(true),
  StringEqualsIgnoreCase: textual(false, equalIgnoringCase, true)(false),
  StringNotEqualsIgnoreCase: textual(false, equalIgnoringCase, true)(true),
  StringLike: textual(true, like)(false),
  StringNotLike: textual(true, like)(true),
  ArnEquals: arn(false),
  ArnLike: arn(false),
  ArnNotEquals: arn(true),
  ArnNotLike: arn(true),
  NumericEquals: numeric((a, b) => a === b)(false),
  NumericNotEquals: numeric((a, b) => a === b)(true),
  NumericLessThan: numeric((a, b) => a < b)(false),
  NumericLessThanEquals: numeric((a, b) => a <= b)(false),
  NumericGreaterThan: numeric((a, b) => a > b)(false),
  NumericGreaterThanEquals: numeric((a, b) => a >= b)(false),
  DateEquals: date((a, b) => a === b)(false),
  DateNotEquals: date((a, b) => a === b)(true),
  DateLessThan: date((a, b) => a < b)(false),
  DateLessThanEquals: date((a, b) => a <= b)(false),
  DateGreaterThan: date((a, b) => a > b)(false),
  DateGreaterThanEquals: date((a, b) => a >= b)(false),
  Bool: bool,
  BinaryEquals: binary,
  IpAddress: ipAddress(false),
  NotIpAddress: ipAddress(true),
};

/** Names of all condition operators without prefix and suffix, `Null` included. */
export const CONDITION_OPERATORS: readonly string[] = [...Object.keys(OPERATORS), "Null"].sort();

/** One operator with one key. */
export interface CompiledCondition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** As written. */
  readonly key: string;
  readonly values: readonly string[];
  readonly test: (request: PreparedRequest) => Truth;
}

export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  withVariables: boolean,
): CompiledCondition {
  return { operator, key, values, test: compileTest(operator, key.toLowerCase(), values, withVariables) };
}

function compileTest(
  written: string,
  key: string,
  values: readonly string[],
  withVariables: boolean,
): (request: PreparedRequest) => Truth {
  const [, set, base = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(written) ?? [];
  if (base === "Null" && !set && !ifExists) return nullTest(key, values);
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (!operator) return () => UNKNOWN;
  const comparisons = values.map((value) => operator.compare(value, withVariables));
  // A negated operator holds where no value of the policy matches.
  const holds = (value: string, request: PreparedRequest): Truth => {
    const matched = some(comparisons, (compare) => compare(value, request));
    return operator.negated ? not(matched) : matched;
  };
  const forms = values.map((value) => operator.compareForm?.(value, withVariables));
  const holdsForm = (form: readonly FormPart[]): Truth => {
    const matched = some(forms, (compare) => compare?.(form) ?? UNKNOWN);
    return operator.negated ? not(matched) : matched;
  };
  const absent: Truth = ifExists || set === "ForAllValues" ? TRUE : truth(set === undefined && operator.negated);
  return (request) => {
    const found = request.values(key);
    if (found === NOT_KNOWN) {
      const form = request.formOf(key);
      return form ? holdsForm(form) : UNKNOWN;
    }
    if (found === ABSENT) return absent;
    if (set === "ForAllValues") return every(found, (value) => holds(value, request));
    if (set === "ForAnyValue") return some(found, (value) => holds(value, request));
    // A multivalued key needs a set operator; what AWS does without one is not documented.
    return request.isMultivalued(key) ? UNKNOWN : holds(found[0]!, request);
  };
}

function nullTest(key: string, values: readonly string[]): (request: PreparedRequest) => Truth {
  return (request) => {
    const found = request.values(key);
    if (found === NOT_KNOWN && !request.formOf(key)) {
      const both = values.some((v) => v.toLowerCase() === "true") && values.some((v) => v.toLowerCase() === "false");
      return both ? TRUE : UNKNOWN;
    }
    return some(values, (value) =>
      /^(true|false)$/i.test(value) ? truth((value.toLowerCase() === "true") === (found === ABSENT)) : UNKNOWN,
    );
  };
}

/** All conditions of a statement hold. */
export function conditionsHold(conditions: readonly CompiledCondition[], request: PreparedRequest): Truth {
  let result: Truth = TRUE;
  for (const condition of conditions) {
    result = and(result, condition.test(request));
    if (result === FALSE) return FALSE;
  }
  return result;
}
