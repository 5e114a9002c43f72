import { Claim, SectionName, SECTIONS, Verdict } from "./claim";
import { plural } from "../../kernel/words";
import type { Verification } from "./run";

/** Claims of one kind about one thing, which may be in thousands of accounts. */
export interface ClaimGroup {
  readonly section: SectionName;
  readonly kind: string;
  readonly name: string;
  readonly counts: Readonly<Record<Verdict, number>>;
}

/** Claims by thing, in the order of the report. */
export function groupClaims(claims: readonly Claim[]): readonly ClaimGroup[] {
  const groups = new Map<
    string,
    { section: SectionName; kind: string; name: string; counts: Record<Verdict, number> }
  >();
  for (const { section, kind, name, verdict } of claims) {
    const key = [section, kind, name].join("\n");
    const group = groups.get(key) ?? {
      section,
      kind,
      name,
      counts: { seen: 0, missing: 0, different: 0, "not-readable": 0 },
    };
    group.counts[verdict]++;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Counts by section, for a table; sections without claims are left out. */
export function sectionCounts(
  claims: readonly Claim[],
): readonly { readonly section: SectionName; readonly counts: Readonly<Record<Verdict, number>> }[] {
  return SECTIONS.flatMap((section) => {
    const own = claims.filter((claim) => claim.section === section);
    const count = (verdict: Verdict): number => own.filter((claim) => claim.verdict === verdict).length;
    return own.length === 0
      ? []
      : [
          {
            section,
            counts: {
              seen: count("seen"),
              missing: count("missing"),
              different: count("different"),
              "not-readable": count("not-readable"),
            },
          },
        ];
  });
}

/** Where a claim holds: `shop-dev (444444444401), eu-central-1`. */
export function placeText({ place }: Pick<Claim, "place">): string {
  const account = place.accountName === undefined ? place.accountId : `${place.accountName} (${place.accountId})`;
  return place.region === undefined ? account : `${account}, ${place.region}`;
}

/** Which sections the claims are of: `of all sections`, `of the section break-glass`. */
export function sectionsText({ sections }: Pick<Verification, "sections">): string {
  if (sections === undefined) return "of sections that nobody has noted";
  return sections.length === SECTIONS.length
    ? "of all sections"
    : `of the ${plural(sections.length, "section", "sections")} ${sections.join(", ") || "none"}`;
}

/** What is wrong, as Markdown for an issue; the same claims give the same text but for the time. */
export function issueMarkdown(verification: Verification, mostClaims = 100): string {
  const failed = verification.claims.filter((claim) => claim.verdict !== "seen");
  const cell = (text: string): string =>
    text
      .replace(/[\\|<>`*_[\]#]/g, (character) => `\\${character}`)
      // GitHub looks for mentions in what is rendered.
      .replaceAll("@", "@&#8203;")
      .replace(/\s+/g, " ");
  const rows = failed
    .slice(0, mostClaims)
    .map(
      (claim) =>
        `| ${claim.verdict} | ${cell(claim.kind)} | ${cell(claim.name)} | ${cell(placeText(claim))} | ${cell(claim.details.join("; "))} | ${claim.at} |`,
    );
  return [
    `Environment **${verification.environment}** (${verification.organizationId}), read from AWS from ${verification.from} to ${verification.to}:`,
    verification.claims.length === 0
      ? `Nothing is claimed ${sectionsText(verification)}: nobody looked, and nothing is known.`
      : `${verification.claims.length - failed.length} of ${verification.claims.length} claims ${sectionsText(verification)} were seen as planned, ${failed.length} were not.`,
    "",
    ...(failed.length === 0
      ? []
      : [
          "| | kind | name | where | what | seen at |",
          "|---|---|---|---|---|---|",
          ...rows,
          ...(failed.length > mostClaims ? ["", `And ${failed.length - mostClaims} more: see the run's report.`] : []),
        ]),
    "",
  ].join("\n");
}
