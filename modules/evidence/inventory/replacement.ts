import { stringify } from "yaml";
import type { CredentialKind, KeyUsage, Replacement, VerdictKind } from "./types";
import { KEYLESS } from "../../kernel/command";

/** Names of this environment that a snippet can refer to, so that it fits in as it is. */
export interface SnippetContext {
  readonly accountName: string;
  /** Name of a trust anchor in the account. @default - the snippet brings one */
  readonly trustAnchor?: string;
  /** Name and kind of OIDC providers in the account. */
  readonly oidcProviders: readonly { readonly name: string; readonly kind: string }[];
  /** A permission set and a group of the environment. Absent: no Identity Center here. */
  readonly identityCenter?: { readonly permissionSet: string; readonly group: string };
}

export interface Replaced {
  readonly kind: CredentialKind;
  readonly verdict: VerdictKind;
  readonly userName: string;
  readonly service?: string;
  readonly usage?: KeyUsage;
}

const SERVICE_ADVICE: Readonly<Record<string, string>> = {
  "bedrock.amazonaws.com": "A role, or a short-term Bedrock API key that a role makes, in place of the long-term one.",
  "codecommit.amazonaws.com": "git-remote-codecommit with a role or Identity Center in place of a password for Git.",
  "cassandra.amazonaws.com": "The SigV4 plugin for Keyspaces with a role in place of a password.",
};

const ADVICE: { readonly [verdict in VerdictKind]?: Replacement } = {
  stolen: {
    by: "nothing",
    advice:
      "Treat it as an incident: deactivate it, look at what it did, and find what it has made. No replacement before that.",
  },
  mixed: {
    by: "find-out",
    advice: "Several things share this key: ask its owner, and give each a replacement of its own.",
  },
  "aws-compute": {
    by: "role",
    advice:
      "The role of the instance, task or function that uses it: the SDK finds it by itself once the key is gone from its settings.",
  },
};

/** What takes the place of a credential, with the YAML for `baseline.yaml` where the baseline has a section for it. */
export function replacementOf(replaced: Replaced, context: SnippetContext, environment: string): Replacement {
  const { kind, verdict } = replaced;
  if (verdict === "break-glass")
    return {
      by: "nothing",
      advice:
        kind === "password" ? "Stays as it is." : "Delete it by hand: break glass signs in with password and MFA.",
    };
  if (verdict === "excepted")
    return { by: "find-out", advice: "Ask the owner of the exception what comes before it ends." };
  if (kind === "root-access-key")
    return {
      by: "nothing",
      advice: "Delete it: sign in as root, or with centralized root access from the management account.",
    };
  if (kind === "service-credential")
    return {
      by: "role",
      advice: SERVICE_ADVICE[replaced.service ?? ""] ?? "A role in place of the credential of a service.",
    };
  if (kind === "signing-certificate")
    return { by: "nothing", advice: "Delete it: signing certificates serve the SOAP APIs of old only." };
  if (kind === "ssh-key")
    return { by: "identity-center", advice: "git-remote-codecommit with a role or Identity Center in place of SSH." };
  if (verdict === "inactive")
    return {
      by: "nothing",
      advice: `${KEYLESS} retire ${environment} deletes it once it was seen inactive for long enough.`,
    };
  if (verdict === "never-used" || verdict === "unused") {
    return {
      by: "nothing",
      advice:
        kind === "password"
          ? "Delete the login profile (aws iam delete-login-profile)."
          : `${KEYLESS} retire ${environment} deactivates it.`,
    };
  }
  if (verdict === "ci") return ciReplacement(replaced, context);
  if (verdict === "external-workload")
    return {
      by: "roles-anywhere",
      advice: "IAM Roles Anywhere: a certificate in place of the key.",
      snippet: rolesAnywhereSnippet(replaced, context),
    };
  if (verdict === "person") {
    const advice = "A permission set of Identity Center: aws sso login in place of a key or password.";
    return context.identityCenter
      ? { by: "identity-center", advice, snippet: identityCenterSnippet(context, context.identityCenter) }
      : { by: "identity-center", advice };
  }
  const shared = ADVICE[verdict];
  if (shared) return shared;
  return { by: "find-out", advice: "Ask its owner, or let CloudTrail tell (--cloudtrail, --lookup-events)." };
}

/** Terraform addresses are made of such names. */
export function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return plain.slice(0, 40).replace(/-+$/, "") || "workload";
}

/** A provider is proposed where agents name it: not for what a user is called, and no GitHub for Jenkins. */
function ciReplacement(replaced: Replaced, context: SnippetContext): Replacement {
  const agents = (replaced.usage?.userAgents ?? []).map(({ value }) => value);
  const kinds = [
    ...(agents.some((one) => /gitlab/i.test(one)) ? ["gitlab" as const] : []),
    ...(agents.some((one) => /github|configure-aws-credentials/i.test(one)) ? ["github" as const] : []),
  ];
  const [kind] = kinds;
  const advice = "A role that CI assumes with its OIDC token.";
  return kind === undefined || kinds.length > 1
    ? { by: "oidc", advice: `${advice} Its agents do not tell one CI system whose tokens the baseline has YAML for.` }
    : { by: "oidc", advice, snippet: oidcSnippet(replaced, context, kind) };
}

function oidcSnippet(replaced: Replaced, context: SnippetContext, kind: "github" | "gitlab"): string {
  const gitlab = kind === "gitlab";
  const known = context.oidcProviders.find((provider) => provider.kind === kind);
  const provider = known?.name ?? slug(`${kind}-${context.accountName}`);
  return yaml(
    [
      gitlab
        ? "Fill in: the project and branch, and what the role may do."
        : "Fill in: owner, repository and environment, and what the role may do.",
      ...called(replaced.usage),
    ],
    {
      workloadIdentity: {
        ...(known ? {} : { oidcProviders: [{ name: provider, kind, account: context.accountName }] }),
        oidcRoles: [
          {
            name: slug(replaced.userName),
            provider,
            subjects: [
              gitlab
                ? "project_path:OWNER/PROJECT:ref_type:branch:ref:main"
                : "repo:OWNER/REPOSITORY:environment:production",
            ],
          },
        ],
      },
    },
  );
}

function rolesAnywhereSnippet(replaced: Replaced, context: SnippetContext): string {
  const anchor = context.trustAnchor ?? slug(`${context.accountName}-ca`);
  return yaml(
    [
      "Fill in: the certificate's common name (and the CA's file), and what the role may do.",
      ...called(replaced.usage),
    ],
    {
      workloadIdentity: {
        ...(context.trustAnchor
          ? {}
          : {
              trustAnchors: [
                { name: anchor, account: context.accountName, certificateBundleFile: "certificates/ca.pem" },
              ],
            }),
        rolesAnywhere: [
          { name: slug(replaced.userName), trustAnchor: anchor, subject: { commonName: slug(replaced.userName) } },
        ],
      },
    },
  );
}

function identityCenterSnippet(
  context: SnippetContext,
  { permissionSet, group }: { readonly permissionSet: string; readonly group: string },
): string {
  return yaml(["Fill in: the group that the person is in, and the permission set for the work."], {
    identityCenter: { assignments: [{ group, permissionSet, targets: [{ account: context.accountName }] }] },
  });
}

/** Event sources are what CloudTrail says; anything that does not look like one stays out of a comment. */
function called(usage: KeyUsage | undefined): readonly string[] {
  const services = (usage?.services ?? [])
    .map((service) => service.value)
    .filter((name) => /^[a-z0-9.-]{1,64}$/.test(name));
  return services.length > 0 ? [`It called: ${services.slice(0, 8).join(", ")}.`] : [];
}

function yaml(comments: readonly string[], value: object): string {
  return `${comments.map((line) => `# ${line}\n`).join("")}${stringify(value, { lineWidth: 0 })}`;
}
