import {
  DescribePolicyCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  paginateListPolicies,
} from "@aws-sdk/client-organizations";
import type { Around } from "../local/front";
import { chainOf, type OrganizationTree } from "../modules/organization/tree";
import { compile, evaluate, FULL_AWS_ACCESS, type PolicyRequest } from "../modules/policy/evaluate";
import { policyDocument } from "../modules/policy/document";
import type { PolicyDocument } from "../modules/policy/types";
import { findGuardrail } from "../modules/sections/guardrails/catalogue/guardrails";
import { type GuardrailsState, modeOf } from "../modules/sections/guardrails/resolve";
import type { GuardrailCase } from "../modules/sections/guardrails/types";

const TYPES = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const;

interface AttachedPolicy {
  readonly name: string;
  readonly type: (typeof TYPES)[number];
  readonly content: string;
}

/** SCPs and RCPs that AWS does not manage, by id of the place they are attached to, as AWS answers at one moment. */
export type Attached = ReadonlyMap<string, readonly AttachedPolicy[]>;

/** What is attached after one write. */
export interface Moment {
  readonly after: string;
  readonly attached: Attached;
}

const WRITES = new Set(["AttachPolicy", "DetachPolicy", "CreatePolicy", "UpdatePolicy", "DeletePolicy"]);

/**
 * One write of policies at a time, and a look at everything that is attached after each. New attachments are slow to come, so that
 * nothing is in order by chance.
 */
export class CoverageWatch {
  moments: Moment[] = [];
  /** Of the local AWS that this stands around. Nothing is looked at while there is none. */
  client: OrganizationsClient | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  readonly around: Around = (request, answer) => {
    const { client } = this;
    if (client === undefined || request.service !== "organizations" || !WRITES.has(request.operation)) return answer();
    const slow =
      request.operation === "AttachPolicy" || request.operation === "CreatePolicy"
        ? new Promise((resolve) => setTimeout(resolve, 150))
        : Promise.resolve();
    return slow.then(() => {
      const turn = this.#queue.then(async () => {
        const response = await answer();
        this.moments.push({
          after:
            `${request.operation} ${String(request.input["Name"] ?? request.input["PolicyId"])} ${String(request.input["TargetId"] ?? "")}`.trim(),
          attached: await readAttached(client),
        });
        return response;
      });
      this.#queue = turn.catch(() => undefined);
      return turn;
    });
  };
}

export async function readAttached(client: OrganizationsClient): Promise<Attached> {
  const found = new Map<string, AttachedPolicy[]>();
  for (const type of TYPES)
    for await (const { Policies } of paginateListPolicies({ client }, { Filter: type })) {
      for (const { Id, Name, AwsManaged } of Policies ?? []) {
        if (AwsManaged) continue;
        const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: Id! }));
        const { Targets } = await client.send(new ListTargetsForPolicyCommand({ PolicyId: Id! }));
        for (const { TargetId } of Targets ?? [])
          found.set(TargetId!, [...(found.get(TargetId!) ?? []), { name: Name!, type, content: Policy!.Content! }]);
      }
    }
  return found;
}

/** Guardrails that are enforced in all of the states and of which a case is not denied at this moment, by account. */
export function unbound(
  tree: OrganizationTree,
  states: readonly GuardrailsState[],
  attached: Attached,
): readonly string[] {
  const known = new Map<string, readonly string[]>();
  return tree.accounts.flatMap((account) => {
    const levels = chainOf(tree, account).map((id) => attached.get(id) ?? []);
    const enforced = states[0]!.rollouts
      .map((rollout) => rollout.guardrail)
      .filter((id) => states.every((state) => modeOf(state, id, account.id) === "enforce"));
    const key = JSON.stringify([levels, enforced]);
    const found = known.get(key) ?? enforced.filter((id) => !binds(id, states[0]!, levels));
    known.set(key, found);
    return found.map((id) => `${id} does not bind ${account.name}`);
  });
}

/** Whether every case that a guardrail denies is denied by what is attached. */
function binds(id: string, { context }: GuardrailsState, levels: readonly (readonly AttachedPolicy[])[]): boolean {
  const guardrail = findGuardrail(id)!;
  const wanted = guardrail.policyType ?? "SERVICE_CONTROL_POLICY";
  const denied = guardrail.cases(context).filter((one) => one.expected === "denied");
  if (denied.length === 0) throw new Error(`${id} has no case that it denies.`);
  const chain = levels.map((level) => [
    wanted === "RESOURCE_CONTROL_POLICY" ? RCP_FULL_ACCESS : FULL_AWS_ACCESS,
    ...level
      .filter(({ type }) => type === wanted)
      .map(({ name, content }) => ({ name, document: JSON.parse(content) as PolicyDocument })),
  ]);
  const policies = compile(wanted === "RESOURCE_CONTROL_POLICY" ? { rcps: chain, resource: TRUST } : { scps: chain });
  return denied.every((one) => evaluate(caseRequest(one), policies).decision === "denied");
}

const RCP_FULL_ACCESS = {
  name: "RCPFullAWSAccess",
  document: policyDocument([{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }]),
};
/** A role that lets everybody in: what is denied is denied by an RCP. */
const TRUST = {
  name: "trust",
  document: policyDocument([
    { Effect: "Allow", Principal: "*", Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"] },
  ]),
};

/** A case of a guardrail as a request. Keys that a case does not name are not in it. */
export function caseRequest(of: GuardrailCase): PolicyRequest {
  const type =
    of.context?.["aws:AssumedRoot"] === "true"
      ? "assumedRoot"
      : of.principal.endsWith(":root")
        ? "root"
        : of.principal.includes(":user/")
          ? "user"
          : "role";
  return {
    principal: { type, arn: of.principal },
    action: of.action,
    resource: of.resource,
    context: { ...of.context },
    unlistedKeys: "absent",
  };
}
