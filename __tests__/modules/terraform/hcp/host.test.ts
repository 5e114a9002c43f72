import { BaselineError } from "../../../../modules/kernel/errors";
import { hcpHost, redirectTarget } from "../../../../modules/terraform/hcp/host";

describe("where the API is", () => {
  test.each([
    ["app.terraform.io", "app.terraform.io", "https://app.terraform.io"],
    ["https://tfe.example.com/", "tfe.example.com", "https://tfe.example.com"],
    ["tfe.example.com:8443", "tfe.example.com:8443", "https://tfe.example.com:8443"],
    ["localhost", "localhost", "https://localhost"],
    ["http://localhost:8080", "localhost:8080", "http://localhost:8080"],
    ["http://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://[::1]:8080", "[::1]:8080", "http://[::1]:8080"],
  ])("%s", (text, name, origin) => expect(hcpHost(text)).toEqual({ name, origin }));

  test.each([
    "",
    " ",
    "http://app.terraform.io",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://10.0.0.1",
    "ftp://localhost",
    "app.terraform.io/app/acme",
    "https://app.terraform.io/?a=b",
    "user:secret@app.terraform.io",
    "a b",
    "https://",
  ])("%j is none", (text) => {
    expect(() => hcpHost(text)).toThrow(BaselineError);
    try {
      hcpHost(text);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2, problems: [{ code: "HCP-HOST" }] });
    }
  });
});

describe("redirects are followed to https only", () => {
  const at = (from: string, location: string | null): string | undefined =>
    redirectTarget(new URL(from), location)?.href;
  const API = "https://app.terraform.io/api/v2/plans/plan-1/json-output";

  test("to another host, and to a path of the same", () => {
    expect(at(API, "https://archivist.terraform.io/v1/object/abc?x=y")).toBe(
      "https://archivist.terraform.io/v1/object/abc?x=y",
    );
    expect(at(API, "/_archivist/v1/object/abc")).toBe("https://app.terraform.io/_archivist/v1/object/abc");
  });

  test.each([
    null,
    "http://archivist.terraform.io/v1/object/abc",
    "http://localhost/v1",
    "file:///etc/passwd",
    "data:application/json,{}",
    "https://user:secret@example.com/",
    "https://",
    "//[bad",
  ])("not to %j", (location) => expect(at(API, location)).toBeUndefined());

  test("unencrypted from this machine to this machine only", () => {
    expect(at("http://localhost:1/a", "http://127.0.0.1:2/b")).toBe("http://127.0.0.1:2/b");
    expect(at("http://localhost:1/a", "http://example.com/b")).toBeUndefined();
  });
});
