import { IAMClient } from "@aws-sdk/client-iam";
import { attempts, awsClient } from "../../../modules/aws/session";
import { clientConfig } from "../../../modules/evidence/inventory/collect/sessions";

const before = process.env["AWS_MAX_ATTEMPTS"];
afterEach(() => {
  if (before === undefined) delete process.env["AWS_MAX_ATTEMPTS"];
  else process.env["AWS_MAX_ATTEMPTS"] = before;
});

test.each<[string | undefined, number]>([
  [undefined, 10],
  ["1", 1],
  ["25", 25],
  // What is no number of tries is as if it were not set: the SDK would end with an error of its own.
  ["", 10],
  ["0", 10],
  ["-1", 10],
  ["many", 10],
  ["1e3", 10],
])("AWS_MAX_ATTEMPTS=%s: %i tries, for every client", async (set, expected) => {
  delete process.env["AWS_MAX_ATTEMPTS"];
  if (set !== undefined) process.env["AWS_MAX_ATTEMPTS"] = set;
  expect(attempts(10)).toBe(expected);
  expect(clientConfig({ region: "eu-central-1" }).maxAttempts).toBe(expected);
  const client = awsClient(IAMClient as never, { region: "eu-central-1" }) as unknown as IAMClient;
  expect(await client.config.maxAttempts()).toBe(expected);
  client.destroy();
});
