import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { find, type Surroundings } from "../../../../modules/delivery/recover/find";

/** Groups of Identity Center carry no tags: only a state can show whose one is. */

let server: Server;
let at: Surroundings;
/** What AWS knows, by display name. */
const GROUPS: Readonly<Record<string, string>> = { Billing: "80e42d9f-7fa4-4075-9883-612abb9f9086" };

const INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444";

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { AlternateIdentifier, InstanceArn } = JSON.parse(body) as {
        AlternateIdentifier: { UniqueAttribute: { AttributeValue: string } };
        InstanceArn?: string;
      };
      if (InstanceArn !== undefined) {
        response.writeHead(InstanceArn === INSTANCE ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
        response.end(
          JSON.stringify(
            InstanceArn === INSTANCE ? { Status: "ENABLED" } : { __type: "ResourceNotFoundException", message: "none" },
          ),
        );
        return;
      }
      const GroupId = GROUPS[AlternateIdentifier.UniqueAttribute.AttributeValue];
      response.writeHead(GroupId === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(
        JSON.stringify(GroupId === undefined ? { __type: "ResourceNotFoundException", message: "none" } : { GroupId }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  at = {
    session: {
      region: "eu-central-1",
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    },
    accountId: "111111111111",
    region: "eu-central-1",
    environment: "example",
    stack: "example-identity-center",
  };
});
afterAll(() => server.close());

const STORE = { identity_store_id: "d-1111222233" };
const ID = `d-1111222233/${GROUPS["Billing"]}`;
const looked = (after: object): Promise<unknown> =>
  find("aws_identitystore_group", after as Parameters<typeof find>[1], at);

test("one that is not there is made", async () =>
  expect(await looked({ ...STORE, display_name: "Platform" })).toBeUndefined());

test("one that is there, and in no state: somebody's, with the id for whoever knows better", async () =>
  expect(await looked({ ...STORE, display_name: "Billing" })).toEqual({
    stranger: "group Billing has no tag keyless:environment: groups carry no tags",
    maybe: ID,
  }));

test("one that the state has, marked as damaged: it is not made again", async () =>
  expect(await looked({ ...STORE, display_name: "Billing", id: ID })).toEqual({ importId: ID }));

test("one that the state has under another id was deleted, and another of its name is there", async () =>
  expect(await looked({ ...STORE, display_name: "Billing", id: "d-1111222233/other" })).toMatchObject({ maybe: ID }));

const attributes = (after: object): Promise<unknown> =>
  find("aws_ssoadmin_instance_access_control_attributes", after as Parameters<typeof find>[1], at);

test("access control attributes: made where there are none, named where there are, taken back where the state has them", async () => {
  expect(await attributes({ instance_arn: "arn:aws:sso:::instance/ssoins-other" })).toBeUndefined();
  expect(await attributes({ instance_arn: INSTANCE })).toEqual({
    stranger: `access control attributes of ${INSTANCE} carry no tags`,
    maybe: INSTANCE,
  });
  expect(await attributes({ instance_arn: INSTANCE, id: INSTANCE })).toEqual({ importId: INSTANCE });
});
