import fc from "fast-check";
import { GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import { mergeStatements } from "../../../../../modules/sections/guardrails/packing/merge";
import {
  guardrailsOfKey,
  packGuardrails,
  PackedPolicy,
  PackingInput,
  PackingUnit,
  policyKey,
  shortName,
} from "../../../../../modules/sections/guardrails/packing/pack";
import type { Attachment } from "../../../../../modules/organization/targets";
import { policyDocument, policySize } from "../../../../../modules/policy/document";
import { compile, evaluate, FULL_AWS_ACCESS, PolicyRequest } from "../../../../../modules/policy/evaluate";
import type { PolicyStatement } from "../../../../../modules/policy/types";

const place = (id: string): Attachment => ({ id: `ou-${id}`, label: id, kind: "ou" });
const [A, B, C] = [place("a"), place("b"), place("c")] as [Attachment, Attachment, Attachment];

/** A guardrail whose policy alone has so many characters; no two of them merge. */
const unit = (id: string, characters: number, places: readonly Attachment[]): PackingUnit => {
  const statement = (text: string): PolicyStatement => ({
    Effect: "Deny",
    Action: `iam:${id}`,
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestTag/x": `${id}${text}` } },
  });
  return { id, places, statements: [statement("x".repeat(characters - policySize(policyDocument([statement("")]))))] };
};
const pack = (units: readonly PackingUnit[], more: Partial<PackingInput> = {}) =>
  packGuardrails({ units, policyCharacters: 1000, policiesPerTarget: 5, besides: new Map(), ...more });
const shape = (policies: readonly PackedPolicy[]): string[] =>
  policies.map((policy) => `${policy.key} @ ${policy.attachments.map((p) => p.label).join(" ")}`);

describe("which guardrails share a policy", () => {
  test("those that bind at the same places, as few policies as their characters allow", () => {
    const { policies } = pack([
      unit("deny-one", 300, [A, B]),
      unit("deny-two", 300, [B, A]),
      unit("deny-three", 300, [A]),
      unit("deny-four", 500, [A, B]),
    ]);
    expect(shape(policies)).toEqual(["deny-four @ a b", "deny-three @ a", "do-dt @ a b"].sort());
  });

  test("all of one place together, where it would have too many", () => {
    const units = [unit("deny-one", 250, [A, B]), unit("deny-two", 250, [A]), unit("deny-other", 250, [A, C])];
    expect(shape(pack(units, { policiesPerTarget: 3 }).policies)).toEqual([
      "deny-one @ a b",
      "deny-other @ a c",
      "deny-two @ a",
    ]);
    const tight = pack([unit("a-one", 250, [A, B]), unit("b-two", 250, [A]), unit("c-three", 250, [A, C])], {
      policiesPerTarget: 3,
      besides: new Map([["ou-a", 2]]),
    });
    expect(shape(tight.policies)).toEqual(["a-one @ b", "ao-bt-ct @ a", "c-three @ c"]);
    expect(tight.tooFull).toEqual([]);
  });

  test("what does not fit is said: too large by itself, too many at a place", () => {
    const packed = pack([unit("a-one", 1300, [A]), unit("b-two", 800, [A])], { policiesPerTarget: 1 });
    expect(packed.tooLarge).toEqual([{ id: "a-one", characters: expect.any(Number) as number }]);
    expect(packed.tooFull.map((full) => [full.place.label, full.policies.map((policy) => policy.key)])).toEqual([
      ["a", ["a-one", "b-two"]],
    ]);
  });

  test("a guardrail that binds nowhere is in no policy", () =>
    expect(pack([unit("a-one", 300, [])]).policies).toEqual([]));
});

describe("small edits change little", () => {
  const units = ["a-a", "b-b", "c-c", "d-d", "e-e"].map((id) => unit(id, 300, [A]));
  const first = pack(units);
  const prior = first.policies.map((policy) => policy.guardrails);

  test("three and two, at first", () => expect(shape(first.policies)).toEqual(["aa-bb-cc @ a", "dd-ee @ a"]));

  test("one that grows stays where it is, while there is room", () => {
    expect(shape(pack([unit("a-a", 340, [A]), ...units.slice(1)], { prior }).policies)).toEqual(shape(first.policies));
  });

  test("one that outgrows its policy moves one guardrail, and touches no third policy", () => {
    expect(shape(pack([unit("a-a", 500, [A]), ...units.slice(1)], { prior }).policies)).toEqual([
      "aa-bb @ a",
      "cc-dd-ee @ a",
    ]);
  });

  test("a new one goes where there is room; the other policy stays", () => {
    const more = [unit("a-new", 250, [A]), ...units];
    expect(shape(pack(more, { prior }).policies)).toEqual(["aa-bb-cc @ a", "an-dd-ee @ a"]);
    // Without the hint it would have been another division.
    expect(shape(pack(more).policies)).not.toEqual(shape(pack(more, { prior }).policies));
  });

  test("an earlier division that needs more policies than necessary is given up", () => {
    expect(shape(pack(units.slice(0, 3), { prior: [["a-a"], ["b-b"], ["c-c"]] }).policies)).toEqual(["aa-bb-cc @ a"]);
  });
});

describe("names tell what a policy holds", () => {
  test("short names hold all guardrails apart, and every key is read back", () => {
    const ids = GUARDRAILS.map((guardrail) => guardrail.id);
    expect(new Set(ids.map(shortName)).size).toBe(ids.length);
    for (let n = 1; n <= ids.length; n++)
      expect([...guardrailsOfKey(policyKey(ids.slice(0, n)), ids)!].sort()).toEqual(ids.slice(0, n).sort());
    expect(`keyless-${policyKey(ids)}`.length).toBeLessThanOrEqual(128);
  });

  test("a key that names something else is not read", () => {
    expect(guardrailsOfKey("dakc-gone", ["deny-access-key-creation"])).toBeUndefined();
    expect(guardrailsOfKey("dakc", ["deny-access-key-creation"])).toBeUndefined();
  });
});

describe("merging", () => {
  const of = (...statements: PolicyStatement[]) =>
    mergeStatements(statements.map((statement, i) => ({ statement, guardrails: [`g${i}`] })));

  test("actions of what is otherwise the same; the Sids and the guardrails of both are kept", () => {
    expect(
      of(
        { Sid: "One", Effect: "Deny", Action: "iam:B", Resource: "*" },
        { Sid: "Two", Effect: "Deny", Action: ["iam:A", "iam:B"], Resource: ["*"] },
      ),
    ).toEqual([
      {
        statement: { Sid: "OneAndTwo", Effect: "Deny", Action: ["iam:A", "iam:B"], Resource: "*" },
        guardrails: ["g0", "g1"],
      },
    ]);
  });

  test("resources of what is otherwise the same", () => {
    expect(
      of(
        { Effect: "Deny", Action: "iam:A", Resource: "arn:1" },
        { Effect: "Deny", Action: "iam:A", Resource: "arn:2" },
      )[0]!.statement,
    ).toEqual({ Effect: "Deny", Action: "iam:A", Resource: ["arn:1", "arn:2"] });
  });

  test("what is left out is never merged", () => {
    const apart = [
      [
        { Effect: "Deny", Action: "iam:A", NotResource: "arn:1" },
        { Effect: "Deny", Action: "iam:A", NotResource: "arn:2" },
      ],
      [
        { Effect: "Deny", NotAction: "iam:A", Resource: "*" },
        { Effect: "Deny", NotAction: "iam:B", Resource: "*" },
      ],
      [
        { Effect: "Deny", Action: "iam:A", Resource: "*", Condition: { Bool: { x: "true" } } },
        { Effect: "Deny", Action: "iam:B", Resource: "*" },
      ],
      [
        { Effect: "Deny", Action: "iam:A", Resource: "arn:1" },
        { Effect: "Deny", Action: "iam:B", Resource: "arn:2" },
      ],
    ] as [PolicyStatement, PolicyStatement][];
    for (const [one, two] of apart) expect(of(one, two)).toHaveLength(2);
    // But actions of what leaves out the same resources may be.
    expect(
      of(
        { Effect: "Deny", Action: "iam:A", NotResource: "arn:1" },
        { Effect: "Deny", Action: "iam:B", NotResource: "arn:1" },
      ),
    ).toHaveLength(1);
  });
});

describe("any guardrails at any places", () => {
  const IDS = ["a-a", "b-b", "c-c", "d-d", "e-e", "f-f"];
  const PLACES = [A, B, C];
  const statement: fc.Arbitrary<PolicyStatement> = fc
    .record({
      action: fc.oneof(
        fc
          .subarray(["iam:CreateUser", "iam:CreateRole", "s3:GetObject"], { minLength: 1 })
          .map((Action) => ({ Action })),
        fc.constantFrom("iam:*", "s3:*").map((NotAction) => ({ NotAction })),
      ),
      resource: fc.oneof(
        fc
          .subarray(["arn:aws:iam::1:user/a", "arn:aws:iam::1:role/b", "*"], { minLength: 1 })
          .map((Resource) => ({ Resource })),
        fc.constant({ NotResource: "arn:aws:iam::1:user/a" }),
      ),
      condition: fc.constantFrom(
        {},
        { Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::222222222222:role/x" } } },
        { Condition: { StringEquals: { "aws:RequestTag/t": "1" } } },
      ),
    })
    .map(({ action, resource, condition }) => ({ Effect: "Deny", ...action, ...resource, ...condition }));
  const units: fc.Arbitrary<PackingUnit[]> = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1 }).chain((ids) =>
    fc.tuple(
      ...[...ids].sort().map((id) =>
        fc.record({
          id: fc.constant(id),
          statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
          places: fc.subarray(PLACES),
        }),
      ),
    ),
  );
  const priors = fc.array(fc.subarray(IDS, { minLength: 1 }), { maxLength: 3 });
  const requests: PolicyRequest[] = ["iam:CreateUser", "iam:CreateRole", "s3:GetObject", "ec2:RunInstances"].flatMap(
    (action) =>
      ["arn:aws:iam::1:user/a", "arn:aws:iam::1:role/b", "arn:aws:s3:::c"].flatMap((resource) =>
        ["x", "y"].flatMap((role) =>
          [{}, { "aws:RequestTag/t": "1" }].map((context): PolicyRequest => ({
            action,
            resource,
            context,
            unlistedKeys: "absent",
            principal: { type: "role", arn: `arn:aws:iam::222222222222:role/${role}` },
          })),
        ),
      ),
  );
  const decisions = (statements: readonly PolicyStatement[]): string[] => {
    const policies = compile({ scps: [[FULL_AWS_ACCESS, { name: "ours", document: policyDocument(statements) }]] });
    return requests.map((request) => evaluate(request, policies).decision);
  };

  test("at every place the policies say what the guardrails say, within the quotas or with the error", () => {
    fc.assert(
      fc.property(
        units,
        priors,
        fc.integer({ min: 250, max: 1200 }),
        fc.integer({ min: 1, max: 5 }),
        (all, prior, policyCharacters, policiesPerTarget) => {
          const packing = packGuardrails({
            units: all,
            prior,
            policyCharacters,
            policiesPerTarget,
            besides: new Map([["ou-a", 1]]),
          });
          for (const at of PLACES) {
            const wanted = all.filter((one) => one.places.includes(at));
            const attached = packing.policies.filter((policy) => policy.attachments.some(({ id }) => id === at.id));
            expect(decisions(attached.flatMap((policy) => policy.document.Statement))).toEqual(
              decisions(wanted.flatMap((one) => one.statements)),
            );
            // Each guardrail is in exactly one policy of the place.
            expect(attached.flatMap((policy) => policy.guardrails).sort()).toEqual(wanted.map((one) => one.id).sort());
            if (attached.length > policiesPerTarget - (at === A ? 1 : 0))
              expect(packing.tooFull.map((full) => full.place.id)).toContain(at.id);
          }
          for (const policy of packing.policies) {
            expect(policy.characters).toBe(policySize(policy.document));
            if (policy.characters > policyCharacters)
              expect(packing.tooLarge.map(({ id }) => id)).toEqual(expect.arrayContaining([...policy.guardrails]));
            expect(policy.origins).toHaveLength(policy.document.Statement.length);
            expect([...new Set(policy.origins.flat())].sort()).toEqual([...policy.guardrails].sort());
          }
          expect(new Set(packing.policies.map((policy) => policy.key)).size).toBe(packing.policies.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("what was applied and did not change is packed as it was", () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 400, max: 1200 }), (all, policyCharacters) => {
        const input = { units: all, policyCharacters, policiesPerTarget: 10, besides: new Map<string, number>() };
        const first = packGuardrails(input);
        expect(packGuardrails({ ...input, prior: first.policies.map((policy) => policy.guardrails) })).toEqual(first);
      }),
      { numRuns: 150 },
    );
  });

  test("one statement more in one guardrail changes its own policies, and where it outgrows them at most two more at each place", () => {
    fc.assert(
      fc.property(
        units,
        fc.nat(),
        statement,
        fc.integer({ min: 500, max: 1500 }),
        (all, index, extra, policyCharacters) => {
          const input = { units: all, policyCharacters, policiesPerTarget: 10, besides: new Map<string, number>() };
          const first = packGuardrails(input);
          fc.pre(first.tooLarge.length === 0);
          const changed = all[index % all.length]!;
          const after = packGuardrails({
            ...input,
            units: all.map((one) => (one === changed ? { ...one, statements: [...one.statements, extra] } : one)),
            prior: first.policies.map((policy) => policy.guardrails),
          });
          fc.pre(after.tooLarge.length === 0);
          const text = (policies: readonly PackedPolicy[]): Map<string, string> =>
            new Map(policies.map((policy) => [policy.key, JSON.stringify([policy.document, policy.attachments])]));
          const [was, is] = [text(first.policies), text(after.policies)];
          const touched = [...new Set([...was.keys(), ...is.keys()])].filter((key) => was.get(key) !== is.get(key));
          const holds = first.policies.filter((policy) => policy.guardrails.includes(changed.id)).length;
          expect(touched.length).toBeLessThanOrEqual(holds === 0 ? 0 : 4);
        },
      ),
      { numRuns: 300 },
    );
  });
});
