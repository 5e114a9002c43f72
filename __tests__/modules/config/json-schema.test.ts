import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { ValidateFunction } from "ajv";
import { parse } from "yaml";
import { SCHEMA_FOLDER, jsonSchemaFiles } from "../../../modules/sections/json-schema";
import { edited, EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, ROOT } from "../../support/environments";

const files = [...jsonSchemaFiles()];

test.each(files)("%s in docs/schema is current", (name, text) => {
  const committed = readFileSync(join(ROOT, SCHEMA_FOLDER, name), "utf8");
  if (committed !== text)
    throw new Error(
      `${SCHEMA_FOLDER}/${name} is not what the schema in modules/config/schema gives: run npm run schema and commit the file.`,
    );
});

describe("an editor judges a file as the program does", () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, validateFormats: false });
  const validator = (name: string): ValidateFunction => ajv.compile(JSON.parse(new Map(files).get(name)!) as object);
  const baseline = validator("baseline.schema.json");
  const organization = validator("organization.schema.json");
  const errors = (validate: ValidateFunction, yaml: string): readonly string[] =>
    validate(parse(yaml))
      ? []
      : (validate.errors ?? []).map(
          (error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`,
        );

  test("the example is valid", () => {
    expect(errors(baseline, EXAMPLE_BASELINE)).toEqual([]);
    expect(errors(organization, EXAMPLE_ORGANIZATION)).toEqual([]);
  });

  test.each<[string, string, string, string]>([
    [
      "an unknown key",
      "  mfaMaxAgeMinutes: 60",
      "  mfaMaxAgeMinute: 60",
      "/breakGlass must NOT have additional properties",
    ],
    ["a key that is missing", "region: eu-central-1\n\nbackend", "backend", " must have required property 'region'"],
    [
      "a value that is none of those allowed",
      "  remediation: manual",
      "  remediation: sometimes",
      "/credentialHygiene/remediation must be equal to one of the allowed values",
    ],
    [
      "a number out of range",
      "  maxUnusedDays: 45",
      "  maxUnusedDays: 366",
      "/credentialHygiene/maxUnusedDays must be <= 365",
    ],
    [
      "a target that is none",
      "        - ou: Infrastructure\n    - guardrails",
      "        - unit: Infrastructure\n    - guardrails",
      "/guardrails/rollout/4/targets",
    ],
    [
      "one break-glass user",
      "    - name: break-glass-2\n      holder: Safe in Lisbon - two people of the platform team\n",
      "",
      "/breakGlass/users must NOT have fewer than 2 items",
    ],
    ["an S3 backend without a bucket", "  type: local", "  type: s3", "/backend must have required property 'bucket'"],
  ])("baseline.yaml with %s is not", (_, from, to, expected) => {
    expect(errors(baseline, edited(EXAMPLE_BASELINE, [[from, to]])).join("\n")).toContain(expected);
  });

  test.each<[string, string, string, string]>([
    [
      "an account id without quotes",
      'managementAccountId: "111111111111"',
      "managementAccountId: 111111111111",
      "/managementAccountId must be string",
    ],
    [
      "a status that AWS does not have",
      "status: SUSPENDED",
      "status: GONE",
      "/accounts/14/status must be equal to one of the allowed values",
    ],
    ["an unknown key", "rootId: r-exmp", "root: r-exmp", " must NOT have additional properties"],
  ])("organization.yaml with %s is not", (_, from, to, expected) => {
    expect(errors(organization, edited(EXAMPLE_ORGANIZATION, [[from, to]])).join("\n")).toContain(expected);
  });
});

test("keys that a person writes are explained, and say what happens without them", () => {
  const silent: string[] = [];
  const walk = (schema: Record<string, unknown>, path: string): void => {
    for (const [key, property] of Object.entries(
      (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      // Keys in capitals are IAM's own language.
      if (property["description"] === undefined && !/^[A-Z]/.test(key)) silent.push(`${path}${key}`);
      walk(property, `${path}${key}.`);
    }
    for (const branch of [
      ...((schema["anyOf"] ?? schema["oneOf"] ?? []) as Record<string, unknown>[]),
      ...(schema["items"] ? [schema["items"] as Record<string, unknown>] : []),
    ])
      walk(branch, path);
  };
  walk(JSON.parse(new Map(files).get("baseline.schema.json")!) as Record<string, unknown>, "");
  if (silent.length > 0) throw new Error(`Add .describe("…") in modules/config/schema to ${silent.join(", ")}.`);
});

test("both files of the example name their schema", () => {
  expect(EXAMPLE_BASELINE.split("\n")[0]).toBe(
    "# yaml-language-server: $schema=../../docs/schema/baseline.schema.json",
  );
  expect(EXAMPLE_ORGANIZATION.split("\n")[0]).toBe(
    "# yaml-language-server: $schema=../../docs/schema/organization.schema.json",
  );
});
