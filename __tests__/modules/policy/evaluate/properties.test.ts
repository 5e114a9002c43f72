import fc from "fast-check";
import {
  compile,
  evaluate,
  FULL_AWS_ACCESS,
  interestingValues,
  NOT_KNOWN,
  PolicyRequest,
  PolicySet,
  Verdict,
} from "../../../../modules/policy/evaluate";
import { glob, wildcards } from "../../../../modules/policy/evaluate/patterns";
import { policyDocument } from "../../../../modules/policy/document";
import { Question, question } from "./arbitraries";

const RUNS = Number(process.env["EVALUATOR_RUNS"] ?? 600);
const options = { numRuns: RUNS, seed: 20260701 };
const either = fc.oneof(question(false), question(true));

/** The same request with some keys not known. */
const partly = fc
  .tuple(either, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), fc.boolean())
  .map(([q, forget, unlisted]) => {
    const context: PolicyRequest["context"] = Object.fromEntries(
      Object.entries(q.request.context ?? {}).map(([key, value], i) => [key, forget[i] ? NOT_KNOWN : value]),
    );
    const less: PolicyRequest = { ...q.request, context, unlistedKeys: unlisted ? "unknown" : "absent" };
    return { q, less };
  });

test("what is decided with less knowledge stays so with more", () => {
  let decided = 0;
  let open = 0;
  fc.assert(
    fc.property(partly, ({ q, less }) => {
      const before = evaluate(less, q.policies);
      if (before.decision === "unknown") return void open++;
      decided++;
      const after = evaluate(q.request, q.policies);
      expect(after.decision).toBe(before.decision);
      if (before.kind === "explicit-deny") expect(after.kind).toBe("explicit-deny");
    }),
    options,
  );
  expect(decided).toBeGreaterThan(RUNS / 4);
  expect(open).toBeGreaterThan(RUNS / 20);
});

const reversed = <T>(list: readonly T[] | undefined): readonly T[] | undefined => list && [...list].reverse();
function otherWayRound({ policies, request }: Question): Question {
  const level = (chain: PolicySet["scps"]): PolicySet["scps"] =>
    chain?.map((policiesOfLevel) => [...policiesOfLevel].reverse());
  const set = {
    ...policies,
    scps: level(policies.scps),
    rcps: level(policies.rcps),
    identity: reversed(policies.identity),
    session: reversed(policies.session),
  };
  return { request, policies: Object.fromEntries(Object.entries(set).filter(([, v]) => v !== undefined)) };
}

test("the order of policies has no meaning", () => {
  fc.assert(
    fc.property(either, (q) => {
      const other = otherWayRound(q);
      const { decision, kind } = evaluate(q.request, q.policies);
      expect(evaluate(other.request, other.policies)).toMatchObject({ decision, kind });
    }),
    options,
  );
});

test("a deny more never allows more, an SCP of full access never less", () => {
  const rank: Readonly<Record<Verdict["decision"], number>> = { denied: 0, unknown: 1, allowed: 2 };
  fc.assert(
    fc.property(either, either, (q, r) => {
      const levels = q.policies.scps ?? [[FULL_AWS_ACCESS]];
      const base = rank[evaluate(q.request, { ...q.policies, scps: levels }).decision];
      const denies = (r.policies.scps ?? [])
        .flat()
        .map((p) => ({ ...p, document: policyDocument(p.document.Statement.filter((s) => s.Effect === "Deny")) }));
      expect(
        rank[evaluate(q.request, { ...q.policies, scps: [[...levels[0]!, ...denies], ...levels.slice(1)] }).decision],
      ).toBeLessThanOrEqual(base);
      expect(
        rank[evaluate(q.request, { ...q.policies, scps: levels.map((level) => [...level, FULL_AWS_ACCESS]) }).decision],
      ).toBeGreaterThanOrEqual(base);
    }),
    options,
  );
});

test("a compiled set answers one question after the other as a fresh one does", () => {
  fc.assert(
    fc.property(fc.array(either, { minLength: 2, maxLength: 4 }), (questions) => {
      const { policies } = questions[0]!;
      const compiled = compile(policies);
      for (const { request } of [...questions, ...questions])
        expect(evaluate(request, compiled)).toEqual(evaluate(request, { ...policies }));
    }),
    { ...options, numRuns: Math.ceil(RUNS / 4) },
  );
});

test("every verdict names what decides, and every name is that of a policy", () => {
  fc.assert(
    fc.property(either, (q) => {
      const { kind, deciding } = evaluate(q.request, q.policies);
      if (kind !== "explicit-allow") expect(deciding.length).toBeGreaterThan(0);
      for (const d of deciding) {
        if (d.statement === undefined) continue;
        const layer = {
          scp: q.policies.scps?.[d.level ?? -1],
          rcp: q.policies.rcps?.[d.level ?? -1],
          identity: q.policies.identity,
          session: q.policies.session,
        }[d.layer as "scp"];
        const policies = layer ?? [q.policies[d.layer as "boundary" | "resource"]!];
        const statement = policies.filter((p) => p.name === d.policy).map((p) => p.document.Statement[d.statement!])[0];
        expect(statement?.Effect).toBe(d.effect);
        // What takes effect has no condition that is false; what does not has one that is not true, or does not match the request.
        if (kind === "explicit-deny" || kind === "explicit-allow")
          expect(d.conditions.map((c) => c.result)).not.toContain("false");
      }
    }),
    options,
  );
});

test("wildcards are what a regular expression makes of them", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "*", "?", ":"), { maxLength: 9 }).map((list) => list.join(""));
  const text = fc.array(fc.constantFrom("a", "b", ":"), { maxLength: 9 }).map((list) => list.join(""));
  fc.assert(
    fc.property(letters, text, (pattern, value) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(glob(value, wildcards(pattern))).toBe(expression.test(value));
    }),
    { ...options, numRuns: RUNS * 10 },
  );
});

test("where RCPs may or may not reach a service, what they would change is not known, and nothing else", () => {
  // The same question of a service that they reach, of one that they do not, and of one that only the reference data lists.
  const asked = (q: Question, service: string): Verdict => {
    const { request, policies } = JSON.parse(JSON.stringify(q).replace(/sns:/gi, `${service}:`)) as Question;
    return evaluate(request, policies);
  };
  const seen = { same: 0, open: 0 };
  fc.assert(
    fc.property(
      either.filter(({ request, policies }) => policies.rcps !== undefined && request.action === "sns:Publish"),
      (q) => {
        const [reached, free, perhaps] = [asked(q, "logs"), asked(q, "sns"), asked(q, "codebuild")];
        const same = reached.decision === free.decision;
        seen[same ? "same" : "open"]++;
        expect(perhaps.decision).toBe(same ? free.decision : "unknown");
        if (!same)
          expect(perhaps.deciding.filter((one) => one.layer === "rcp").map((one) => one.binds)).toContain("unknown");
      },
    ),
    options,
  );
  expect(Math.min(seen.same, seen.open)).toBeGreaterThan(RUNS / 100);
});

test("a pattern of many wildcards is not slow", () => {
  expect(glob("a".repeat(5_000), wildcards("*a".repeat(500) + "b"))).toBe(false);
});

test("interesting values are all that policies speak of, sorted", () => {
  expect(
    interestingValues({
      scps: [
        [
          FULL_AWS_ACCESS,
          {
            name: "p",
            document: policyDocument([
              {
                Effect: "Deny",
                NotAction: ["sts:*", "iam:*"],
                NotResource: "arn:aws:s3:::b",
                Condition: { ArnNotLike: { "aws:PrincipalArn": ["b", "a"] }, Null: { "AWS:principalarn": "false" } },
              },
            ]),
          },
        ],
      ],
      resource: {
        name: "trust",
        document: policyDocument([
          {
            Effect: "Allow",
            Principal: { AWS: "111111111111", Service: ["ec2.amazonaws.com"] },
            Action: "sts:AssumeRole",
          },
        ]),
      },
    }),
  ).toEqual({
    actions: ["*", "iam:*", "sts:*", "sts:AssumeRole"],
    resources: ["*", "arn:aws:s3:::b"],
    principals: ["111111111111", "ec2.amazonaws.com"],
    keys: [{ key: "aws:PrincipalArn", operators: ["ArnNotLike", "Null"], values: ["a", "b", "false"] }],
  });
});
