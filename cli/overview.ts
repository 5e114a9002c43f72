import type { Overview } from "../modules/sections/overview";
import { heading, paint, table } from "./output";
import { KEYLESS } from "../modules/kernel/command";
import { listed } from "../modules/kernel/words";
import { count } from "../modules/kernel/words";

/** An overview as text, readable at a glance. */
export function renderOverview(
  view: Overview,
  stacks: readonly { readonly name: string; readonly resources: number }[],
): string {
  const { breakGlass, credentialHygiene, hcp, pipeline, workloadIdentity } = view;
  const covered = (n: number, of: number): string => (n === of ? paint.green(`${n} of ${of}`) : `${n} of ${of}`);
  return [
    `${heading(view.environment)}  ${view.organizationId}: ${count(view.activeAccounts, "active account")} in ${count(view.organizationalUnits, "OU")}${view.inactiveAccounts > 0 ? `, ${view.inactiveAccounts} not active (left alone)` : ""}`,
    paint.dim(
      `Planned: true after an apply, for the accounts of organization.yaml. What AWS has now: ${KEYLESS} verify ${view.environment}`,
    ),
    "",
    heading("Stacks"),
    table(
      ["stack", "resource blocks"],
      stacks.map((stack) => [stack.name, String(stack.resources)]),
    ),
    "",
    heading("Guardrails"),
    renderGuardrails(view, covered),
    "",
    heading("People"),
    view.people.length === 0
      ? "Identity Center is not managed here"
      : table(
          ["permission set", "group", "accounts", "in"],
          view.people.map((p) => [p.permissionSet, p.group, String(p.accounts), p.organizationalUnits.join(", ")]),
        ),
    "",
    heading("Workloads"),
    workloadIdentity ? renderWorkloads(workloadIdentity) : "not managed here",
    "",
    heading("Pipeline"),
    pipeline ? renderPipeline(pipeline) : "not managed here",
    ...(hcp ? ["", heading("HCP Terraform"), renderHcp(hcp)] : []),
    "",
    heading("Break glass"),
    pairs([
      ["users", `${breakGlass.users.map((u) => u.name).join(", ")} in ${breakGlass.homeAccount}, no access keys`],
      [
        "role",
        `${breakGlass.role} planned in ${covered(breakGlass.accountsCovered, view.activeAccounts)} accounts, MFA at most ${breakGlass.mfaMaxAgeMinutes} minutes old, session 1 hour`,
      ],
      ["from", breakGlass.sourceNetworks.join(", ") || "any network"],
      [
        "future accounts",
        breakGlass.rollout === "stackset"
          ? "the StackSet brings the role minutes after an account joins; guardrails bind at once"
          : `covered after ${KEYLESS} sync and the next apply`,
      ],
      ["alarms", `${count(breakGlass.alarmRegions, "region")} watched, ${count(breakGlass.subscribers, "subscriber")}`],
    ]),
    "",
    heading("Credential hygiene"),
    credentialHygiene ? renderCredentialHygiene(credentialHygiene) : "not managed here",
  ].join("\n");
}

function renderPipeline({ runsIn, plan, apply, sections, memberPlanRole }: NonNullable<Overview["pipeline"]>): string {
  return pairs([
    ["runs in", `${runsIn}, no access key`],
    ["plans", `${someOf(plan.subjects)} as ${plan.role}, reads only; member accounts as ${memberPlanRole}`],
    [
      "applies",
      apply
        ? `${someOf(apply.subjects)} as ${apply.role}, which becomes ${sections.map(({ role }) => role).join(", ")}`
        : sections.map(({ role, subjects }) => `${someOf(subjects)} as ${role}`).join("; "),
    ],
    ["a person applies", "break glass and the pipeline itself"],
  ]);
}

function renderHcp(hcp: NonNullable<Overview["hcp"]>): string {
  return pairs([
    [
      "workspaces",
      `${hcp.workspaces} in ${hcp.organization}/${hcp.project} at ${hcp.hostname}, applied by a person before the stacks`,
    ],
    [
      "runs",
      hcp.runsOn
        ? `${hcp.workspaces - hcp.stateOnly} on ${hcp.runsOn} with Terraform ${hcp.terraformVersion}, each apply confirmed by a person; ${count(hcp.stateOnly, "workspace")} for the state only`
        : "none there: the state only",
    ],
    ...(hcp.runsOn
      ? [
          [
            "tells",
            `${count(hcp.notified, "member")} of runs that wait or failed${hcp.driftDetection ? ", and of drift" : ""}`,
          ] as const,
        ]
      : []),
    ...(hcp.teams.length > 0
      ? [["teams", hcp.teams.map(({ name, access }) => `${name} (${access})`).join(", ")] as const]
      : []),
    ...(hcp.runTasks.length > 0 ? [["run tasks", hcp.runTasks.join(", ")] as const] : []),
  ]);
}

/** Patterns first: they are what a reader has to know of. */
function someOf(subjects: readonly string[]): string {
  const pattern = /[*?]/;
  const names = [...subjects.filter((name) => pattern.test(name)), ...subjects.filter((name) => !pattern.test(name))];
  return listed(names, 4, 3);
}

function renderWorkloads(summary: NonNullable<Overview["workloadIdentity"]>): string {
  return [
    table(
      ["workload", "account", "comes with", "session", "may"],
      summary.workloads.map((w) => [
        w.name,
        w.account,
        w.comesWith,
        count(w.sessionMinutes, "minute"),
        w.policies.join(", ") || "nothing",
      ]),
    ),
    ...(summary.trustAnchors.length > 0
      ? [
          pairs(
            summary.trustAnchors.map((anchor) => [
              `trust anchor ${anchor.name}`,
              `${anchor.account}, ${anchor.region}: ${anchor.source}`,
            ]),
          ),
        ]
      : []),
  ].join("\n");
}

function renderGuardrails(view: Overview, covered: (n: number, of: number) => string): string {
  if (view.guardrails.length === 0) return "none: nothing is denied";
  const named = (places: readonly string[]): string => listed(places, 6, 5) || "-";
  const observes = view.guardrails.some((g) => g.observedIn.length > 0);
  const loosened = view.guardrails.flatMap((g) => g.loosened.map((one) => ({ ...one, id: g.id })));
  const shown = view.quotas.slice(0, 5);
  return [
    table(
      ["guardrail", "member accounts", "enforced in", ...(observes ? ["observed in"] : [])],
      view.guardrails.map((g) => [
        g.id,
        covered(g.accountsBound, view.memberAccounts),
        named(g.places),
        ...(observes ? [named(g.observedIn)] : []),
      ]),
    ),
    ...(loosened.length === 0
      ? []
      : [
          "",
          table(
            ["less strict", "mode", "in", "because"],
            loosened.map((one) => [one.id, one.mode, named(one.places), one.reason]),
          ),
        ]),
    ...(view.exceptions.length === 0
      ? []
      : [
          "",
          table(
            ["exception", "until", "principals", "from", "owner"],
            view.exceptions.map((one) => [
              one.name,
              one.expires,
              one.principals.length === 1 ? one.principals[0]! : count(one.principals.length, "principal"),
              one.guardrails.join(", "),
              one.owner,
            ]),
          ),
        ]),
    ...(view.policies.length === 0
      ? []
      : [
          "",
          table(
            ["policy", "attached to", "characters"],
            view.policies.map((p) => [p.name, named(p.places), `${p.characters} of ${p.charactersAllowed}`]),
          ),
        ]),
    ...(shown.length === 0
      ? []
      : [
          "",
          table(
            ["fullest places", "ours", "others", "allowed", "characters of ours"],
            shown.map((q) => [
              `${q.place}${q.type === "RCP" ? " (RCPs)" : ""}`,
              String(q.ours),
              String(q.others),
              String(q.allowed),
              String(q.characters),
            ]),
          ),
        ]),
  ].join("\n");
}

function renderCredentialHygiene(summary: NonNullable<Overview["credentialHygiene"]>): string {
  const { alarms } = summary;
  return [
    table(
      ["rule", "finds"],
      summary.rules.map((rule) => [rule.name, rule.finds]),
    ),
    pairs([
      [
        "analyzer",
        summary.analyzerUnusedDays === undefined
          ? "none"
          : `access unused for ${count(summary.analyzerUnusedDays, "day")}`,
      ],
      [
        "alarms",
        `${count(alarms.apiCalls, "API call")} that make or revive a credential, in every account, ${alarms.regions.join(", ")}; ${count(alarms.subscribers, "subscriber")}`,
      ],
      ["roles", `${summary.roles.join(" and ")} in every account`],
      ["remediation", summary.remediation],
      ...(summary.excludedAccounts > 0 ? [["left out", count(summary.excludedAccounts, "account")] as const] : []),
    ]),
  ].join("\n");
}

/** A table without a heading. */
function pairs(rows: readonly (readonly [string, string])[]): string {
  return table(["", ""], rows).split("\n").slice(1).join("\n");
}
