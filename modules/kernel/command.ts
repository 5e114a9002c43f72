/** What the bundle (`npm run bundle`) puts in the place of the default: there is no npx where it runs. */
declare const KEYLESS_COMMAND: string | undefined;

/**
 * How a command of this program is started. Whatever prints a command takes it from here, so that it can be pasted: in a clone after
 * `npm run build` and in a company's repository after `npm install` as `npx keyless`, and from the bundle as `node keyless.cjs`.
 */
export const KEYLESS: string = typeof KEYLESS_COMMAND === "string" ? KEYLESS_COMMAND : "npx keyless";

/** Whether this is the bundle: one file, without the synth, without what runs Terraform. */
export const IS_BUNDLE: boolean = typeof KEYLESS_COMMAND === "string";

/**
 * A printed `npx cdktf …`, and on Node 24 what it lacks there: cdktf-cli 0.21 loads `pty.node`, for which no binary is published, so that it
 * starts only where somebody has compiled it (docs/decisions/0041-node-versions.md).
 */
export function cdktfCommand(args: string, node: string = process.versions.node): string {
  const command = `npx cdktf ${args}`;
  return Number(node.split(".")[0]) < 24
    ? command
    : `${command} (on Node ${node} only with a compiled pty.node; Node 22 needs none)`;
}
