import { BaselineError, Problem } from "../kernel/errors";
import { nearest } from "../kernel/nearest";
import { ExplainAnswer, Explainer, ExplainQuestion } from "./explain";
import { defined } from "../kernel/optional";

/** One line of `keyless explain --requests`: a question as JSON. */

type Values = string | number | boolean | readonly (string | number | boolean)[];

/** What a line may have, and what each has to be. */
const FIELDS = {
  account: "a text",
  principal: "a text",
  action: "a text",
  resource: "a text",
  context: "an object of condition keys and their values (texts, numbers, true or false, or lists of them)",
  mfa: "true or false",
} as const;

const NEEDED = ["account", "principal", "action"] as const;

/** The answer to a line, or what is wrong with it. */
export type AnsweredLine = { readonly line: number } & (
  ExplainAnswer | { readonly error: Pick<Problem, "code" | "message" | "fix"> }
);

export function answerLine(explainer: Explainer, text: string, line: number): AnsweredLine {
  try {
    return { line, ...explainer.answer(questionOf(text)) };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    const [{ code, message, fix }] = error.problems as [Problem];
    return { line, error: { code, message, ...defined({ fix }) } };
  }
}

function refuse(message: string, fix: string): never {
  throw new BaselineError([{ code: "EXPLAIN-LINE", message, fix }]);
}

const EXAMPLE = '{"account":"shop-dev","principal":"administrator","action":"iam:CreateAccessKey"}';

function questionOf(text: string): ExplainQuestion {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuse("The line is no JSON object.", `Write one question a line, for example ${EXAMPLE}.`);
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given))
    if (!Object.hasOwn(FIELDS, key)) {
      const near = nearest(key, Object.keys(FIELDS));
      refuse(
        `${JSON.stringify(key)} is no field of a question.`,
        `${near ? `Did you mean ${near}? ` : ""}Fields: ${Object.keys(FIELDS).join(", ")}.`,
      );
    }
  for (const key of NEEDED)
    if (given[key] === undefined) refuse(`The field ${key} is missing.`, `Add it, as in ${EXAMPLE}.`);
  const textOf = (key: "account" | "principal" | "action" | "resource"): string => {
    const found = given[key];
    return typeof found === "string" ? found : wrong(key);
  };
  const { mfa = false, context = {} } = given;
  return {
    account: textOf("account"),
    principal: textOf("principal"),
    action: textOf("action"),
    ...(given["resource"] === undefined ? {} : { resource: textOf("resource") }),
    context: isContext(context)
      ? Object.entries(context).flatMap(([key, values]) => [values].flat().map((one) => `${key}=${one}`))
      : wrong("context"),
    mfa: typeof mfa === "boolean" ? mfa : wrong("mfa"),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(
      `The line is no JSON: ${(error as Error).message}.`,
      `Write one question a line, for example ${EXAMPLE}.`,
    );
  }
}

function wrong(key: keyof typeof FIELDS): never {
  return refuse(`The field ${key} is not ${FIELDS[key]}.`, `Write ${FIELDS[key]}.`);
}

function isContext(value: unknown): value is Readonly<Record<string, Values>> {
  const plain = (one: unknown): boolean => ["string", "number", "boolean"].includes(typeof one);
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => plain(one) || (Array.isArray(one) && one.length > 0 && one.every(plain)))
  );
}
