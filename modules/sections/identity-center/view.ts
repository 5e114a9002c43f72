import type { SectionView } from "../view";
import type { PeopleSummary } from "./people";

export function peopleView({ people }: { readonly people: PeopleSummary }): SectionView {
  return {
    title: "People",
    parts: [
      people.length === 0
        ? "Identity Center is not managed here"
        : {
            columns: ["permission set", "group", "accounts", "in"],
            rows: people.map(({ permissionSet, group, accounts, organizationalUnits }) => [
              permissionSet,
              group,
              String(accounts),
              organizationalUnits.join(", "),
            ]),
          },
    ],
  };
}
