import { STACK_MARK, StackKind, stackMark } from "../../modules/sections/stack-kinds";

/** `variable` of a `cdk.tf.json`, and `configuration.root_module.variables` of a plan, by which a stack says what it is. */
export function marked(kind: StackKind, environment: string): Record<string, unknown> {
  return { [STACK_MARK]: { default: { ...stackMark(kind, environment) } } };
}
