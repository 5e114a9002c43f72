import { parsePlanJson } from "../modules/terraform/plan-json";
import { plainText } from "../modules/review/sentence";
import { reviewPlans } from "../modules/review/review";
import { drawModel, edited } from "./review-model/draw";
import { meaningOf, Model } from "./review-model/model";
import { planOf, SHAPES, Shape } from "./review-model/plan";
import type { Soak } from "./soak";

/** Pairs between two looks at the clock. */
const BATCH = 25;

const SUBJECT = /(Role|IAM user|Managed policy|OU) ((?:role|user|policy|ou)-[a-z0-9-]*[a-z0-9])/g;

/** What the review says of each subject; lock-out, which the model does not know, apart. */
function saidOf(plan: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { class: cls, sentence, lockOut } of reviewPlans([parsePlanJson("model.json", "model", plan)]).changes) {
    const text = plainText(sentence);
    if (lockOut || cls === "neutral" || text.includes("recovery list")) continue;
    const subjects = [...text.matchAll(SUBJECT)].map(([, kind, name]) => `${kind} ${name}`);
    // A sentence about several places names them once.
    const places = [...text.matchAll(/\bou-aaaa-\d{8}/g)].map(([id]) => `OU ${id}`);
    for (const subject of new Set([...subjects, ...places]))
      found.set(subject, (found.get(subject) ?? new Set()).add(cls));
  }
  return found;
}

/** How the review's classes differ from what the model means; empty where they do not. */
export function differences(before: Model, after: Model, plan: string): readonly string[] {
  const said = saidOf(plan);
  const wanted = meaningOf(before, after);
  const strangers = [...said.keys()].filter((subject) => !wanted.has(subject));
  return [
    ...strangers.map((subject) => `${subject}: nothing is known of it`),
    ...[...wanted].flatMap(([subject, { gains, loses, mayBeUnknown }]) => {
      const classes = said.get(subject) ?? new Set<string>();
      const told = [
        ["weakens", gains],
        ["strengthens", loses],
      ] as const;
      return [
        ...told
          // A Deny of what is not allowed anyway is told as stricter: nothing new is permitted, and nobody loses anything here.
          .filter(([cls, is]) => classes.has(cls) !== is && !(cls === "strengthens" && !is && mayBeUnknown))
          .map(([cls, is]) => `${subject}: ${is ? "no" : "a false"} ${cls}`),
        ...(classes.has("unknown") && !mayBeUnknown ? [`${subject}: a false unknown`] : []),
      ];
    }),
  ];
}

/**
 * Roles, users, policies, guardrails and attachments as data, edited at random; the plan of the edit in the shapes that configurations
 * have. What the review says of each role, user, policy and OU is what the evaluator says of the data.
 */
export const reviewModel: Soak = {
  name: "review-model",
  checks:
    "plans of random edits of a model (roles, users, policies, guardrails, attachments) as single resources, count, for_each and modules: for each subject the review's classes are those that the evaluator computes from the model",
  minutes: 5,
  run({ random, timeIsUp, finding, say }) {
    let [pairs, subjects, weakened, strengthened] = [0, 0, 0, 0];
    do {
      for (let i = 0; i < BATCH; i++) {
        const before = drawModel(random);
        let after = before;
        for (let edits = Math.floor(random() * 4); edits > 0; edits--) after = edited(random, after);
        const shapes = new Map<string, Shape>();
        const shapeOf = (type: string): Shape => {
          const shape = shapes.get(type) ?? SHAPES[Math.floor(random() * SHAPES.length)]!;
          shapes.set(type, shape);
          return shape;
        };
        const plan = planOf(before, after, shapeOf, random() < 0.5);
        const meanings = [...meaningOf(before, after).values()];
        pairs++;
        subjects += meanings.length;
        weakened += meanings.filter(({ gains }) => gains).length;
        strengthened += meanings.filter(({ loses }) => loses).length;
        const wrong = differences(before, after, plan);
        if (wrong.length > 0)
          finding(`pair ${pairs}: ${wrong.join("; ")}: ${JSON.stringify({ before, after, shapes: [...shapes] })}`);
      }
      say(`${pairs} pairs`);
    } while (!timeIsUp());
    return { pairs, subjects, weakened, strengthened };
  },
};
