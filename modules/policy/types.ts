/**
 * IAM policy documents as typed data.
 *
 * Source: "Grammar of the IAM JSON policy language",
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

export type OneOrMany<T> = T | readonly T[];

/** `"*"`, or principals by kind: `AWS`, `Service`, `Federated`, `CanonicalUser`. */
export type PrincipalElement = "*" | { readonly [kind: string]: OneOrMany<string> };

/** Operator (`StringEquals`, `ForAnyValue:ArnLike`, `BoolIfExists` …) → condition key → values. */
export type ConditionElement = {
  readonly [operator: string]: { readonly [key: string]: OneOrMany<string> };
};

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: PrincipalElement;
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: ConditionElement;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17" | "2008-10-17";
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}
