/** What the package offers to a program: `import { synthesize } from "keyless-org-baseline"`. Everything else is inside. */
export { synthesize } from "./stacks/synthesize";
