import { stringify } from "yaml";
import { TO_FILL_IN } from "../../config/to-fill-in";
import { NO_EXCEPTIONS } from "../../sections/guardrails/exceptions/resolve";
import type { GuardrailsState } from "../../sections/guardrails/resolve";
import { findGuardrail } from "../../sections/guardrails/catalogue/guardrails";
import type { ImpactCall } from "./types";

/** An exact ARN and nothing else: names in logs are other people's, and this goes into a file. */
const PRINCIPAL = /^arn:aws:iam::(\d{12}):(role|user)(\/(?:[!-.0-~]+\/)*)([\w+=,.@-]{1,64})$/;
const PERMISSION_SET_ROLE = /^\/aws-reserved\/sso\.amazonaws\.com\/(?:[a-z0-9-]+\/)?$/;
const PERMISSION_SET = /^AWSReservedSSO_([\w+=,.@-]{1,32})_[0-9a-f]{16}$/;
const DEFAULT_DAYS = 90;
/** Whoever needs more exceptions than this needs another plan. */
const MOST = 50;

/** Exceptions that would let through what would be denied, as YAML for `baseline.yaml`; nothing where there is none to suggest. The calls come most frequent first. */
export function suggestedExceptions(
  calls: readonly ImpactCall[],
  state: GuardrailsState,
  at: string,
): string | undefined {
  const wanted = new Map<
    string,
    {
      readonly name: string;
      readonly principal: unknown;
      readonly accounts: Set<string>;
      readonly guardrails: Set<string>;
    }
  >();
  const more = new Set<string>();
  for (const call of calls) {
    if (call.decision !== "denied" || call.coveredBy.length > 0 || call.calls === 0) continue;
    if (
      NO_EXCEPTIONS.includes(call.guardrail) ||
      findGuardrail(call.guardrail)?.policyType === "RESOURCE_CONTROL_POLICY"
    )
      continue;
    const match = PRINCIPAL.exec(call.principal);
    if (!match) continue;
    const [, account = "", kind = "", path = "", name = ""] = match;
    const permissionSet = PERMISSION_SET_ROLE.test(path) ? PERMISSION_SET.exec(name)?.[1] : undefined;
    if (path.startsWith("/aws-reserved/") && permissionSet === undefined) continue;
    const key = permissionSet === undefined ? call.principal : `permission set ${permissionSet}`;
    if (!wanted.has(key) && wanted.size >= MOST) {
      more.add(key);
      continue;
    }
    const entry = wanted.get(key) ?? {
      name: stableName(permissionSet ?? `${name}-${account}`),
      principal: permissionSet === undefined ? `arn:aws:iam::${account}:${kind}${path}${name}` : { permissionSet },
      accounts: new Set<string>(),
      guardrails: new Set<string>(),
    };
    if (permissionSet !== undefined) entry.accounts.add(call.account.id);
    entry.guardrails.add(call.guardrail);
    wanted.set(key, entry);
  }
  if (wanted.size === 0) return undefined;
  const expires = new Date(Date.parse(at) + DEFAULT_DAYS * 86_400_000).toISOString().slice(0, 10);
  const taken = new Set(state.exceptions.map((exception) => exception.name));
  const exceptions = [...wanted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { name, principal, accounts, guardrails }]) => ({
      name: free(name, taken),
      principal,
      ...(accounts.size > 0 ? { accounts: [...accounts].sort().map((account) => ({ account })) } : {}),
      guardrails: [...guardrails].sort(),
      owner: `${TO_FILL_IN}: the team that answers for it`,
      reason: `${TO_FILL_IN}: why it is needed, and what will replace it`,
      expires,
    }));
  const text = stringify({ guardrails: { exceptions } }, { lineWidth: 0, aliasDuplicateObjects: false });
  return more.size === 0 ? text : `${text}# ${more.size} more principals, which call less often, are not listed.\n`;
}

/** Lower-case letters, digits and dashes. */
function stableName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return name === "" ? "exception" : name.slice(0, 60);
}

function free(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let n = 2; taken.has(candidate); n++) candidate = `${name}-${n}`;
  taken.add(candidate);
  return candidate;
}
