import * as ts from "typescript";

/** One change of a source text that a test ought to notice. */
export interface Site {
  readonly operator: Operator;
  /** Offsets of what is replaced. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

export const OPERATORS = [
  "negate-condition",
  "drop-branch",
  "change-comparison",
  "change-literal",
  "remove-element",
  "swap-and-or",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What each operator does, for the page. */
export const OPERATOR_TEXTS: Readonly<Record<Operator, string>> = {
  "negate-condition": "`c` becomes `!(c)` in an `if` or a `c ? a : b`",
  "drop-branch": "an `if` without `else`, or an early `return`, is gone",
  "change-comparison": "`===` ↔ `!==`, `<` ↔ `<=`, `>` ↔ `>=`",
  "change-literal": 'a string without a space (a value, not a sentence) becomes `"mutated"`',
  "remove-element": "an array literal loses an element",
  "swap-and-or": "`&&` ↔ `||`",
};

const COMPARISONS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);

const AND_OR: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
]);

/** Every change of every operator, in the order of the text. Types, imports and names of properties are left alone: they do not run. */
export function sitesOf(text: string): readonly Site[] {
  const source = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
  const sites: Site[] = [];
  const add = (operator: Operator, start: number, end: number, after: string): void => {
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    sites.push({ operator, start, end, line, before: text.slice(start, end), after });
  };
  const whole = (operator: Operator, node: ts.Node, after: string): void =>
    add(operator, node.getStart(source), node.getEnd(), after);
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isIfStatement(node)) {
      whole("negate-condition", node.expression, `!(${node.expression.getText(source)})`);
      if (node.elseStatement === undefined) whole("drop-branch", node, ";");
    }
    if (ts.isConditionalExpression(node))
      whole("negate-condition", node.condition, `!(${node.condition.getText(source)})`);
    if (isEarlyReturn(node)) whole("drop-branch", node, ";");
    if (ts.isBinaryExpression(node)) {
      const { operatorToken, left, right } = node;
      const comparison = COMPARISONS.get(operatorToken.kind);
      if (comparison !== undefined) whole("change-comparison", operatorToken, comparison);
      const other = AND_OR.get(operatorToken.kind);
      // In brackets: `a || b && c` must not become another tree than the one that is meant.
      if (other !== undefined)
        whole("swap-and-or", node, `((${left.getText(source)}) ${other} (${right.getText(source)}))`);
    }
    if (isValue(node)) whole("change-literal", node, '"mutated"');
    if (ts.isArrayLiteralExpression(node))
      node.elements.forEach((element, i) => {
        const next = node.elements[i + 1];
        add("remove-element", element.getStart(source), next?.getStart(source) ?? element.getEnd(), "");
      });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites;
}

/** A return before the end of a function: one that is followed by more, or that stands in a branch of its own block. */
function isEarlyReturn(node: ts.Node): node is ts.ReturnStatement {
  if (!ts.isReturnStatement(node) || !ts.isBlock(node.parent)) return false;
  return ts.isIfStatement(node.parent.parent) || node.parent.statements.at(-1) !== node;
}

/** A string that a program compares or prints as a value. */
function isValue(node: ts.Node): node is ts.StringLiteral {
  if (!ts.isStringLiteral(node) || /\s/.test(node.text) || node.text === "") return false;
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  return !(ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword);
}

/** The text with the change. */
export function applied(text: string, { start, end, after }: Site): string {
  return text.slice(0, start) + after + text.slice(end);
}
