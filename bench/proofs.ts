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
import type { ProofInput } from "../modules/proofs/types";
import { resolveUnproven } from "../modules/sections/target-state";
import { BENCH_ENVIRONMENT, writeBenchProject } from "./project";

export interface ProofTiming {
  readonly accounts: number;
  readonly organizationalUnits: number;
  /** SCPs, ours included. */
  readonly policies: number;
  readonly chains: number;
  readonly questions: number;
  /** Wall time of all proofs, in milliseconds, sorted; the first run in a process counts as well. */
  readonly milliseconds: readonly number[];
}

/** OUs of the benchmark: seventeen with two below each. */
const UNITS = 17;
const SCPS = 30;

/** SCPs of others, spread over the OUs, so that chains differ; each spares break glass and the baseline's roles, as a careful organization does. */
function others(organization: Organization, count: number): readonly AttachedPolicy[] {
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
      Statement: [
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
export function proofBenchInput(accounts: number): ProofInput {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    writeBenchProject(root, 10);
    const read = loadEnvironment(root, BENCH_ENVIRONMENT);
    const rollout = [
      {
        guardrails: GUARDRAILS.filter((one) => one.policyType !== "RESOURCE_CONTROL_POLICY").map((one) => one.id),
        mode: "enforce" as const,
        targets: ["all" as const],
      },
    ];
    const small: Environment = {
      ...read,
      baseline: { ...read.baseline, guardrails: { ...read.baseline.guardrails, rollout } },
    };
    const facts = syntheticOrganization(accounts, { units: UNITS });
    const ours = resolveUnproven(small).state?.guardrails.policies.length ?? 0;
    const organization: Organization = {
      ...facts,
      policies: [...facts.policies, ...others(facts, SCPS - ours - facts.policies.length)],
    };
    const environment: Environment = { ...small, organization, tree: organizationTree(organization) };
    const { state, problems } = resolveUnproven(environment);
    if (!state) throw new Error(problems.map((problem) => problem.message).join("\n"));
    return { environment, ...state };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function timeProofs(accounts: number, runs: number): ProofTiming {
  const input = proofBenchInput(accounts);
  const milliseconds: number[] = [];
  let report = prove(input);
  for (let run = 0; run < runs; run++) {
    const start = process.hrtime.bigint();
    report = prove(input);
    milliseconds.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return {
    accounts,
    organizationalUnits: input.environment.organization.organizationalUnits.length,
    policies: new Set(attachedDocuments(input).map((policy) => policy.name)).size,
    chains: report.chains.length,
    questions: report.questions,
    milliseconds: milliseconds.sort((a, b) => a - b),
  };
}
