import { decide, everyRole, RequestSet } from "../../../../modules/policy/decide";
import type { PolicySet } from "../../../../modules/policy/evaluate";
import { FULL_AWS_ACCESS } from "../../../../modules/policy/evaluate";
import type { PolicyStatement } from "../../../../modules/policy/types";

/** However many wildcards a pattern has: steps grow with pattern and text, not with what the wildcards could be. Counted, not timed. */

const ACCOUNT = "111111111111";
const SET: RequestSet = {
  principals: [everyRole(ACCOUNT)],
  actions: { like: ["iam:CreateRole"] },
  resources: { like: [`arn:aws:iam::${ACCOUNT}:role/*`], except: [`arn:aws:iam::${ACCOUNT}:role/keyless/*`] },
};

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const FORMS: Readonly<Record<string, (stars: number) => string>> = {
  "different letters": (stars) => `*${[...LETTERS.slice(0, stars - 1)].map((letter) => `${letter}*`).join("")}`,
  "one letter": (stars) => "*a".repeat(stars),
  "with question marks": (stars) => "*a?".repeat(stars),
  slashes: (stars) => "*/".repeat(stars),
};

const PLACES: Readonly<Record<string, (pattern: string) => Partial<PolicyStatement>>> = {
  resource: (pattern) => ({ Resource: `arn:aws:iam::*:role/${pattern}` }),
  principal: (pattern) => ({ Condition: { ArnNotLike: { "aws:PrincipalArn": `arn:aws:iam::*:role/${pattern}` } } }),
  tag: (pattern) => ({ Condition: { StringLike: { "aws:PrincipalTag/a": [pattern, `${pattern}b`] } } }),
};

test.each(Object.keys(FORMS).flatMap((form) => Object.keys(PLACES).map((place) => [form, place] as const)))(
  "22 stars, %s, in a %s",
  (form, place) => {
    const statement = { Effect: "Deny", Action: "iam:*", Resource: "*", ...PLACES[place]!(FORMS[form]!(22)) } as const;
    const policies: PolicySet = {
      scps: [[FULL_AWS_ACCESS, { name: "stars", document: { Version: "2012-10-17", Statement: [statement] } }]],
    };
    const { verdict, steps } = decide(SET, policies);
    expect(verdict).toBe("mixed");
    expect(steps).toBeLessThan(5_000);
  },
);
