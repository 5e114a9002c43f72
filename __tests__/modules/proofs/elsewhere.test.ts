import { open, rcp, Trap } from "./trap";

/**
 * Whoever comes from another account is where its own account is, and a service of AWS is in no organization: an RCP that asks for the place of
 * the principal does not see the place of the resource.
 */

const assuming = (Condition: object): Trap =>
  rcp("ou-exmp-workload", { Effect: "Deny", Action: "sts:AssumeRole", Resource: "*", Condition });

const SERVICE = ["clean-up|Workloads|remediation|denied"];
const PEOPLE = [
  "clean-up|Workloads|inventory|denied",
  "clean-up|Workloads|retirement|denied",
  "no-lock-out|Workloads|break-glass-user|denied",
  "still-manageable|Workloads|pipeline-apply|denied",
  "still-manageable|Workloads|pipeline-plan|denied",
];

test.each<readonly [name: string, condition: object, shutOut: readonly string[]]>([
  [
    "an organization's id that services of AWS do not have",
    { StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } },
    SERVICE,
  ],
  ["no organization's id", { Null: { "aws:PrincipalOrgID": "true" } }, SERVICE],
  [
    "the same, sparing services",
    {
      StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" },
      BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    },
    [],
  ],
  [
    "a path that is not the resource's own",
    {
      "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": "o-exampleorg1/r-exmp/ou-exmp-workload/*" },
      BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    },
    PEOPLE,
  ],
  [
    "the path of the management account",
    { "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": "o-exampleorg1/r-exmp/" } },
    PEOPLE,
  ],
  [
    "a path below which nobody is who comes in",
    { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-exampleorg1/r-exmp/ou-exmp-workload/*" } },
    [],
  ],
])("an RCP on roles of Workloads that asks for %s", (_, condition, shutOut) => {
  expect(open(assuming(condition)).sort()).toEqual(shutOut);
});
