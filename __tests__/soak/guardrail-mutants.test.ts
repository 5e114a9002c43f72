import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GUARDRAILS } from "../../modules/sections/guardrails/catalogue/guardrails";
import { Equivalent, equivalentTo } from "../../soak/guardrail-mutants/equivalent";
import listed from "../../soak/guardrail-mutants/equivalent.json";
import { equivalentPage } from "../../soak/guardrail-mutants/equivalent-page";
import { noticedBy, sites } from "../../soak/guardrail-mutants/judge";
import { worlds } from "../../soak/guardrail-mutants/worlds";
import { seededRandom } from "../../soak/soak";
import { ROOT } from "../support/environments";

const EQUIVALENT: readonly Equivalent[] = listed;
const all = sites(worlds(ROOT));
const ids = [...all.keys()];

test("every guardrail has mutants, and each entry of the list means some of them and says why", () => {
  for (const { id } of GUARDRAILS) expect(ids.filter((one) => one.startsWith(`${id} `)).length).toBeGreaterThan(8);
  for (const { mutants, why } of EQUIVALENT) {
    for (const pattern of mutants)
      expect([pattern, ids.some((id) => equivalentTo(id, [{ mutants: [pattern], why }]))]).toEqual([pattern, true]);
    expect(why.length).toBeGreaterThan(30);
  }
});

// `npm run soak -- --only guardrail-mutants` judges all of them.
const random = seededRandom(20261127);
const SAMPLE = GUARDRAILS.map(({ id }) => {
  const own = ids.filter((one) => one.startsWith(`${id} `) && equivalentTo(one, EQUIVALENT) === undefined);
  return own[Math.floor(random() * own.length)]!;
});

test.each(SAMPLE)("a proof notices %s", (id) => {
  expect(all.get(id)!.some((site) => noticedBy(site) !== undefined)).toBe(true);
});

test("no proof notices what changes nothing", () => {
  const [site] = all.get("protect-baseline ProtectTrails: the statement is gone")!;
  const { guardrail, context } = site!.world;
  const same = { ...site!, mutant: { name: "the same", statements: guardrail.statements(context) } };
  expect(noticedBy(same)).toBeUndefined();
});

test("docs/guardrail-mutants.md is what the list says: npm run docs writes it", () => {
  expect(readFileSync(join(ROOT, "docs/guardrail-mutants.md"), "utf8")).toBe(equivalentPage(EQUIVALENT));
});
