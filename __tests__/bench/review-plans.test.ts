import { REVIEW_CHANGES, REVIEW_MIXES, reviewMix } from "../../bench/review-plans";
import { parsePlanJson } from "../../modules/terraform/plan-json";
import { isChanged } from "../../modules/terraform/stack-plan";

describe.each(REVIEW_MIXES)("plans to measure the review with: %s", (name) => {
  const mix = reviewMix(name);
  const again = reviewMix(name);

  test("hold exactly so many changes, as the reader of plans counts them, of many kinds of policies", () => {
    const resources = [...mix.plans].flatMap(([stack, text]) => parsePlanJson(`${stack}.json`, stack, text).resources);
    expect(mix.changes).toBe(REVIEW_CHANGES);
    expect(resources.filter(isChanged)).toHaveLength(REVIEW_CHANGES);
  });

  test("are the same every time", () => expect([...again.plans]).toEqual([...mix.plans]));
});
