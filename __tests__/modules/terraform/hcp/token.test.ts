import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaselineError, Problem } from "../../../../modules/kernel/errors";
import { hcpToken } from "../../../../modules/terraform/hcp/token";

const folder = mkdtempSync(join(tmpdir(), "keyless-login-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HOST = "app.terraform.io";
const login = join(folder, "credentials.tfrc.json");
writeFileSync(
  login,
  JSON.stringify({ credentials: { [HOST]: { token: "from-login" }, "tfe.example.com": { token: "from-login-tfe" } } }),
);
const token = (env: Record<string, string>, { host = HOST, trusted = true, credentialsFile = login } = {}): string =>
  hcpToken(host, { env, trusted, credentialsFile });
const problem = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof BaselineError && error.exitCode === 2 && error.problems.length === 1)
      return error.problems[0]!;
    throw error;
  }
  throw new Error("nothing is wrong");
};

describe("which token is used", () => {
  test("TFE_TOKEN, then that of the host, then that of terraform login", () => {
    expect(token({ TFE_TOKEN: "one", TF_TOKEN_app_terraform_io: "two" })).toBe("one");
    expect(token({ TFE_TOKEN: "", TF_TOKEN_app_terraform_io: "two" })).toBe("two");
    expect(token({})).toBe("from-login");
    expect(token({}, { host: "TFE.example.com" })).toBe("from-login-tfe");
  });

  test("names of hosts as Terraform writes them into names of variables", () => {
    expect(token({ TF_TOKEN_my__tfe_example_com: "dashed" }, { host: "my-tfe.example.com" })).toBe("dashed");
    expect(token({ "TF_TOKEN_my-tfe.example.com": "as-it-is" }, { host: "my-tfe.example.com" })).toBe("as-it-is");
    expect(token({ TF_TOKEN_other_example_com: "other" })).toBe("from-login");
  });

  test("a host that only a file of the repository names does not get TFE_TOKEN", () => {
    expect(token({ TFE_TOKEN: "one" }, { host: "tfe.example.com", trusted: false })).toBe("from-login-tfe");
    expect(
      token({ TFE_TOKEN: "one", TF_TOKEN_evil_example: "its-own" }, { host: "evil.example", trusted: false }),
    ).toBe("its-own");
    const { code, message } = problem(() => token({ TFE_TOKEN: "one" }, { host: "evil.example", trusted: false }));
    expect([code, message]).toEqual([
      "HCP-NO-TOKEN",
      "There is no token for evil.example. TFE_TOKEN says nothing of hosts, and this one is not named on the command line.",
    ]);
  });

  test("the line break of a file that was read into a variable is no part of it", () =>
    expect(token({ TFE_TOKEN: "one\n" })).toBe("one"));
});

describe("without a token", () => {
  test("says how to get one", () => {
    expect(problem(() => token({}, { credentialsFile: join(folder, "none") }))).toEqual({
      code: "HCP-NO-TOKEN",
      message: "There is no token for app.terraform.io.",
      fix: "Put one into TFE_TOKEN or TF_TOKEN_app_terraform_io, or run terraform login app.terraform.io.",
    });
  });

  test("a token that no header can hold is not printed", () => {
    const { code, message } = problem(() => token({ TFE_TOKEN: "sec\nret" }));
    expect(code).toBe("HCP-BAD-TOKEN");
    expect(message).not.toMatch(/sec|ret\b/);
  });

  test("nor what the file of terraform login holds, where it is broken", () => {
    const broken = join(folder, "broken.json");
    writeFileSync(broken, '{"credentials": {"app.terraform.io": {"token": secret-token}}}');
    const found = problem(() => token({}, { credentialsFile: broken }));
    expect(found.code).toBe("HCP-CREDENTIALS-FILE");
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test.each([
    "[]",
    "{}",
    '{"credentials":[]}',
    '{"credentials":{"app.terraform.io":"x"}}',
    '{"credentials":{"app.terraform.io":{"token":7}}}',
  ])("a file of another shape has none: %s", (content) => {
    const other = join(folder, "other.json");
    writeFileSync(other, content);
    expect(problem(() => token({}, { credentialsFile: other })).code).toBe("HCP-NO-TOKEN");
  });
});
