import fc from "fast-check";
import { assignmentId, shardName, shardOf, slug } from "../../../../modules/sections/identity-center/names";

describe("slugs", () => {
  test.each([
    ["Platform", "Platform"],
    ["payments-dev", "payments-dev"],
    ["Team Zürich", "Team-Zurich-ba169979"],
    ["Break_Glass", "Break-Glass-ca73cdc4"],
    ["設計", "x-19f4b272"],
    ["looks-hashed-0123abcd", "looks-hashed-0123abcd-0b67fd00"],
    ["a+b=c,d.e@f", "a-b-c-d-e-f-d0b3ad51"],
  ])("%s is frozen", (name, expected) => expect(slug(name)).toBe(expected));

  test("a long name is cut and told apart from one with the same beginning", () => {
    const [a, b] = [slug(`${"x".repeat(200)}1`), slug(`${"x".repeat(200)}2`)];
    expect(a).not.toBe(b);
    expect(a.length).toBeLessThan(60);
  });

  test("are letters, digits and dashes; different names never share one, not even where one is the slug of another", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "grapheme" }),
        fc.string({ minLength: 1, unit: "grapheme" }),
        (a, b) => {
          expect(slug(a)).toMatch(/^[A-Za-z0-9-]+$/);
          if (a !== b) expect(slug(a)).not.toBe(slug(b));
          if (slug(a) !== a) expect(slug(slug(a))).not.toBe(slug(a));
        },
      ),
    );
  });

  test("the parts of an address cannot run into each other", () => {
    expect(assignmentId(slug("A_B"), slug("C"))).not.toBe(assignmentId(slug("A"), slug("B_C")));
    expect(assignmentId("Developer", "Data")).toBe("assignment_Developer_Data");
  });
});

describe("shards", () => {
  const names = Array.from({ length: 100 }, (_, i) => `PermissionSet${i}`);

  test("the shard of a name is frozen, and depends on nothing else", () => {
    expect(["AdministratorAccess", "Developer", "ReadOnly", "SecurityAudit"].map((name) => shardOf(name, 4))).toEqual([
      0, 0, 3, 3,
    ]);
    expect(shardName(3)).toBe("identity-center-03");
    expect(shardName(63)).toBe("identity-center-63");
  });

  test.each([4, 8, 16])(
    "100 permission sets spread over %d shards, none of them empty or with twice its share",
    (shards) => {
      const counts = Array.from(
        { length: shards },
        (_, shard) => names.filter((name) => shardOf(name, shards) === shard).length,
      );
      expect(counts.reduce((a, b) => a + b)).toBe(100);
      expect(Math.min(...counts)).toBeGreaterThan(0);
      expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil((100 / shards) * 2));
    },
  );

  test("one shard takes all", () => expect(new Set(names.map((name) => shardOf(name, 1)))).toEqual(new Set([0])));
});
