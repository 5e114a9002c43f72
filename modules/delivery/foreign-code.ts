import { join } from "node:path";
import { Move, moveBlocks } from "../config/moves";
import { BaselineError, Problem } from "../kernel/errors";
import { parsedObject } from "../kernel/json";
import { waiverOf } from "../review/gate/raise-and-waive";
import type { ReviewRules } from "../review/gate/review-rules";
import { keyTwice } from "../terraform/blocks";
import type { SynthesizedStack } from "../terraform/environment-stacks";
import { blockKey, blockText, stateBlocks } from "../terraform/state-blocks";
import { ForeignCode, foreignCodeOfSynth } from "../terraform/foreign-code";
import { readText } from "../kernel/read-text";

/**
 * What synthesized stacks would run besides Terraform and the providers of this project, and what they would move in states that moves.yaml
 * does not have: `data.external` runs while Terraform plans, so it has to be found before a plan, and before anybody signs in to AWS for
 * one. Reads files only.
 *
 * @param moves of the environment's moves.yaml
 * @throws BaselineError exit code 3 with everything that is found
 */
export function refuseForeignCode(
  stacks: readonly Pick<SynthesizedStack, "folder" | "name" | "mark">[],
  rules: ReviewRules,
  today: string,
  moves: readonly Move[],
): void {
  const problems = stacks.flatMap(({ folder, name, mark }) => {
    const file = join(folder, "cdk.tf.json");
    const text = readText(file);
    const stack = mark === undefined ? name : name.slice(mark.environment.length + 1);
    return [...foreignCodeProblems(file, text, rules, today), ...foreignMoves(file, text, stack, moves)];
  });
  if (problems.length > 0) throw new BaselineError(problems, 3);
}

/** Blocks that change a state and that moves.yaml does not have. */
export function foreignMoves(file: string, text: string, stack: string, moves: readonly Move[]): readonly Problem[] {
  const own = new Set(stateBlocks(moveBlocks(moves, stack)).map(blockKey));
  return stateBlocks(parsedObject(text))
    .filter((block) => !own.has(blockKey(block)))
    .map((block) => ({
      code: "DELIVERY-MOVE",
      message: `The ${blockText(block)} is not in moves.yaml.`,
      fix: "Write it there, from where the synth takes it, and run npm run synth.",
      place: { file },
    }));
}

/**
 * Problems of one `cdk.tf.json`. Pure.
 *
 * @param rules of the base: a waiver of type `external`, `provisioner`, `module`, `provider` or `configuration-file` covers what its address fits
 * @param today date such as 2026-12-31, in UTC
 */
export function foreignCodeProblems(file: string, text: string, rules: ReviewRules, today: string): readonly Problem[] {
  const place = { file };
  const stack = parsedObject(text);
  const twice = stack && keyTwice(text);
  if (!stack || twice !== undefined)
    return [
      {
        code: "DELIVERY-SYNTH",
        message: stack
          ? `Key ${JSON.stringify(twice!.slice(0, 60))} is there twice in one mapping: Terraform would read both.`
          : "This is not Terraform JSON, or it is cut off.",
        fix: "Run npm run synth: no synth writes that.",
        place,
      },
    ];
  return foreignCodeOfSynth(stack).flatMap((one): readonly Problem[] => {
    const { type, address } = one;
    const waiver = waiverOf(
      { class: "unknown", subjects: [{ type, address, attributes: [], notResource: true }] },
      rules,
      today,
    );
    if (waiver && waiver.refused === undefined) return [];
    return [
      {
        code: "DELIVERY-FOREIGN-CODE",
        message: `${WHAT[type](one)}${waiver ? ` Waiver ${waiver.waiver.name} does not count: ${waiver.refused}.` : ""}`,
        fix: `Take it out, or waive it in review.yaml, in a commit before: type: ${type}, address: ${JSON.stringify(address)}, with reason, owner and end.`,
        place,
      },
    ];
  });
}

const WHAT: Readonly<Record<ForeignCode["type"], (code: ForeignCode) => string>> = {
  external: ({ address }) => `${address} runs a program while Terraform plans.`,
  provisioner: ({ address }) => `${address} runs a program where Terraform applies (provisioner).`,
  module: ({ address, at }) => `${at} is loaded from ${address}: code that no review has seen.`,
  provider: ({ address }) => `Provider ${address} runs where Terraform runs, and is none of those that the stacks use.`,
  "configuration-file": ({ address }) => `${address} names a file of the AWS configuration, which may name programs.`,
};
