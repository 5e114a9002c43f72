import { formatProblem } from "../../../../modules/kernel/errors";
import { exceptionDates } from "../../../../modules/sections/guardrails/exceptions/dates";
import { overview } from "../../../../modules/sections/overview";
import { renderOverview } from "../../../../cli/overview";
import { outcome } from "./fixture";

const exceptions =
  "- name: legacy\n  principal: arn:aws:iam::444444444401:role/backup/Legacy\n  guardrails: [deny-access-key-creation]\n  owner: Data\n  reason: moves to roles\n  expires: 2027-06-30";

describe("an exception on the calendar", () => {
  const at = (now: string): readonly string[] => {
    const { environment, state } = outcome({ exceptions });
    return exceptionDates(environment!, state!.guardrails.exceptions, new Date(now)).map(formatProblem);
  };

  test("nothing is said long before", () => expect(at("2027-05-01T00:00:00Z")).toEqual([]));

  test("that it ends soon", () => {
    expect(at("2027-06-10T12:00:00Z")[0]).toMatch(
      /^warning EXCEPTION-ENDS-SOON environments\/example\/baseline\.yaml:\d+:\d+ guardrails\.exceptions\[0\]\.expires\n {2}The exception legacy ends on 2027-06-30, in 20 days: /,
    );
    expect(at("2027-06-30T23:59:59Z")[0]).toContain("ends on 2027-06-30, today");
  });

  test("that it has ended, a second after its last day", () => {
    expect(at("2027-07-01T00:00:00Z")).toEqual([
      expect.stringMatching(
        /^warning EXCEPTION-ENDED .*\n {2}The exception legacy ended on 2027-06-30: AWS denies its principals again/,
      ),
    ]);
  });
});

describe("the overview of the guardrails", () => {
  const { environment, state } = outcome({
    exceptions,
    observation: "subscribers:\n  emails: [security@example.com]",
    more: "- guardrails: [deny-leaving-organization]\n  mode: observe\n  targets: [{ ou: Workloads }]\n- guardrails: [deny-user-creation]\n  mode: off\n  targets: [{ account: shop-dev }]\n  reason: moves on Friday",
  });
  const view = overview(environment!, state!);

  test("modes, places and reasons", () => {
    expect(view.guardrails.find((g) => g.id === "deny-leaving-organization")).toMatchObject({
      places: [],
      observedIn: ["Workloads"],
      accountsBound: 0,
      accountsObserved: 6,
    });
    expect(view.guardrails.find((g) => g.id === "deny-user-creation")).toMatchObject({
      loosened: [{ mode: "off", places: ["shop-dev"], reason: "moves on Friday" }],
    });
  });

  test("how much of the quotas is used; the place with the least room first", () => {
    expect(view.quotas[0]).toMatchObject({ place: "Security", type: "SCP", ours: 2, others: 1, allowed: 10 });
    for (const policy of view.policies) expect(policy).toMatchObject({ charactersAllowed: 10240 });
  });

  test("as text", () => {
    const text = renderOverview(view, []);
    for (const said of [
      "2027-06-30",
      "role/backup/Legacy",
      "moves on Friday",
      "observed in",
      "keyless-deny-access-key-creation",
      "of 10240",
    ])
      expect(text).toContain(said);
  });
});
