import { compile, evaluate, FULL_AWS_ACCESS, NamedPolicy, PolicyRequest, PolicySet } from "../modules/policy/evaluate";
import { policyDocument } from "../modules/policy/document";

export interface EvaluationTiming {
  readonly what: string;
  /** Of the fastest run: the others were disturbed. */
  readonly perSecond: number;
  readonly nanoseconds: number;
}

const ACCOUNT = "222222222222";
const LEVELS = 4;
const SCPS = 30;

/** A chain such as an organization has: thirty SCPs over four levels, each with two denies that spare some roles. */
function chain(): readonly (readonly NamedPolicy[])[] {
  const scp = (n: number): NamedPolicy => ({
    name: `scp-${n}`,
    document: policyDocument([
      {
        Effect: "Deny",
        Action: [`iam:Create*Key${n}`, "iam:CreateAccessKey", "iam:CreateLoginProfile"],
        Resource: "*",
        Condition: {
          ArnNotLike: { "aws:PrincipalArn": [`arn:aws:iam::*:role/Exempt${n}`, "arn:aws:iam::*:role/keyless/*"] },
        },
      },
      {
        Effect: "Deny",
        NotAction: ["iam:*", "sts:*", "s3:*", "ec2:*"],
        Resource: "*",
        Condition: { StringNotEquals: { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] } },
      },
    ]),
  });
  const scps = Array.from({ length: SCPS }, (_, n) => scp(n));
  return Array.from({ length: LEVELS }, (_, level) => [
    FULL_AWS_ACCESS,
    ...scps.filter((_scp, n) => n % LEVELS === level),
  ]);
}

const role = (n: number): PolicyRequest["principal"] => ({
  type: "role",
  arn: `arn:aws:iam::${ACCOUNT}:role/keyless/Role${n % 100}`,
});
const trust: NamedPolicy = {
  name: "trust",
  document: policyDocument([
    {
      Effect: "Allow",
      Principal: { AWS: ACCOUNT },
      Action: "sts:AssumeRole",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    },
  ]),
};

interface Scenario {
  readonly what: string;
  readonly policies: PolicySet;
  /** A new request each time: a log holds no two alike. */
  readonly request: (n: number) => PolicyRequest;
}

const ACTIONS = [
  "s3:GetObject",
  "ec2:DescribeInstances",
  "ec2:RunInstances",
  "iam:GetRole",
  "sts:GetSessionToken",
  "s3:PutObject",
];

const SCENARIOS: readonly Scenario[] = [
  {
    what: `${SCPS} SCPs, an action that none denies`,
    policies: { scps: chain() },
    request: (n) => ({ principal: role(n), action: ACTIONS[n % ACTIONS.length]!, resource: "*" }),
  },
  {
    what: `${SCPS} SCPs, all of which deny the action to others`,
    policies: { scps: chain() },
    request: (n) => ({
      principal: role(n),
      action: "iam:CreateAccessKey",
      resource: `arn:aws:iam::${ACCOUNT}:user/u${n}`,
    }),
  },
  {
    what: `${SCPS} SCPs, explicitly denied, explained`,
    policies: { scps: chain() },
    request: (n) => ({
      principal: { type: "user", arn: `arn:aws:iam::${ACCOUNT}:user/u${n % 100}` },
      action: "iam:CreateAccessKey",
      resource: `arn:aws:iam::${ACCOUNT}:user/u${n}`,
    }),
  },
  {
    what: "every layer, sts:AssumeRole with MFA",
    policies: { scps: chain(), identity: [FULL_AWS_ACCESS], boundary: FULL_AWS_ACCESS, resource: trust },
    request: (n) => ({
      principal: role(n),
      action: "sts:AssumeRole",
      resource: `arn:aws:iam::${ACCOUNT}:role/Target`,
      context: { "aws:MultiFactorAuthPresent": true, "aws:RequestedRegion": "eu-west-1" },
    }),
  },
];

export function timeEvaluations(evaluations: number, runs: number): readonly EvaluationTiming[] {
  const timed = SCENARIOS.map(({ what, policies, request }): EvaluationTiming => {
    const compiled = compile(policies);
    const nanoseconds = fastest(runs, () => {
      for (let n = 0; n < evaluations; n++) evaluate(request(n), compiled);
    });
    return timing(what, nanoseconds / evaluations);
  });
  const chains = Math.max(1, Math.ceil(evaluations / 1_000));
  const compiling = fastest(runs, () => {
    for (let n = 0; n < chains; n++)
      evaluate({ principal: role(n), action: "iam:CreateAccessKey", resource: "*" }, compile({ scps: chain() }));
  });
  return [...timed, timing(`compiling a chain of ${SCPS} SCPs, with its first question`, compiling / chains)];
}

function timing(what: string, nanoseconds: number): EvaluationTiming {
  return { what, nanoseconds: Math.round(nanoseconds), perSecond: Math.round(1e9 / nanoseconds) };
}

function fastest(runs: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = process.hrtime.bigint();
    work();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}
