import { readFileSync } from "node:fs";
import { join } from "node:path";
import MarkdownIt from "markdown-it";
import { proofMarkdown } from "../../../modules/proofs/markdown";
import { matrix } from "../../../modules/proofs/matrix";
import { prove } from "../../../modules/proofs/prove";
import { exampleWith, ROOT } from "../../support/environments";
import { foreignPolicy, proven } from "./fixture";

test("docs/proofs-example.md is what keyless prove example --markdown prints: npm run docs writes it", () => {
  const { environment, state } = exampleWith();
  expect(readFileSync(join(ROOT, "docs/proofs-example.md"), "utf8")).toBe(
    proofMarkdown(prove({ environment: environment!, ...state! })),
  );
});

test("each chain names the SCPs and RCPs that bind it, and how many of the claims are made there", () => {
  const { environment, state } = exampleWith();
  const rows = matrix(prove({ environment: environment!, ...state! })).chains.map(({ name, scps, rcps, claims }) => ({
    name,
    scps: scps.length,
    rcps,
    claims,
  }));
  expect(rows.filter(({ name }) => ["management", "Sandbox", "data-prod"].includes(name))).toEqual([
    { name: "management", scps: 0, rcps: [], claims: "-" },
    { name: "Sandbox", scps: 3, rcps: ["keyless-restrict-web-identity"], claims: "4 of 12" },
    { name: "data-prod", scps: 5, rcps: ["keyless-restrict-web-identity"], claims: "10 of 12" },
  ]);
});

test("counterexamples follow the tables, and names cannot break them", () => {
  const text = proofMarkdown(
    proven({
      organization: [
        foreignPolicy("a|b<script>", "ou-exmp-sandbox1", [
          { Effect: "Deny", Action: "ec2:StopInstances", Resource: "*" },
        ]),
      ],
    }).report,
  );
  expect(text).toContain(
    "### Counterexamples\n\nstatement 1 of a&#124;b&#60;script&#62;:\n\n- `no-lock-out/Sandbox/break-glass/ec2:StopInstances`: Break glass could not stop and start instances.",
  );
  expect(text).not.toContain("<script>");
  expect(text).toContain("a&#124;b&#60;script&#62;");
});

test("a name is no link, image or mention, and ends no code", () => {
  const text = proofMarkdown(
    proven({
      organization: [
        foreignPolicy("x`![b](https://c.invalid)@everyone", "ou-exmp-sandbox1", [
          { Effect: "Deny", Action: "ec2:StopInstances", Resource: "*" },
        ]),
      ],
    }).report,
  );
  const shown = new MarkdownIt({ html: true }).render(text).replace(/<code>[^]*?<\/code>/g, "");
  expect(shown).toContain("c.invalid");
  expect(shown).not.toMatch(/<img|<a |@everyone/);
});
