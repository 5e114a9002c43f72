import type { Deciding, DecidingCondition, Verdict } from "./types";
import { listed } from "../../kernel/words";

/** A verdict in plain words, one line for each thing that decides. */
export function explain(verdict: Verdict): string {
  const lines = verdict.deciding.map((d) => `  ${line(d, verdict)}`);
  return [`${HEADS[verdict.kind]}${lines.length > 0 ? ":" : "."}`, ...lines].join("\n");
}

const HEADS: Readonly<Record<Verdict["kind"], string>> = {
  "explicit-allow": "Allowed",
  "explicit-deny": "Denied by a statement",
  "implicit-deny": "Denied, because nothing allows it",
  unknown: "Not known",
};

const LAYERS: Readonly<Record<Deciding["layer"], string>> = {
  scp: "SCP",
  rcp: "RCP",
  identity: "identity policy",
  boundary: "permissions boundary",
  session: "session policy",
  resource: "resource policy",
};

const MISSING: Readonly<Record<Deciding["layer"], string>> = {
  scp: "no SCP",
  rcp: "no RCP",
  identity: "no identity policy",
  boundary: "no permissions boundary",
  session: "no session policy",
  resource: "no resource policy was given, and the answer depends on it",
};

function line(deciding: Deciding, verdict: Verdict): string {
  const level =
    deciding.level === undefined
      ? ""
      : ` at ${deciding.level === 0 ? "the root" : `level ${deciding.level} below the root`}`;
  if (deciding.statement === undefined) {
    if (deciding.policy === "") return `${MISSING[deciding.layer]}${level}`;
    const allows = verdict.kind === "unknown" ? "may or may not allow it" : "does not allow it";
    return `${LAYERS[deciding.layer]}${level}: ${deciding.policy} ${allows}`;
  }
  const sid = deciding.sid === undefined ? "" : ` (${deciding.sid})`;
  const head = `${LAYERS[deciding.layer]} ${deciding.policy}${level}, statement ${deciding.statement}${sid}, ${verb(deciding, verdict)}`;
  const conditions = [
    ...(deciding.binds === "unknown" ? ["whether RCPs reach this service is not certain"] : []),
    ...relevant(deciding.conditions, deciding, verdict).map(condition),
  ];
  return conditions.length === 0 ? head : `${head}: ${conditions.join("; ")}`;
}

function verb({ effect, conditions }: Deciding, { kind }: Verdict): string {
  const does = effect === "Deny" ? "denies" : "allows";
  if (kind === "unknown") return `${does} it or not`;
  if (kind !== "implicit-deny")
    return conditions.length === 0 ? `${does} it` : `${does} it, because its conditions hold`;
  return "would allow it, but a condition does not hold";
}

/** Those that hold explain a statement that takes effect; those that do not explain one that does not. */
function relevant(
  conditions: readonly DecidingCondition[],
  deciding: Deciding,
  { kind }: Verdict,
): readonly DecidingCondition[] {
  if (kind === "implicit-deny") return conditions.filter((c) => c.result !== "true");
  return kind === "unknown" && deciding.effect !== undefined
    ? conditions.filter((c) => c.result === "unknown")
    : conditions;
}

function condition({ operator, key, values, result }: DecidingCondition): string {
  return `${operator} ${key} [${listed(values, 3)}] is ${result === "unknown" ? "not known" : result}`;
}
