import { exampleState, EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, TextEdit } from "../support/environments";
import { addresses, synthesized } from "../support/synth";
import golden from "../golden/addresses.json";

/** Every address of every stack of the example with edits. */
function allAddresses(edit: TextEdit = {}): Record<string, readonly string[]> {
  return Object.fromEntries([...synthesized(exampleState(edit))].map(([name, json]) => [name, addresses(json)]));
}

/** Every resource as Terraform will know it, `for_each` taken apart, with what is written for it. The same address with other content may be a replacement. */
function allResources(edit: TextEdit = {}): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [stack, json] of synthesized(exampleState(edit))) {
    for (const [type, byName] of Object.entries(json.resource ?? {})) {
      for (const [name, { for_each, ...body }] of Object.entries(byName)) {
        for (const key of for_each ? Object.keys(for_each).map((one) => `["${one}"]`) : [""])
          found.set(`${stack} ${type}.${name}${key}`, JSON.stringify(body));
      }
    }
  }
  return found;
}

/** Addresses that are gone, that are new, and whose content is another. */
function changes(
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): { gone: string[]; made: string[]; changed: string[] } {
  return {
    gone: [...from.keys()].filter((address) => !to.has(address)),
    made: [...to.keys()].filter((address) => !from.has(address)),
    changed: [...from]
      .filter(([address, body]) => to.has(address) && to.get(address) !== body)
      .map(([address]) => address),
  };
}

/** What AWS attaches to whatever is made: FullAWSAccess and RCPFullAWSAccess. */
function attachedTo(id: string): readonly (readonly [string, string])[] {
  return [
    '"Effect":"Allow","Action":"*","Resource":"*"',
    '"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"',
  ].map((statement) => {
    const head = `{${statement}}]}'\n    targetIds:\n`;
    return [head, `${head}      - ${id}\n`];
  });
}

describe("nothing is replaced that need not be", () => {
  const before = allAddresses();

  // A deliberate change of an address needs this file changed, and a `moved` block or a note for whoever applies it.
  test("addresses are frozen", () => expect(before).toEqual(golden));

  const untouched = allResources();

  test("renaming an OU changes nothing", () => {
    expect(
      changes(
        untouched,
        allResources({
          organization: [["    name: Infrastructure\n", "    name: Platform\n"]],
          baseline: [["        - ou: Infrastructure\n", "        - ou: Platform\n"]],
        }),
      ),
    ).toEqual({ gone: [], made: [], changed: [] });
  });

  const account = '  - id: "444444444402"\n    name: payments-prod';
  const withAccount: TextEdit = {
    organization: [
      [
        account,
        `  - id: "444444444309"\n    name: search-prod\n    status: ACTIVE\n    parentId: ou-exmp-wrkprod1\n    tags: {}\n${account}`,
      ],
      ...attachedTo('"444444444309"'),
    ],
  };

  test("an account in the middle of the list touches nothing that is there; the StackSet and the SCPs of its OU cover it", () => {
    const { gone, made, changed } = changes(untouched, allResources(withAccount));
    expect({ gone, changed }).toEqual({ gone: [], changed: [] });
    expect(made.filter((address) => !address.endsWith('["444444444309"]'))).toEqual([]);
    expect(made.every((address) => address.includes(" aws_ssoadmin_account_assignment."))).toBe(true);
  });

  test("an account that leaves takes along what was its own", () => {
    const { gone, made, changed } = changes(allResources(withAccount), untouched);
    expect({ made, changed }).toEqual({ made: [], changed: [] });
    expect(gone.filter((address) => !address.endsWith('["444444444309"]'))).toEqual([]);
  });

  test("a new OU before the others gets its own attachments and moves nobody else's", () => {
    const ou = "  - id: ou-exmp-infrastr\n";
    const withOu: TextEdit = {
      organization: [
        [ou, `  - id: ou-exmp-aaaaaaaa\n    name: Analytics\n    parentId: r-exmp\n${ou}`],
        [
          "    name: shared-services\n    status: ACTIVE\n    parentId: ou-exmp-infrastr",
          "    name: shared-services\n    status: ACTIVE\n    parentId: ou-exmp-aaaaaaaa",
        ],
        ...attachedTo("ou-exmp-aaaaaaaa"),
      ],
    };
    const { gone, made, changed } = changes(untouched, allResources(withOu));
    // terraform_data is Terraform's own bookkeeping of the attachments: nothing of it is in AWS.
    expect({ gone, changed: changed.filter((address) => !address.includes(" terraform_data.")) }).toEqual({
      gone: [],
      changed: [],
    });
    expect(made.length).toBeGreaterThan(0);
    expect(
      made.filter((address) => !/aws_organizations_policy_attachment\.attach_.*_ou-exmp-aaaaaaaa$/.test(address)),
    ).toEqual([]);
  });

  test("reordering the YAML changes not one byte", () => {
    const users = EXAMPLE_BASELINE.slice(
      EXAMPLE_BASELINE.indexOf("    - name: break-glass-1"),
      EXAMPLE_BASELINE.indexOf("  mfaMaxAgeMinutes"),
    );
    const [one, two] = users.split(/(?=    - name: break-glass-2)/) as [string, string];
    const sandbox = '  - id: "666666666601"';
    const head = EXAMPLE_ORGANIZATION.indexOf(sandbox);
    const tail = EXAMPLE_ORGANIZATION.indexOf('  - id: "777777777701"');
    const block = EXAMPLE_ORGANIZATION.slice(head, tail);
    const cut = block.indexOf('  - id: "666666666602"');
    const reordered: TextEdit = {
      baseline: [
        [users, two + one],
        [
          "    - guardrails: [deny-user-creation, deny-console-password-creation]\n      targets:\n        - ou: Workloads\n        - ou: Security",
          "    - guardrails: [deny-console-password-creation, deny-user-creation]\n      targets:\n        - ou: Security\n        - ou: Workloads",
        ],
      ],
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
    expect(json.terraform).toMatchObject({
      required_version: ">= 1.10.0",
      required_providers: { aws: { source: "aws", version: ">= 5.100.0, < 7.0.0" } },
    });
    for (const provider of json.provider.aws) {
      expect(provider["allowed_account_ids"]).toHaveLength(1);
      expect(provider["default_tags"]).toMatchObject([{ tags: { "keyless:environment": "example" } }]);
    }
  }
});
