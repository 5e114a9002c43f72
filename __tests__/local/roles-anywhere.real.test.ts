import "reflect-metadata";
import * as iam from "@aws-sdk/client-iam";
import {
  CreateProfileCommand,
  CreateTrustAnchorCommand,
  DisableProfileCommand,
  EnableProfileCommand,
  ListCrlsCommand,
  RolesAnywhereClient,
  UpdateTrustAnchorCommand,
} from "@aws-sdk/client-rolesanywhere";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import {
  BasicConstraintsExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createHash, createSign, KeyObject, webcrypto, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { type LocalAws, startLocalAws } from "../../local/runner";
import { policyJson } from "../../modules/policy/document";
import { loadEnvironment } from "../../modules/sections/load";
import { verify } from "../../modules/live/verify/run";
import { targetState } from "../../modules/proofs/environment";
import {
  crlPem,
  type ListOptions,
  revocationList,
  type TestAuthority,
  testAuthority,
} from "../modules/sections/workload-identity/revocation-maker";
import { keyless } from "../support/cli";
import { edited } from "../support/environments";
import { temporaryProject } from "../support/project";
import { describeReal } from "../support/real";

jest.setTimeout(300_000);

const REGION = "eu-central-1";
const SPIFFE = "spiffe://example.com/payments/batch";

interface Leaf {
  readonly der: Buffer;
  readonly key: KeyObject;
}

interface LeafOptions {
  readonly serial?: string;
  readonly subject?: string;
  readonly names?: readonly JsonGeneralName[];
  readonly notAfter?: Date;
  readonly kind?: "EC" | "RSA";
}

async function leafOf(authority: TestAuthority, options: LeafOptions = {}): Promise<Leaf> {
  const keys = (await webcrypto.subtle.generateKey(
    options.kind === "RSA"
      ? { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }
      : { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  )) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.create({
    subject: options.subject ?? "CN=billing-batch, OU=Payments",
    issuer: authority.subject,
    serialNumber: options.serial ?? "0a0b",
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: options.notAfter ?? new Date("2036-01-01T00:00:00Z"),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: authority.algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new SubjectAlternativeNameExtension([...(options.names ?? [{ type: "url", value: SPIFFE }])]),
    ],
  });
  return { der: Buffer.from(certificate.rawData), key: KeyObject.from(keys.privateKey) };
}

interface Session {
  readonly status: number;
  readonly message?: string;
  readonly credentialSet?: readonly {
    readonly credentials: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
    };
  }[];
}

/** `CreateSession` as AWS's signing helper sends it. */
async function createSession(
  endpoint: string,
  { der, key }: Leaf,
  body: Readonly<Record<string, unknown>>,
  tamper: (signature: Buffer) => Buffer = (signature) => signature,
): Promise<Session> {
  const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
  const date = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const scope = `${date.slice(0, 8)}/${REGION}/rolesanywhere/aws4_request`;
  const payload = JSON.stringify(body);
  const headers: Readonly<Record<string, string>> = {
    "content-type": "application/json",
    host: new URL(endpoint).host,
    "x-amz-date": date,
    "x-amz-x509": der.toString("base64"),
  };
  const names = Object.keys(headers).join(";");
  const canonical = [
    "POST",
    "/sessions",
    "",
    ...Object.entries(headers).map(([n, v]) => `${n}:${v}`),
    "",
    names,
    sha256(payload),
  ].join("\n");
  const algorithm = `AWS4-X509-${key.asymmetricKeyType === "rsa" ? "RSA" : "ECDSA"}-SHA256`;
  const signature = createSign("SHA256")
    .update([algorithm, date, scope, sha256(canonical)].join("\n"))
    .sign(key);
  const serial = BigInt(`0x${new X509Certificate(der).serialNumber}`).toString();
  const response = await fetch(`${endpoint}/sessions`, {
    method: "POST",
    body: payload,
    headers: {
      ...headers,
      authorization: `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${names}, Signature=${tamper(signature).toString("hex")}`,
    },
  });
  return { status: response.status, ...((await response.json()) as object) };
}

describeReal("Roles Anywhere on the local AWS, from the CA to the revoked certificate", () => {
  let local: LocalAws;
  let authority: TestAuthority;
  let project: ReturnType<typeof temporaryProject>;
  let account: string;
  let anywhere: RolesAnywhereClient;
  let ids: Readonly<Record<"trustAnchorArn" | "profileArn" | "roleArn", string>>;
  let profileId: string;
  let trustAnchorId: string;

  const env = (): NodeJS.ProcessEnv => ({
    AWS_ENDPOINT_URL: local.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  const folder = (name: string): string => join(project.root, "environments/example", name);
  const issue = async (options: ListOptions): Promise<void> =>
    writeFileSync(folder("datacenter.crl"), await revocationList(authority, options));
  const crl = (...args: readonly string[]): ReturnType<typeof keyless> =>
    keyless(project.root, ["crl", "example", ...args], env());
  const come = async (options?: LeafOptions, by = authority): Promise<Session> =>
    createSession(local.endpoint, await leafOf(by, options), ids);
  const revocation = async (): Promise<readonly string[]> => {
    const environment = loadEnvironment(project.root, "example");
    const { claims } = await verify(environment, targetState(environment), {
      sections: ["workload-identity"],
      access: { endpoint: local.endpoint, credentials: { accessKeyId: "local", secretAccessKey: "local" } },
      now: () => new Date(),
    });
    return claims
      .filter(({ kind }) => kind === "revocation-list" || kind === "certificates-in-use")
      .map(({ kind, verdict, details }) => `${kind} ${verdict} ${details.join("; ")}`);
  };

  beforeAll(async () => {
    authority = await testAuthority("CN=Data center CA");
    project = temporaryProject();
    writeFileSync(folder("certificates/datacenter-ca.pem"), authority.pem);
    const changed = edited(readFileSync(folder("baseline.yaml"), "utf8"), [
      [
        "      certificateBundleFile: certificates/datacenter-ca.pem\n",
        "      certificateBundleFile: certificates/datacenter-ca.pem\n      revocationLists:\n        - file: datacenter.crl\n",
      ],
      [
        "        commonName: billing-batch\n        organizationalUnit: Payments\n",
        `        commonName: billing-batch\n        uri: ${SPIFFE}\n`,
      ],
    ]);
    writeFileSync(folder("baseline.yaml"), changed);
    await issue({ number: 1, thisUpdate: "2026-01-02T00:00:00Z" });
    const environment = loadEnvironment(project.root, "example");
    const stack = targetState(environment).workloadIdentity!.stacks.find(
      ({ rolesAnywhere }) => rolesAnywhere.length > 0,
    )!;
    account = stack.accountId;
    local = await startLocalAws({ facts: environment.organization, region: REGION });
    const settings = await memberClientSettings(local.endpoint, account, REGION);
    anywhere = new RolesAnywhereClient(settings);
    const [workload] = stack.rolesAnywhere;
    const { trustAnchor } = await anywhere.send(
      new CreateTrustAnchorCommand({
        name: workload!.trustAnchor,
        enabled: true,
        source: { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: authority.pem } },
      }),
    );
    // The role as the stack makes it: the trust policy of the target state, with the trust anchor's real ARN.
    const planned = stack.trustAnchors[0]!.arn;
    const { Role } = await new iam.IAMClient(settings).send(
      new iam.CreateRoleCommand({
        RoleName: workload!.role.name,
        Path: workload!.role.path,
        AssumeRolePolicyDocument: policyJson(workload!.role.trust).replace(planned, trustAnchor!.trustAnchorArn!),
      }),
    );
    const { profile } = await anywhere.send(
      new CreateProfileCommand({
        name: workload!.role.workload,
        enabled: true,
        roleArns: [Role!.Arn!],
        durationSeconds: workload!.sessionSeconds,
      }),
    );
    ids = { trustAnchorArn: trustAnchor!.trustAnchorArn!, profileArn: profile!.profileArn!, roleArn: Role!.Arn! };
    profileId = profile!.profileId!;
    trustAnchorId = trustAnchor!.trustAnchorId!;
  });
  afterAll(async () => {
    await local.stop();
    project.remove();
  });

  test.each(["EC", "RSA"] as const)(
    "a certificate with a key of %s gets credentials, and they are the role's",
    async (kind) => {
      const { status, credentialSet } = await come({ kind });
      expect(status).toBe(201);
      const { accessKeyId, secretAccessKey, sessionToken } = credentialSet![0]!.credentials;
      const sts = new STSClient(
        clientSettings(local.endpoint, { region: REGION, credentials: { accessKeyId, secretAccessKey, sessionToken } }),
      );
      expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
        Account: account,
        Arn: `arn:aws:sts::${account}:assumed-role/workload-billing-batch/a0b`,
      });
    },
  );

  test("another alternative name, another subject, or only a second URI: refused by the trust policy", async () => {
    const denied = { status: 403, message: "Not authorized to perform sts:AssumeRole" };
    expect(await come({ names: [{ type: "url", value: `${SPIFFE}-2` }] })).toMatchObject(denied);
    expect(await come({ names: [] })).toMatchObject(denied);
    expect(await come({ subject: "CN=other-batch, OU=Payments" })).toMatchObject(denied);
    expect(
      await come({
        names: [
          { type: "url", value: "spiffe://example.com/other" },
          { type: "url", value: SPIFFE },
        ],
      }),
    ).toMatchObject(denied);
  });

  test("expired, of another CA, or signed by another key: refused before any policy is asked", async () => {
    expect(await come({ notAfter: new Date("2026-01-02T00:00:00Z") })).toMatchObject({
      status: 403,
      message: "Certificate expired.",
    });
    expect(await come({}, await testAuthority("CN=Data center CA"))).toMatchObject({
      status: 403,
      message: expect.stringMatching(/^Untrusted certificate/),
    });
    const [one, two] = [await leafOf(authority), await leafOf(authority)];
    expect(await createSession(local.endpoint, { der: one.der, key: two.key }, ids)).toMatchObject({
      status: 403,
      message: "Incorrect signature.",
    });
  });

  test("a role that the profile does not list, and a profile that is disabled: refused", async () => {
    const leaf = await leafOf(authority);
    const other = { ...ids, roleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole` };
    expect(await createSession(local.endpoint, leaf, other)).toMatchObject({
      status: 403,
      message: expect.stringMatching(/not in the list/),
    });
    await anywhere.send(new DisableProfileCommand({ profileId }));
    expect(await come()).toMatchObject({ status: 403, message: "The profile is disabled." });
    await anywhere.send(new EnableProfileCommand({ profileId }));
  });

  test("keyless crl: says it first, imports, sees it; then the revoked certificate is refused and the others still come", async () => {
    expect((await revocation())[0]).toMatch(/^revocation-list missing /);
    await issue({ number: 2, thisUpdate: "2026-01-03T00:00:00Z", revoked: ["0a0b"] });
    const dry = await crl("--dry-run");
    expect([dry.status, dry.stderr]).toEqual([3, ""]);
    expect(dry.stdout).toMatch(/import .*datacenter\.crl at datacenter .*\n.*number 2.*\n.*serial number a0b/);
    expect((await anywhere.send(new ListCrlsCommand({}))).crls).toEqual([]);
    expect((await come()).status).toBe(201);

    const nobody = await crl();
    expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining("CRL-NOBODY-TO-ASK")]);
    const done = await crl("--yes");
    expect([done.status, done.stderr]).toEqual([0, ""]);
    expect(done.stdout).toMatch(/seen .*AWS has it at datacenter, enabled/);
    expect(await come()).toMatchObject({ status: 403, message: "Certificate revoked." });
    expect((await come({ serial: "0c" })).status).toBe(201);
    expect(await revocation()).toEqual([
      expect.stringMatching(/^revocation-list seen number 2 of 2026-01-03, 1 certificate revoked/),
      "certificates-in-use seen ",
    ]);

    const again = await crl("--yes", "--json");
    expect([again.status, (JSON.parse(again.stdout) as { steps: unknown[] }).steps]).toEqual([
      0,
      [expect.objectContaining({ action: "none", trustAnchor: "datacenter" })],
    ]);
  });

  test("an older list does not let it in again; a newer one replaces it in its place", async () => {
    await issue({ number: 1, thisUpdate: "2026-01-02T00:00:00Z" });
    const back = await crl("--yes");
    expect([back.status, back.stdout]).toEqual([3, expect.stringContaining("CRL-BACKWARDS")]);
    expect((await come()).status).toBe(403);

    await issue({ number: 3, thisUpdate: "2026-01-04T00:00:00Z", revoked: ["0a0b", "0c"] });
    expect((await revocation())[0]).toMatch(/^revocation-list different AWS has an older list, number 2 /);
    expect((await crl("--yes")).status).toBe(0);
    expect((await come({ serial: "0c" })).status).toBe(403);
    const { crls } = await anywhere.send(new ListCrlsCommand({}));
    expect(crls?.map(({ enabled, crlData }) => [enabled, Buffer.from(crlData!).toString()])).toEqual([
      [true, crlPem(readFileSync(folder("datacenter.crl")))],
    ]);
  });

  test("two CAs beside each other: certificates of both come; without the old one its certificates do not", async () => {
    const renewed = await testAuthority("CN=Data center CA 2");
    const bundle = (x509CertificateData: string): UpdateTrustAnchorCommand =>
      new UpdateTrustAnchorCommand({
        trustAnchorId,
        source: { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData } },
      });
    expect((await come({ serial: "0d" }, renewed)).status).toBe(403);
    await anywhere.send(bundle(authority.pem + renewed.pem));
    expect((await come({ serial: "0d" }, renewed)).status).toBe(201);
    expect((await come({ serial: "0e" })).status).toBe(201);
    // A serial number is the CA's own: the old CA's list says nothing of the new CA's certificates.
    expect((await come({ serial: "0a0b" }, renewed)).status).toBe(201);
    await anywhere.send(bundle(renewed.pem));
    expect((await come({ serial: "0e" })).status).toBe(403);
    expect((await come({ serial: "0d" }, renewed)).status).toBe(201);
  });
});
