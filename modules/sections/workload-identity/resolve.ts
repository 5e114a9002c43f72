import { boundaryArn } from "../default-roles";
import type { ProblemList } from "../../config/problem-list";
import type { WorkloadIdentityEnvironment } from "./types";
import { readInlinePolicy, warnOfUnknownWords } from "../../config/inline-policy";
import { readManagedPolicy } from "../../config/managed-policy";
import type { DocumentPath } from "../../config/document";
import { suggestion } from "../../kernel/nearest";
import { checkDuplicates, resolveAccount } from "../../config/references";
import { byKey, uniqueSorted } from "../../kernel/lists";
import type { Account } from "../../organization/types";
import { policySize } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { readCertificateBundle } from "./certificates";
import { revocationListsOf } from "./revocation-lists";
import { anywhereTrust, CertificateIdentity, MAX_TRUST_CHARACTERS, oidcTrust } from "./documents";
import { trustAnchorArn, WORKLOAD_ROLE_PATH, workloadIdentityStackName, workloadRoleName } from "./names";
import {
  defaultAudience,
  defaultIssuer,
  issuerKey,
  issuerProblem,
  kindLabel,
  oidcProviderArn,
  sharedIssuerKind,
  subjectProblem,
  WILDCARD,
} from "./oidc";
import type { RoleNames } from "../role-names";
import type {
  AnywhereWorkload,
  OidcProviderState,
  OidcWorkload,
  TrustAnchorState,
  WorkloadIdentitySection,
  WorkloadIdentityStack,
  WorkloadIdentityState,
  WorkloadRole,
} from "./types";
import { defined } from "../../kernel/optional";

export type { WorkloadIdentityStack, WorkloadIdentityState } from "./types";

const SECTION = "workloadIdentity";

/** All inline policies of a role together. */
const MAX_INLINE_CHARACTERS = 10_240;
/** A session tag's value: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
const MAX_TAG_CHARACTERS = 256;
/** "The service ignores values that do not match this pattern": https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html, trust-model.html of Roles Anywhere */
const SESSION_TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface Placed<T> {
  readonly account: Account;
  readonly region: string;
  readonly state: T;
}

/**
 * Resolves the section `workloadIdentity`; checks references, certificates, subjects and names. Absent without the section.
 *
 * @param roles the names that are taken; those of the workloads are added
 * @param elsewhere the ARNs of providers that other stacks make: AWS takes one per issuer and account, and workloads share it
 */
export function resolveWorkloadIdentity(
  environment: WorkloadIdentityEnvironment,
  problems: ProblemList,
  roles: RoleNames,
  elsewhere: readonly string[] = [],
  applyRoleName?: string,
): WorkloadIdentityState | undefined {
  const section = environment.baseline.workloadIdentity;
  if (!section) return undefined;
  const anchors = resolveTrustAnchors(environment, problems, section);
  const providers = resolveProviders(environment, problems, section);
  const anywhere = resolveAnywhere(problems, section, anchors, roles);
  const oidc = resolveOidc(problems, section, providers, roles);
  warnUnused(problems, section);

  const stacks = new Map<string, WorkloadIdentityStack>();
  const into = <T>(
    { account, region, state }: Placed<T>,
    member: "trustAnchors" | "rolesAnywhere" | "oidcProviders" | "oidcRoles",
  ): void => {
    const name = workloadIdentityStackName(account.id, region);
    const stack = stacks.get(name) ?? {
      name,
      accountId: account.id,
      accountName: account.name,
      region,
      trustAnchors: [],
      rolesAnywhere: [],
      oidcProviders: [],
      oidcRoles: [],
    };
    stacks.set(name, { ...stack, [member]: [...stack[member], state] });
  };
  anchors.forEach((anchor) => into(anchor, "trustAnchors"));
  // A pipeline may make roles in the management account only within a boundary: no SCP binds there.
  const management = environment.organization.managementAccountId;
  const bounded = <T extends { readonly role: WorkloadRole }>({ account, region, state }: Placed<T>): Placed<T> => ({
    account,
    region,
    state:
      applyRoleName === undefined || account.id !== management || state.role.permissionsBoundary !== undefined
        ? state
        : {
            ...state,
            role: { ...state.role, permissionsBoundary: boundaryArn(management, applyRoleName, "workload-identity") },
          },
  });
  anywhere.forEach((workload) => into(bounded(workload), "rolesAnywhere"));
  const isElsewhere = ({ state }: Placed<OidcProviderState>): boolean =>
    elsewhere.some((arn) => arn.toLowerCase() === state.arn.toLowerCase());
  [...providers.values()]
    .filter((provider) => !isElsewhere(provider) && !provider.state.existing)
    .forEach((provider) => into(provider, "oidcProviders"));
  oidc.forEach((workload) => into(bounded(workload), "oidcRoles"));
  return {
    audiencesElsewhere: uniqueSorted(
      [...providers.values()].filter(isElsewhere).flatMap(({ state }) => state.audiences),
    ),
    existingProviders: [...providers.values()]
      .filter(({ state }) => state.existing)
      .map(({ account, state }) => ({ ...state, accountId: account.id }))
      .sort(byKey(({ arn }) => arn)),
    stacks: [...stacks.values()]
      .map((stack) => ({
        ...stack,
        trustAnchors: [...stack.trustAnchors].sort(byKey((anchor) => anchor.name)),
        rolesAnywhere: [...stack.rolesAnywhere].sort(byKey((workload) => workload.role.workload)),
        oidcProviders: [...stack.oidcProviders].sort(byKey((provider) => provider.name)),
        oidcRoles: [...stack.oidcRoles].sort(byKey((workload) => workload.role.workload)),
      }))
      .sort(byKey((stack) => stack.name)),
  };
}

function resolveTrustAnchors(
  environment: WorkloadIdentityEnvironment,
  problems: ProblemList,
  section: WorkloadIdentitySection,
): ReadonlyMap<string, Placed<TrustAnchorState>> {
  checkDuplicates(
    problems,
    section.trustAnchors.map((anchor) => anchor.name),
    "trust anchor",
    (i) => [SECTION, "trustAnchors", i, "name"],
  );
  const resolved = new Map<string, Placed<TrustAnchorState>>();
  section.trustAnchors.forEach((anchor, i) => {
    const path: DocumentPath = [SECTION, "trustAnchors", i];
    const account = resolveAccount(environment, problems, anchor.account, [...path, "account"]);
    const region = anchor.region ?? environment.baseline.region;
    checkRegion(environment, problems, region, anchor.region === undefined ? path : [...path, "region"]);
    const source = sourceOf(environment, problems, anchor, path, region);
    const revocationLists = source && revocationListsOf(environment, problems, anchor, path, source);
    if (!account || !source || resolved.has(anchor.name)) return;
    resolved.set(anchor.name, {
      account,
      region,
      state: {
        name: anchor.name,
        arn: trustAnchorArn(account.id, region, anchor.name),
        source,
        ...defined({ revocationLists }),
      },
    });
  });
  return resolved;
}

function sourceOf(
  environment: WorkloadIdentityEnvironment,
  problems: ProblemList,
  anchor: WorkloadIdentitySection["trustAnchors"][number],
  path: DocumentPath,
  region: string,
): TrustAnchorState["source"] | undefined {
  const { certificateBundleFile: file, privateCaArn } = anchor;
  if ((file === undefined) === (privateCaArn === undefined)) {
    problems.error(
      "TRUST-ANCHOR-SOURCE",
      path,
      `The trust anchor ${anchor.name} has ${file === undefined ? "neither certificateBundleFile nor privateCaArn" : "both certificateBundleFile and privateCaArn"}.`,
      "Name one of the two.",
    );
    return undefined;
  }
  if (privateCaArn !== undefined) {
    const caRegion = privateCaArn.split(":")[3]!;
    if (caRegion !== region) {
      problems.error(
        "TRUST-ANCHOR-REGION",
        [...path, "privateCaArn"],
        `The Private CA is in ${caRegion}, the trust anchor ${anchor.name} in ${region}: AWS wants them in one region.`,
        `Write region: ${caRegion}, or name a Private CA of ${region}.`,
      );
      return undefined;
    }
    return { privateCaArn };
  }
  const bundle = readCertificateBundle(environment.files.get(file!) ?? "");
  if ("problems" in bundle) {
    bundle.problems.forEach(({ code, message, fix }) =>
      problems.error(code, [...path, "certificateBundleFile"], `${file} ${message}.`, fix),
    );
    return undefined;
  }
  return { certificateBundle: bundle.pem, authorities: bundle.authorities };
}

function checkRegion(
  { organization }: WorkloadIdentityEnvironment,
  problems: ProblemList,
  region: string,
  path: DocumentPath,
): void {
  if (organization.enabledRegions.includes(region)) return;
  problems.error(
    "REGION-NOT-ENABLED",
    path,
    `Region ${region} is not enabled in this organization.`,
    `Enabled: ${[...organization.enabledRegions].sort().join(", ")}.`,
  );
}

function resolveProviders(
  environment: WorkloadIdentityEnvironment,
  problems: ProblemList,
  section: WorkloadIdentitySection,
): ReadonlyMap<string, Placed<OidcProviderState>> {
  checkDuplicates(
    problems,
    section.oidcProviders.map((provider) => provider.name),
    "OIDC provider",
    (i) => [SECTION, "oidcProviders", i, "name"],
  );
  const resolved = new Map<string, Placed<OidcProviderState>>();
  const byUrl = new Map<string, string>();
  section.oidcProviders.forEach((provider, i) => {
    const path: DocumentPath = [SECTION, "oidcProviders", i];
    const account = resolveAccount(environment, problems, provider.account, [...path, "account"]);
    const url = provider.issuerUrl ?? defaultIssuer(provider.kind);
    if (url === undefined) {
      problems.error(
        "OIDC-ISSUER",
        path,
        `The provider ${provider.name} is custom: its issuer is not known.`,
        "Add issuerUrl, as in the token's claim iss.",
      );
      return;
    }
    const wrong = issuerProblem(url);
    if (wrong)
      problems.error(
        "OIDC-ISSUER",
        [...path, "issuerUrl"],
        `The issuer ${url} ${wrong}.`,
        "Write https://, the host and perhaps a path, exactly as in the token's claim iss.",
      );
    const shared = sharedIssuerKind(url);
    if (shared !== undefined && shared !== provider.kind) {
      problems.error(
        "OIDC-KIND",
        [...path, "kind"],
        `The issuer ${url} is that of ${kindLabel(shared)}, which everybody shares: as ${provider.kind} its subjects would be checked by the wrong rule.`,
        `Write kind: ${shared}.`,
      );
    }
    const fallback = defaultAudience(provider.kind, url);
    const audiences = provider.audiences ?? (fallback === undefined ? undefined : [fallback]);
    if (audiences === undefined)
      problems.error(
        "OIDC-AUDIENCE",
        path,
        `The provider ${provider.name} is custom: the audience of its tokens is not known.`,
        "Add audiences, as in the token's claim aud.",
      );
    audiences?.forEach((audience, n) =>
      checkAudience(problems, audience, provider.audiences ? [...path, "audiences", n] : path),
    );
    checkDuplicates(problems, audiences ?? [], "audience", (n) => [...path, "audiences", n]);
    if (!account) return;
    const key = `${account.id} ${issuerKey(url)}`;
    const other = byUrl.get(key);
    if (other !== undefined) {
      problems.error(
        "OIDC-DUPLICATE-ISSUER",
        [...path, provider.issuerUrl === undefined ? "kind" : "issuerUrl"],
        `${account.name} has a provider for ${url} already, ${other}: AWS takes one per account.`,
        `Name ${other} where ${provider.name} is named; its audiences may be several.`,
      );
    } else byUrl.set(key, provider.name);
    if (resolved.has(provider.name) || audiences === undefined) return;
    // Global in its account: the stack of the home region holds it.
    resolved.set(provider.name, {
      account,
      region: environment.baseline.region,
      state: {
        name: provider.name,
        kind: provider.kind,
        url,
        arn: oidcProviderArn(account.id, url),
        audiences: [...audiences].sort(),
        ...(provider.existing ? { existing: true as const } : {}),
      },
    });
  });
  return resolved;
}

function checkAudience(problems: ProblemList, audience: string, path: DocumentPath): void {
  if (WILDCARD.test(audience) || audience.includes("${")) {
    problems.error(
      "OIDC-AUDIENCE",
      path,
      `The audience ${audience} has a wildcard or a variable: audiences are compared exactly.`,
      "Write the audience out, as in the token's claim aud.",
    );
  }
}

function resolveAnywhere(
  problems: ProblemList,
  section: WorkloadIdentitySection,
  anchors: ReadonlyMap<string, Placed<TrustAnchorState>>,
  roles: RoleNames,
): readonly Placed<AnywhereWorkload>[] {
  const known = section.trustAnchors.map((anchor) => anchor.name);
  return section.rolesAnywhere.flatMap((workload, i) => {
    const path: DocumentPath = [SECTION, "rolesAnywhere", i];
    if (!known.includes(workload.trustAnchor)) {
      problems.error(
        "WORKLOAD-UNKNOWN-TRUST-ANCHOR",
        [...path, "trustAnchor"],
        `There is no trust anchor ${workload.trustAnchor}.`,
        suggestion(workload.trustAnchor, known, "trust anchor"),
      );
    }
    const { email, ...named } = workload.subject;
    if (email !== undefined)
      problems.error(
        "WORKLOAD-SUBJECT-EMAIL",
        [...path, "subject", "email"],
        "AWS makes no session tag of an e-mail address in a certificate, so that no trust policy can compare it.",
        "Use commonName, dnsName or uri (docs/roles-anywhere.md).",
      );
    const identity: CertificateIdentity = { ...named, issuerCommonName: workload.issuerCommonName };
    checkIdentity(problems, workload.name, identity, path);
    const anchor = anchors.get(workload.trustAnchor);
    // The policy is checked even where there is no account to put it in.
    const permissions = permissionsOf(problems, workload, path);
    if (!anchor) return [];
    const subject = subjectText(identity);
    const trust = anywhereTrust(anchor.state.arn, identity);
    const role = roleOf(
      workload.name,
      `${workload.name}, with a certificate of ${workload.trustAnchor}`,
      workload.sessionMinutes,
      trust,
      permissions,
    );
    checkTrustSize(problems, role, [...path, "subject"]);
    roles.take(anchor.account, role.name, `the workload ${workload.name}`, [...path, "name"]);
    return [
      {
        account: anchor.account,
        region: anchor.region,
        state: { trustAnchor: workload.trustAnchor, subject, sessionSeconds: workload.sessionMinutes * 60, role },
      },
    ];
  });
}

function checkIdentity(problems: ProblemList, name: string, identity: CertificateIdentity, path: DocumentPath): void {
  const { commonName, organizationalUnit, dnsName, uri } = identity;
  if ([commonName, organizationalUnit, dnsName, uri].every((part) => part === undefined)) {
    problems.error(
      "WORKLOAD-SUBJECT-OPEN",
      [...path, "subject"],
      `The subject of ${name} has neither commonName, organizationalUnit, dnsName nor uri: every certificate of ${identity.organization === undefined ? "the CA" : `the organization ${identity.organization}`} would do.`,
      "Add commonName, organizationalUnit, dnsName or uri.",
    );
  }
  for (const [part, value] of Object.entries(identity) as readonly (readonly [string, string | undefined])[]) {
    if (value === undefined) continue;
    const at = part === "issuerCommonName" ? [...path, part] : [...path, "subject", part];
    if (WILDCARD.test(value))
      problems.error(
        "WORKLOAD-SUBJECT-WILDCARD",
        at,
        `${JSON.stringify(value)} has a wildcard: the certificate is compared exactly.`,
        "Write it out; for several workloads use an organizationalUnit that they share.",
      );
    else if (value.includes("${") || /\p{Cc}/u.test(value))
      problems.error(
        "WORKLOAD-SUBJECT",
        at,
        `${JSON.stringify(value)} has \${…} or control characters.`,
        "Write it as openssl x509 -noout -subject shows it.",
      );
    else if (value.length > MAX_TAG_CHARACTERS)
      problems.error(
        "WORKLOAD-SUBJECT",
        at,
        `The value has ${value.length} characters; AWS hands on ${MAX_TAG_CHARACTERS}.`,
        "Use a shorter attribute of the subject.",
      );
    else if (!SESSION_TAG.test(value))
      problems.error(
        "WORKLOAD-SUBJECT-TAG",
        at,
        `${JSON.stringify(value)} has a character that no session tag may have (${[...value].filter((c) => !SESSION_TAG.test(c)).join(" ")}): AWS leaves such a value out, and this workload would never get in.`,
        "Use an attribute with letters, digits, spaces and _ . : / = + - @ alone, or issue the certificate with one.",
      );
  }
}

/** As certificates are written: `CN=…, OU=…, O=…`; alternative names as OpenSSL shows them. */
function subjectText(identity: CertificateIdentity): string {
  const { commonName, organizationalUnit, organization, issuerCommonName, dnsName, uri } = identity;
  const parts = [
    ["CN", commonName],
    ["OU", organizationalUnit],
    ["O", organization],
    ["SAN DNS", dnsName],
    ["SAN URI", uri],
  ] as const;
  const subject = parts.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])).join(", ");
  return issuerCommonName === undefined ? subject : `${subject}, issued by CN=${issuerCommonName}`;
}

function resolveOidc(
  problems: ProblemList,
  section: WorkloadIdentitySection,
  providers: ReadonlyMap<string, Placed<OidcProviderState>>,
  roles: RoleNames,
): readonly Placed<OidcWorkload>[] {
  const known = section.oidcProviders.map((provider) => provider.name);
  return section.oidcRoles.flatMap((workload, i) => {
    const path: DocumentPath = [SECTION, "oidcRoles", i];
    if (!known.includes(workload.provider)) {
      problems.error(
        "WORKLOAD-UNKNOWN-PROVIDER",
        [...path, "provider"],
        `There is no OIDC provider ${workload.provider}.`,
        suggestion(workload.provider, known, "OIDC provider"),
      );
    }
    const permissions = permissionsOf(problems, workload, path);
    checkDuplicates(problems, workload.subjects, "subject", (n) => [...path, "subjects", n]);
    const kind = section.oidcProviders.find((provider) => provider.name === workload.provider)?.kind;
    if (kind) {
      workload.subjects.forEach((subject, n) => {
        const wrong = subjectProblem(kind, subject);
        if (wrong) problems.error("OIDC-SUBJECT", [...path, "subjects", n], wrong.message, wrong.fix);
      });
    }
    const provider = providers.get(workload.provider);
    if (!provider) return [];
    const { audiences } = provider.state;
    if (workload.audience !== undefined && !audiences.includes(workload.audience)) {
      problems.error(
        "WORKLOAD-UNKNOWN-AUDIENCE",
        [...path, "audience"],
        `The provider ${workload.provider} has no audience ${workload.audience}.`,
        suggestion(workload.audience, audiences, "audience"),
      );
    }
    const subjects = uniqueSorted(workload.subjects);
    const trust = oidcTrust(
      provider.state.arn,
      provider.state.url,
      workload.audience === undefined ? audiences : [workload.audience],
      subjects,
    );
    const role = roleOf(
      workload.name,
      `${workload.name}, with a token of ${workload.provider}`,
      workload.sessionMinutes,
      trust,
      permissions,
    );
    checkTrustSize(problems, role, [...path, "subjects"]);
    roles.take(provider.account, role.name, `the workload ${workload.name}`, [...path, "name"]);
    return [
      {
        account: provider.account,
        region: provider.region,
        state: {
          provider: workload.provider,
          issuerUrl: provider.state.url,
          kind: provider.state.kind,
          subjects,
          role,
        },
      },
    ];
  });
}

type Permissions = Pick<WorkloadRole, "managedPolicies" | "inlinePolicy" | "permissionsBoundary">;
type Definition = Pick<
  WorkloadIdentitySection["oidcRoles"][number],
  "name" | "awsManagedPolicies" | "inlinePolicy" | "permissionsBoundary"
>;

function permissionsOf(problems: ProblemList, definition: Definition, path: DocumentPath): Permissions {
  const { name, inlinePolicy, permissionsBoundary } = definition;
  const awsManagedPolicies = definition.awsManagedPolicies.map((policy, n) =>
    readManagedPolicy(problems, policy, [...path, "awsManagedPolicies", n]),
  );
  if (permissionsBoundary?.includes(":iam::aws:"))
    readManagedPolicy(problems, permissionsBoundary, [...path, "permissionsBoundary"]);
  const seen = new Set<string>();
  awsManagedPolicies.forEach((policy, n) => {
    // A name is unique whatever its path and case.
    const key = baseName(policy).toLowerCase();
    if (seen.has(key))
      problems.error(
        "WORKLOAD-DUPLICATE-POLICY",
        [...path, "awsManagedPolicies", n],
        `${name} has the policy ${policy} twice.`,
        "Keep one of them.",
      );
    seen.add(key);
  });
  if (awsManagedPolicies.length === 0 && inlinePolicy === undefined) {
    problems.warning(
      "WORKLOAD-NO-PERMISSIONS",
      path,
      `${name} may do nothing: it has neither awsManagedPolicies nor inlinePolicy.`,
      "Say what it may do, or remove it.",
    );
  }
  const document = inlinePolicy && readInlinePolicy(problems, inlinePolicy, [...path, "inlinePolicy"]);
  if (document && policySize(document) > MAX_INLINE_CHARACTERS) {
    problems.error(
      "WORKLOAD-QUOTA-INLINE",
      [...path, "inlinePolicy"],
      `The inline policy of ${name} has ${policySize(document)} characters; a role takes ${MAX_INLINE_CHARACTERS}.`,
      "Merge statements, or allow less.",
    );
  }
  if (document) warnOfUnknownWords(problems, document, inlinePolicy, [...path, "inlinePolicy"]);
  return {
    managedPolicies: awsManagedPolicies
      .map((policy) => ({ name: policy, key: baseName(policy), arn: `arn:aws:iam::aws:policy/${policy}` }))
      .sort(byKey((policy) => policy.name)),
    ...defined({ inlinePolicy: document, permissionsBoundary }),
  };
}

function baseName(policy: string): string {
  return policy.split("/").at(-1)!;
}

function roleOf(
  workload: string,
  description: string,
  sessionMinutes: number,
  trust: PolicyDocument,
  permissions: Permissions,
): WorkloadRole {
  // IAM's least is an hour; a shorter session of Roles Anywhere is the profile's to limit.
  return {
    workload,
    name: workloadRoleName(workload),
    path: WORKLOAD_ROLE_PATH,
    description,
    maxSessionSeconds: Math.max(60, sessionMinutes) * 60,
    trust,
    ...permissions,
  };
}

function checkTrustSize(problems: ProblemList, role: WorkloadRole, path: DocumentPath): void {
  const size = policySize(role.trust);
  if (size <= MAX_TRUST_CHARACTERS) return;
  problems.error(
    "WORKLOAD-QUOTA-TRUST",
    path,
    `The trust policy of ${role.workload} has ${size} characters; IAM takes ${MAX_TRUST_CHARACTERS}.`,
    "Name fewer subjects, or make two workloads of it.",
  );
}

function warnUnused(problems: ProblemList, section: WorkloadIdentitySection): void {
  const anchors = new Set(section.rolesAnywhere.map((workload) => workload.trustAnchor));
  section.trustAnchors.forEach(({ name }, i) => {
    if (
      !anchors.has(name) &&
      section.rolesAnywhere.every((workload) =>
        section.trustAnchors.some((anchor) => anchor.name === workload.trustAnchor),
      )
    ) {
      problems.warning(
        "TRUST-ANCHOR-UNUSED",
        [SECTION, "trustAnchors", i, "name"],
        `No workload uses the trust anchor ${name}.`,
        "Add a workload. A trust anchor that nobody needs is an unused sign-in path: remove it (docs/workloads.md).",
      );
    }
  });
  const providers = new Set(section.oidcRoles.map((workload) => workload.provider));
  section.oidcProviders.forEach(({ name }, i) => {
    if (
      !providers.has(name) &&
      section.oidcRoles.every((workload) =>
        section.oidcProviders.some((provider) => provider.name === workload.provider),
      )
    ) {
      problems.warning(
        "OIDC-PROVIDER-UNUSED",
        [SECTION, "oidcProviders", i, "name"],
        `No workload uses the OIDC provider ${name}.`,
        "Add a workload, or remove the provider.",
      );
    }
  });
}
