/**
 * What the package offers to a program: `import { synthesize, evaluate, decide } from "keyless-org-baseline"`. Everything else is inside.
 * The policy part stands on its own: cdktf is loaded with the first call of `synthesize`.
 */
export * from "./modules/policy";

/* eslint-disable @typescript-eslint/no-require-imports -- an import at the top would load cdktf for everybody */
export const synthesize: (typeof import("./stacks/synthesize"))["synthesize"] = (...given) =>
  (require("./stacks/synthesize") as typeof import("./stacks/synthesize")).synthesize(...given);
/* eslint-enable @typescript-eslint/no-require-imports */
