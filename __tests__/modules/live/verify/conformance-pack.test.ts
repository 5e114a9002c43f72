import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ManagementSession } from "../../../../modules/aws/management-session";
import type { Claim } from "../../../../modules/live/verify/claim";
import { look } from "../../../../modules/live/verify/live";
import { checksOf } from "../../../../modules/live/verify/run";
import { exampleState, exampleWith } from "../../../support/environments";

/** A conformance pack is seen when every account has it: that it is there says nothing of the accounts. */

const state = exampleState();
const environment = exampleWith().environment!;
const [check] = checksOf(environment, state, ["credential-hygiene"]).filter(({ kind }) => kind === "conformance-pack");
const hygiene = state.credentialHygiene!;
const accounts = environment.tree.accounts.map(({ id }) => id).filter((id) => !hygiene.excludedAccountIds.includes(id));

interface Answer {
  readonly status?: number;
  readonly body: object;
}
const statuses = (of: (id: string, index: number) => string | undefined): Answer => ({
  body: {
    OrganizationConformancePackDetailedStatuses: accounts.flatMap((AccountId, index) => {
      const Status = of(AccountId, index);
      return Status === undefined ? [] : [{ AccountId, Status, ConformancePackName: "x" }];
    }),
  },
});

async function claimWith(detailed: Answer): Promise<Claim> {
  const packs = {
    OrganizationConformancePacks: [
      { OrganizationConformancePackName: check!.name, ExcludedAccounts: hygiene.excludedAccountIds },
    ],
  };
  const server = createServer((request, response) => {
    const action = String(request.headers["x-amz-target"]).split(".").pop()!;
    const answer: Answer = action === "GetOrganizationConformancePackDetailedStatus" ? detailed : { body: packs };
    response.writeHead(answer.status ?? 200, { "content-type": "application/x-amz-json-1.1" });
    request.resume().on("end", () => response.end(JSON.stringify(answer.body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = {
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    // The pack is looked at where it is managed: no role is assumed for this test.
    managementAccountId: check!.place.accountId,
    organizationId: environment.organization.id,
  } as unknown as ManagementSession;
  const [claim] = await look([check!], {
    session,
    memberRole: state.settings.memberRole as never,
    now: () => new Date("2026-11-27T00:00:00Z"),
  }).finally(() => server.close());
  return claim!;
}

test.each<[string, Answer, Claim["verdict"], RegExp]>([
  ["made in every account", statuses(() => "CREATE_SUCCESSFUL"), "seen", /^$/],
  ["made, and changed in some", statuses((_, i) => (i % 2 ? "UPDATE_SUCCESSFUL" : "CREATE_SUCCESSFUL")), "seen", /^$/],
  [
    "failed in one",
    statuses((_, i) => (i === 1 ? "CREATE_FAILED" : "CREATE_SUCCESSFUL")),
    "different",
    /^\d{12}: CREATE_FAILED$/,
  ],
  [
    "still on its way",
    statuses((_, i) => (i === 1 ? "CREATE_IN_PROGRESS" : "CREATE_SUCCESSFUL")),
    "different",
    /CREATE_IN_PROGRESS/,
  ],
  [
    "going",
    statuses((_, i) => (i === 1 ? "DELETE_SUCCESSFUL" : "CREATE_SUCCESSFUL")),
    "different",
    /DELETE_SUCCESSFUL/,
  ],
  [
    "not in one",
    statuses((_, i) => (i === 1 ? undefined : "CREATE_SUCCESSFUL")),
    "different",
    /^\d{12}: not deployed$/,
  ],
  ["there, and in no account", statuses(() => undefined), "different", /not deployed/],
  [
    "there, and nobody may read where",
    { status: 400, body: { __type: "OrganizationAccessDeniedException", message: "no" } },
    "not-readable",
    /GetOrganizationConformancePackDetailedStatus/,
  ],
])("%s", async (_, detailed, verdict, words) => {
  const claim = await claimWith(detailed);
  expect(claim.verdict).toBe(verdict);
  expect(claim.details.join("; ")).toMatch(words);
});
