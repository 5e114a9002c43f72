import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseMoves } from "../../../../modules/config/moves";
import { BaselineError } from "../../../../modules/kernel/errors";
import { proposeAdoption, type Proposal } from "../../../../modules/live/adopt/propose";
import type { Existing, ExistingOidcProvider } from "../../../../modules/organization/existing";
import { EXAMPLE_ORGANIZATION, ROOT } from "../../../support/environments";

const MANAGEMENT = "111111111111";
const SANDBOX = "666666666601";

const root = mkdtempSync(join(tmpdir(), "keyless-propose-"));
const folder = join(root, "environments/example");
const organizationId = /^id: (o-\S+)$/m.exec(EXAMPLE_ORGANIZATION)![1]!;
const SCPS = ["p-exmpregion", "p-exmpsandbx"].map((id) => ({
  id,
  name: id === "p-exmpregion" ? "approved-regions" : "sandbox-limits",
  description: "Ours for years",
  tags: {},
}));
const provider = (rest: Partial<ExistingOidcProvider> = {}): ExistingOidcProvider => {
  const { accountId = SANDBOX, url = "https://gitlab.example.com" } = rest;
  return {
    accountId,
    arn: `arn:aws:iam::${accountId}:oidc-provider/${url.replace("https://", "")}`,
    url,
    audiences: ["sts.amazonaws.com"],
    tags: {},
    usedBy: [],
    ...rest,
  };
};
const GITHUB = provider({ accountId: MANAGEMENT, url: "https://token.actions.githubusercontent.com" });
const propose = (rest: Partial<Existing> = {}): Proposal => {
  const existing: Existing = {
    version: 1,
    organizationId,
    readAt: "2026-11-27T03:00:00Z",
    permissionSets: [],
    policies: [],
    oidcProviders: [],
    things: [],
    names: {},
    looked: [...EXAMPLE_ORGANIZATION.matchAll(/id: "(\d{12})"/g)].map(([, accountId = ""]) => ({
      type: "aws_iam_openid_connect_provider",
      accountId,
      names: [],
    })),
    notRead: [],
    ...rest,
  };
  writeFileSync(join(folder, "existing.yaml"), stringify(existing));
  return proposeAdoption(root, "example");
};
const codes = (of: () => unknown): readonly string[] => {
  try {
    of();
  } catch (error) {
    if (error instanceof BaselineError) return [`exit ${error.exitCode}`, ...error.problems.map(({ code }) => code)];
    throw error;
  }
  return [];
};

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(ROOT, "environments/example"), folder, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("files of others", () => {
  const file = join(folder, "policies/sandbox-limits.json");

  test("a file with another text is not a policy's to take, whether something names it or not", () => {
    writeFileSync(file, "{}\n");
    expect(codes(() => propose({ policies: SCPS }))).toEqual(["exit 2", "ADOPT-FILE-EXISTS"]);
    expect(readFileSync(file, "utf8")).toBe("{}\n");
  });

  test("the same text is what an interrupted run has left", () => {
    const { files } = propose({ policies: SCPS });
    writeFileSync(file, files.get("policies/sandbox-limits.json")!);
    expect(propose({ policies: SCPS }).files).toEqual(files);
  });
});

describe("OIDC providers", () => {
  test("what was not read is left alone and named, with why", () => {
    const { left } = propose({
      looked: [{ type: "aws_iam_openid_connect_provider", accountId: SANDBOX, names: [] }],
      notRead: [{ accountId: MANAGEMENT, what: "OIDC providers", why: "AccessDenied" }],
    });
    const said = left.map(({ what, why }) => `${what}: ${why}`).filter((one) => one.startsWith("OIDC"));
    expect(said[0]).toMatch(/^OIDC providers in .*: could not be read, so that nothing is known: AccessDenied$/);
    expect(said).toContain("OIDC providers in shop-prod: nobody has read them, so that nothing is known");
    expect(said.some((one) => one.includes("sandbox-1"))).toBe(false);
    expect(propose().left.filter(({ what }) => what.startsWith("OIDC"))).toEqual([]);
  });

  test("of an account that is not active it is left alone, and the rest goes on", () => {
    const { left, adopted } = propose({ oidcProviders: [provider(), provider({ accountId: "777777777701" })] });
    expect(adopted.map(({ what }) => what)).toEqual(["OIDC provider https://gitlab.example.com in sandbox-1"]);
    expect(left).toContainEqual({
      what: "OIDC provider https://gitlab.example.com in 777777777701",
      why: "its account is not active",
    });
  });

  test("the pipeline's is not promised: refused while nothing imports it, and passed over once something does", () => {
    expect(codes(() => propose({ oidcProviders: [GITHUB] }))).toEqual(["exit 2", "ADOPT-NO-STACK"]);
    expect(propose({ oidcProviders: [{ ...GITHUB, tags: { "keyless:environment": "example" } }] }).adopted).toEqual([]);
    writeFileSync(
      join(folder, "moves.yaml"),
      stringify({
        version: 1,
        moves: [{ to: { stack: "pipeline", address: "aws_iam_openid_connect_provider.any" }, id: GITHUB.arn }],
      }),
    );
    expect(propose({ oidcProviders: [GITHUB, provider()] }).adopted).toHaveLength(1);
  });
});

describe("moves.yaml", () => {
  test("what is longer than the file takes is cut, and the file that is given out is one that can be read", () => {
    const url = `https://${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example.com`;
    const { files, adopted } = propose({ oidcProviders: [provider({ url })] });
    expect(adopted[0]!.what).toHaveLength(200);
    expect(parseMoves("moves.yaml", files.get("moves.yaml")!)).toHaveLength(1);
  });

  test("a run that stopped before baseline.yaml is told, and goes on when its entries are taken out", () => {
    const { files } = propose({ policies: SCPS });
    writeFileSync(join(folder, "moves.yaml"), files.get("moves.yaml")!);
    expect(codes(() => propose({ policies: SCPS }))).toEqual(["exit 2", "ADOPT-INTERRUPTED", "ADOPT-INTERRUPTED"]);
    rmSync(join(folder, "moves.yaml"));
    expect(propose({ policies: SCPS }).files).toEqual(files);
  });

  test("after a whole run nothing is left to propose, and nothing is refused", () => {
    const { files } = propose({ policies: SCPS, oidcProviders: [provider()] });
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    expect(propose({ policies: SCPS, oidcProviders: [provider()] }).adopted).toEqual([]);
  });
});
