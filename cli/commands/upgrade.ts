import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { ENVIRONMENTS, environmentNames } from "../../modules/config/load";
import { KEYLESS } from "../../modules/kernel/command";
import { writeAtomically } from "../../modules/kernel/write-file";
import { outdatedToolFiles } from "../../modules/repository/company";
import { ownPackage } from "../../modules/repository/package";
import { committedVersion, installed, synthWith } from "../../modules/repository/upgrade";
import { agreedInHistory, NOTHING_AGREED } from "../../modules/review/gate/agreed";
import { judge } from "../../modules/review/gate/gate";
import { factsBeside, readIntent } from "../../modules/review/read-inputs";
import { renderText } from "../../modules/review/render/text";
import { reviewPlans } from "../../modules/review/review";
import { readSynthPair } from "../../modules/terraform/synth-pair";
import { CLASS_NAMES, parseClasses, today } from "../review-options";
import { DEFAULT_GATE } from "../../modules/review/gate/review-rules";
import { usage } from "../usage";

interface Options {
  readonly from?: string;
  readonly failOn: string;
  readonly apply?: boolean;
}

export function addUpgrade(program: Command, projectRoot: string): void {
  program
    .command("upgrade")
    .description(
      "show what the installed version changes in access, compared with the version of the last commit; reads only unless --apply",
    )
    .option(
      "--from <version>",
      "the version before: anything that npm install accepts (default: that of the committed package-lock.json)",
    )
    .option(
      "--fail-on <classes>",
      `comma-separated classes of changes that the gate refuses: ${CLASS_NAMES}`,
      DEFAULT_GATE.join(","),
    )
    .option("--apply", "also write the tool's files again: docs/schema and the workflows")
    .addHelpText(
      "after",
      `\nRun it after npm install of the newer version, before the commit. CHANGELOG.md of the package says why something changes.\n\nExamples:\n  ${KEYLESS} upgrade\n  ${KEYLESS} upgrade --from ../keyless-org-baseline-0.1.0.tgz\n  ${KEYLESS} upgrade --apply\n\nExit codes: 0 fine, 1 the old version cannot be installed, 2 the usage or the input is wrong, 3 the gate refused, or a proof does not hold.`,
    )
    .action((options: Options) => {
      upgrade(projectRoot, options);
    });
}

function upgrade(projectRoot: string, options: Options): void {
  const failOn = parseClasses(options.failOn);
  const own = ownPackage();
  if (own.root === projectRoot)
    throw usage(
      "UPGRADE-IN-CLONE",
      "This folder is the tool itself: there is no installed version to compare.",
      `Compare two synths: ${KEYLESS} review --base <folder> --head <folder>.`,
    );
  const environments = environmentNames(projectRoot);
  const before = options.from === undefined ? committedVersion(projectRoot) : { spec: options.from };
  const work = mkdtempSync(join(tmpdir(), "keyless-upgrade-"));
  try {
    const old = installed(before, join(work, "old"));
    process.stdout.write(`${old.version} → ${own.version}\n`);
    if (environments.length > 0) {
      const plans = readSynthPair(
        synthWith(old.root, projectRoot, join(work, "before")),
        synthWith(own.root, projectRoot, join(work, "after")),
      );
      // Stacks that say they are of no environment here are reviewed too, without facts or approvals.
      for (const environment of [...environments, undefined]) {
        const stacks = plans.filter(
          ({ mark }) => environments.find((name) => name === mark?.environment) === environment,
        );
        if (environment === undefined && stacks.length === 0) continue;
        const { approvals, rules } =
          environment === undefined ? NOTHING_AGREED : agreedInHistory(projectRoot, environment);
        const facts = environment === undefined ? undefined : factsBeside(join(projectRoot, ENVIRONMENTS, environment));
        const intent = environment === undefined ? undefined : readIntent(projectRoot, environment);
        const report = {
          ...judge(reviewPlans(stacks, facts, undefined, rules, intent), failOn, approvals, today(), rules),
          title: environment ?? "stacks of no environment",
        };
        process.stdout.write(`${report.title}:\n${renderText(report)}\n`);
        if (report.gate.stopping.length > 0) process.exitCode = 3;
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const outdated = outdatedToolFiles(projectRoot, own);
  for (const { file, text } of outdated) {
    const verb = existsSync(join(projectRoot, file)) ? "changes" : "adds";
    if (options.apply) writeAtomically(join(projectRoot, file), text);
    process.stdout.write(`${options.apply ? "wrote" : verb} ${file}\n`);
  }
  if (outdated.length > 0 && !options.apply)
    process.stdout.write(`These files belong to the tool: ${KEYLESS} upgrade --apply writes them.\n`);
}
