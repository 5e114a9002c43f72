import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import type { App } from "cdktf";
import { BaselineStack } from "../../../../stacks/baseline-stack";
import type { EnvironmentStack } from "../../../../stacks/environment-stack";
import type { StackKind } from "../../../../modules/sections/sections";
import type { TargetState } from "../../../../modules/sections/target-state";

/** What `stacks/toy.ts` would be. */
export function addStacks(
  app: App,
  { settings, toy }: TargetState & { readonly toy: { readonly topic: string; readonly managementAccountId: string } },
): readonly EnvironmentStack[] {
  const stack = new BaselineStack(app, {
    settings,
    name: "toy",
    kind: "toy" as StackKind,
    accountId: toy.managementAccountId,
  });
  new SnsTopic(stack, "topic", { name: toy.topic });
  return [stack];
}
