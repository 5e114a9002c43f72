import type { DocumentPath } from "../../config/document";
import type { ProblemList } from "../../config/problem-list";
import { unique } from "../../kernel/lists";

/** What AWS takes in a text, from the models of its APIs. A dash from a word processor fails an apply half-way otherwise. */
interface TextRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** What may stand in it, in words. */
  readonly allowed: string;
}

/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html */
export const PERMISSION_SET_DESCRIPTION: TextRule = {
  pattern: /[\t\n\r -~\u00A1-\u00FF]/u,
  maxLength: 700,
  allowed: "letters, digits and signs of Latin-1 (no typographic dashes, quotes or ellipses)",
};
export const RELAY_STATE: TextRule = {
  pattern: /[a-zA-Z0-9&$@#\\/%?=~\-_'"|!:,.;*+[\] (){}]/u,
  maxLength: 240,
  allowed: "letters, digits and & $ @ # \\ / % ? = ~ - _ ' \" | ! : , . ; * + [ ] ( ) { }",
};
/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html */
export const INLINE_POLICY: TextRule = {
  pattern: /[\t\n\r -\u00FF]/u,
  maxLength: 32_768,
  allowed: "letters, digits and signs of Latin-1",
};
/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AccessControlAttribute.html */
export const ATTRIBUTE_KEY: TextRule = {
  pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]/u,
  maxLength: 128,
  allowed: "letters, digits, spaces and _ . : / = + - @",
};
export const ATTRIBUTE_SOURCE: TextRule = {
  pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@[\]{}$\\"]/u,
  maxLength: 256,
  allowed: 'letters, digits, spaces and _ . : / = + - @ [ ] { } $ \\ "',
};
/** https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html */
export const GROUP_TEXT: TextRule = {
  pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00A0]/u,
  maxLength: 1024,
  allowed: "letters, digits, signs, spaces, tabs and line breaks",
};

/** Reports characters that AWS does not take, and a text that is too long. */
export function checkText(problems: ProblemList, rule: TextRule, text: string, path: DocumentPath, what: string): void {
  const wrong = unique([...text].filter((character) => !rule.pattern.test(character)));
  if (wrong.length > 0) {
    const shown = wrong
      .slice(0, 5)
      .map((c) => `${JSON.stringify(c)} (U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")})`);
    problems.error(
      "IDENTITY-CENTER-CHARACTERS",
      path,
      `AWS does not take ${shown.join(", ")} in ${what}.`,
      `Allowed: ${rule.allowed}.`,
    );
  }
  if (text.length > rule.maxLength) {
    problems.error(
      "IDENTITY-CENTER-LENGTH",
      path,
      `AWS takes ${rule.maxLength} characters in ${what}; this one has ${text.length}.`,
      "Shorten it.",
    );
  }
}
