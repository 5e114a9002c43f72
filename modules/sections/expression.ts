import { IResolvable, Token } from "cdktf";

/**
 * An expression of Terraform that a stack writes on purpose. Everything else that looks like a template is text, and is escaped when
 * the stack is synthesized (`stacks/escape.ts`): an expression is told from text by this class, never by how it looks.
 */
export class TerraformExpression implements IResolvable {
  readonly creationStack: string[] = [];

  /** @param source what stands between `${` and `}`: made from constants of the program, never from anything that a person or AWS wrote */
  constructor(private readonly source: string) {}

  resolve(): string {
    return `\${${this.source}}`;
  }

  toString(): string {
    return Token.asString(this);
  }
}

/** An expression as the string that arguments of cdktf's constructs take. */
export function expression(source: string): string {
  return new TerraformExpression(source).toString();
}
