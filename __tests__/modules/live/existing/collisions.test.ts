import { collisionProblems } from "../../../../modules/live/existing/collisions";
import { ownerOf } from "../../../../modules/live/existing/owner";
import { type Wanted, wantedThings } from "../../../../modules/live/existing/wanted";
import { formatProblem } from "../../../../modules/kernel/errors";
import type { Existing, ExistingThing } from "../../../../modules/organization/existing";
import { loadEnvironment } from "../../../../modules/sections/load";
import { resolveUnproven } from "../../../../modules/sections/target-state";
import { ROOT } from "../../../support/environments";

const environment = loadEnvironment(ROOT, "example");
const state = resolveUnproven(environment).state!;
const wanted = wantedThings(state, environment.tree);

const looked = (): Pick<Existing, "names" | "looked"> => ({
  names: Object.fromEntries(
    wanted.map(({ type }) => [type, wanted.filter((one) => one.type === type).map(({ name }) => name)]),
  ),
  looked: wanted.map(({ type, accountId, region }) => ({
    type,
    accountId,
    region,
    names: wanted
      .filter((one) => one.type === type && one.accountId === accountId && one.region === region)
      .map(({ name }) => name),
  })),
});
const existing = (things: readonly ExistingThing[], rest: Partial<Existing> = {}): Existing => ({
  version: 1,
  organizationId: environment.organization.id,
  readAt: "2026-11-27T03:00:00Z",
  permissionSets: [],
  policies: [],
  oidcProviders: [],
  things,
  notRead: [],
  ...looked(),
  ...rest,
});
const thing = (
  { type, accountId, region, name }: Wanted,
  tags: Readonly<Record<string, string>> = {},
): ExistingThing => ({
  type,
  accountId,
  region,
  name,
  tags,
});
const told = (held: Existing, of = environment): readonly string[] =>
  collisionProblems({ ...of, existing: held }, state).map(formatProblem);
const TYPES = [
  "aws_accessanalyzer_analyzer",
  "aws_cloudformation_stack_set",
  "aws_cloudwatch_event_bus",
  "aws_cloudwatch_event_rule",
  "aws_config_organization_conformance_pack",
  "aws_config_organization_managed_rule",
  "aws_iam_openid_connect_provider",
  "aws_iam_policy",
  "aws_iam_role",
  "aws_iam_user",
  "aws_identitystore_group",
  "aws_kms_alias",
  "aws_organizations_policy",
  "aws_sns_topic",
  "aws_ssoadmin_permission_set",
];

test("what the stacks make is known by name, for every type of which AWS takes one of a name", () => {
  expect([...new Set(wanted.map(({ type }) => type))].sort()).toEqual(TYPES);
  // Roles of StackSets too, in every member account.
  const members = environment.tree.accounts.length - 1;
  expect(wanted.filter(({ name, stackSet }) => name === "SecurityBreakGlass" && stackSet !== undefined)).toHaveLength(
    members,
  );
  for (const { name } of wanted) expect(name).not.toContain("${");
});

test.each(TYPES)("a %s of our name that is somebody else's is in the way", (type) => {
  const one = wanted.find((some) => some.type === type)!;
  const [problem, ...more] = told(existing([thing(one, { ManagedBy: "terraform" })]));
  expect(more).toEqual([]);
  expect(problem).toMatch(/^error COLLISION environments\/example\/baseline\.yaml\n/);
  expect(problem).toContain("It belongs to terraform, as its tag ManagedBy says (read at 2026-11-27T03:00:00Z)");
  expect(problem).toMatch(/\n {2}fix: Choose: /);
});

test("nothing is in the way where everything is ours, adopted, imported, or not there", () => {
  expect(told(existing([]))).toEqual([]);
  expect(told(existing(wanted.map((one) => thing(one, { "keyless:environment": "example" }))))).toEqual([]);
  const [one] = wanted.filter(({ type, address }) => type === "aws_iam_user" && address !== undefined);
  const to = { stack: one!.stack, address: one!.address! };
  const held = existing([thing(one!)]);
  expect(told(held)).toHaveLength(1);
  const place = { file: "environments/example/moves.yaml" };
  expect(told(held, { ...environment, moves: [{ to, id: one!.name, place }] })).toEqual([]);
  expect(told(held, { ...environment, adopted: [{ what: "user", id: one!.name, to, place }] })).toEqual([]);
});

test("ours is the environment's tag, or the stack of the StackSet that makes it; another environment's is not", () => {
  const role = wanted.find(({ stackSet }) => stackSet !== undefined)!;
  const of = (tags: Readonly<Record<string, string>>): number => told(existing([thing(role, tags)])).length;
  expect(of({ "aws:cloudformation:stack-name": `StackSet-${role.stackSet}-0a1b` })).toBe(0);
  expect(of({ "aws:cloudformation:stack-name": "StackSet-AWSControlTowerBP-1" })).toBe(1);
  expect(of({ "keyless:environment": "other" })).toBe(1);
});

test("the pipeline's provider is imported by an entry of moves.yaml: adopt would make another entry of it", () => {
  const fixOf = (stack: (name: string) => boolean): string => {
    const one = wanted.find(({ type, stack: of }) => type === "aws_iam_openid_connect_provider" && stack(of))!;
    return told(existing([thing(one)]))[0]!;
  };
  const pipeline = fixOf((name) => name === "pipeline");
  expect(pipeline).toContain("entry of moves.yaml: to: { stack: pipeline, address: ");
  expect(pipeline).not.toContain("keyless adopt");
  expect(pipeline).not.toContain("existing: true");
  expect(fixOf((name) => name !== "pipeline")).toContain("keyless adopt example");
});

test("IAM tells no case", () => {
  const user = wanted.find(({ type }) => type === "aws_iam_user")!;
  expect(told(existing([{ ...thing(user), name: user.name.toUpperCase() }]))).toHaveLength(1);
});

test("what nobody has looked for is told, and is not the same as none", () => {
  expect(told(existing([], { looked: [] }))).toEqual([expect.stringMatching(/^warning EXISTING-UNKNOWN /)]);
  // The name was looked for, but in another account; and a file of before the names of an account were kept says nothing.
  const user = wanted.find(({ type, name }) => type === "aws_iam_user" && name === "break-glass-1")!;
  const elsewhere = looked().looked.map((one) =>
    one.type === "aws_iam_user" && one.accountId === user.accountId ? { ...one, names: ["break-glass-2"] } : one,
  );
  expect(told(existing([], { looked: elsewhere }))).toEqual([
    expect.stringContaining(`: user break-glass-1 in ${user.accountId}.`),
  ]);
  expect(told(existing([], { looked: looked().looked.map((one) => ({ ...one, names: [] })) }))).toHaveLength(1);
  // Providers of an account that could not be read are not absent; of one that was read all are listed.
  const provider = wanted.find(({ type }) => type === "aws_iam_openid_connect_provider")!;
  const unread = looked().looked.filter((one) => one.type !== provider.type || one.accountId !== provider.accountId);
  expect(told(existing([], { looked: unread }))).toEqual([
    expect.stringContaining(`: OIDC provider ${provider.name} in ${provider.accountId}.`),
  ]);
  const bare = looked().looked.map((one) => (one.type === provider.type ? { ...one, names: [] } : one));
  expect(told(existing([], { looked: bare }))).toEqual([]);
  // Without the file nothing at all is claimed.
  expect(collisionProblems(environment, state)).toEqual([]);
  expect(told(existing([], { organizationId: "o-anotherone1" }))).toEqual([
    expect.stringMatching(/^error EXISTING-OTHER-ORGANIZATION /),
  ]);
});

test.each<[Readonly<Record<string, string>>, string | undefined]>([
  [{}, undefined],
  [{ owner: "team", Name: "x" }, undefined],
  [{ ManagedBy: "manual" }, undefined],
  [{ "aws:cloudformation:stack-name": "s" }, "CloudFormation stack s"],
  [{ Accelerator: "AWSAccelerator" }, "Landing Zone Accelerator (AWSAccelerator)"],
  [{ terraform: "true" }, "another Terraform, as its tag terraform says"],
  [{ terraform: "false" }, undefined],
  [{ "keyless:environment": "prod" }, "environment prod of a keyless baseline"],
  [{ "keyless:environment": "example" }, undefined],
])("the owner by %j is %s", (tags, owner) => expect(ownerOf(tags, "example")).toBe(owner));
