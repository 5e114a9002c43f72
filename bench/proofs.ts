import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syntheticOrganization } from "../local/organizations/synthetic";
import type { Environment } from "../modules/sections/environment";
import { loadEnvironment } from "../modules/sections/load";
import { GUARDRAILS } from "../modules/sections/guardrails/catalogue/guardrails";
import { organizationTree } from "../modules/organization/tree";
import type { AttachedPolicy, Organization } from "../modules/organization/types";
import { attachedDocuments } from "../modules/proofs/attached";
import { prove } from "../modules/proofs/prove";
import { forget } from "../modules/proofs/remembering";
import type { ProofInput } from "../modules/proofs/types";
import { resolveUnproven } from "../modules/sections/target-state";
import { foreignStatements } from "./foreign-statements";
import { BENCH_ENVIRONMENT, writeBenchProject } from "./project";

export interface ProofTiming {
  readonly accounts: number;
  readonly organizationalUnits: number;
  /** SCPs, ours included. */
  readonly policies: number;
  readonly chains: number;
  readonly questions: number;
  /** Statements of each SCP of somebody else's. */
  readonly statements: number;
  /** CPU time of all proofs with nothing remembered, in milliseconds, sorted: what other programs on the machine do does not count. */
  readonly milliseconds: readonly number[];
  /** The same once more, with what was proven remembered, as a review proves an environment before and after a change. */
  readonly againMilliseconds: readonly number[];
}

export interface ProofShape {
  /** OUs at the top, each with two below it. */
  readonly units: number;
  /** SCPs of somebody else's, spread over the OUs. */
  readonly scps: number;
  /** Statements of each SCP of somebody else's: three that are written here, or so many of `foreignStatements`. */
  readonly statements: number;
}

/** 51 OUs with about 30 SCPs, ours included. */
export const USUAL: ProofShape = { units: 17, scps: 28, statements: 3 };
/** So many OUs at the top, and 60 SCPs of somebody else's of 40 statements each. */
export const manyStatements = (units: number): ProofShape => ({ units, scps: OTHERS, statements: 40 });
const OTHERS = 60;

/** SCPs of others, spread over the OUs, so that chains differ; each spares break glass and the baseline's roles, as a careful organization does. */
function others(organization: Organization, count: number, statements: number): readonly AttachedPolicy[] {
  const spared = ["SecurityBreakGlass", "OrganizationAccountAccessRole", "stacksets-exec-*", "keyless/*"].map(
    (name) => `arn:aws:iam::*:role/${name}`,
  );
  return Array.from({ length: count }, (_, i): AttachedPolicy => ({
    id: `p-bench${String(i).padStart(4, "0")}`,
    name: `team-rules-${i + 1}`,
    type: "SERVICE_CONTROL_POLICY",
    awsManaged: false,
    ours: false,
    content: JSON.stringify({
      Version: "2012-10-17",
      Statement:
        statements > 3
          ? foreignStatements(i, statements)
          : [
              {
                Sid: "Regions",
                Effect: "Deny",
                NotAction: ["iam:*", "sts:*", "organizations:*", "sso:*"],
                Resource: "*",
                Condition: {
                  StringNotEquals: { "aws:RequestedRegion": ["eu-central-1", `eu-west-${(i % 3) + 1}`] },
                  ArnNotLike: { "aws:PrincipalArn": spared },
                },
              },
              {
                Sid: "Services",
                Effect: "Deny",
                Action: [`service${i}:*`, "ec2:PurchaseReservedInstancesOffering", "iam:DeleteAccountPasswordPolicy"],
                Resource: "*",
              },
              {
                Sid: "Buckets",
                Effect: "Deny",
                Action: "s3:*",
                Resource: [`arn:aws:s3:::team-${i}-*`],
                Condition: { ArnNotLike: { "aws:PrincipalArn": [`arn:aws:iam::*:role/team-${i}-*`, ...spared] } },
              },
            ],
    }),
    targetIds: organization.organizationalUnits
      .filter((_, ou) => ou % count === i || (ou * 5 + 3) % count === i)
      .map((ou) => ou.id)
      .sort(),
  }));
}

/** The bench project with every guardrail enforced everywhere, over an organization of so many accounts in about 50 OUs with 30 SCPs. */
export function proofBenchInput(accounts: number, shape: ProofShape): ProofInput {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    writeBenchProject(root, 10);
    const read = loadEnvironment(root, BENCH_ENVIRONMENT);
    const rollout = [
      {
        guardrails: GUARDRAILS.filter((one) => one.policyType !== "RESOURCE_CONTROL_POLICY").map((one) => one.id),
        mode: "enforce" as const,
        targets: ["all" as const],
        evidence: [],
      },
    ];
    const small: Environment = {
      ...read,
      baseline: { ...read.baseline, guardrails: { ...read.baseline.guardrails, rollout } },
    };
    const facts = syntheticOrganization(accounts, { units: shape.units });
    const organization: Organization = {
      ...facts,
      policies: [...facts.policies, ...others(facts, shape.scps, shape.statements)],
    };
    const environment: Environment = { ...small, organization, tree: organizationTree(organization) };
    const { state, problems } = resolveUnproven(environment);
    if (!state) throw new Error(problems.map((problem) => problem.message).join("\n"));
    return { environment, ...state };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function timeProofs(accounts: number, runs: number, shape: ProofShape = USUAL): ProofTiming {
  const input = proofBenchInput(accounts, shape);
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const timed = (): number => {
    const before = cpu();
    report = prove(input);
    return cpu() - before;
  };
  // The first run compiles the code.
  let report = prove(input, runs > 1 ? {} : { only: new Set(["clean-up"]) });
  const milliseconds: number[] = [];
  const againMilliseconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    forget();
    milliseconds.push(timed());
    againMilliseconds.push(timed());
  }
  return {
    accounts,
    organizationalUnits: input.environment.organization.organizationalUnits.length,
    policies: new Set(attachedDocuments(input).map((policy) => policy.name)).size,
    statements: shape.statements,
    chains: report.chains.length,
    questions: report.questions,
    milliseconds: milliseconds.sort((a, b) => a - b),
    againMilliseconds: againMilliseconds.sort((a, b) => a - b),
  };
}
