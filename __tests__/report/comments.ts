import MarkdownIt from "markdown-it";
import { parse } from "yaml";
import type { Organization } from "../../modules/organization/types";
import { NO_APPROVALS } from "../../modules/review/gate/approvals";
import { judge } from "../../modules/review/gate/gate";
import { renderMarkdown } from "../../modules/review/render/markdown";
import { reviewPlans } from "../../modules/review/review";
import type { Review } from "../../modules/review/types";
import type { Json } from "../../modules/kernel/json";
import { stackPair } from "../../modules/terraform/synth-pair";
import type { Edit } from "../modules/review/corpus";
import corpus from "../modules/review/corpus.json";
import { reviewOf } from "../modules/review/reviewed";
import { EXAMPLE_ORGANIZATION, exampleState, TextEdit } from "../support/environments";
import { synthesized } from "../support/synth";

/** Comments of reviews as GitHub shows them: small, dangerous, huge, and a guardrail that is enforced after it was observed. */

export const COMMENTS: Readonly<Record<string, () => Review>> = {
  small: () => ofExample([["sessionHours: 2", "sessionHours: 3"]]),
  enforced: () =>
    ofExample([
      [
        "    - guardrails: [deny-access-key-creation]\n      mode: observe\n      targets:\n        - ou: Sandbox\n",
        "    - guardrails: [deny-access-key-creation]\n      mode: enforce\n      targets:\n        - ou: Sandbox\n",
      ],
    ]),
  dangerous: () =>
    reviewOf(
      (corpus as unknown as readonly { edits: readonly Edit[] }[])
        .filter((_, i) => i % 6 === 0)
        .slice(0, 14)
        .flatMap(({ edits }) => edits),
    ),
  huge: () => reviewPlans([stackPair("teams", "teams", teams("s3:GetObject"), teams("*"))]),
};

function ofExample(edit: NonNullable<TextEdit["baseline"]>): Review {
  const [base, head] = [synthesized(exampleState()), synthesized(exampleState({ baseline: edit }))];
  const plans = [...new Set([...base.keys(), ...head.keys()])].map((name) =>
    stackPair(name, `${name}.json`, base.get(name) as never, head.get(name) as never),
  );
  return reviewPlans(plans, parse(EXAMPLE_ORGANIZATION) as Organization);
}

/** 400 roles with policies of their own. */
function teams(action: string): Json {
  const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
  const names = Array.from({ length: 400 }, (_, i) => `team-${i}`);
  const resource = (of: (name: string, i: number) => object): object =>
    Object.fromEntries(names.map((name, i) => [name, of(name, i)]));
  return {
    resource: {
      aws_iam_role: resource((name) => ({
        name,
        assume_role_policy: document({
          Effect: "Allow",
          Principal: { Service: "ec2.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      })),
      aws_iam_role_policy: resource((name, i) => ({
        name: "own",
        role: name,
        policy: document({
          Effect: "Allow",
          Action: i % 3 === 0 ? action : action === "*" ? ["s3:GetObject", `s3:PutObject`] : action,
          Resource: i % 3 === 0 ? "*" : `arn:aws:s3:::${name}/*`,
        }),
      })),
    },
  };
}

/** The colours and sizes of GitHub's own sheet, as far as a comment needs them. */
const STYLE = `
:root { color-scheme: light dark; --fg: #1f2328; --bg: #ffffff; --line: #d1d9e0; --soft: #f6f8fa; --quiet: #59636e; --add: #dafbe1; --del: #ffebe9 }
@media (prefers-color-scheme: dark) { :root { --fg: #f0f6fc; --bg: #0d1117; --line: #3d444d; --soft: #151b23; --quiet: #9198a1; --add: #033a16; --del: #67060c } }
body { margin: 0; padding: 24px; background: var(--bg); color: var(--fg); font: 14px/1.5 system-ui, sans-serif }
main { max-width: 850px; margin: auto; border: 1px solid var(--line); border-radius: 6px; padding: 16px; overflow-wrap: break-word }
h1 { font-size: 24px } h1, h2, h3 { line-height: 1.25; margin: 24px 0 16px } h2 { font-size: 21px; border-bottom: 1px solid var(--line); padding-bottom: 6px } h3 { font-size: 17px }
code { background: var(--soft); padding: 2px 5px; border-radius: 6px; font-size: 12px } pre { background: var(--soft); padding: 12px; white-space: pre-wrap; border-radius: 6px } pre code { padding: 0 }
table { border-collapse: collapse; display: block; overflow: auto } td, th { border: 1px solid var(--line); padding: 6px 13px } sub { color: var(--quiet) } summary { cursor: pointer }
`;

export function commentPage(name: string): string {
  const report = {
    ...judge(COMMENTS[name]!(), ["weakens", "destroys-guard", "unknown"], NO_APPROVALS, "2026-11-26"),
    title: "example",
  };
  const body = new MarkdownIt({ html: true }).render(renderMarkdown(report));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title><style>${STYLE}</style></head><body><main><h1>Pull request</h1>${body}</main></body></html>`;
}
