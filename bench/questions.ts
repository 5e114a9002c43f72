import { Explainer } from "../modules/proofs/explain";
import { answerLine } from "../modules/proofs/questions-file";
import { proofBenchInput, USUAL } from "./proofs";

export interface QuestionTiming {
  readonly accounts: number;
  readonly questions: number;
  /** Reading the chains of all accounts, once. */
  readonly readyMilliseconds: number;
  /** Questions as lines of JSON, answered with their explanations, a second; of the fastest run. */
  readonly perSecond: number;
}

const PRINCIPALS = ["administrator", "iam-user", "root", "break-glass"];
const ACTIONS = ["iam:CreateAccessKey", "s3:GetObject", "ec2:RunInstances", "iam:CreateUser", "kms:Decrypt"];

/** What `keyless explain --requests` does with each line, without reading and printing. */
export function timeQuestions(accounts: number, questions: number, runs: number): QuestionTiming {
  const input = proofBenchInput(accounts, USUAL);
  const start = process.hrtime.bigint();
  const explainer = new Explainer(input);
  const readyMilliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  const { accounts: all } = input.environment.tree;
  const lines = Array.from({ length: questions }, (_, i) =>
    JSON.stringify({
      account: all[i % Math.min(all.length, 50)]!.id,
      principal: PRINCIPALS[i % PRINCIPALS.length],
      action: ACTIONS[i % ACTIONS.length],
      context: { "aws:SourceIp": `203.0.113.${i % 250}` },
    }),
  );
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const begun = process.hrtime.bigint();
    lines.forEach((line, i) => JSON.stringify(answerLine(explainer, line, i + 1)));
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - begun));
  }
  return { accounts, questions, readyMilliseconds, perSecond: Math.round((questions * 1e9) / fastest) };
}
