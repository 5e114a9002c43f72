/** What is known of OIDC issuers by kind, and which subjects leave a role open. No cdktf. */

export type OidcKind = "github" | "gitlab" | "hcp-terraform" | "custom";

interface Known {
  readonly issuerUrl: string;
  readonly audience: (issuerUrl: string) => string;
  readonly label: string;
}

/**
 * https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
 * https://docs.gitlab.com/ci/cloud_services/aws/
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
 */
const KNOWN: Readonly<Record<Exclude<OidcKind, "custom">, Known>> = {
  github: {
    issuerUrl: "https://token.actions.githubusercontent.com",
    audience: () => "sts.amazonaws.com",
    label: "GitHub Actions",
  },
  gitlab: { issuerUrl: "https://gitlab.com", audience: (issuerUrl) => issuerUrl, label: "GitLab" },
  "hcp-terraform": {
    issuerUrl: "https://app.terraform.io",
    audience: () => "aws.workload.identity",
    label: "HCP Terraform",
  },
};

/** For people. */
export function kindLabel(kind: OidcKind): string {
  return kind === "custom" ? "OIDC" : KNOWN[kind].label;
}

/** The issuer of a kind; absent for `custom`. */
export function defaultIssuer(kind: OidcKind): string | undefined {
  return kind === "custom" ? undefined : KNOWN[kind].issuerUrl;
}

/** The audience that the kind's own documentation sets up for AWS; absent for `custom`. */
export function defaultAudience(kind: OidcKind, issuerUrl: string): string | undefined {
  return kind === "custom" ? undefined : KNOWN[kind].audience(issuerUrl);
}

/** The kind whose issuer is shared by everybody, where a URL is one of those. */
export function sharedIssuerKind(issuerUrl: string): OidcKind | undefined {
  return (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).find(
    (kind) => issuerKey(KNOWN[kind].issuerUrl) === issuerKey(issuerUrl),
  );
}

/** The issuer without `https://`: what ARNs and condition keys are made of. */
export function issuerHost(issuerUrl: string): string {
  return issuerUrl.replace(/^https:\/\//, "");
}

/** Equal for URLs of which AWS takes one per account. */
export function issuerKey(issuerUrl: string): string {
  return issuerHost(issuerUrl).toLowerCase().replace(/\/+$/, "");
}

export function oidcProviderArn(accountId: string, issuerUrl: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${issuerHost(issuerUrl)}`;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html: a path is fine, a query or a port is not. */
export function issuerProblem(issuerUrl: string): string | undefined {
  if (issuerUrl.length > 255) return `has ${issuerUrl.length} characters; AWS takes 255`;
  if (/[?#]/.test(issuerUrl)) return "has a query or a fragment";
  if (!/^https:\/\/[A-Za-z0-9.-]+(\/[A-Za-z0-9._~/-]*)?$/.test(issuerUrl))
    return "has a port, or characters that are not a host and a path";
  return undefined;
}

export const WILDCARD = /[*?]/;

/** A name in a subject, written out. Owners and repositories of GitHub may carry their immutable id: `acme@1234`. */
const NAME = "[A-Za-z0-9._-]+(?:@\\d+)?";
const LITERAL = "[^:*?]+";

interface SubjectRule {
  /** What the part before the first wildcard, or all of it, has to begin with: it names one owner and one project. */
  readonly named: RegExp;
  readonly form: string;
  readonly example: string;
}

/**
 * https://docs.github.com/en/actions/reference/security/oidc (immutable subjects: `repo:acme@1/shop@2:…`; customised subjects name the
 * repository in one of their parts)
 * https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
 */
const RULES: Readonly<Record<OidcKind, SubjectRule>> = {
  github: {
    named: new RegExp(
      `^(?:[a-z_]+:[^:*?]+:)*(?:repo:${NAME}/${NAME}:.|repository:${NAME}/${NAME}(?::|$)|repository_id:\\d+(?::|$))`,
    ),
    form: "repo:<owner>/<repository>:<context>",
    example: "repo:acme/shop:environment:production",
  },
  gitlab: {
    named: /^project_path:[^:*?/]+(?:\/[^:*?/]+)+:./,
    form: "project_path:<group>/<project>:<context>",
    example: "project_path:acme/shop:ref_type:branch:ref:main",
  },
  "hcp-terraform": {
    named: new RegExp(
      `^organization:${LITERAL}:project:${LITERAL}:(?:workspace:[^:]+:run_phase:(?:plan|apply|\\*)|stack:[^:]+:deployment:[^:]+:operation:(?:plan|apply|\\*))$`,
    ),
    form: "organization:<organization>:project:<project>:workspace:<workspace>:run_phase:<plan, apply or *>",
    example: "organization:acme:project:shop:workspace:shop-prod:run_phase:apply",
  },
  // Nothing is known of the issuer but that it separates with : / or |. Three named parts, or an unguessable id, and then what may vary:
  // system:serviceaccount:* would be every service account of a cluster.
  custom: {
    named: /^(?:(?:[^*?:/|]+[:/|]+){3}|\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?[:/|])/,
    form: "at least three named parts before the wildcard",
    example: "system:serviceaccount:shop:*",
  },
};

export interface SubjectProblem {
  readonly message: string;
  readonly fix: string;
}

/** Why a subject leaves a role open, or can never match. */
export function subjectProblem(kind: OidcKind, subject: string): SubjectProblem | undefined {
  const rule = RULES[kind];
  if (subject.includes("${")) {
    return {
      message: `The subject ${subject} has \${…}, which IAM takes for a policy variable.`,
      fix: "Write the subject out.",
    };
  }
  if (/[\p{Cc}]/u.test(subject))
    return { message: `The subject ${JSON.stringify(subject)} has control characters.`, fix: "Write it on one line." };
  if (kind === "custom" && !WILDCARD.test(subject)) return undefined;
  if (rule.named.test(subject)) return undefined;
  if (WILDCARD.test(subject)) {
    return {
      message: `The subject ${subject} leaves open who may come: before the first * or ? it does not name ${kind === "hcp-terraform" ? "the organization and the project" : kind === "custom" ? "the workload" : "the owner and the project"}.`,
      fix: `Write ${rule.form}, for example ${rule.example}.`,
    };
  }
  return {
    message: `${kindLabel(kind)} has no subject like ${subject}: nobody could ever come.`,
    fix: `Write ${rule.form}, for example ${rule.example}.`,
  };
}
