import type { TextEdit } from "../../../support/environments";

/** What an environment with runs at HCP Terraform says, from its section `hcp` on. */
export const HCP_PIPELINE = "pipeline:\n  kind: hcp-terraform\n  project: acme/landing-zone\n";
export const HCP_BACKEND = "backend:\n  type: hcp\n  organization: acme\n  project: landing-zone\n";

/** Edits of the frozen environment. */
export function withHcp(
  section = "hcp: {}\n",
  {
    backend = HCP_BACKEND,
    pipeline = HCP_PIPELINE,
    baseline = [],
  }: {
    readonly backend?: string;
    readonly pipeline?: string;
    readonly baseline?: NonNullable<TextEdit["baseline"]>;
  } = {},
): TextEdit {
  return {
    baseline: [
      ["backend:\n  type: local\n", backend],
      ["credentialHygiene:\n", `${pipeline}${section}credentialHygiene:\n`],
      ...baseline,
    ],
  };
}

/** Everything that the section can say. */
export const HCP_IN_FULL = `hcp:
  execution: agent
  agentPool: Our agents
  driftDetection: true
  notify: [ops@example.com, ada@example.com]
  teams: [{ name: platform, access: write }, { name: auditors, access: read }]
  runTasks: [{ name: scanner, stages: [pre_apply, post_plan] }]
`;
