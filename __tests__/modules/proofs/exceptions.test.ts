import { policyDocument } from "../../../modules/policy/document";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { prove } from "../../../modules/proofs/prove";
import { EVERYTHING_ENFORCED, ids, Proven, proven } from "./fixture";

const exception = (principal: string): readonly [string, string] => [
  "  rollout:\n",
  `  exceptions:\n    - name: legacy\n      principal: ${principal}\n      accounts: [{ account: shop-dev }]\n      guardrails: [deny-access-key-creation, deny-user-creation]\n      owner: shop\n      reason: The backup product makes its own users\n      expires: "2027-06-30"\n  rollout:\n`,
];
const withException = (principal: string): Proven => proven({ baseline: [exception(principal), EVERYTHING_ENFORCED] });

/** The same with statements of ours changed. */
function changed({ environment, state }: Proven, change: (sid: string) => boolean): readonly string[] {
  const input = { environment, ...state };
  const policies = attachedDocuments(input).map((policy) =>
    policy.ours
      ? { ...policy, document: policyDocument(policy.document.Statement.filter(({ Sid }) => change(Sid ?? ""))) }
      : policy,
  );
  return ids(prove(input, { policies }));
}

describe.each([
  ["a role", "{ role: Backup, path: /products/ }", "role/products/Backup"],
  ["a user", "{ user: backup }", "user/backup"],
])("an exception for %s", (_, principal, name) => {
  const found = withException(principal);

  test("holds: it may until its end, nobody may afterwards, and nobody else becomes it", () =>
    expect(ids(found.report)).toEqual([]));

  test("without what ends it, it goes on for ever: a counterexample after the end", () => {
    expect(changed(found, (sid) => !sid.includes("After"))).toContain(
      "no-mint/shop-dev/expired-exception/iam:CreateAccessKey",
    );
  });

  test("without what protects it, others become it", () => {
    expect(changed(found, (sid) => !sid.startsWith("ProtectExcepted"))).toContain(
      `exemptions-hold/shop-dev/administrator/become ${name}`,
    );
  });
});

test("an exception for a permission set is that set's alone; who administers Identity Center elsewhere assigns it", () => {
  const found = withException("{ permissionSet: Developer }");
  expect(ids(found.report)).toEqual(
    ["administrator", "assumed-root", "iam-user", "root"].map(
      (kind) => `exemptions-hold/identity/${kind}/assign permission sets`,
    ),
  );
  expect(
    found.report.cells
      .filter((cell) => cell.kind === "exception" && cell.proof === "no-mint" && cell.status === "proven")
      .map((cell) => cell.chain),
  ).toEqual(["shop-dev"]);
});
