import type { Equivalent } from "./equivalent";

const HEAD = `# Mutants of guardrails

<!-- Written by \`npm run docs\`. Change soak/guardrail-mutants/equivalent.json, not this file. -->

A guardrail that is taken away or weakened in one place must change a proof. \`npm run soak -- --only guardrail-mutants\` makes every such change, one at
a time, in every guardrail of the catalogue: a statement, action, resource or condition is taken away, narrowed, widened or turned round; a part is left
out (one kind of names, a region, a network, a tag, a session name, an account, a time). Each is proven in four environments: break glass at home in the management account or in a
member account, roles by StackSet or by Terraform under other names, with and without credential hygiene. In each only that guardrail is enforced, and those that it requires.

A change is noticed when one of the proofs says something else than before: a counterexample more or less. [What the last run has found](soak.md).

## What no proof notices
No request shows these changes. In a list entry \`…\` is any text.

| change | why it changes nothing |
|---|---|
`;

/** `docs/guardrail-mutants.md`. */
export function equivalentPage(listed: readonly Equivalent[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return `${HEAD}${listed.map(({ mutants, why }) => `| ${mutants.map((id) => `\`${cell(id)}\``).join("<br>")} | ${cell(why)} |`).join("\n")}\n`;
}
