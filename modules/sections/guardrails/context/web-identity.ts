import { suggestion } from "../../../kernel/nearest";
import { referenceDate } from "../../../policy/vocabulary/reference";
import { passedClaims } from "../../../policy/vocabulary/web-identity-claims";
import type { ProblemList } from "../../../config/problem-list";
import type { GuardrailsEnvironment } from "../types";
import { issuerKey } from "../../workload-identity/oidc";
import type { WorkloadIdentityState } from "../../workload-identity/types";
import type { TrustedWebIdentity, WebIdentityContext } from "../types";
import { uniqueSorted } from "../../../kernel/lists";

const SECTION = ["guardrails", "webIdentity", "trusted"] as const;

/** Whom the guardrail restrict-web-identity lets in: what `guardrails.webIdentity` lists, and the workloads of `workloadIdentity`. */
export function webIdentityContext(
  { baseline }: GuardrailsEnvironment,
  workloads: WorkloadIdentityState | undefined,
): WebIdentityContext {
  const own = (workloads?.stacks ?? [])
    .flatMap((stack) => stack.oidcRoles)
    .map(({ issuerUrl, subjects }): TrustedWebIdentity => ({
      issuer: issuerKey(issuerUrl),
      claim: "sub",
      values: subjects,
    }));
  const listed = (baseline.guardrails.webIdentity?.trusted ?? []).map(
    ({ issuer, claim, values, anySubject }): TrustedWebIdentity => ({
      issuer,
      claim,
      values: anySubject ? ["*"] : values,
    }),
  );
  const merged = new Map<string, TrustedWebIdentity>();
  for (const { issuer, claim, values } of [...listed, ...own]) {
    const key = `${issuer}:${claim}`;
    merged.set(key, { issuer, claim, values: uniqueSorted([...(merged.get(key)?.values ?? []), ...values]) });
  }
  return { trusted: [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, trusted]) => trusted) };
}

const GITHUB = ["enterprise_id", "job_workflow_ref", "repository", "repository_id", "repository_owner_id"];
const BUILDKITE = ["organization_id", "organization_slug", "pipeline_id"];

/** Claims that name an owner beside `sub`, by host of the issuer. */
const OWNERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^token\.actions\.githubusercontent\.com(\/|$)/, GITHUB],
  [/^token\.actions\.[^.]+\.ghe\.com$/, GITHUB],
  [/^github\.com\/enterprises\//, GITHUB],
  [/^gitlab\.com$/, ["namespace_id", "project_id"]],
  [/^agent\.([^.]+\.)?buildkite\.(com|dev|site)$/, BUILDKITE],
  [/^oidc\.circleci\.com\/org\//, ["oidc.circleci.com/project-id"]],
  [/^accounts\.google\.com$/, ["aud", "google/organization_number"]],
  // Our own application, where it signs people in.
  [/^(graph\.facebook|www\.amazon)\.com$/, ["app_id"]],
  // The audience is the identity pool.
  [/^cognito-identity\.amazonaws\.com$/, ["aud"]],
];

/** Claims that say by themselves whose token it is: `environment`, `ref` or, of most issuers, `aud` are the same for strangers. */
function ownerClaims(issuer: string): readonly string[] {
  return ["sub", ...OWNERS.filter(([host]) => host.test(issuer.toLowerCase())).flatMap(([, claims]) => claims)];
}

/** Wildcards may not stand where the owner's name is: `repo:*` is everybody. */
export function checkWebIdentity({ baseline }: GuardrailsEnvironment, problems: ProblemList): void {
  (baseline.guardrails.webIdentity?.trusted ?? []).forEach(({ issuer, claim, values, anySubject }, i) => {
    const passed = passedClaims(issuer);
    const owners = ownerClaims(issuer).filter((one) => passed.includes(one));
    if (!passed.includes(claim))
      problems.error(
        "WEB-IDENTITY-CLAIM-UNKNOWN",
        [...SECTION, i, "claim"],
        `AWS passes on no claim ${claim} of ${issuer} (as of ${referenceDate()}): it would never be in a request, and nobody would come in by it.`,
        suggestion(claim, passed, "claim"),
      );
    else if (!owners.includes(claim))
      problems.error(
        "WEB-IDENTITY-CLAIM",
        [...SECTION, i, "claim"],
        `The claim ${claim} of ${issuer} does not say whose token it is: each entry lets tokens in by itself, and a stranger's token may have the same ${claim}.`,
        `Name the owner: claim: ${owners.length > 1 ? `${owners[0]}, or ${owners.slice(1).join(", ")}` : owners.join("")}. Also ask for ${claim} in the trust policies of the roles.`,
      );
    if (anySubject === values.length > 0) {
      problems.error(
        "WEB-IDENTITY-VALUES",
        [...SECTION, i],
        anySubject
          ? "anySubject lets every subject of the issuer in, so that values have no effect."
          : "Nothing says which subjects of the issuer are ours.",
        anySubject
          ? "Keep one of the two."
          : "Add values; or anySubject: true, where the whole issuer is ours (a cluster of EKS).",
      );
    }
    values.forEach((value, j) => {
      const wildcard = value.search(/[*?]/);
      // repo:acme/… and organization:acme:… name the owner after a first word; other claims begin with the owner.
      const separators = (wildcard === -1 ? value : value.slice(0, wildcard)).split(/[:/]/).length - 1;
      if (wildcard !== -1 && separators < (claim === "sub" ? 2 : 1)) {
        problems.error(
          "WEB-IDENTITY-WILDCARD",
          [...SECTION, i, "values", j],
          `${JSON.stringify(value)} lets in owners whose name nobody wrote.`,
          "Write the owner's name in full before the first wildcard, for example repo:acme/*.",
        );
      }
    });
  });
}
