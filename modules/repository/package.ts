import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Name of the package, as a company's `package.json` depends on it. */
export const PACKAGE = "keyless-org-baseline";

export interface OwnPackage {
  /** Folder of this package: the clone, or `node_modules/keyless-org-baseline`. */
  readonly root: string;
  readonly version: string;
  /** The version of TypeScript that this package is built with. */
  readonly typescript: string;
}

/** This package, found upwards from the file that runs: the same in a clone, in an installed package, and in a test. */
export function ownPackage(): OwnPackage {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const { name, version, devDependencies } = JSON.parse(readFileSync(file, "utf8")) as {
        readonly name?: string;
        readonly version: string;
        readonly devDependencies: Readonly<Record<string, string>>;
      };
      if (name === PACKAGE) return { root: folder, version, typescript: devDependencies["typescript"]! };
    }
    if (dirname(folder) === folder) throw new Error(`package.json of ${PACKAGE} is not above ${__dirname}`);
  }
}
