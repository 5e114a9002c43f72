// What each rule is for stands beside it; what is not said here is the recommended, type-checked set of typescript-eslint.
// Formatting is prettier's. A rule that is disabled in a line needs its reason there (`-- because …`), and is reported once it is not needed.
const eslint = require("@eslint/js");
const tseslint = require("typescript-eslint");

// Functions that are longer than 80 lines or have more than 20 branches, each file with its reason. The list may only get shorter.
const LONG = {
  "one case after the other, as data: a table that is read from top to bottom": [
    "modules/sections/guardrails/rules/*.ts",
    "local/cloudtrail-logs.ts",
    "local/organizations/synthetic.ts",
    "bench/review-plans.ts",
  ],
  "one branch for each API call that the local AWS adds to moto": ["local/gaps/*.ts", "local/front.ts"],
  "one step after the other, each said to the person who waits": [
    "local/main.ts",
    "local/run.ts",
    "bench/main.ts",
    "bench/logs.ts",
  ],
  "options and help of one command, and what is wrong with them": [
    "cli/commands/comment.ts",
    "cli/commands/inventory.ts",
  ],
  "one branch for each form that zod, the IAM grammar, Terraform or CloudTrail may send": [
    "modules/config/schema-problems.ts",
    "modules/config/organization-problems.ts",
    "modules/policy/read.ts",
    "modules/policy/evaluate/grant.ts",
    "modules/policy/compare/*.ts",
    "modules/policy/decide/{explore,judge}.ts",
    "modules/review/policy-changes.ts",
    "modules/policy/vocabulary.ts",
    "modules/evidence/cloudtrail/scanner.ts",
    "modules/evidence/impact/*.ts",
    "modules/terraform/*.ts",
    "modules/review/surroundings.ts",
  ],
  "one loop that runs millions of times a proof: its branches are its speed": ["modules/policy/decide/language.ts"],
  "one question after the other, as data, and one report of what was found": [
    "modules/proofs/clean-up.ts",
    "modules/proofs/prove.ts",
  ],
  "one rule of the review: every attribute that says something about access, in the order in which it is said": [
    "modules/review/rules/*.ts",
  ],
  "to be split: a whole section is resolved, or a whole page written, in one function": [
    "modules/review/render/markdown.ts",
    "modules/sections/break-glass/*.ts",
    "modules/sections/guardrails/{resolve,exceptions/resolve,rollout/modes}.ts",
    "modules/sections/pipeline/resolve.ts",
    "modules/sections/workload-identity/resolve.ts",
    "modules/proofs/no-lock-out.ts",
    "__tests__/support/read-organization.ts",
  ],
};

/** `...(x === undefined ? {} : { x })` is `...defined({ x })`: one spelling, in modules/kernel/optional.ts. */
const definedSpread = {
  meta: {
    type: "suggestion",
    messages: { spelling: "Write `...defined({ … })` of modules/kernel/optional.ts." },
    schema: [],
  },
  create(context) {
    const text = (node) => context.sourceCode.getText(node).replace(/!$/, "");
    const isEmpty = (node) => node.type === "ObjectExpression" && node.properties.length === 0;
    const isPlain = (node) =>
      node.type === "Identifier" ||
      node.type === "ThisExpression" ||
      (node.type === "TSNonNullExpression" && isPlain(node.expression)) ||
      (node.type === "MemberExpression" && !node.computed && isPlain(node.object));
    return {
      "ObjectExpression > SpreadElement > ConditionalExpression"({ test, consequent, alternate, parent }) {
        const absent = test.type === "BinaryExpression" && test.right.name === "undefined" && test.operator;
        const held =
          absent === "===" && isEmpty(consequent)
            ? alternate
            : absent === "!==" && isEmpty(alternate)
              ? consequent
              : undefined;
        if (held?.type !== "ObjectExpression" || held.properties.length !== 1 || !isPlain(test.left)) return;
        const [property] = held.properties;
        if (property.type === "Property" && !property.computed && text(property.value) === text(test.left))
          context.report({ node: parent, messageId: "spelling" });
      },
    };
  },
};

module.exports = tseslint.config(
  {
    ignores: [
      "dist/",
      "cdktf.out/",
      "coverage/",
      ".keyless/",
      "**/node_modules/",
      "build/",
      "modules/**/page-script.ts",
    ],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { house: { rules: { "defined-spread": definedSpread } } },
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.test.json", "./modules/report/page/tsconfig.json"],
        tsconfigRootDir: __dirname,
      },
    },
    rules: {
      // `await` belongs to interfaces that others implement with it.
      "@typescript-eslint/require-await": "off",
      // Numbers in templates are what they look like.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `!` says "found above"; noUncheckedIndexedAccess asks for it at every index.
      "@typescript-eslint/no-non-null-assertion": "off",
      // A catch that gives up on the reason, or a loop's counter, is named `_` or `__`.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" },
      ],
      // To find control characters, and to take them out, is what these expressions are for.
      "no-control-regex": "off",
      // What AWS and Terraform send is `unknown` until it is read; where it is only printed, `String` is meant.
      "@typescript-eslint/no-base-to-string": "off",
      // Lines are broken by prettier, which knows where a statement ends.
      "no-unexpected-multiline": "off",
      eqeqeq: ["error", "always"],
      "house/defined-spread": "error",
      // A function that a reader can hold: longer, or more branches, only with a reason beside it.
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 20],
    },
  },
  {
    // A `describe` is a list of tests, not a function that a reader follows; what a test reads from JSON is checked by what it expects.
    files: ["__tests__/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "no-regex-spaces": "off",
    },
  },
  {
    // What AWS's clients send and get in the local AWS has no types there.
    files: ["local/**/*.ts"],
    rules: { "@typescript-eslint/unbound-method": "off" },
  },
  {
    // One object for each request, event or world, millions of times: `defined` would build it three times.
    files: [
      "modules/policy/{compare,decide,evaluate}/**/*.ts",
      "modules/evidence/{cloudtrail,impact}/**/*.ts",
      "soak/worlds.ts",
    ],
    rules: { "house/defined-spread": "off" },
  },
  { files: Object.values(LONG).flat(), rules: { "max-lines-per-function": "off", complexity: "off" } },
  {
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { require: "readonly", module: "writable", process: "readonly", __dirname: "readonly" },
    },
  },
);
