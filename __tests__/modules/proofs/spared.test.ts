import type { Organization } from "../../../modules/organization/types";
import { custom, deny, open, rcp, report, scp, together, Trap } from "./trap";

/**
 * Every way to be spared by a Deny statement, in this environment's own documents and in others': what anybody may set is a
 * counterexample, what nobody can set is proven, and what is neither is unknown with a reason.
 */

const only = ["exemptions-hold"] as const;
const KEYS = "iam:CreateAccessKey";
const when = (Condition: object): Trap => custom(deny(KEYS, { Condition }));
/** Kinds that are spared somewhere, with the answer. */
const kinds = (trap: Trap): string[] => [
  ...new Set(
    open(trap, only).map((one) => {
      const [, , kind, decision] = one.split("|");
      return `${kind} ${decision}`;
    }),
  ),
];
const ANYBODY = ["administrator allowed", "assumed-root allowed", "iam-user allowed"];
const spared = (trap: Trap): void => expect(kinds(trap)).toEqual(expect.arrayContaining(ANYBODY.slice(0, 1)));
const holds = (trap: Trap): void => expect(open(trap, only)).toEqual([]);

const TAGGING = ["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser", "sts:TagSession"];
const SPARED_BY_DESIGN = {
  ArnNotLike: {
    "aws:PrincipalArn": ["arn:aws:iam::*:role/SecurityBreakGlass", "arn:aws:iam::*:role/OrganizationAccountAccessRole"],
  },
};
const TAG = { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } };
const noTag = (operator: string, actions: readonly string[] = TAGGING): Trap =>
  scp("r-exmp", deny(actions, { Condition: { [operator]: { "aws:TagKeys": "key-admin" }, ...SPARED_BY_DESIGN } }));
const noSession = rcp(
  "r-exmp",
  deny("sts:TagSession", { Condition: { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": "key-admin" } } }),
);

describe("a principal's tag", () => {
  test.each([
    ["equals a value", when(TAG)],
    ["is one of two patterns", when({ StringNotLike: { "aws:PrincipalTag/Team": ["platform", "sec*"] } })],
    ["is there", when({ Null: { "aws:PrincipalTag/exempt": "true" } })],
    ["in any case", when({ StringNotEqualsIgnoreCase: { "aws:PrincipalTag/exempt": "yes" } })],
    ["is missing", when({ StringEquals: { "aws:PrincipalTag/contractor": "true" } })],
    ["equals the resource's", when({ StringNotEquals: { "aws:PrincipalTag/team": "${aws:ResourceTag/team}" } })],
    [
      "names the resource",
      custom({ ...deny(KEYS), Resource: undefined, NotResource: "arn:aws:iam::*:user/${aws:PrincipalTag/team}/*" }),
    ],
    ["in a statement about everything", custom(deny("*", { Condition: TAG }))],
    [
      "in a statement about all but some actions",
      custom({ Effect: "Deny", NotAction: ["s3:*", "ec2:*"], Resource: "*", Condition: TAG }),
    ],
    ["in somebody else's document", scp("ou-exmp-workload", deny(KEYS, { Condition: TAG }))],
    [
      "in somebody else's document about all but some actions",
      scp("ou-exmp-sandbox1", { Effect: "Deny", NotAction: "s3:*", Resource: "*", Condition: TAG }),
    ],
    ["beside a network", when({ ...TAG, NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } })],
  ])("%s", (_, trap) => spared(trap));

  test("nobody gives it: neither in the account nor, with an RCP, from elsewhere", () => {
    const nobody = noTag("ForAnyValue:StringEqualsIgnoreCase");
    expect(kinds(together(when(TAG), nobody))).toEqual(["outsider allowed"]);
    holds(together(when(TAG), nobody, noSession));
  });
  test.each([
    ["its key in one case", noTag("ForAnyValue:StringEquals")],
    ["its key among no others", noTag("ForAllValues:StringEqualsIgnoreCase")],
    ["roles alone", noTag("ForAnyValue:StringEqualsIgnoreCase", ["iam:CreateRole", "iam:TagRole"])],
    [
      "all but new users",
      noTag(
        "ForAnyValue:StringEqualsIgnoreCase",
        TAGGING.filter((one) => one !== "iam:CreateUser"),
      ),
    ],
    [
      "another value",
      scp("r-exmp", deny(TAGGING, { Condition: { StringEquals: { "aws:RequestTag/key-admin": "false" } } })),
    ],
  ])("to deny giving it is not enough: %s", (_, denied) => spared(together(when(TAG), denied, noSession)));

  test("whom a policy of others' spares from giving it is somebody to become", () => {
    const but = (name: string): Trap =>
      scp(
        "r-exmp",
        deny(TAGGING, {
          Condition: {
            "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": "key-admin" },
            ArnNotLike: {
              "aws:PrincipalArn": [...SPARED_BY_DESIGN.ArnNotLike["aws:PrincipalArn"], `arn:aws:iam::*:role/${name}`],
            },
          },
        }),
      );
    const found = report(together(when(TAG), but("TagAdmin"), noSession), only).counterexamples;
    expect(found.filter(({ id }) => id.includes("spared by"))).toEqual([]);
    expect(found.some(({ id }) => id.endsWith("become role/TagAdmin in trap"))).toBe(true);
    expect(kinds(together(when(TAG), but("*"), noSession))).toContain("iam-user allowed");
  });

  test("it decides nothing where the same policy denies it anyway", () => {
    holds(custom([deny(KEYS, { Condition: TAG }), deny(KEYS)]));
  });
});

describe("a tag of what is asked about", () => {
  test.each([
    ["of any resource", when({ StringNotEquals: { "aws:ResourceTag/keys": "yes" } })],
    ["of IAM's", when({ StringNotLike: { "iam:ResourceTag/keys": "y*" } })],
    ["that is missing", when({ StringEquals: { "aws:ResourceTag/locked": "yes" } })],
    ["that is there", when({ Null: { "aws:ResourceTag/keys": "true" } })],
    [
      "in somebody else's document",
      scp(
        "ou-exmp-sandbox1",
        deny(KEYS, { Condition: { StringNotEqualsIgnoreCase: { "aws:ResourceTag/keys": "yes" } } }),
      ),
    ],
  ])("%s", (_, trap) => spared(trap));
});

describe("what the request says of itself", () => {
  test.each([
    ["a tag", when({ StringNotEquals: { "aws:RequestTag/approved": "yes" } })],
    ["keys of tags", when({ "ForAllValues:StringNotEquals": { "aws:TagKeys": ["approved"] } })],
    ["the program", when({ StringNotLike: { "aws:UserAgent": "keytool*" } })],
    ["where it comes from", when({ StringNotLike: { "aws:Referer": "https://example.com/*" } })],
    ["that there is a tag", when({ Null: { "aws:RequestTag/approved": "true" } })],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny(KEYS, { Condition: { StringNotEquals: { "aws:RequestTag/approved": "yes" } } })),
    ],
  ])("%s", (_, trap) => spared(trap));
  test("a statement about requests that say something spares nobody", () =>
    holds(when({ StringEquals: { "aws:RequestTag/approved": "no" } })));
});

describe("a session's name", () => {
  test.each([
    ["by the user id", when({ StringNotLike: { "aws:userid": "*:key-admin" } })],
    ["by the user id without a colon", when({ StringNotLike: { "aws:userid": "*key-admin" } })],
    ["with a role's prefix", when({ StringNotLike: { "aws:userid": "AROA*:key-*" } })],
    ["that is another", when({ StringLike: { "aws:userid": "*:bob" } })],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny(KEYS, { Condition: { StringNotLike: { "aws:userid": ["*:a", "*:b"] } } })),
    ],
  ])("%s", (_, trap) => spared(trap));
  test.each([
    ["one role", "AROAEXAMPLEEXAMPLE123:*"],
    ["one session of one role", "AROAEXAMPLEEXAMPLE123:ci"],
    ["one user", "AIDAEXAMPLEEXAMPLE123"],
    ["one user among others", "AIDAEXAMPLE*"],
    ["an account's root", "111111111111"],
  ])("ids are AWS's to give: %s", (_, id) => holds(when({ StringNotLike: { "aws:userid": id } })));
});

describe("a source identity", () => {
  test.each([
    ["equals", when({ StringNotEquals: { "aws:SourceIdentity": "alice" } })],
    ["like", when({ StringNotLike: { "aws:SourceIdentity": "admin-*" } })],
    ["is there", when({ Null: { "aws:SourceIdentity": "true" } })],
    ["is another", when({ StringEquals: { "aws:SourceIdentity": "bob" } })],
    [
      "in a statement about everything",
      custom(deny("*", { Condition: { StringNotEquals: { "aws:SourceIdentity": "alice" } } })),
    ],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny(KEYS, { Condition: { StringNotEquals: { "aws:SourceIdentity": "alice" } } })),
    ],
  ])("%s", (_, trap) => spared(trap));
});

describe("a user's name", () => {
  test.each([
    ["equals", when({ StringNotEquals: { "aws:username": "bob" } })],
    ["like", when({ StringNotLike: { "aws:username": "admin-*" } })],
    ["one of two", when({ StringNotEquals: { "aws:username": ["a", "b"] } })],
    ["in any case", when({ StringNotEqualsIgnoreCase: { "aws:username": "Bob" } })],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny(KEYS, { Condition: { StringNotEquals: { "aws:username": "bob" } } })),
    ],
  ])("%s", (_, trap) => spared(trap));
});

describe("a call through a service", () => {
  test.each([
    ["any", when({ Bool: { "aws:ViaAWSService": "false" } })],
    ["any, if it is said", when({ BoolIfExists: { "aws:ViaAWSService": false } })],
    ["one", when({ "ForAllValues:StringNotEquals": { "aws:CalledVia": "athena.amazonaws.com" } })],
    ["first", when({ StringNotEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } })],
    [
      "last, in a statement about everything",
      custom(deny("*", { Condition: { StringNotLike: { "aws:CalledViaLast": "cloudformation*" } } })),
    ],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny("iam:*", { Condition: { Bool: { "aws:ViaAWSService": "false" } } })),
    ],
  ])("%s", (_, trap) => spared(trap));
  test("calls through a service alone spare nobody", () => holds(when({ Bool: { "aws:ViaAWSService": "true" } })));
});

test("every guardrail of the catalogue, enforced everywhere: nobody is spared by what anybody may set", () =>
  holds({
    baseline: [
      [
        "    - guardrails: [restrict-web-identity]\n",
        "    - guardrails: [deny-long-term-key-use, restrict-web-identity]\n",
      ],
    ],
  }));

describe("where the account is", () => {
  const path = "o-exampleorg1/r-exmp/ou-exmp-sandbox1/*";
  const CASES: readonly (readonly [string, Trap])[] = [
    ["principal", when({ "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": path } })],
    ["principal, any", when({ "ForAnyValue:StringNotLike": { "aws:PrincipalOrgPaths": path } })],
    ["resource", when({ "ForAllValues:StringNotLike": { "aws:ResourceOrgPaths": path } })],
    [
      "in a statement about everything",
      custom(
        deny("iam:*", {
          NotResource: "arn:aws:iam::*:role/*",
          Resource: undefined,
          Condition: { "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": path } },
        }),
      ),
    ],
    [
      "in somebody else's document",
      scp(
        "ou-exmp-sandbox1",
        deny(KEYS, { Condition: { "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": path } } }),
      ),
    ],
  ];
  const facts = (delegationPolicy: string | undefined): Trap => ({
    organization: (before): Organization => ({ ...before, delegationPolicy }),
  });
  const moves = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: "666666666601" }, Action: "organizations:MoveAccount", Resource: "*" },
    ],
  });
  test.each(CASES)("%s: nobody moves accounts", (_, trap) => holds(trap));
  test.each(CASES)("%s: whom the delegation policy lets move them is spared", (_, trap) =>
    expect(kinds(together(trap, facts(moves)))).toEqual(ANYBODY),
  );
  test.each(CASES)("%s: unknown where nobody has read that policy", (_, trap) =>
    expect(kinds(together(trap, facts(undefined))).every((one) => one.endsWith(" unknown"))).toBe(true),
  );
});

describe("what a service says it calls for", () => {
  test.each([
    ["an account", { StringNotEquals: { "aws:SourceAccount": "444444444401" } }],
    ["a resource", { ArnNotLike: { "aws:SourceArn": "arn:aws:lambda:*:444444444401:*" } }],
    ["an organization", { StringNotEquals: { "aws:SourceOrgID": "o-exampleorg1" } }],
    ["paths", { "ForAllValues:StringNotLike": { "aws:SourceOrgPaths": "o-exampleorg1/*" } }],
    ["its name", { StringNotEquals: { "aws:PrincipalServiceName": "config.amazonaws.com" } }],
  ])("%s: unknown, with the reason", (_, condition) => {
    const found = report(when(condition), only).counterexamples;
    expect(new Set(found.map(({ decision }) => decision))).toEqual(new Set(["unknown"]));
    expect(found[0]!.because).toContain("is what a service of AWS says of the resource for which it calls");
  });
});

describe("a name", () => {
  const arn = (pattern: string, operator = "ArnNotLike"): object => ({ [operator]: { "aws:PrincipalArn": pattern } });
  test.each([
    ["of a role", when(arn("arn:aws:iam::*:role/KeyAdmin"))],
    ["with a variable for the account", when(arn("arn:aws:iam::${aws:PrincipalAccount}:role/KeyAdmin"))],
    ["with a variable in it", when(arn("arn:aws:iam::*:role/${aws:PrincipalTag/team}-admin"))],
    ["of a role or a user", when(arn("arn:aws:iam::*:*/KeyAdmin"))],
    ["of any form", when(arn("*:role/KeyAdmin", "StringNotLike"))],
    ["of everybody", when(arn("arn:aws:iam::*:*"))],
    [
      "in somebody else's document",
      scp("ou-exmp-sandbox1", deny(KEYS, { Condition: arn("arn:aws:iam::*:role/KeyAdmin") })),
    ],
    [
      "of users in somebody else's document",
      scp("ou-exmp-sandbox1", deny([KEYS, "iam:DeleteUser"], { Condition: arn("arn:aws:iam::*:user/key-*") })),
    ],
    [
      "in somebody else's document about all but some actions",
      scp("ou-exmp-sandbox1", {
        Effect: "Deny",
        NotAction: ["iam:*", "sts:*"],
        Resource: "*",
        Condition: arn("arn:aws:iam::*:role/KeyAdmin"),
      }),
    ],
  ])("%s", (_, trap) => spared(trap));

  test("that a guardrail protects holds, and one that decides nothing, too", () => {
    holds(scp("ou-exmp-sandbox1", deny(KEYS, { Condition: arn("arn:aws:iam::*:role/SecurityBreakGlass") })));
    holds(scp("ou-exmp-workload", deny(KEYS, { Condition: arn("arn:aws:iam::*:role/KeyAdmin") })));
    holds(
      scp("ou-exmp-sandbox1", {
        Effect: "Deny",
        NotAction: ["iam:*", "sts:*"],
        Resource: "*",
        Condition: {
          ...arn("arn:aws:iam::*:role/KeyAdmin"),
          StringNotEquals: { "aws:RequestedRegion": "eu-central-1" },
        },
      }),
    );
    // All others are denied everything: none of them becomes it.
    holds(scp("ou-exmp-sandbox1", deny("*", { Condition: arn("arn:aws:iam::*:role/KeyAdmin") })));
    holds(scp("ou-exmp-sandbox1", deny("s3:*", { Condition: arn("arn:aws:iam::*:role/KeyAdmin") })));
  });

  test("a short name is no permission set's, whatever hash Identity Center gives it", () =>
    expect(kinds(when(arn("arn:aws:iam::*:role/KeyAdmin"))).filter((one) => one.startsWith("permission-set"))).toEqual(
      [],
    ));
});
