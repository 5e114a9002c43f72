import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NO_POLICY_OF_ACCESS, POLICY_HOLDERS, READ_ELSEWHERE } from "../../../../modules/review/rules/policy-holders";
import { ROOT } from "../../../support/environments";

/** Arguments of the bindings (provider 6.25.0) that are texts and whose names say policy, as `type argument`. */
function textsNamedPolicy(): readonly string[] {
  const lib = join(ROOT, "node_modules/@cdktf/provider-aws/lib");
  return readdirSync(lib)
    .filter((name) => !name.startsWith("data-aws"))
    .flatMap((name) => {
      const file = join(lib, name, "index.d.ts");
      if (!existsSync(file)) return [];
      const text = readFileSync(file, "utf8");
      const type = /static readonly tfResourceType = "(aws_\w+)"/.exec(text)?.[1];
      if (type === undefined) return [];
      const found = [...text.matchAll(/^ +readonly (\w*[pP]olic(?:y|ies)\w*)\??: string;$/gm)].map(
        (match) => match[1]!,
      );
      return [...new Set(found)]
        .filter((argument) => !/(Arns?|Id|Name|Type|Version|VersionId)$/.test(argument))
        .map((argument) => `${type} ${argument.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
    })
    .sort();
}

const held = new Set(
  Object.entries(POLICY_HOLDERS).flatMap(([type, { documents }]) =>
    Object.keys(documents).map((argument) => `${type} ${argument}`),
  ),
);

test("every text of the provider that is named a policy is compared, read elsewhere, or none of access with a reason", () => {
  const all = textsNamedPolicy();
  expect(all.length).toBeGreaterThan(120);
  const open = all.filter(
    (one) =>
      !held.has(one) &&
      !READ_ELSEWHERE.has(one) &&
      !NO_POLICY_OF_ACCESS.some(({ pattern }) => pattern.test(one) || pattern.test(one.split(" ")[1]!)),
  );
  expect(open).toEqual([]);
});

test("a reason is given for arguments that there are, and for none that is compared", () => {
  const all = textsNamedPolicy();
  for (const { pattern, why } of NO_POLICY_OF_ACCESS) {
    const meant = all.filter((one) => pattern.test(one) || pattern.test(one.split(" ")[1]!));
    expect([why, meant.length > 0]).toEqual([why, true]);
    expect([why, meant.filter((one) => held.has(one))]).toEqual([why, []]);
  }
});
