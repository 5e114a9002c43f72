import { oidcTrust } from "../../../../modules/sections/workload-identity/documents";
import { OidcKind, subjectProblem } from "../../../../modules/sections/workload-identity/oidc";

describe("subjects that name who may come", () => {
  const cases: readonly (readonly [OidcKind, string])[] = [
    ["github", "repo:acme/shop:environment:production"],
    ["github", "repo:acme/shop:ref:refs/heads/main"],
    ["github", "repo:acme/shop:ref:refs/tags/v*"],
    ["github", "repo:acme/shop:pull_request"],
    ["github", "repo:acme/shop:*"],
    ["github", "repo:acme@1234/shop@5678:ref:refs/heads/main"],
    ["github", "repository_owner_id:1234:repository_id:5678:*"],
    ["github", "repository_id:5678"],
    ["github", "environment:production:repository:acme/shop"],
    ["gitlab", "project_path:acme/shop:ref_type:branch:ref:main"],
    ["gitlab", "project_path:acme/group/shop:ref_type:branch:ref:*"],
    ["hcp-terraform", "organization:acme:project:Default Project:workspace:shop-prod:run_phase:apply"],
    ["hcp-terraform", "organization:acme:project:shop:workspace:shop-*:run_phase:*"],
    ["hcp-terraform", "organization:acme:project:shop:stack:network:deployment:prod:operation:plan"],
    ["custom", "anything-written-out"],
    ["custom", "system:serviceaccount:shop:*"],
    ["custom", "org/1/project/2/user/*"],
    ["custom", "{01234567-89ab-cdef-0123-456789abcdef}:*"],
  ];
  test.each(cases)("%s %s", (kind, subject) => expect(subjectProblem(kind, subject)).toBeUndefined());
});

describe("subjects that leave a role open, or that nobody has", () => {
  const cases: readonly (readonly [OidcKind, string])[] = [
    ["github", "*"],
    ["github", "repo:*"],
    ["github", "repo:*/shop:*"],
    ["github", "repo:acme/*"],
    ["github", "repo:acme/*:environment:production"],
    ["github", "repo:acme/shop*:ref:refs/heads/main"],
    ["github", "repo:acme/shop?:*"],
    ["github", "repo:acme@12*/shop@5678:*"],
    ["github", "repository_owner:acme:*"],
    ["github", "repository_id:56*"],
    ["github", "repository:acme/shop*"],
    ["github", "environment:*:repo:acme/shop:x"],
    ["github", "repo:acme/shop"],
    ["github", "repo:acme/shop/extra:ref:refs/heads/main"],
    ["github", " repo:acme/shop:pull_request"],
    ["gitlab", "project_path:*"],
    ["gitlab", "project_path:acme/*:ref_type:branch:ref:main"],
    ["gitlab", "project_path:acme:ref_type:branch:ref:main"],
    ["gitlab", "repo:acme/shop:ref:refs/heads/main"],
    ["hcp-terraform", "organization:*:project:shop:workspace:w:run_phase:apply"],
    ["hcp-terraform", "organization:acme:project:*:workspace:w:run_phase:apply"],
    ["hcp-terraform", "organization:acme:*"],
    ["hcp-terraform", "organization:acme:project:shop:workspace:w:run_phase:destroy"],
    ["hcp-terraform", "organization:acme:project:shop:workspace:w:run_phase:a*"],
    ["custom", "*"],
    ["custom", "system:*"],
    ["custom", "system:serviceaccount:*"],
    ["custom", "system:serviceaccount:sh*"],
    ["custom", "a/*/b/c/d"],
    ["custom", "has:${aws:username}:in:it"],
    ["custom", "two\nlines"],
  ];
  test.each(cases)("%s %j", (kind, subject) =>
    expect(subjectProblem(kind, subject)).toMatchObject({
      message: expect.any(String) as unknown,
      fix: expect.any(String) as unknown,
    }),
  );
});

describe("the trust policy of a role for tokens", () => {
  const trust = (subjects: readonly string[], audiences = ["aws"]): unknown =>
    oidcTrust(
      "arn:aws:iam::123456789012:oidc-provider/ci.example.com/a",
      "https://ci.example.com/a",
      audiences,
      subjects,
    ).Statement;

  test("without a wildcard nothing is a pattern", () => {
    expect(trust(["a:b:c", "d:e:f"])).toEqual([
      {
        Sid: "TokenOfSubject",
        Effect: "Allow",
        Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/ci.example.com/a" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "ci.example.com/a:aud": ["aws"], "ci.example.com/a:sub": ["a:b:c", "d:e:f"] } },
      },
    ]);
  });

  test("a pattern is a statement of its own, with the same exact audience", () => {
    expect(trust(["a:b:c", "d:e:f:*"], ["one", "two"])).toMatchObject([
      {
        Sid: "TokenOfSubject",
        Condition: { StringEquals: { "ci.example.com/a:aud": ["one", "two"], "ci.example.com/a:sub": ["a:b:c"] } },
      },
      {
        Sid: "TokenOfSubjectPattern",
        Condition: {
          StringEquals: { "ci.example.com/a:aud": ["one", "two"] },
          StringLike: { "ci.example.com/a:sub": ["d:e:f:*"] },
        },
      },
    ]);
  });

  test("no statement is without a subject", () => {
    for (const subjects of [["a:b:c"], ["a:b:c:*"], ["a", "b:c:d:*"]]) {
      for (const statement of trust(subjects) as readonly { Condition: Record<string, Record<string, unknown>> }[]) {
        expect(Object.values(statement.Condition).flatMap(Object.keys)).toContain("ci.example.com/a:sub");
      }
    }
  });
});
