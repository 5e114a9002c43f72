import { scanText } from "../../local/secrets-scan";

const attributes = (values: Record<string, unknown>): string =>
  JSON.stringify({ resources: [{ instances: [{ attributes: values }] }] });
const PATH = "resources[0].instances[0].attributes";
// Put together here, so that no scanner takes this file for a leak.
const KEY_ID = ["AKIA", "IOSFODNN7EXAMPLE"].join("");
const SESSION_KEY_ID = ["ASIA", "IOSFODNN7EXAMPLE"].join("");
const SECRET_KEY = ["wJalrXUtnFEMI/K7MDENG", "bPxRfiCYEXAMPLEKEY"].join("/");
const PRIVATE_KEY = `-----BEGIN ${"RSA PRIVATE KEY"}-----\nMIIE\n-----END ${"RSA PRIVATE KEY"}-----`;

describe("the scan for secrets finds", () => {
  test.each([
    ["an access key id", { id: KEY_ID }, "id", "access-key-id"],
    ["the id of a session's key", { note: `x ${SESSION_KEY_ID} y` }, "note", "access-key-id"],
    ["a secret access key under any name", { value: SECRET_KEY }, "value", "secret-access-key"],
    ["an attribute `secret`", { secret: "x" }, "secret", "secret"],
    ["a private key", { pem: PRIVATE_KEY }, "pem", "private-key"],
    ["a password", { password: "hunter2" }, "password", "password"],
    ["a password with a prefix", { master_password: "hunter2" }, "master_password", "password"],
    ["the seed of a virtual MFA device", { base_32_string_seed: "JBSWY3DP" }, "base_32_string_seed", "mfa-seed"],
    ["its QR code", { qr_code_png: "iVBORw0" }, "qr_code_png", "mfa-seed"],
    [
      "what is inside JSON in a string",
      { value: JSON.stringify({ password: "hunter2" }) },
      "value(json).password",
      "password",
    ],
  ])("%s", (_name, values, path, kind) => {
    expect(scanText("x.tfstate", attributes(values))).toEqual([{ file: "x.tfstate", path: `${PATH}.${path}`, kind }]);
  });

  test("a secret in a text that is no JSON", () => {
    expect(scanText("plan.txt", `access_key = ${KEY_ID}`)).toEqual([
      { file: "plan.txt", path: "", kind: "access-key-id" },
    ]);
  });
});

describe("the scan for secrets never", () => {
  test("repeats the secret", () => {
    expect(JSON.stringify(scanText("x", attributes({ secret: SECRET_KEY, pem: PRIVATE_KEY })))).not.toContain(
      SECRET_KEY,
    );
  });

  test.each([
    ["a password that is encrypted to a key of the user's", { encrypted_password: "wcBMA2Yk8HLHHSpvAQgAmwC" }],
    ["a secret that is not set", { secret: null, password: "" }],
    ["a reference to a secret elsewhere", { secret: "arn:aws:secretsmanager:eu-central-1:111111111111:secret:x" }],
    ["a setting about passwords", { password_length: 20, password_reset_required: true }],
    ["sensitive marks of a plan", { password: true, secret: false }],
    ["a digest in hex", { sha: "da39a3ee5e6b4b0d3255bfef95601890afd80709" }],
    [
      "an ARN of a role",
      { arn: "arn:aws:iam::111111111111:role/keyless/AWSReservedSSO_Administrator_0123456789abcdef" },
    ],
    [
      "a certificate",
      {
        pem: "-----BEGIN CERTIFICATE-----\nMIIBdTCCARugAwIBAgIUQ0FfQ0VSVElGSUNBVEVfRk9SX1RFU1QwCgYIKoZIzj0E\nMIIBdTCCARugAwIBAgIUQ0FfQ0VSVElGSUNBVEVf\n-----END CERTIFICATE-----\n",
      },
    ],
    [
      "a policy that names a password action",
      { policy: JSON.stringify({ Statement: [{ Action: "iam:ChangePassword", Sid: "secret" }] }) },
    ],
    ["an address of `terraform show`", { address: "aws_iam_user_login_profile.x", unique_id: "AIDA2UC3KOLZJTQ2L7XY" }],
  ])("takes %s for a secret", (_name, values) => {
    expect(scanText("x.tfstate", attributes(values))).toEqual([]);
  });
});
