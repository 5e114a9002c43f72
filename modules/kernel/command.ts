/** What the bundle (`npm run bundle`) puts in the place of the default: there is no npx where it runs. */
declare const KEYLESS_COMMAND: string | undefined;

/**
 * How a command of this program is started. Whatever prints a command takes it from here, so that it can be pasted: in a clone after
 * `npm run build` and in a company's repository after `npm install` as `npx keyless`, and from the bundle as `node keyless.cjs`.
 */
export const KEYLESS: string = typeof KEYLESS_COMMAND === "string" ? KEYLESS_COMMAND : "npx keyless";

/** Whether this is the bundle: one file, without the synth, without what runs Terraform. */
export const IS_BUNDLE: boolean = typeof KEYLESS_COMMAND === "string";
