import { ENVIRONMENT_TAG } from "../../config/settings";
import { count, listed } from "../../kernel/words";
import type { ExistingOidcProvider } from "../../organization/existing";
import type { Environment } from "../../sections/environment";
import {
  defaultIssuer,
  issuerKey,
  issuerProblem,
  oidcProviderArn,
  sharedIssuerKind,
  WILDCARD,
} from "../../sections/workload-identity/oidc";
import { ownerOf } from "../existing/owner";
import { stableSlug } from "./names";
import type { LeftAlone } from "./sets";

export interface ProposedProvider {
  readonly arn: string;
  readonly entry: Readonly<Record<string, unknown>> & { readonly name: string; readonly existing?: true };
  /** For people: who trusts it. */
  readonly usedBy: string;
}

/** OIDC providers: taken over, or used as they are where another tool manages them. Roles that trust them stay as they are. */
export function proposeProviders(environment: Environment): {
  readonly providers: readonly ProposedProvider[];
  readonly left: readonly LeftAlone[];
} {
  const { existing, baseline, tree } = environment;
  const known = new Set(
    (baseline.workloadIdentity?.oidcProviders ?? []).map(({ account, issuerUrl, kind }) => {
      const id = tree.accountById.get(account)?.id ?? tree.accountByName.get(account)?.id ?? account;
      return `${id} ${issuerKey(issuerUrl ?? defaultIssuer(kind) ?? "")}`;
    }),
  );
  const taken = new Set(baseline.workloadIdentity?.oidcProviders.map(({ name }) => name));
  const left: LeftAlone[] = [];
  const providers: ProposedProvider[] = [];
  const imported = new Set([...(environment.adopted ?? []), ...(environment.moves ?? [])].map(({ id }) => id));
  for (const provider of existing?.oidcProviders ?? []) {
    // Of the pipeline's provider no list of baseline.yaml tells: its tag does, or that moves.yaml imports it.
    if (provider.tags[ENVIRONMENT_TAG] === environment.name || imported.has(provider.arn)) continue;
    if (known.has(`${provider.accountId} ${issuerKey(provider.url)}`)) continue;
    const account = tree.accountById.get(provider.accountId)?.name ?? provider.accountId;
    const what = `OIDC provider ${provider.url} in ${account}`;
    const why = hindrance(environment, provider);
    if (why !== undefined) left.push({ what, why });
    else {
      const found = proposed(environment, provider, account, taken);
      taken.add(found.entry.name);
      providers.push(found);
    }
    if (provider.usedBy.length > 0)
      left.push({
        what: `${count(provider.usedBy.length, "role")} in ${account} (${listed(provider.usedBy, 5)})`,
        why: `they trust ${provider.url} and go on as they are; a workload's role has a name and a path of this baseline's, so that an existing one cannot become one without being made again`,
      });
  }
  return { providers, left };
}

function hindrance(
  { name, tree }: Environment,
  { accountId, arn, url, audiences, tags }: ExistingOidcProvider,
): string | undefined {
  if (!tree.accountById.has(accountId)) return "its account is not active";
  const wrong = issuerProblem(url);
  if (wrong !== undefined) return `its issuer ${wrong}`;
  if (oidcProviderArn(accountId, url) !== arn) return `its ARN ${arn} is not that of its issuer`;
  if (audiences.length === 0) return "it has no audience";
  if (audiences.some((one) => WILDCARD.test(one) || one.includes("${")))
    return "an audience of it has a wildcard or a variable";
  return ownerOf(tags, name) === undefined && Object.keys(tags).some((key) => key.startsWith("aws:"))
    ? "a service of AWS manages it, as its tags say"
    : undefined;
}

function proposed(
  environment: Environment,
  { accountId, arn, url, audiences, tags, usedBy }: ExistingOidcProvider,
  account: string,
  taken: ReadonlySet<string>,
): ProposedProvider {
  const { tree } = environment;
  const kind = sharedIssuerKind(url) ?? "custom";
  const isOthers = ownerOf(tags, environment.name) !== undefined;
  return {
    arn,
    usedBy: usedBy.length === 0 ? "no role trusts it" : `${count(usedBy.length, "role")} of the account trust it`,
    entry: {
      name: stableSlug(`${kind === "custom" ? new URL(url).hostname : kind}-${account}`, taken),
      kind,
      account: tree.accountByName.get(account)?.id === accountId ? account : accountId,
      ...(defaultIssuer(kind) === url ? {} : { issuerUrl: url }),
      audiences,
      ...(isOthers ? { existing: true as const } : {}),
    },
  };
}
