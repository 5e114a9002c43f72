import {
  GetOpenIDConnectProviderCommand,
  type GetOpenIDConnectProviderCommandOutput,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  paginateListProfiles,
  paginateListTrustAnchors,
  type ProfileDetail,
  RolesAnywhereClient,
  type TrustAnchorDetail,
} from "@aws-sdk/client-rolesanywhere";
import { unless } from "../../../aws/failure";
import type { PolicyDocument } from "../../../policy/types";
import type {
  AnywhereWorkload,
  OidcProviderState,
  TrustAnchorState,
  WorkloadIdentityStack,
  WorkloadRole,
} from "../../../sections/workload-identity/types";
import { differing, Finding, listDifferences, missing, SectionName, seen, valueDifference } from "../claim";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { isNoSuchEntity, roleFinding } from "../roles";
import { certificatesInUseCheck, revocationChecks } from "./roles-anywhere";
import { defined } from "../../../kernel/optional";

const SECTION = "workload-identity";

/** Trust anchors, profiles, OIDC providers, and the roles of workloads. */
export function workloadIdentityChecks(planned: Planned): readonly Check[] {
  const own = (planned.state.workloadIdentity?.stacks ?? []).flatMap((stack) => [
    ...stack.trustAnchors.flatMap((anchor) => [
      anchorCheck(planned, stack, anchor),
      ...revocationChecks(
        planned,
        stack,
        anchor,
        async (reader) => (await anchors(reader, stack.region)).find((one) => one.name === anchor.name)?.trustAnchorArn,
      ),
    ]),
    ...certificatesInUseCheck(planned, stack),
    ...stack.rolesAnywhere.flatMap((workload) => anywhereChecks(planned, stack, workload)),
    ...stack.oidcProviders.map((provider) => oidcProviderCheck(SECTION, planned.place(stack.accountId), provider)),
    ...stack.oidcRoles.map(({ role }) => workloadRoleCheck(planned, SECTION, stack.accountId, role)),
  ]);
  const existing = planned.state.workloadIdentity?.existingProviders ?? [];
  return [...own, ...existing.map((one) => existingProviderCheck(planned.place(one.accountId), one))];
}

/** A provider of somebody else's, which the workloads need. What more it has is its owner's. */
function existingProviderCheck(place: Check["place"], provider: OidcProviderState): Check {
  return {
    section: SECTION,
    kind: "oidc-provider",
    name: provider.url,
    promise: "OIDC provider managed by somebody else, with these audiences among its own",
    place,
    look: async (reader): Promise<Finding> => {
      const found = await foundProvider(reader, provider.arn);
      if (!found) return missing("there is no such provider, and this baseline does not make it");
      const lacking = provider.audiences.filter((audience) => !(found.ClientIDList ?? []).includes(audience));
      return differing(lacking.map((audience) => `the provider lacks ${audience}`));
    },
  };
}

function foundProvider(reader: Reader, arn: string): Promise<GetOpenIDConnectProviderCommandOutput | undefined> {
  return unless<GetOpenIDConnectProviderCommandOutput | undefined>(
    isNoSuchEntity,
    () => reader.client(IAMClient).send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    () => undefined,
  );
}

function anchorCheck({ place }: Planned, stack: WorkloadIdentityStack, anchor: TrustAnchorState): Check {
  return {
    section: SECTION,
    kind: "trust-anchor",
    name: anchor.name,
    promise: "trust anchor, enabled, with these certificate authorities and no others",
    place: place(stack.accountId, stack.region),
    look: async (reader) => {
      const found = (await anchors(reader, stack.region)).find((one) => one.name === anchor.name);
      if (!found) return missing("there is no trust anchor of this name");
      const { x509CertificateData, acmPcaArn } = found.source?.sourceData ?? {};
      return differing([
        ...valueDifference("enabled", true, found.enabled ?? false),
        ...("privateCaArn" in anchor.source
          ? valueDifference("private CA", anchor.source.privateCaArn, acmPcaArn)
          : certificates(anchor.source.certificateBundle) === certificates(x509CertificateData ?? "")
            ? []
            : ["the certificates are others"]),
      ]);
    },
  };
}

/** The certificates of a PEM text, whatever stands around them and however the lines are broken. */
function certificates(pem: string): string {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)]
    .map((match) => (match[1] ?? "").replace(/\s+/g, ""))
    .sort()
    .join("\n");
}

function anywhereChecks(planned: Planned, stack: WorkloadIdentityStack, workload: AnywhereWorkload): readonly Check[] {
  const { role } = workload;
  const anchor = stack.trustAnchors.find((one) => one.name === workload.trustAnchor)!;
  return [
    {
      ...workloadRoleCheck(planned, SECTION, stack.accountId, role),
      look: async (reader) => {
        const real = (await anchors(reader, stack.region)).find((one) => one.name === anchor.name);
        // The planned document names an anchor whose ARN AWS makes up.
        const trust = JSON.parse(
          JSON.stringify(role.trust).replaceAll(anchor.arn, () => real?.trustAnchorArn ?? anchor.arn),
        ) as PolicyDocument;
        return roleFinding(reader, { ...plannedRole(role), trust }, planned.documents);
      },
    },
    {
      section: SECTION,
      kind: "profile",
      name: role.workload,
      promise: "profile, enabled, for this role alone",
      place: planned.place(stack.accountId, stack.region),
      look: async (reader) => {
        const found = (await profiles(reader, stack.region)).find((one) => one.name === role.workload);
        if (!found) return missing("there is no profile of this name");
        return differing([
          ...valueDifference("enabled", true, found.enabled ?? false),
          ...listDifferences(
            "the profile",
            [`arn:aws:iam::${stack.accountId}:role${role.path}${role.name}`],
            found.roleArns ?? [],
          ),
          ...valueDifference("session in seconds", workload.sessionSeconds, found.durationSeconds),
          // Both narrow what the role may do, so that the workload fails with a profile that looks right.
          ...listDifferences("the profile", [], found.managedPolicyArns ?? []),
          ...(found.sessionPolicy ? ["the profile has a session policy, which is not planned"] : []),
        ]);
      },
    },
  ];
}

function anchors(reader: Reader, region: string): Promise<readonly TrustAnchorDetail[]> {
  return reader.once(`trust anchors ${region}`, async () => {
    const found: TrustAnchorDetail[] = [];
    const client = reader.client(RolesAnywhereClient, region);
    for await (const page of paginateListTrustAnchors({ client }, {})) found.push(...(page.trustAnchors ?? []));
    return found;
  });
}

function profiles(reader: Reader, region: string): Promise<readonly ProfileDetail[]> {
  return reader.once(`profiles ${region}`, async () => {
    const found: ProfileDetail[] = [];
    const client = reader.client(RolesAnywhereClient, region);
    for await (const page of paginateListProfiles({ client }, {})) found.push(...(page.profiles ?? []));
    return found;
  });
}

/** An OIDC provider with its audiences. */
export function oidcProviderCheck(section: SectionName, place: Check["place"], provider: OidcProviderState): Check {
  return {
    section,
    kind: "oidc-provider",
    name: provider.url,
    promise: "OIDC provider with these audiences and no others, with no certificates pinned by hand",
    place,
    look: async (reader): Promise<Finding> => {
      const found = await foundProvider(reader, provider.arn);
      if (!found) return missing("there is no such provider");
      const thumbprints = [...(found.ThumbprintList ?? [])].sort();
      const details = [
        ...listDifferences("the provider", provider.audiences, found.ClientIDList ?? []),
        // None are planned. IAM retrieves one itself when the provider is made; whether that one is still the same, nothing here can tell.
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
        ...(thumbprints.length > 1 ? [`certificates are pinned by hand: ${thumbprints.join(", ")}`] : []),
      ];
      return details.length > 0
        ? differing(details)
        : seen(...thumbprints.map((one) => `thumbprint ${one}, not judged`));
    },
  };
}

export function plannedRole(role: WorkloadRole): Parameters<typeof roleFinding>[1] {
  return {
    name: role.name,
    path: role.path,
    trust: role.trust,
    attached: role.managedPolicies.map((policy) => policy.arn),
    inline: role.inlinePolicy ? { permissions: role.inlinePolicy } : {},
    maxSessionSeconds: role.maxSessionSeconds,
    ...defined({ boundary: role.permissionsBoundary }),
  };
}

function workloadRoleCheck(planned: Planned, section: SectionName, accountId: string, role: WorkloadRole): Check {
  return {
    section,
    kind: "role",
    name: role.name,
    promise: `role of workload ${role.workload} with this trust policy, these permissions and no others`,
    place: planned.place(accountId),
    look: (reader) => roleFinding(reader, plannedRole(role), planned.documents),
  };
}
