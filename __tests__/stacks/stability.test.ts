import { exampleState, EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, TextEdit } from "../support/environments";
import { addresses, synthesized } from "../support/synth";
import golden from "../golden/addresses.json";

/** Every address of every stack of the example with edits. */
function allAddresses(edit: TextEdit = {}): Record<string, readonly string[]> {
  return Object.fromEntries([...synthesized(exampleState(edit))].map(([name, json]) => [name, addresses(json)]));
}

describe("nothing is replaced that need not be", () => {
  const before = allAddresses();

  // A deliberate change of an address needs this file changed, and a `moved` block or a note for whoever applies it.
  test("addresses are frozen", () => expect(before).toEqual(golden));

  test("renaming an OU changes no address", () => {
    const after = allAddresses({
      organization: [["    name: Infrastructure\n", "    name: Platform\n"]],
    });
    expect(after).toEqual(before);
  });

  test("an account in the middle of the list changes no address: the StackSet covers it", () => {
    const account = '  - id: "444444444402"\n    name: payments-prod';
    const after = allAddresses({
      organization: [
        [account, `  - id: "444444444409"\n    name: search-prod\n    status: ACTIVE\n    parentId: ou-exmp-wrkprod1\n    tags: {}\n${account}`],
        ['      - "444444444402"\n', '      - "444444444402"\n      - "444444444409"\n'],
      ],
    });
    expect(after).toEqual(before);
  });

  test("reordering the YAML changes not one byte", () => {
    const users = EXAMPLE_BASELINE.slice(EXAMPLE_BASELINE.indexOf("    - name: break-glass-1"), EXAMPLE_BASELINE.indexOf("  mfaMaxAgeMinutes"));
    const [one, two] = users.split(/(?=    - name: break-glass-2)/) as [string, string];
    const sandbox = '  - id: "666666666601"';
    const head = EXAMPLE_ORGANIZATION.indexOf(sandbox);
    const tail = EXAMPLE_ORGANIZATION.indexOf('  - id: "777777777701"');
    const block = EXAMPLE_ORGANIZATION.slice(head, tail);
    const cut = block.indexOf('  - id: "666666666602"');
    const reordered: TextEdit = {
      baseline: [[users, two + one], ["    - guardrails: [deny-user-creation]\n      targets:\n        - ou: Workloads\n        - ou: Security", "    - guardrails: [deny-user-creation]\n      targets:\n        - ou: Security\n        - ou: Workloads"]],
      organization: [[block, block.slice(cut) + block.slice(0, cut)]],
    };
    const bytes = (edit: TextEdit): string => JSON.stringify([...synthesized(exampleState(edit))]);
    expect(bytes(reordered)).toBe(bytes({}));
  });
});

test("no token of cdktf and no clock, path or secret is left in any stack", () => {
  for (const [name, json] of synthesized(exampleState())) {
    const text = JSON.stringify(json);
    expect([name, /TfToken|&\{/.exec(text)?.[0]]).toEqual([name, undefined]);
    expect([name, text.includes(process.cwd())]).toEqual([name, false]);
    expect([name, /AKIA|ASIA|BEGIN [A-Z ]*PRIVATE KEY/.exec(text)?.[0]]).toEqual([name, undefined]);
    expect(json.output).toBeUndefined();
  }
});

test("every stack runs on both majors of the provider, in one named account, with tags", () => {
  for (const json of synthesized(exampleState()).values()) {
    expect(json.terraform).toMatchObject({ required_version: ">= 1.10.0", required_providers: { aws: { source: "aws", version: ">= 5.100.0, < 7.0.0" } } });
    for (const provider of json.provider.aws) {
      expect(provider["allowed_account_ids"]).toHaveLength(1);
      expect(provider["default_tags"]).toMatchObject([{ tags: { "keyless:environment": "example" } }]);
    }
  }
});
