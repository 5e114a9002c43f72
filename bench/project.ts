import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { syntheticOrganization } from "../local/organizations/synthetic";

/** Name of the environment that the benchmarks make. */
export const BENCH_ENVIRONMENT = "bench";

/**
 * Intent of the benchmarks: everything a large organization would switch on, with people in every account. Assignments are the only
 * part whose resources grow with the accounts, so they are what a large synth consists of.
 */
const BASELINE = `version: 1
region: eu-central-1
backend:
  type: local
guardrails:
  rollout:
    - guardrails: [protect-break-glass, deny-access-key-creation]
      targets: [all]
    - guardrails: [deny-user-creation]
      targets:
        - ou: Unit1
breakGlass:
  homeAccount: management
  users:
    - { name: break-glass-1, holder: A safe }
    - { name: break-glass-2, holder: Another safe }
  alarms:
    subscribers:
      emails: [alerts@example.com]
identityCenter:
  managedFrom: management
  shards: 8
  permissionSets:
    - { name: ReadOnly, description: Look, sessionHours: 8, awsManagedPolicies: [ReadOnlyAccess] }
    - { name: Developer, description: Build, sessionHours: 8, awsManagedPolicies: [PowerUserAccess] }
  assignments:
    - group: Group001
      permissionSet: ReadOnly
      targets:
        include: [all]
        except: [{ account: management }]
    - group: Group002
      permissionSet: Developer
      targets: [{ tag: { key: tier, value: nonprod } }]
credentialHygiene:
  managedFrom: management
  alarms:
    subscribers:
      emails: [alerts@example.com]
  remediation: manual
`;

/** Writes a project with one environment of so many accounts below a folder. */
export function writeBenchProject(root: string, accounts: number): void {
  const folder = join(root, "environments", BENCH_ENVIRONMENT);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "baseline.yaml"), BASELINE);
  writeFileSync(
    join(folder, "organization.yaml"),
    stringify(syntheticOrganization(accounts, { units: accounts > 1000 ? 16 : 5 }), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
    }),
  );
}
