import { asList } from "../../policy/document";
import { kindLabel } from "./oidc";
import type { WorkloadIdentityState, WorkloadRole } from "./types";
import { uniqueSorted } from "../../kernel/lists";
import { count } from "../../kernel/words";

/** One workload at a glance. */
export interface WorkloadSummary {
  readonly name: string;
  readonly account: string;
  /** Who may come, in words: `certificate of datacenter, CN=billing-batch`, `GitHub Actions repo:acme/shop:environment:production`. */
  readonly comesWith: string;
  readonly role: string;
  readonly sessionMinutes: number;
  readonly policies: readonly string[];
}

export interface WorkloadIdentitySummary {
  /** Sorted by account, then name. */
  readonly workloads: readonly WorkloadSummary[];
  readonly trustAnchors: readonly {
    readonly name: string;
    readonly account: string;
    readonly region: string;
    readonly source: string;
  }[];
  readonly oidcProviders: readonly { readonly name: string; readonly account: string; readonly url: string }[];
  /** Used, and managed by somebody else. */
  readonly existingProviders: readonly { readonly name: string; readonly accountId: string; readonly url: string }[];
}

export function workloadIdentitySummary(state: WorkloadIdentityState): WorkloadIdentitySummary {
  const summary = (
    account: string,
    role: WorkloadRole,
    comesWith: string,
    sessionSeconds: number,
  ): WorkloadSummary => ({
    name: role.workload,
    account,
    comesWith,
    role: `${role.path.slice(1)}${role.name}`,
    sessionMinutes: sessionSeconds / 60,
    policies: policiesOf(role),
  });
  return {
    workloads: state.stacks
      .flatMap(({ accountName, rolesAnywhere, oidcRoles }) => [
        ...rolesAnywhere.map((workload) =>
          summary(
            accountName,
            workload.role,
            `certificate of ${workload.trustAnchor}, ${workload.subject}`,
            workload.sessionSeconds,
          ),
        ),
        ...oidcRoles.map((workload) =>
          summary(
            accountName,
            workload.role,
            `${kindLabel(workload.kind)}: ${workload.subjects.join(", ")}`,
            workload.role.maxSessionSeconds,
          ),
        ),
      ])
      .sort((a, b) => (`${a.account} ${a.name}` < `${b.account} ${b.name}` ? -1 : 1)),
    trustAnchors: state.stacks.flatMap((stack) =>
      stack.trustAnchors.map(({ name, source }) => ({
        name,
        account: stack.accountName,
        region: stack.region,
        source:
          "privateCaArn" in source
            ? `AWS Private CA ${source.privateCaArn.split("/").at(-1)}`
            : source.authorities
                .map((authority) => `${authority.subject} (${authority.key}, until ${authority.notAfter.slice(0, 10)})`)
                .join("; "),
      })),
    ),
    oidcProviders: state.stacks.flatMap((stack) =>
      stack.oidcProviders.map(({ name, url }) => ({ name, account: stack.accountName, url })),
    ),
    existingProviders: state.existingProviders.map(({ name, url, accountId }) => ({ name, accountId, url })),
  };
}

function policiesOf(role: WorkloadRole): readonly string[] {
  const statements = role.inlinePolicy?.Statement ?? [];
  const actions = uniqueSorted(
    statements.filter((statement) => statement.Effect === "Allow").flatMap((statement) => asList(statement.Action)),
  );
  return [
    ...role.managedPolicies.map((policy) => policy.name),
    ...(statements.length === 0
      ? []
      : [
          actions.length > 0 && actions.length <= 4
            ? actions.join(", ")
            : `inline (${count(statements.length, "statement")})`,
        ]),
    ...(role.permissionsBoundary === undefined ? [] : [`within ${role.permissionsBoundary.split("/").at(-1)}`]),
  ];
}
