import { compileStatement, CompiledStatement, Layer } from "./statements";
import type { Deciding, NamedPolicy, PolicySet } from "./types";
import { FALSE, TRUE, Truth } from "./truth";

/** The policies of one layer; of SCPs and RCPs those of one level of the chain. */
export interface Group {
  readonly layer: Layer;
  /** SCPs and RCPs: the position in the chain; 0 is the root. */
  readonly level: number | undefined;
  readonly names: readonly string[];
  readonly statements: readonly { readonly policy: string; readonly statement: CompiledStatement }[];
}

/** A statement that speaks of an action. */
export interface Candidate {
  readonly group: Group;
  readonly policy: string;
  readonly statement: CompiledStatement;
  /** `UNKNOWN` where AWS does not say whether its pattern matches the action. */
  readonly action: Truth;
  /** How it is named in a verdict that it decides, all its conditions holding. Made when it is needed first. */
  decides: Deciding | undefined;
}

export interface GroupPlan {
  readonly group: Group;
  readonly allows: readonly Candidate[];
  /** The first statement that allows the action whatever the rest of the request is. */
  readonly certain: Candidate | undefined;
}

/** What a set of policies holds for one action. */
export interface ActionPlan {
  readonly denies: readonly Candidate[];
  readonly scps: readonly GroupPlan[];
  readonly identity: GroupPlan | undefined;
  readonly boundary: GroupPlan | undefined;
  readonly session: GroupPlan | undefined;
  readonly resource: GroupPlan | undefined;
  /** What it costs to put a request to it. */
  readonly weight: number;
}

/** Plans kept for each set; names of actions may come from outside, so there is an end to it. */
const PLANS_KEPT = 4096;

/**
 * Policies made ready for many requests. Which statements speak of an action depends on nothing else of the request, so it is found
 * out once for each action: afterwards a request costs no more than the few statements that could matter.
 */
export class CompiledSet {
  private readonly groups: readonly Group[];
  private readonly plans = new Map<string, ActionPlan>();

  constructor(readonly source: PolicySet) {
    const { scps, rcps, identity, boundary, session, resource } = source;
    this.groups = [
      ...(scps ?? []).map((policies, level) => group("scp", level, policies)),
      ...(rcps ?? []).map((policies, level) => group("rcp", level, policies)),
      ...(identity ? [group("identity", undefined, identity)] : []),
      ...(boundary ? [group("boundary", undefined, [boundary])] : []),
      ...(session ? [group("session", undefined, session)] : []),
      ...(resource ? [group("resource", undefined, [resource])] : []),
    ];
  }

  /**
   * What a request with an action costs, in values that are compared; more when it is the first with it.
   *
   * @param action in lower case
   */
  weight(action: string): number {
    return (
      (this.plans.has(action)
        ? 0
        : this.groups.reduce(
            (sum, { statements }) => sum + statements.reduce((all, { statement }) => all + statement.actionWeight, 0),
            0,
          )) + this.plan(action).weight
    );
  }

  /** @param action in lower case */
  plan(action: string): ActionPlan {
    let plan = this.plans.get(action);
    if (!plan) {
      if (this.plans.size >= PLANS_KEPT) this.plans.clear();
      plan = this.makePlan(action);
      this.plans.set(action, plan);
    }
    return plan;
  }

  private makePlan(action: string): ActionPlan {
    const denies: Candidate[] = [];
    const allows = this.groups.map((g): GroupPlan => {
      const found: Candidate[] = [];
      for (const { policy, statement } of g.statements) {
        const truth = statement.action(action);
        if (truth === FALSE) continue;
        (statement.effect === "Deny" ? denies : found).push({
          group: g,
          policy,
          statement,
          action: truth,
          decides: undefined,
        });
      }
      return { group: g, allows: found, certain: found.find((c) => c.statement.always && c.action === TRUE) };
    });
    const one = (layer: Layer): GroupPlan | undefined => allows.find((plan) => plan.group.layer === layer);
    return {
      denies,
      scps: allows.filter((plan) => plan.group.layer === "scp"),
      identity: one("identity"),
      boundary: one("boundary"),
      session: one("session"),
      resource: one("resource"),
      weight: [...denies, ...allows.flatMap((plan) => plan.allows)].reduce(
        (sum, { statement }) => sum + statement.weight,
        0,
      ),
    };
  }
}

function group(layer: Layer, level: number | undefined, policies: readonly NamedPolicy[]): Group {
  return {
    layer,
    level,
    names: policies.map((policy) => policy.name),
    statements: policies.flatMap((policy) =>
      compilePolicy(policy, layer).map((statement) => ({ policy: policy.name, statement })),
    ),
  };
}

/** Chains share most of their policies. */
const compiledPolicies = new WeakMap<object, Map<Layer, readonly CompiledStatement[]>>();

function compilePolicy({ document }: NamedPolicy, layer: Layer): readonly CompiledStatement[] {
  const layers = compiledPolicies.get(document) ?? new Map<Layer, readonly CompiledStatement[]>();
  compiledPolicies.set(document, layers);
  const known = layers.get(layer);
  if (known) return known;
  // A policy that AWS returns may hold one statement without a list around it.
  const list = (
    Array.isArray(document.Statement) ? document.Statement : [document.Statement]
  ) as typeof document.Statement;
  const compiled = list.map((statement, i) => compileStatement(statement, i, layer, document.Version));
  layers.set(layer, compiled);
  return compiled;
}
