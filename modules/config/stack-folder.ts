import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What Terraform reads of a stack's folder besides `cdk.tf.json`: none of it comes from a synth. */

const STACK_FILE = "cdk.tf.json";
const LOCK_FILE = ".terraform.lock.hcl";

/** Terraform and OpenTofu: https://developer.hashicorp.com/terraform/language/files, https://opentofu.org/docs/language/files/ */
const READ = /\.(tf|tofu)(\.json)?$|\.tfvars(\.json)?$|\.(tftest|tofutest)\.hcl$/;

/**
 * Files that would be part of the configuration without being synthesized: `*.tf`, overrides, values of variables. Sorted.
 *
 * @param folder of a stack
 */
export function extraFiles(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory() && entry.name !== STACK_FILE && READ.test(entry.name))
        .map(({ name }) => name)
        .sort()
    : [];
}

/** The lock file of a stack's folder, where there is one. */
export function lockFile(folder: string): string | undefined {
  return existsSync(join(folder, LOCK_FILE)) ? LOCK_FILE : undefined;
}
