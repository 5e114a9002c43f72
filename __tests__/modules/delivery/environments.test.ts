import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipelineEnvironments } from "../../../modules/delivery/environments";
import { exampleState, edited } from "../../support/environments";
import { temporaryProject } from "../../support/project";

const S3 = ["  type: local\n", "  type: s3\n  bucket: example-state\n  region: eu-central-1\n"] as const;
const REPOSITORY = "example/keyless-org-baseline";

function environments(
  repository: string,
  ...edits: readonly (readonly [string, string])[]
): ReturnType<typeof pipelineEnvironments> {
  const project = temporaryProject();
  try {
    const file = join(project.root, "environments/example/baseline.yaml");
    writeFileSync(file, edited(readFileSync(file, "utf8"), edits));
    return pipelineEnvironments(project.root, repository);
  } finally {
    project.remove();
  }
}

test("roles, region and GitHub environment are those of the baseline, and of the roles' trust", () => {
  const { environments: found, leftOut } = environments(REPOSITORY, S3);
  expect(leftOut).toEqual([]);
  expect(found).toEqual([
    {
      name: "example",
      region: "eu-central-1",
      planRoleArn: "arn:aws:iam::111111111111:role/KeylessBaselinePlan",
      applyRoleArn: "arn:aws:iam::111111111111:role/KeylessBaselineApply",
      memberPlanRole: "keyless/KeylessBaselinePlan",
      githubEnvironment: "production",
    },
  ]);
  const { plan, apply, memberPlan } = exampleState().pipeline!;
  expect(found[0]!.planRoleArn.endsWith(`role${plan.role.path}${plan.role.name}`)).toBe(true);
  expect(found[0]!.applyRoleArn.endsWith(`role${apply!.role.path}${apply!.role.name}`)).toBe(true);
  expect(`/${found[0]!.memberPlanRole}`).toBe(`${memberPlan.path}${memberPlan.name}`);
  // A job in the environment may apply; a job of main outside of it may plan. That is what the workflows are.
  expect(apply!.subjects).toEqual([`repo:${REPOSITORY}:environment:${found[0]!.githubEnvironment}`]);
  expect(plan.subjects).toContain(`repo:${REPOSITORY}:ref:refs/heads/main`);
});

test("a repository with immutable subjects is known without its ids; case is GitHub's business", () => {
  expect(
    environments("Example/Keyless-Org-Baseline", S3, [
      "project: example/keyless-org-baseline",
      "project: example@1234/keyless-org-baseline@5678",
    ]).environments,
  ).toHaveLength(1);
});

test.each<[string, string, readonly (readonly [string, string])[], string]>([
  [
    "of another repository, a fork for example",
    "somebody/keyless-org-baseline",
    [S3],
    "its pipeline is that of example/keyless-org-baseline",
  ],
  ["with a local state", REPOSITORY, [], "its state is in backend local, and has to be in s3 to outlive a run"],
  [
    "whose applies nobody approves",
    REPOSITORY,
    [S3, ["  environment: production\n", ""]],
    "pipeline.environment is missing, so that nobody would have to approve an apply",
  ],
  [
    "of another branch",
    REPOSITORY,
    [S3, ["  environment: production\n", "  environment: production\n  branch: release\n"]],
    "its pipeline runs on branch release, not on main",
  ],
  [
    "of another kind",
    REPOSITORY,
    [
      S3,
      [
        "  kind: github\n  project: example/keyless-org-baseline\n  environment: production\n",
        "  kind: gitlab\n  project: example/keyless-org-baseline\n",
      ],
    ],
    "its pipeline is of kind gitlab",
  ],
  [
    "without a pipeline",
    REPOSITORY,
    [S3, ["pipeline:\n  kind: github\n  project: example/keyless-org-baseline\n  environment: production\n", ""]],
    "it has no section pipeline",
  ],
])("an environment %s is left out, and why", (_, repository, edits, reason) => {
  expect(environments(repository, ...edits)).toEqual({ environments: [], leftOut: [{ name: "example", reason }] });
});
