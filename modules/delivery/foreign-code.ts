import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BaselineError, Problem } from "../kernel/errors";
import { parsedObject } from "../kernel/json";
import { waiverOf } from "../review/gate/raise-and-waive";
import type { ReviewRules } from "../review/gate/review-rules";
import { keyTwice } from "../terraform/blocks";
import type { SynthesizedStack } from "../terraform/environment-stacks";
import { ForeignCode, foreignCodeOfSynth } from "../terraform/foreign-code";

/**
 * What synthesized stacks would run besides Terraform and the providers of this project: `data.external` runs while Terraform plans, so it
 * has to be found before a plan, and before anybody signs in to AWS for one. Reads files only.
 */
export function refuseForeignCode(
  stacks: readonly Pick<SynthesizedStack, "folder">[],
  rules: ReviewRules,
  today: string,
): void {
  const problems = stacks.flatMap(({ folder }) => {
    const file = join(folder, "cdk.tf.json");
    return foreignCodeProblems(file, readFileSync(file, "utf8"), rules, today);
  });
  if (problems.length > 0) throw new BaselineError(problems, 3);
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
