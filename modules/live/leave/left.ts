import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { uniqueSorted } from "../../kernel/lists";
import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import { LOOKS } from "../existing/by-name";
import { readAccounts } from "../existing/read";
import { wantedThings } from "../existing/wanted";

export interface Left {
  /** When AWS was read last, ISO 8601 in UTC. */
  readonly at: string;
  /** Names that were looked for. */
  readonly names: number;
  /** Types of Terraform that were looked for, sorted. */
  readonly types: readonly string[];
  /** What is still there, or could not be read, each as a sentence without a full stop. */
  readonly found: readonly string[];
}

export interface LeftOptions {
  /** Full names of stacks and addresses that were to stay. */
  readonly letGo: ReadonlySet<string>;
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly now: () => Date;
}

/**
 * Looks in AWS, by name, for everything that an environment makes: what Terraform has reported as deleted, and what StackSets make in member
 * accounts. A thing with another environment's tag is that environment's. Reads only.
 */
export async function lookForLeft(environment: Environment, state: TargetState, options: LeftOptions): Promise<Left> {
  const { settings } = state;
  const wanted = wantedThings(state, environment.tree).filter(
    ({ type, stack, address = "" }) =>
      LOOKS[type] !== undefined && !options.letGo.has(`${settings.environment}-${stack} ${address}`),
  );
  return withAwsProblems(async () => {
    const session = await managementSession({ region: settings.region, ...options.access }, settings.managementRole);
    const { things, notRead } = await readAccounts({
      session,
      memberRole: settings.memberRole,
      facts: environment.organization,
      wanted,
      now: options.now,
    });
    return {
      at: `${options.now().toISOString().slice(0, 19)}Z`,
      names: wanted.length,
      types: Object.keys(LOOKS).sort(),
      found: uniqueSorted([
        ...things
          .filter(({ tags }) => [undefined, settings.environment].includes(tags[ENVIRONMENT_TAG]))
          .map(
            ({ type, name, accountId, region, tags }) =>
              `${type} ${name} is in ${accountId}${region === undefined ? "" : `, ${region}`}${
                tags[ENVIRONMENT_TAG] === undefined ? ", without this environment's tag" : ""
              }`,
          ),
        ...notRead.map(({ accountId, what, why }) => `${what} in ${accountId} could not be read: ${why}`),
      ]),
    };
  });
}
