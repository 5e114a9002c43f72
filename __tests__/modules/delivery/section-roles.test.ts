import { createServer, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sectionEnvironments } from "../../../modules/delivery/section-roles";
import type { PipelineState } from "../../../modules/sections/pipeline/types";

/** Just what is looked at. */
const pipeline = {
  managementAccountId: "111111111111",
  apply: { role: { name: "KeylessBaselineApply" } },
  sections: [
    { key: "guardrails", stacks: ["guardrails"], role: { name: "KeylessBaselineApply-guardrails" } },
    {
      key: "identity-center",
      stacks: ["identity-center", "identity-center-00"],
      role: { name: "KeylessBaselineApply-identity-center" },
    },
  ],
} as unknown as PipelineState;

/** STS that says who asks, and gives a session of whatever role that is not refused. */
let server: Server;
let caller: string;
const asked: string[] = [];
const answer = (name: string, result: string): string =>
  `<${name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${name}Result>${result}</${name}Result></${name}Response>`;

beforeAll(
  () =>
    new Promise<void>((resolve) => {
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          const call = new URLSearchParams(body);
          if (call.get("Action") === "GetCallerIdentity") {
            response.end(answer("GetCallerIdentity", `<Arn>${caller}</Arn><Account>111111111111</Account>`));
            return;
          }
          const role = call.get("RoleArn")!;
          asked.push(role);
          if (role.includes("identity-center")) {
            response.statusCode = 403;
            response.end(
              "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>",
            );
            return;
          }
          response.end(
            answer(
              "AssumeRole",
              `<Credentials><AccessKeyId>ASIA-${role.split("/").at(-1)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>`,
            ),
          );
        });
      }).listen(0, "127.0.0.1", resolve);
    }),
);
afterAll(() => new Promise((resolve) => server.close(resolve)));

const before = { ...process.env };
beforeEach(() => {
  asked.length = 0;
  caller = "arn:aws:sts::111111111111:assumed-role/KeylessBaselineApply/run";
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "ASIA-entry",
    AWS_PROFILE: "somebody",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token",
    ACTIONS_ID_TOKEN_REQUEST_URL: "https://example.com",
  });
});
afterEach(() => {
  process.env = { ...before };
});

const environments = (of: PipelineState | undefined = pipeline): ReturnType<typeof sectionEnvironments> =>
  sectionEnvironments({
    environment: "example",
    region: "eu-central-1",
    pipeline: of,
    access: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    },
    sessionName: "test",
  });

test("a run of the pipeline becomes the section's role for its stack, and Terraform gets nothing that leads back", async () => {
  const of = (await environments())!;
  const given = await of("example-guardrails");
  expect(given["AWS_ACCESS_KEY_ID"]).toBe("ASIA-KeylessBaselineApply-guardrails");
  expect(asked).toEqual(["arn:aws:iam::111111111111:role/KeylessBaselineApply-guardrails"]);
  for (const name of ["AWS_PROFILE", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"])
    expect(given).not.toHaveProperty(name);
});

test("what a person applies is planned as the run comes, without its tokens", async () => {
  const given = await (await environments())!("example-break-glass");
  expect(given["AWS_ACCESS_KEY_ID"]).toBe("ASIA-entry");
  expect(given).not.toHaveProperty("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  expect(asked).toEqual([]);
});

test.each([
  ["a person", "arn:aws:sts::111111111111:assumed-role/Admin/me"],
  ["a role of the same name elsewhere", "arn:aws:sts::222222222222:assumed-role/KeylessBaselineApply/run"],
  ["a section's role", "arn:aws:sts::111111111111:assumed-role/KeylessBaselineApply-guardrails/run"],
])("%s keeps the credentials that are there", async (_, arn) => {
  caller = arn;
  expect(await environments()).toBeUndefined();
});

test("without a pipeline nobody is asked", async () => {
  expect(
    await environments({ ...pipeline, sections: [], apply: undefined } as unknown as PipelineState),
  ).toBeUndefined();
});

test("a role that is not there yet is one clear error, and says who makes it", async () => {
  const of = (await environments())!;
  await expect(of("example-identity-center-00")).rejects.toMatchObject({
    problems: [
      {
        code: "DELIVERY-SECTION-ROLE",
        message: expect.stringMatching(
          /^example-identity-center-00 cannot be applied here: KeylessBaselineApply cannot become KeylessBaselineApply-identity-center: .*not authorized/,
        ) as string,
        fix: expect.stringContaining("apply example pipeline") as string,
      },
    ],
  });
});
