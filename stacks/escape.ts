import {
  DefaultTokenResolver,
  IPostProcessor,
  IResolvable,
  IResolveContext,
  StringConcat,
  TerraformElement,
  TerraformStack,
  Tokenization,
} from "cdktf";
import { BaselineError } from "../modules/kernel/errors";
import { TerraformExpression } from "../modules/sections/expression";

/**
 * The one escape that every string of a synthesized stack passes. Terraform evaluates `${…}` and `%{…}` in every string of
 * `cdk.tf.json`, keys of maps too; a name, a tag or a certificate is text and must stay text.
 *
 * It is the other way round from escaping what is dangerous: everything is escaped, and only references of cdktf's own and our
 * `TerraformExpression`s are put back. They are told from text by their class before they become text, so that a string in the
 * input that looks like a reference is escaped as well, and a field that nobody thought of cannot be forgotten.
 *
 * https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 */

/** Stands for an expression while a stack is put together: noncharacters of Unicode, which no text may hold (`refuseMarkers`). */
const OPEN = "\ufdd0";
const CLOSE = "\ufdd1";
const PLACEHOLDER = new RegExp(`${OPEN}(\\d+)${CLOSE}`, "g");

/** A reference to a resource, a data source or a variable: `${aws_iam_role.role_plan.name}`. */
const REFERENCE = /^\$\{[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+\}$/;

/** Escapes text for a string in Terraform JSON, where `${` and `%{` begin a template. */
export function escapeText(text: string): string {
  // Functions, because `$$` in a replacement text means one dollar sign.
  return text.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");
}

/** Resolves tokens; what is an expression becomes a placeholder. */
class HidingResolver extends DefaultTokenResolver {
  constructor(private readonly expressions: string[]) {
    super(new StringConcat());
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    const value: unknown = super.resolveToken(token, context, postProcessor);
    if (typeof value !== "string" || !isExpression(token, value)) return value;
    return `${OPEN}${this.expressions.push(value) - 1}${CLOSE}`;
  }
}

/** cdktf's references are an internal class of it; they alone carry the stack that they come from. */
function isExpression(token: IResolvable, value: string): boolean {
  if (token instanceof TerraformExpression) return true;
  const { originStack } = token as { readonly originStack?: unknown };
  return originStack !== undefined && TerraformStack.isStack(originStack) && REFERENCE.test(value);
}

/**
 * The JSON of a stack, with every string escaped but for its expressions.
 *
 * @param toTerraform cdktf's own method, which puts the elements together
 */
export function escapedStack(stack: TerraformStack, toTerraform: () => unknown): unknown {
  const expressions: string[] = [];
  const resolver = new HidingResolver(expressions);
  const elements = stack.node.findAll().filter((node) => TerraformElement.isTerraformElement(node));
  for (const element of elements) {
    const original = element.toTerraform.bind(element);
    element.toTerraform = () =>
      Tokenization.resolve(original(), { scope: element, resolver, preparing: false }) as unknown;
  }
  try {
    return eachText(toTerraform(), (text) =>
      escapeText(text).replace(PLACEHOLDER, (_, index: string) => expressions[Number(index)]!),
    );
  } finally {
    // What stands on the object itself goes; the class's method is there again.
    for (const element of elements) Reflect.deleteProperty(element, "toTerraform");
  }
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((member) => eachText(member, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [change(key), eachText(member, change)]));
}

/** What cdktf takes for a token of its own, and our placeholders: neither may come from outside. */

const MARKER = /TfToken\[|[\ufdd0\ufdd1\u0000]/;

/** cdktf hides tokens in numbers of this size: https://github.com/hashicorp/terraform-cdk/blob/main/packages/cdktf/lib/tokens/private/encoding.ts */
const LARGEST_NUMBER = Number.MAX_SAFE_INTEGER;

/** Refuses a target state with text or numbers that cdktf would take for a token: a token stands for a value, and this one for somebody else's. */
export function refuseMarkers(state: unknown, path: readonly string[] = []): void {
  if (typeof state === "string") {
    if (MARKER.test(state)) throw marked(path, JSON.stringify(state.slice(0, 60)));
  } else if (typeof state === "number") {
    if (Math.abs(state) > LARGEST_NUMBER) throw marked(path, String(state));
  } else if (state instanceof Map || state instanceof Set) {
    refuseMarkers([...state], path);
  } else if (state !== null && typeof state === "object") {
    for (const [key, member] of Object.entries(state)) {
      refuseMarkers(key, path);
      refuseMarkers(member, [...path, key]);
    }
  }
}

function marked(path: readonly string[], value: string): BaselineError {
  return new BaselineError([
    {
      code: "SYNTH-MARKER",
      message: `${path.join(".")}: ${value} has a text or a number that the synthesizer keeps for itself.`,
      fix: "Take it out of baseline.yaml, organization.yaml or the file it comes from: TfToken[, U+FDD0, U+FDD1, U+0000 and numbers above 2^53 cannot be used.",
    },
  ]);
}
