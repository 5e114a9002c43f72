import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { find, type Surroundings } from "../../../../modules/delivery/recover/find";

jest.setTimeout(60_000);

/** What recover must not import, and what it must not pass over in silence. */

let server: Server;
let at: Surroundings;
/** AWS's answer to every call of a name. */
const answers = new Map<string, { readonly status: number; readonly body: string }>();
const json = (body: object, status = 200): { readonly status: number; readonly body: string } => ({
  status,
  body: JSON.stringify(body),
});

/** The call's name: in a header, in the form, or, where the protocol is REST, its path. */
function callName(target: string | undefined, url: string, body: string): string {
  return target?.split(".").pop() ?? /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? url.split("?")[0]!;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const name = callName(request.headers["x-amz-target"] as string | undefined, request.url ?? "", body);
      const answer = answers.get(name) ?? json({ __type: "UnknownOperationException", message: name }, 400);
      response.writeHead(answer.status, {
        "content-type": answer.body.startsWith("<") ? "text/xml" : "application/x-amz-json-1.1",
      });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  at = {
    session: {
      region: "eu-central-1",
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      maxAttempts: 1,
    },
    accountId: "111111111111",
    region: "eu-central-1",
    environment: "example",
    stack: "example-guardrails",
  };
});
afterAll(() => server.close());
beforeEach(() => answers.clear());

const looked = (type: string, after: object): Promise<unknown> => find(type, after as Parameters<typeof find>[1], at);

describe("whose it is", () => {
  const POLICY = { type: "SERVICE_CONTROL_POLICY", name: "keyless-x" };
  const tagged = async (tags: Readonly<Record<string, string>>): Promise<unknown> => {
    answers.set("ListPolicies", json({ Policies: [{ Id: "p-1", Name: "keyless-x" }] }));
    answers.set("ListTagsForResource", json({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
    return looked("aws_organizations_policy", POLICY);
  };

  test("with the tags of this stack it is imported", async () =>
    expect(await tagged({ "keyless:environment": "example", "keyless:stack": "example-guardrails" })).toEqual({
      importId: "p-1",
    }));

  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "another stack's",
      { "keyless:environment": "example", "keyless:stack": "example-other" },
      "policy p-1 (keyless-x) has the tag keyless:stack=example-other, not example-guardrails: it is of another stack, and moves with moves.yaml",
    ],
    ["without a stack", { "keyless:environment": "example" }, "policy p-1 (keyless-x) has no tag keyless:stack"],
    [
      "another environment's",
      { "keyless:environment": "staging", "keyless:stack": "example-guardrails" },
      "policy p-1 (keyless-x) has the tag keyless:environment=staging, not example",
    ],
  ])("%s is left alone", async (_, tags, stranger) => expect(await tagged(tags)).toEqual({ stranger }));
});

describe("a break-glass user's password", () => {
  const PASSWORD = { user: "alice" };

  test("that no state knows is said, with the command that makes room for another", async () => {
    answers.set("GetLoginProfile", {
      status: 200,
      body: "<GetLoginProfileResponse><GetLoginProfileResult><LoginProfile><UserName>alice</UserName><CreateDate>2026-11-26T21:00:00Z</CreateDate></LoginProfile></GetLoginProfileResult></GetLoginProfileResponse>",
    });
    expect(await looked("aws_iam_user_login_profile", PASSWORD)).toEqual({
      stranger: expect.stringContaining("aws iam delete-login-profile --user-name alice") as string,
    });
    // In the state, marked as damaged: Terraform makes it again.
    expect(await looked("aws_iam_user_login_profile", { ...PASSWORD, id: "alice" })).toBeUndefined();
  });

  test("that is not there is made", async () => {
    answers.set("GetLoginProfile", {
      status: 404,
      body: "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>",
    });
    expect(await looked("aws_iam_user_login_profile", PASSWORD)).toBeUndefined();
  });
});

describe("what AWS does not answer", () => {
  const alias = async (error: string): Promise<unknown> => {
    answers.set("ListAliases", json({ Aliases: [{ AliasName: "alias/keyless", TargetKeyId: "k-1" }] }));
    answers.set("ListResourceTags", json({ __type: error, message: "no" }, 400));
    return looked("aws_kms_alias", { name: "alias/keyless" });
  };

  test("tags of an alias's key that nobody may read: it stops, because an apply would make a second key", async () =>
    expect(alias("AccessDeniedException")).rejects.toMatchObject({
      exitCode: 1,
      problems: [{ code: "RECOVER-NOT-READABLE", message: expect.stringContaining("k-1 of alias/keyless") as string }],
    }));

  describe("tags of a key that nobody may read", () => {
    const key = async (described: { readonly status: number; readonly body: string }): Promise<unknown> => {
      answers.set("ListKeys", json({ Keys: [{ KeyId: "k-1" }] }));
      answers.set("ListResourceTags", json({ __type: "AccessDeniedException", message: "no" }, 400));
      answers.set("DescribeKey", described);
      return looked("aws_kms_key", { description: "Alarms" });
    };
    const metadata = (more: object) =>
      json({
        KeyMetadata: { KeyId: "k-1", KeyManager: "CUSTOMER", KeyState: "Enabled", Description: "Alarms", ...more },
      });

    test.each([
      ["it may be the one", metadata({})],
      ["nothing is known of it", json({ __type: "AccessDeniedException", message: "no" }, 400)],
    ])("%s: it stops", (_, described) =>
      expect(key(described)).rejects.toMatchObject({ problems: [{ code: "RECOVER-NOT-READABLE" }] }),
    );

    test.each([
      ["AWS's own", metadata({ KeyManager: "AWS" })],
      ["described otherwise", metadata({ Description: "Backups" })],
      ["going to be deleted", metadata({ KeyState: "PendingDeletion" })],
      ["gone meanwhile", json({ __type: "NotFoundException", message: "no" }, 400)],
    ])("%s: it is another one", async (_, described) => expect(await key(described)).toBeUndefined());

    test("any other error is one", () =>
      expect(key(json({ __type: "KMSInternalException", message: "no" }, 400))).rejects.toMatchObject({
        code: "KMSInternalException",
      }));
  });

  test("any other error of KMS is an error", async () =>
    expect(alias("KMSInternalException")).rejects.toMatchObject({ code: "KMSInternalException" }));

  test("an error of Roles Anywhere is one of AWS, which recover reports and goes on", async () => {
    answers.set("/trustanchors", json({ __type: "AccessDeniedException", message: "no" }, 403));
    await expect(looked("aws_rolesanywhere_trust_anchor", { name: "x" })).rejects.toMatchObject({
      name: "AwsFailure",
    });
  });
});
