import { exemptPatterns } from "./exempt-principals";
import { globsMeet, HEX } from "./glob";
import { permissionSetNames, permissionSetRole } from "./principals";
import type { AttachedDocument, Counterexample, ProofInput } from "./types";
import { defined } from "../kernel/optional";

/** Any hash that Identity Center may put behind a name. */
const ANY_HASH = HEX.repeat(16);

/**
 * Permission sets whose role falls under a pattern that was written for another. The hash in a role's name is Identity Center's, so
 * every possible one counts. A pattern that names one set, and wildcards for the hash alone, is meant for that set.
 */
export function permissionSetCounterexamples(
  input: ProofInput,
  policies: readonly AttachedDocument[],
): readonly Counterexample[] {
  const { tree, organization } = input.environment;
  const account = tree.accounts.find((one) => one.id !== organization.managementAccountId);
  const sets = permissionSetNames(input);
  if (!account || sets.length === 0) return [];
  const spared = policies
    .filter((policy) => policy.ours)
    .flatMap((policy) =>
      exemptPatterns([policy.document]).map((pattern) => ({
        pattern,
        from: `the SCP ${policy.name}`,
        policy: policy.name,
        may: "do what the SCP denies",
      })),
    );
  const trusted = (input.credentialHygiene?.access.retirementPrincipals ?? []).map((pattern) => ({
    pattern,
    from: "credentialHygiene.retirement.principals",
    policy: undefined,
    may: "become KeylessRetirement, which guardrails spare",
  }));
  const found = new Map<string, Counterexample>();
  for (const { pattern, from, policy, may } of [...spared, ...trusted]) {
    const [, , , , field = "", resource = ""] = splitArn(pattern);
    // A pattern for one account speaks of that account's role; for any, of every account's.
    const where = tree.accountById.get(field) ?? account;
    for (const name of sets) {
      const role = permissionSetRole(input, name, where.id, ANY_HASH);
      if (meantFor(resource) === name || !globsMeet(pattern, role)) continue;
      const shown = role.replaceAll(HEX, "?");
      const id = `exemptions-hold/(root)/permission-set/permission set ${name} under ${pattern}`;
      found.set(id, {
        id,
        proof: "exemptions-hold",
        place: "(root)",
        account: { id: where.id, name: where.name },
        accounts: 1,
        principal: { kind: "permission-set", name: `permission set ${name}`, arn: shown },
        action: "sts:AssumeRoleWithSAML",
        resource: shown,
        expected: "denied",
        decision: "allowed",
        context: {},
        because: `The role of this permission set falls under ${pattern}, which ${from} spares.`,
        otherwise: `Whoever is assigned the permission set ${name} can ${may}.`,
        alsoFor: [],
        alsoActions: [],
        ...defined({ policy }),
      });
    }
  }
  return [...found.values()];
}

function splitArn(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** The permission set that a pattern names: everything between the prefix and the hash, where only the hash is a wildcard. */
function meantFor(resource: string): string | undefined {
  const match = /AWSReservedSSO_([^*?]+)_[*?]+$/.exec(resource);
  return match?.[1];
}
