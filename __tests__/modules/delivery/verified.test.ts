import { BaselineError } from "../../../modules/kernel/errors";
import { sayUnseen, seeApplied, seeRenamedWayIn, seeWayIn } from "../../../modules/delivery/verified";
import type { Claim, SectionName } from "../../../modules/live/verify/claim";
import type { StackKind } from "../../../modules/sections/stack-kinds";
import type { SynthesizedStack } from "../../../modules/terraform/environment-stacks";
import type { StackPlan } from "../../../modules/terraform/stack-plan";

const claim = (kind: string, verdict: Claim["verdict"], more: Partial<Claim> = {}): Claim => ({
  section: "break-glass",
  kind,
  name: kind,
  promise: "as planned",
  place: { accountId: "444444444401" },
  details: verdict === "seen" ? [] : ["it is not so"],
  at: "2026-11-26T21:00:00Z",
  verdict,
  ...more,
});
const stack = (kind: StackKind): SynthesizedStack =>
  ({
    name: `prod-${kind}`,
    folder: "",
    dependencies: [],
    mark: { kind, section: sections[kind], environment: "prod" },
  }) as never;
const sections: Partial<Record<StackKind, string>> = { guardrails: "guardrails", "break-glass": "breakGlass" };
const plan = (type: string, ...actions: string[]): StackPlan => ({ resources: [{ type, actions }] }) as never;
const ATTACHES = plan("aws_organizations_policy_attachment", "create");

/** What is seen, one answer after the other; the last one stays. */
function looking(...answers: readonly (readonly Claim[])[]) {
  const asked: (readonly SectionName[])[] = [];
  const said: string[] = [];
  let waits = 0;
  return {
    asked,
    said,
    waits: () => waits,
    environment: "prod",
    say: (line: string) => void said.push(line),
    wait: () => Promise.resolve(void waits++),
    look: (wanted: readonly SectionName[]) => {
      asked.push(wanted);
      return Promise.resolve({
        claims: answers[Math.min(asked.length, answers.length) - 1]!,
        to: "2026-11-26T21:00:00Z",
      } as never);
    },
  };
}

const refused = async (work: Promise<void>): Promise<BaselineError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BaselineError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

describe("before guardrails are enforced", () => {
  test("the way in is seen in every account, and it is said when", async () => {
    const of = { section: "organization" } as const;
    // The rest of the organization's section is no part of the way in: delegated administrators do not stop it.
    const organization = [claim("accounts", "seen", of), claim("delegated-administrators", "different", of)];
    const at = looking([...organization, claim("role", "seen"), claim("role", "seen"), claim("trail", "seen")]);
    await seeWayIn(at, stack("guardrails"), ATTACHES);
    expect(at.asked).toEqual([["organization", "break-glass"]]);
    expect(at.said).toEqual(["emergency access: the break-glass role is seen in 2 accounts at 2026-11-26T21:00:00Z"]);
  });

  test.each([
    ["the role is missing in one account", claim("role", "missing")],
    ["its trust is another one", claim("role", "different")],
    ["an account joined since the facts were taken", claim("accounts", "different", { section: "organization" })],
    ["which accounts there are cannot be read", claim("accounts", "not-readable", { section: "organization" })],
    ["an account cannot be read", claim("role", "not-readable")],
    ["a user is not enrolled: nobody has a way in", claim("user-mfa", "missing", { waitsForPerson: true })],
    ["a subscription is gone", claim("subscription", "missing")],
  ])("%s: the guardrails are not applied", async (_, failing) => {
    const at = looking([claim("role", "seen"), failing]);
    const { exitCode, problems } = await refused(seeWayIn(at, stack("guardrails"), ATTACHES));
    expect(exitCode).toBe(3);
    expect(problems.map(({ code }) => code)).toEqual(["DELIVERY-WAY-IN-NOT-SEEN"]);
    expect(at.said).toEqual([]);
  });

  test("a mail that nobody has confirmed is said, and stops nothing", async () => {
    const at = looking([claim("role", "seen"), claim("subscription", "different", { waitsForPerson: true })]);
    await seeWayIn(at, stack("guardrails"), ATTACHES);
    expect(at.said[0]).toMatch(/^not yet, a person does it: subscription/);
    expect(at.waits()).toBe(0);
  });

  test("what IAM shows a little later counts as seen", async () => {
    const at = looking([claim("role", "missing")], [claim("role", "seen")]);
    await seeWayIn(at, stack("guardrails"), ATTACHES);
    expect(at.waits()).toBe(1);
  });

  test.each([
    [
      "a plan that only takes guardrails away",
      stack("guardrails"),
      plan("aws_organizations_policy_attachment", "delete"),
    ],
    ["another plan", stack("break-glass"), plan("aws_iam_role", "create")],
  ])("%s asks nobody", async (_, which, planned) => {
    const at = looking([claim("role", "missing")]);
    await seeWayIn(at, which, planned);
    expect(at.asked).toEqual([]);
  });

  test("the plan says what is enforced, whatever the stack calls itself", async () => {
    const at = looking([claim("role", "missing")]);
    for (const which of [stack("break-glass"), { ...stack("guardrails"), mark: undefined } as never])
      expect((await refused(seeWayIn(at, which, ATTACHES))).exitCode).toBe(3);
  });

  test("what these credentials may not read names the other ways; what is missing does not", async () => {
    const fix = async (verdict: Claim["verdict"]): Promise<string> =>
      (await refused(seeWayIn(looking([claim("role", verdict)]), stack("guardrails"), ATTACHES))).problems[0]!.fix!;
    expect(await fix("not-readable")).toMatch(/--verify-role .* --verified .* --no-verify/);
    expect(await fix("missing")).not.toContain("--no-verify");
  });

  test.each([
    [1, 3],
    [2, 2],
  ])("AWS cannot be asked (exit code %i): the gate says no", async (exitCode, expected) => {
    const look = (): Promise<never> =>
      Promise.reject(new BaselineError([{ code: "AWS-CREDENTIALS", message: "none", fix: "Sign in." }], exitCode as 1));
    const error = await refused(seeWayIn({ ...looking([]), look }, stack("guardrails"), ATTACHES));
    expect(error.exitCode).toBe(expected);
    expect(error.problems[0]!.code).toBe("AWS-CREDENTIALS");
  });
});

describe("after an apply", () => {
  test("the sections whose stacks were applied are read back, and no others", async () => {
    const at = looking([claim("role", "seen")]);
    await seeApplied(at, [stack("break-glass"), stack("guardrails")]);
    expect(at.asked).toEqual([["break-glass", "guardrails"]]);
    expect(at.said).toEqual(["verify: 1 claim on break-glass, guardrails seen at 2026-11-26T21:00:00Z"]);
  });

  test("what is not as applied, or cannot be read, is exit code 3; what people have still to do is said", async () => {
    const at = looking([claim("user-mfa", "missing", { waitsForPerson: true }), claim("stack-set", "not-readable")]);
    const { exitCode, problems } = await refused(seeApplied(at, [stack("break-glass")]));
    expect(exitCode).toBe(3);
    expect(problems.map(({ code }) => code)).toEqual(["DELIVERY-NOT-AS-APPLIED"]);
    expect(at.said).toEqual([expect.stringMatching(/^not yet, a person does it: user-mfa/)]);
    expect(at.waits()).toBe(2);
  });
});

describe("guardrails that begin to name another role, where nobody asked to look", () => {
  const content = (role: string): Readonly<Record<string, unknown>> => ({
    content: JSON.stringify({ Condition: { ArnNotLike: { "aws:PrincipalArn": [`arn:aws:iam::*:role/${role}`] } } }),
  });
  const updated = (before: unknown, after: unknown, action = "update"): StackPlan =>
    ({ resources: [{ type: "aws_organizations_policy", actions: [action], before, after }] }) as never;
  const MISSING = [claim("role", "missing")];
  const see = (plan: StackPlan) => {
    const looks = looking(MISSING);
    return seeRenamedWayIn(looks, stack("guardrails"), plan, "Emergency").then(
      () => looks.asked.length,
      (error: BaselineError) => error.exitCode,
    );
  };

  test("the role is looked for, and where it is not seen they are not applied", async () => {
    expect(await see(updated(content("SecurityBreakGlass"), content("Emergency")))).toBe(3);
    expect(await see(updated(content("SecurityBreakGlass"), content("break-glass/Emergency")))).toBe(3);
  });

  test("guardrails that are not known before they are applied may name it", async () => {
    expect(await see(updated(content("SecurityBreakGlass"), {}))).toBe(3);
  });

  test.each<[string, StackPlan]>([
    ["they named it before", updated(content("Emergency"), { ...content("Emergency"), description: "x" })],
    ["another one's name only begins like it", updated(content("A"), content("EmergencyOther"))],
    ["they name it no more", updated(content("Emergency"), content("A"))],
    ["they are new: that is what --no-verify is for", updated(undefined, content("Emergency"), "create")],
  ])("%s: nobody looks", async (...[, plan]) => {
    expect(await see(plan)).toBe(0);
  });

  test("that nobody has looked is said where nobody has, and not beside a look", async () => {
    const said = async (plan: StackPlan): Promise<readonly string[]> => {
      const looks = looking([claim("role", "seen")]);
      await seeRenamedWayIn(looks, stack("guardrails"), plan, "Emergency");
      return looks.said;
    };
    expect(await said(updated(content("SecurityBreakGlass"), content("Emergency")))).toEqual([
      "emergency access: the break-glass role is seen in 1 account at 2026-11-26T21:00:00Z",
    ]);
    expect(await said(updated(content("Emergency"), content("Emergency")))).toEqual([
      expect.stringContaining("NOT VERIFIED (--no-verify)"),
    ]);
  });
});

test.each<[string, StackKind, StackPlan, boolean]>([
  ["guardrails that are attached", "guardrails", ATTACHES, true],
  ["guardrails that change", "guardrails", plan("aws_organizations_policy", "update"), true],
  ["guardrails that are taken away", "guardrails", plan("aws_organizations_policy_attachment", "delete"), false],
  ["a stack that calls itself something else", "break-glass", ATTACHES, true],
  ["other plans", "break-glass", plan("aws_iam_role", "create"), false],
])("a run that is told not to look says so of %s", (_, kind, planned, says) => {
  const looks = looking([]);
  sayUnseen(looks, stack(kind), planned);
  expect(looks.said).toEqual(says ? [expect.stringContaining("NOT VERIFIED")] : []);
});
