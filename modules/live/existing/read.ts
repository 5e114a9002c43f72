import { type RoleOfMembers } from "../../config/settings";
import { DescribePolicyCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { mapBounded } from "../../aws/bounded";
import type { ManagementSession } from "../../aws/management-session";
import { awsClient } from "../../aws/session";
import { byKey, uniqueSorted } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import type {
  Existing,
  ExistingGap,
  ExistingLook,
  ExistingOidcProvider,
  ExistingPolicy,
  ExistingThing,
} from "../../organization/existing";
import type { Organization } from "../../organization/types";
import { readTags } from "../sync/tree";
import { seen } from "../verify/claim";
import { type Check, look, type Reader } from "../verify/live";
import { LOOKS } from "./by-name";
import { readExistingSets } from "./identity-center";
import { ALL_PROVIDERS, readProviders } from "./providers";
import type { Wanted } from "./wanted";

export interface ReadExistingOptions {
  readonly session: ManagementSession;
  readonly memberRole: RoleOfMembers;
  readonly facts: Organization;
  /** What the baseline makes by name; nothing where it does not resolve. */
  readonly wanted: readonly Wanted[];
  readonly now: () => Date;
  readonly concurrency?: number;
  readonly onProgress: (step: string) => void;
}

/** Calls at a time, for SCPs. */
const CONCURRENCY = 8;

/** Reads what a baseline can meet or take over. What an account does not let be read is a gap, and no failure of the whole. */
export async function readExisting(options: ReadExistingOptions): Promise<Existing> {
  const { session, facts, wanted, onProgress: say } = options;
  const permissionSets = facts.identityCenter ? await readExistingSets(session, facts.identityCenter, say) : [];
  const policies = await readPolicyDetails(session, facts, say);
  const found = await readAccounts(options);
  return {
    version: 1,
    organizationId: facts.id,
    readAt: `${options.now().toISOString().slice(0, 19)}Z`,
    permissionSets,
    policies,
    ...found,
    names: Object.fromEntries(
      uniqueSorted(wanted.map(({ type }) => type)).map((type) => [
        type,
        uniqueSorted(wanted.filter((one) => one.type === type).map(({ name }) => name)),
      ]),
    ),
  };
}

async function readPolicyDetails(
  session: ManagementSession,
  facts: Organization,
  say: (step: string) => void,
): Promise<readonly ExistingPolicy[]> {
  const client = awsClient(OrganizationsClient, session);
  const own = facts.policies.filter((policy) => !policy.awsManaged);
  let done = 0;
  try {
    return await mapBounded(own, CONCURRENCY, async ({ id, name }) => {
      const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: id }));
      const tags = [...(await readTags(client, id))].sort(byKey(([key]) => key));
      say(`policies with tags: ${++done} of ${own.length}`);
      return { id, name, description: Policy?.PolicySummary?.Description ?? "", tags: Object.fromEntries(tags) };
    });
  } finally {
    client.destroy();
  }
}

interface AccountsRead {
  readonly oidcProviders: readonly ExistingOidcProvider[];
  readonly things: readonly ExistingThing[];
  readonly looked: readonly ExistingLook[];
  readonly notRead: readonly ExistingGap[];
}

/** Things by name and OIDC providers, account by account. Facts say which accounts there are. */
export async function readAccounts({
  session,
  memberRole,
  facts,
  wanted,
  now,
  concurrency,
  onProgress,
}: Omit<ReadExistingOptions, "onProgress"> & Partial<Pick<ReadExistingOptions, "onProgress">>): Promise<AccountsRead> {
  const oidcProviders: ExistingOidcProvider[] = [];
  const things: ExistingThing[] = [];
  const looked: ExistingLook[] = [];
  const check = (accountId: string, name: string, read: (reader: Reader) => Promise<void>): Check => ({
    section: "organization",
    kind: "existing",
    name,
    promise: "",
    place: { accountId },
    look: async (reader) => {
      await read(reader);
      return seen();
    },
  });
  const checks = facts.accounts
    .filter((account) => account.status === "ACTIVE")
    .map(({ id }) =>
      check(id, ALL_PROVIDERS, async (reader) => {
        oidcProviders.push(...(await readProviders(reader)));
        looked.push({ type: "aws_iam_openid_connect_provider", accountId: id, names: [] });
      }),
    );
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    if (!LOOKS[one.type]) continue;
    const key = `${one.type} ${one.accountId} ${one.region ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  for (const group of groups.values()) {
    const { type, accountId, region } = group[0]!;
    const names = uniqueSorted(group.map(({ name }) => name));
    checks.push(
      check(accountId, type, async (reader) => {
        const found = await LOOKS[type]!(reader, names, region ?? session.region);
        things.push(...found.map((one): ExistingThing => ({ type, accountId, ...defined({ region }), ...one })));
        looked.push({ type, accountId, ...defined({ region }), names });
      }),
    );
  }
  const claims = await look(checks, {
    session,
    memberRole,
    now,
    ...defined({ concurrency }),
    onProgress: (done, of) => onProgress?.(`accounts: ${done} of ${of}`),
  });
  const place = ({ type, accountId, region = "" }: Omit<ExistingLook, "names">): string =>
    `${type} ${accountId} ${region}`;
  return {
    oidcProviders: oidcProviders.sort(byKey(({ arn }) => arn)),
    things: things.sort(byKey((one) => `${place(one)} ${one.name}`)),
    looked: looked.sort(byKey(place)),
    notRead: claims
      .filter(({ verdict }) => verdict === "not-readable")
      .map(({ name, details, place: { accountId } }) => ({
        accountId,
        what: name,
        // AWS's own words may have lines.
        why: details.join("; ").replace(/[\p{Cc}\u2028\u2029]+/gu, " "),
      }))
      .sort(byKey(({ accountId, what }) => `${accountId} ${what}`)),
  };
}
