import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { BaselineError, exitCodeOfSynth, formatProblem } from "../../modules/kernel/errors";
import { renderText } from "../../modules/review/render/text";
import { renderNoResult, renderPullRequest } from "../../modules/delivery/pull-request/render";
import { reviewPullRequest } from "../../modules/delivery/pull-request/review";
import { changedCode, copyEnvironments } from "../../modules/delivery/pull-request/trees";
import { CLASS_NAMES, parseClasses, today } from "../review-options";
import { printable } from "../output";
import { withoutWorkflowCommands } from "../workflow-log";
import { writeAtomically } from "../../modules/kernel/write-file";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly head: string;
  readonly headSynth?: string;
  readonly failOn?: string;
  readonly output?: string;
}

export function addPullRequest(program: Command, projectRoot: string): void {
  program
    .command("pull-request")
    .description("review what a pull request makes of this checkout, with this checkout's code, facts and approvals")
    .requiredOption(
      "--head <folder>",
      "checkout of what the pull request makes of it; read as data, nothing of it is run",
    )
    .option(
      "--head-synth <folder>",
      "its synth (cdktf.out), made elsewhere; used only where the pull request changes code",
    )
    .option(
      "--fail-on <classes>",
      `comma-separated classes of changes that the gate refuses, besides those of the base's review.yaml: ${CLASS_NAMES}`,
    )
    .option("--output <file>", "write the Markdown of the comment there, and all of the review to the terminal")
    .addHelpText(
      "after",
      `\nRun it in a checkout of the base. Where only environments change, their stacks are synthesized by the base's code.\n\nExamples:\n  ${KEYLESS} pull-request --head ../head\n  ${KEYLESS} pull-request --head ../head --head-synth ../head-synth --output comment.md\n\nExit codes: 0 fine, 2 the usage or the input is wrong, 3 the gate refused, or a proof does not hold.`,
    )
    .action((options: Options) =>
      withoutWorkflowCommands(() => {
        const failOn = options.failOn === undefined ? undefined : parseClasses(options.failOn);
        if (!existsSync(options.head))
          throw new BaselineError([
            {
              code: "PULL-REQUEST-NO-HEAD",
              message: "There is no such folder.",
              fix: "Name a checkout of the pull request's merge commit.",
              place: { file: options.head },
            },
          ]);
        const code = changedCode(projectRoot, options.head);
        const write = (markdown: string): void => {
          if (options.output === undefined) process.stdout.write(markdown);
          else writeAtomically(options.output, markdown);
        };
        const work = mkdtempSync(join(tmpdir(), "keyless-pull-request-"));
        try {
          // What stops it without a synth comes first: a synth takes seconds.
          if (code.length > 0 && options.headSynth === undefined)
            throw new BaselineError([
              {
                code: "PULL-REQUEST-CODE",
                message: `The pull request changes code (${code.slice(0, 5).join(", ")}${code.length > 5 ? ", …" : ""}), which is not run here, and its synth is not there.`,
                fix: "Synthesize it where nothing is at stake and name the folder with --head-synth; where that has failed its log says why.",
              },
            ]);
          if (code.length === 0) copyEnvironments(options.head, join(work, "head-data"));
          const baseSynth = synthesize(projectRoot, join(work, "base"), "the base");
          const headSynth =
            code.length === 0
              ? synthesize(join(work, "head-data"), join(work, "head"), "the pull request")
              : options.headSynth!;
          const reviews = reviewPullRequest({
            base: projectRoot,
            head: options.head,
            baseSynth,
            headSynth,
            failOn,
            codeChanges: code.length > 0,
            today: today(),
          });
          write(renderPullRequest(reviews, code));
          // All of it, also where the comment has to leave something out.
          if (options.output !== undefined)
            reviews.forEach(({ report }) =>
              process.stdout.write(`${printable(report.title ?? "")}:\n${renderText(report)}\n`),
            );
          if (reviews.some(({ report }) => report.gate.stopping.length > 0)) process.exitCode = 3;
        } catch (error) {
          // The comment says so too: an older one would be taken for this commit's.
          if (error instanceof BaselineError && options.output !== undefined)
            write(renderNoResult(code, "the stacks cannot be synthesized or read.", errorText(error)));
          throw error;
        } finally {
          rmSync(work, { recursive: true, force: true });
        }
      }),
    );
}

/** The program that cdktf runs, of this build; its own messages say what is wrong. Nothing of this process's environment goes with it but what finds Node. */
function synthesize(folder: string, output: string, whose: string): string {
  const run = spawnSync(process.execPath, [join(__dirname, "..", "..", "main.js")], {
    cwd: resolve(folder),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], CDKTF_OUTDIR: output },
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  if (run.status !== 0) throw new SynthFailed(whose, run.stderr, run.status);
  return output;
}

/** The stacks cannot be synthesized; what the synth has said goes into the comment. */
class SynthFailed extends BaselineError {
  constructor(
    whose: string,
    readonly said: string,
    status: number | null,
  ) {
    super(
      [
        {
          code: "PULL-REQUEST-SYNTH",
          message: `The stacks of ${whose} cannot be synthesized: the errors are above.`,
          fix: `Fix it; ${KEYLESS} validate says the same.`,
        },
      ],
      exitCodeOfSynth(status),
    );
  }
}

function errorText(error: BaselineError): string {
  return error instanceof SynthFailed && error.said.trim() !== ""
    ? error.said
    : error.problems.map(formatProblem).join("\n\n");
}
