import { GUARDRAILS } from "../modules/sections/guardrails/catalogue/guardrails";
import type { PolicyStatement } from "../modules/policy/types";
import { actionName, expandAction } from "../modules/policy/vocabulary";

/**
 * Statements in the shapes that organizations write, of actions that AWS has: regions, protected roles, tags, networks, encryption, services
 * that are not used. Nothing is anybody's own. The same numbers give the same statements.
 */

/** Services whose actions the statements deny. */
const SERVICES = [
  "ec2", "s3", "rds", "lambda", "dynamodb", "ecs", "eks", "kms", "logs", "cloudtrail", "config", "guardduty", "secretsmanager", "sqs",
  "sns", "redshift", "sagemaker", "glue", "athena", "elasticache",
]; // prettier-ignore

/** A careful organization spares those who repair. */
const SPARED = ["SecurityBreakGlass", "OrganizationAccountAccessRole", "stacksets-exec-*", "keyless/*"].map(
  (name) => `arn:aws:iam::*:role/${name}`,
);

const actionsOf = new Map<string, readonly string[]>();

/** Some writing actions of a service, from the service authorization reference. */
function actions(service: string, from: number, count: number): readonly string[] {
  const all =
    actionsOf.get(service) ??
    expandAction(`${service}:*`)
      .filter(({ reference }) => reference.accessLevel === "Write")
      .map(actionName);
  actionsOf.set(service, all);
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[(from * 7 + i) % all.length]!).sort();
}

type Shape = (policy: number, number: number, service: string) => PolicyStatement;

const but = (...names: readonly string[]) => ({
  ArnNotLike: { "aws:PrincipalArn": [...SPARED, ...names.map((name) => `arn:aws:iam::*:role/${name}`)] },
});
const deny = (Action: readonly string[], Condition?: PolicyStatement["Condition"]): PolicyStatement => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  ...(Condition ? { Condition } : {}),
});

const SHAPES: readonly Shape[] = [
  (policy) => ({
    Effect: "Deny",
    NotAction: ["iam:*", "sts:*", "organizations:*", "sso:*", "support:*", "route53:*", "cloudfront:*"],
    Resource: "*",
    Condition: {
      StringNotEquals: { "aws:RequestedRegion": ["eu-central-1", `eu-west-${(policy % 3) + 1}`] },
      ...but(),
    },
  }),
  (policy, number, service) => deny(actions(service, policy + number, 4), but(`team-${policy}-*`)),
  (policy) => ({
    Effect: "Deny",
    Action: ["iam:Attach*", "iam:Delete*", "iam:Detach*", "iam:Put*", "iam:Update*"],
    Resource: [`arn:aws:iam::*:role/team-${policy}-*`, `arn:aws:iam::*:policy/team-${policy}-*`],
    Condition: but(`team-${policy}-admin`),
  }),
  (policy, number, service) =>
    deny(actions(service, number, 3), { Null: { [`aws:RequestTag/cost-center-${policy % 5}`]: "true" }, ...but() }),
  (_, number, service) =>
    deny(actions(service, number + 3, 5), { StringEquals: { "aws:ResourceTag/protected": "true" }, ...but() }),
  (policy) =>
    deny(["ec2:RunInstances"], { StringNotEquals: { "ec2:InstanceType": [`m${(policy % 3) + 5}.large`, "t3.micro"] } }),
  () => deny(["ec2:RunInstances"], { NumericGreaterThan: { "ec2:MetadataHttpPutResponseHopLimit": "1" } }),
  (policy, number, service) =>
    deny(actions(service, policy, 3), {
      NotIpAddressIfExists: { "aws:SourceIp": [`10.${policy}.0.0/16`, "203.0.113.0/24"] },
      BoolIfExists: { "aws:ViaAWSService": "false" },
      ...but(`ci-${number}`),
    }),
  (policy) => ({
    ...deny(["s3:PutObject"], { StringNotEqualsIfExists: { "s3:x-amz-server-side-encryption": "aws:kms" } }),
    Resource: [`arn:aws:s3:::team-${policy}-*/*`],
  }),
  (_, number, service) =>
    deny(actions(service, number + 11, 3), { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" }, ...but("ci-*") }),
  (policy, number) =>
    deny([`${SERVICES[(policy + number) % SERVICES.length]}:Purchase*`, "ec2:PurchaseReservedInstancesOffering"]),
  (policy, number) => {
    // As some guardrails say it, for a name of this organization's own.
    const listed = GUARDRAILS.map(({ id }) => id);
    return {
      ...deny(["iam:DeleteRole", "iam:DetachRolePolicy", "iam:UpdateAssumeRolePolicy"], but()),
      Resource: [`arn:aws:iam::*:role/${listed[(policy + number) % listed.length]}-${policy}`],
    };
  },
];

/** So many statements of one policy. */
export function foreignStatements(policy: number, count: number): readonly PolicyStatement[] {
  return Array.from({ length: count }, (_, number) => ({
    Sid: `S${number}`,
    ...SHAPES[(number + policy) % SHAPES.length]!(policy, number, SERVICES[(policy * 3 + number) % SERVICES.length]!),
  }));
}
