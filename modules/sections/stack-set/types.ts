import type { CloudFormationTemplate } from "../alarms/template";

/** A service-managed StackSet as it is to be. Plain data. */
export interface ServiceManagedStackSet {
  readonly name: string;
  readonly description: string;
  readonly template: CloudFormationTemplate;
  /** Ids of the root or of OUs. */
  readonly targetIds: readonly string[];
  readonly regions: readonly string[];
  /** Member accounts to leave out. @default - none */
  readonly excludedAccountIds?: readonly string[];
  /**
   * The only accounts that are meant below the targets. Then nothing is deployed to accounts that join.
   * @default - all, those that join included
   */
  readonly onlyAccountIds?: readonly string[];
}
