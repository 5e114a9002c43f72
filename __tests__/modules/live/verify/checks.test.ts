import { renderVerification } from "../../../../cli/verification";
import { type Claim, SECTIONS } from "../../../../modules/live/verify/claim";
import { Documents } from "../../../../modules/live/verify/documents";
import { checksOf, failedClaims, type FreshVerification, isAsPlanned } from "../../../../modules/live/verify/run";
import { delegationFinding } from "../../../../modules/live/verify/sections/organization";
import { groupClaims, issueMarkdown } from "../../../../modules/live/verify/summary";
import { policyJson } from "../../../../modules/policy/document";
import { exampleState, exampleWith } from "../../../support/environments";

const state = exampleState();
const environment = exampleWith().environment!;
const checks = checksOf(environment, state);

describe("what is checked", () => {
  test("the role is looked at in every active account, the management account included", () => {
    const accounts = checks.filter((one) => one.section === "break-glass" && one.kind === "role");
    expect(accounts.map((one) => one.place.accountId)).toEqual(environment.tree.accounts.map((one) => one.id).sort());
  });

  test("every attachment of every policy, and every subscriber of every hub", () => {
    const attachments = state.guardrails.policies.flatMap((policy) => policy.attachments);
    expect(checks.filter((one) => one.kind === "attachment")).toHaveLength(attachments.length);
    expect(checks.filter((one) => one.kind === "subscription").length).toBeGreaterThanOrEqual(3);
  });

  test("every permission set, with all of its assignments", () => {
    const sets = state.identityCenter!.shards.flatMap((shard) => shard.permissionSets.map((set) => set.name));
    for (const kind of ["permission-set", "assignments"])
      expect(checks.filter((one) => one.kind === kind).map((one) => one.name)).toEqual(sets);
  });

  test("no claim is made twice, and each says what is promised, of what and where", () => {
    const keys = checks.map(({ section, kind, name, place }) => JSON.stringify([section, kind, name, place]));
    expect(new Set(keys).size).toBe(keys.length);
    for (const { promise, name, place } of checks) {
      expect(promise).not.toBe("");
      expect(name).not.toBe("");
      expect(place.accountId).toMatch(/^\d{12}$/);
    }
  });

  test("only what is asked for", () => {
    expect(new Set(checksOf(environment, state, ["break-glass"]).map((one) => one.section))).toEqual(
      new Set(["break-glass"]),
    );
  });
});

describe("policies are compared by meaning", () => {
  const { trust } = state.breakGlass.role;
  const differences = (found: string | undefined): readonly string[] =>
    new Documents().differences("trust policy", "resource", trust, found, "444444444401");

  test("as it was written, with other white space, and percent-encoded as IAM answers it: the same", () => {
    expect(differences(policyJson(trust))).toEqual([]);
    expect(differences(JSON.stringify(trust, null, 4))).toEqual([]);
    expect(differences(encodeURIComponent(policyJson(trust)))).toEqual([]);
  });

  test("a statement without its list: the same", () => {
    expect(differences(JSON.stringify({ ...trust, Statement: trust.Statement[0] }))).toEqual([]);
  });

  test.each([
    ["without its conditions", { ...trust.Statement[0], Condition: undefined }],
    ["for everybody", { ...trust.Statement[0], Principal: "*" }],
    ["that denies", { ...trust.Statement[0], Effect: "Deny" }],
  ])("%s: different", (_, statement) => {
    expect(differences(JSON.stringify({ ...trust, Statement: [statement] }))).not.toEqual([]);
  });

  test.each([undefined, "", "no policy", "[]"])("%j is never the same", (found) => {
    expect(differences(found)).toHaveLength(1);
  });
});

describe("delegation policy", () => {
  const policy = (Action: unknown, more: object = {}): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action, ...more }] });

  test("none, and one that lets others read, are as planned", () => {
    expect(delegationFinding(undefined).verdict).toBe("seen");
    expect(delegationFinding(policy(["organizations:Describe*", "organizations:List*"])).verdict).toBe("seen");
  });

  test.each([
    [policy("organizations:DetachPolicy"), "detachpolicy"],
    [policy("organizations:*"), "attachpolicy"],
    [policy(["ORGANIZATIONS:update*"]), "updatepolicy"],
    [policy("organizations:???achPolicy"), "attachpolicy"],
    [policy(undefined, { NotAction: "organizations:List*" }), "deletepolicy"],
  ])("%s changes what binds an account", (content, action) => {
    const { verdict, details } = delegationFinding(content);
    expect(verdict).toBe("different");
    expect(details.join()).toContain(action);
  });

  test("one that cannot be read is not taken for none", () => {
    expect(delegationFinding("?").verdict).toBe("different");
  });
});

describe("what is reported", () => {
  const claim = (verdict: Claim["verdict"], name: string): Claim => ({
    section: "break-glass",
    kind: "role",
    name,
    promise: "role",
    place: { accountId: "444444444401", accountName: "shop" },
    verdict,
    details: verdict === "seen" ? [] : ["a | b <img>"],
    at: "2026-11-26T07:00:00Z",
  });
  const claims = [claim("seen", "one"), claim("not-readable", "one"), claim("missing", "two")];

  test("what cannot be read fails: absence of evidence is not evidence", () => {
    expect(failedClaims({ claims }).map((one) => one.verdict)).toEqual(["not-readable", "missing"]);
  });

  test("claims of one thing are counted together", () => {
    expect(groupClaims(claims).map(({ name, counts }) => [name, counts.seen, counts["not-readable"]])).toEqual([
      ["one", 1, 1],
      ["two", 0, 0],
    ]);
  });

  const verification: FreshVerification = {
    environment: "prod",
    organizationId: "o-1",
    sections: ["break-glass"],
    from: "2026-11-26T07:00:00Z",
    to: "2026-11-26T07:01:00Z",
    claims: [claim("seen", "one")],
    calls: {},
  };

  test("a part is as planned as a part, and nothing is never as planned", () => {
    const all = { ...verification, sections: SECTIONS };
    const none = { ...verification, claims: [] };
    expect(renderVerification(verification, false)).toContain(
      "as planned: all 1 claim on 1 thing of the section break-glass were seen in AWS",
    );
    expect(renderVerification(all, false)).toContain("on 1 thing of all sections were seen");
    for (const text of [renderVerification(none, false), issueMarkdown(none)])
      expect(text).toMatch(/of the section break-glass.*nothing is known/);
    expect(renderVerification(none, false)).not.toContain("as planned");
    expect([verification, none].map(isAsPlanned)).toEqual([true, false]);
  });

  test("an issue names what fails with its time, and takes nothing of AWS for Markdown", () => {
    const text = issueMarkdown({ ...verification, claims });
    expect(text).toContain("1 of 3 claims of the section break-glass were seen as planned, 2 were not");
    expect(text).toContain("a \\| b \\<img\\>");
    expect(text.split("\n").filter((line) => line.startsWith("| missing"))).toHaveLength(1);
  });
});
