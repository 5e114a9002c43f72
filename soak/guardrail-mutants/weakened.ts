import { asList } from "../../modules/policy/document";
import type { ConditionElement, PolicyStatement } from "../../modules/policy/types";
import { expandAction } from "../../modules/policy/vocabulary";
import { resourceTypesOf } from "../../modules/policy/vocabulary/reference";
import type { Mutant } from "./mutants";

/**
 * Deny statements that leave a part out: one kind of names, one region, network, tag, session or moment. A case of one request does not see
 * them; a proof over sets must.
 */

/** One more condition under which a statement denies, by what it leaves out. */
const BESIDE: readonly (readonly [name: string, operator: string, key: string, value: string | readonly string[]])[] = [
  ["one region", "StringNotEquals", "aws:RequestedRegion", "us-west-2"],
  ["one network", "NotIpAddress", "aws:SourceIp", "192.0.2.0/24"],
  ["one network of a VPC", "StringNotEquals", "aws:SourceVpc", "vpc-0123456789abcdef0"],
  ["principals with a tag", "StringNotEquals", "aws:PrincipalTag/spared", "true"],
  ["resources with a tag", "StringNotEquals", "aws:ResourceTag/spared", "true"],
  ["requests with a tag", "StringNotEquals", "aws:RequestTag/spared", "true"],
  ["one kind of roles", "ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/Spared*"],
  ["one kind of users", "ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/Spared*"],
  ["one session name", "StringNotLike", "aws:userid", "*:spared"],
  ["one source identity", "StringNotEquals", "aws:SourceIdentity", "spared"],
  ["some accounts of principals", "StringNotEquals", "aws:PrincipalAccount", ["222222222202", "333333333303"]],
  [
    "parts of the organization",
    "ForAllValues:StringNotLike",
    "aws:PrincipalOrgPaths",
    ["security", "infrastr"].map((unit) => `o-exampleorg1/r-exmp/ou-exmp-${unit}/*`),
  ],
  ["calls through a service", "BoolIfExists", "aws:ViaAWSService", "false"],
  ["one user agent", "StringNotLike", "aws:UserAgent", "spared*"],
  ["a time", "DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"],
  ["sessions without MFA", "Bool", "aws:MultiFactorAuthPresent", "true"],
];

/** Resources that a statement leaves out: one kind of names of each type that its actions take, and one region. */
function names(statement: PolicyStatement): readonly string[] {
  const found = new Set<string>();
  for (const pattern of asList(statement.Action)) {
    if (pattern === "*") ["arn:aws:iam::*:user/svc-*", "arn:aws:s3:::svc-*"].forEach((name) => found.add(name));
    for (const { service, reference } of pattern === "*" ? [] : expandAction(pattern))
      for (const { name } of reference.resourceTypes) {
        const arn = resourceTypesOf(service).get(name)?.arn;
        if (arn === undefined) continue;
        const variables = [...arn.matchAll(/\$\{[^}]+\}/g)];
        const last = variables.filter(([text]) => !/Partition|Region|Account\}/.test(text)).at(-1);
        if (last === undefined) continue;
        const text = `${arn.slice(0, last.index)}svc-*${arn.slice(last.index + last[0].length)}`;
        found.add(text.replace("${Partition}", "aws").replaceAll(/\$\{[^}]+\}/g, "*"));
        if (arn.includes("${Region}")) found.add("arn:aws:*:us-west-2:*:*");
      }
  }
  return [...found];
}

/** The statement under one condition more; undefined where it has that condition. */
function beside(
  statement: PolicyStatement,
  operator: string,
  key: string,
  value: string | readonly string[],
): PolicyStatement | undefined {
  const condition: ConditionElement = statement.Condition ?? {};
  const block = condition[operator] ?? {};
  const before = asList(block[key]);
  const added = asList(value).filter((one) => !before.includes(one));
  // More values of an operator that is not negated would deny more.
  if (added.length === 0 || (before.length > 0 && !operator.includes("Not"))) return undefined;
  return { ...statement, Condition: { ...condition, [operator]: { ...block, [key]: [...before, ...added] } } };
}

/** ARNs of a pattern but one kind of names: `user/*` without `user/svc-*` cannot be said, so the pattern becomes two. */
function shorter(pattern: string): readonly string[] {
  const star = pattern.lastIndexOf("*");
  if (star < 0 || star !== pattern.length - 1) return [];
  return ["a*", "?"].map((end) => `${pattern.slice(0, star)}${end}`);
}

/** Every way in which one statement of a list denies less than it did, and less than any single case shows. */
export function weakened(statements: readonly PolicyStatement[]): readonly Mutant[] {
  return statements.flatMap((statement, i) => {
    const instead = (name: string, changed: PolicyStatement): Mutant => ({
      name: `${statement.Sid}: spares ${name}`,
      statements: [...statements.slice(0, i), changed, ...statements.slice(i + 1)],
    });
    const { Resource, NotResource, ...rest } = statement;
    const resources = asList(Resource);
    const left = asList(NotResource);
    return [
      ...BESIDE.flatMap(([name, operator, key, value]) => {
        const changed = beside(statement, operator, key, value);
        return changed ? [instead(name, changed)] : [];
      }),
      ...(resources.includes("*") ? names(statement).map((name) => instead(name, { ...rest, NotResource: name })) : []),
      ...(left.length > 0
        ? names(statement).map((name) => instead(name, { ...rest, NotResource: [...left, name] }))
        : []),
      ...resources.flatMap((resource, n) =>
        resource === "*"
          ? []
          : shorter(resource).map((pattern) =>
              instead(`all of ${resource} but ${pattern}`, {
                ...statement,
                Resource: [...resources.slice(0, n), pattern, ...resources.slice(n + 1)],
              }),
            ),
      ),
    ];
  });
}
