import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { readIdentityCenter } from "../../../../modules/live/sync/identity-center";
import { readPolicies } from "../../../../modules/live/sync/policies";
import { checksOf } from "../../../../modules/live/verify/run";
import { guardrailChecks } from "../../../../modules/live/verify/sections/guardrails";
import type { Reader } from "../../../../modules/live/verify/live";
import { plannedOf } from "../../../../modules/live/verify/planned";
import { exampleState, exampleWith } from "../../../support/environments";

jest.setTimeout(120_000);

/** The tag shows whose a policy is by its value: with the key alone anybody's policy would be taken for ours, and left out of the proofs. */

const MANAGEMENT = "111111111111";
const INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444";
const TAGS: Readonly<Record<string, readonly object[]>> = {
  "p-own": [{ Key: "keyless:environment", Value: "example" }],
  "p-other": [{ Key: "keyless:environment", Value: "staging" }],
  "p-none": [],
  "ps-own": [{ Key: "keyless:environment", Value: "example" }],
  "ps-other": [{ Key: "keyless:environment", Value: "staging" }],
};

function answer(call: string, given: Readonly<Record<string, string>>): object {
  switch (call) {
    case "ListPolicies":
      return { Policies: ["p-own", "p-other", "p-none"].map((Id) => ({ Id, Name: Id, AwsManaged: false })) };
    case "DescribePolicy":
      return { Policy: { Content: "{}" } };
    case "ListTargetsForPolicy":
      return { Targets: [{ TargetId: rootId }] };
    case "ListRoots":
      return { Roots: [{ Id: rootId, PolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }] }] };
    case "ListTagsForResource":
      return { Tags: TAGS[given["ResourceId"] ?? given["ResourceArn"] ?? ""] };
    case "ListInstances":
      return {
        Instances: [{ InstanceArn: INSTANCE, IdentityStoreId: "d-1", OwnerAccountId: MANAGEMENT, Status: "ACTIVE" }],
      };
    case "ListPermissionSets":
      return { PermissionSets: ["ps-own", "ps-other"] };
    case "DescribePermissionSet":
      return { PermissionSet: { Name: given["PermissionSetArn"] } };
    default:
      return {};
  }
}

let rootId = "r-exmp";
let server: Server;
let endpoint: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const call = String(request.headers["x-amz-target"]).split(".").pop()!;
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer(call, JSON.parse(body) as Record<string, string>)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };
const nothing = (): void => undefined;

test("sync: a policy with the tag of another environment is not ours", async () => {
  const client = new OrganizationsClient({ region: "us-east-1", endpoint, credentials: CREDENTIALS });
  const policies = await readPolicies(client, "example", ["SERVICE_CONTROL_POLICY"], nothing);
  expect(policies.map(({ id, ours }) => [id, ours])).toEqual([
    ["p-none", false],
    ["p-other", false],
    ["p-own", true],
  ]);
});

test("sync: nor is such a permission set", async () => {
  const session = { region: "eu-central-1", endpoint, credentials: CREDENTIALS };
  const center = await readIdentityCenter(session, "example", MANAGEMENT, ["eu-central-1"], nothing);
  expect(center?.permissionSets.map(({ name, ours }) => [name, ours])).toEqual([
    ["ps-other", false],
    ["ps-own", true],
  ]);
});

describe("verify", () => {
  const reader = (): Reader => ({
    accountId: MANAGEMENT,
    client: (Type) => new Type({ region: "us-east-1", endpoint, credentials: CREDENTIALS } as never),
    session: () => ({ endpoint, credentials: CREDENTIALS }),
    once: (_, read) => read(),
    within: (_, read) => read(reader()),
  });

  test("looks for policies with our tag of every type that is enabled, also where none is planned", async () => {
    const state = exampleState();
    const planned = plannedOf(exampleWith().environment!, {
      ...state,
      guardrails: { ...state.guardrails, policies: [] },
    });
    const others = guardrailChecks(planned).filter(({ kind }) => kind === "other-policies");
    expect(others.map(({ name }) => name)).toEqual(["SCPs", "RCPs"]);
    for (const { look } of others)
      expect(await look(reader())).toMatchObject({ verdict: "different", details: ["p-own (p-own) is not planned"] });
  });

  test("compares policies with the tag of another environment with the facts, as those of others", async () => {
    const environment = exampleWith().environment!;
    const [check] = checksOf(environment, exampleState()).filter(({ kind }) => kind === "foreign-policies");
    rootId = environment.organization.rootId;
    const { details } = await check!.look(reader());
    expect(details.filter((one) => one.startsWith("p-"))).toEqual([
      "p-none (p-none) is attached to the root, and the facts do not show it",
      "p-other (p-other) is attached to the root, and the facts do not show it",
    ]);
  });
});
