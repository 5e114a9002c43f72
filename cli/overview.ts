import { KEYLESS } from "../modules/kernel/command";
import { count } from "../modules/kernel/words";
import { type Overview, sectionViews } from "../modules/sections/overview";
import type { ViewPart, ViewText } from "../modules/sections/view";
import { heading, paint, table } from "./output";

/** An overview as text, readable at a glance. */
export function renderOverview(
  view: Overview,
  stacks: readonly { readonly name: string; readonly resources: number }[],
): string {
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
    ...sectionViews(view).flatMap(({ title, parts }) => ["", heading(title), parts.flatMap(rendered).join("\n\n")]),
  ].join("\n");
}

function rendered(part: ViewPart): readonly string[] {
  if (part === undefined) return [];
  if (typeof part === "string") return [part];
  if ("pairs" in part) {
    const rows = part.pairs.map(([name, text]) => [name, painted(text)]);
    return [table(["", ""], rows).split("\n").slice(1).join("\n")];
  }
  return [
    table(
      part.columns,
      part.rows.map((row) => row.map(painted)),
    ),
  ];
}

function painted(text: ViewText): string {
  return typeof text === "string"
    ? text
    : text.map((one) => (typeof one === "string" ? one : paint.green(one.good))).join("");
}
