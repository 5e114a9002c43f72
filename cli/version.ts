import { ownPackage } from "../modules/repository/package";

/** What the bundle (`npm run bundle`) puts in the place of the default: there is no package.json beside it. */
declare const KEYLESS_VERSION: string | undefined;

/** The version of this program, as its package.json says it. */
export function ownVersion(): string {
  return typeof KEYLESS_VERSION === "string" ? KEYLESS_VERSION : ownPackage().version;
}
