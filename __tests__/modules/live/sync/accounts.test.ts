import { activeAccounts } from "../../../../modules/live/sync/accounts";

const [A, B, C] = ["111111111111", "222222222222", "333333333333"] as const;

describe("which accounts are active", () => {
  test("by State, and by Status where an endpoint has nothing else", () => {
    expect(
      activeAccounts(
        [
          { Id: B, State: "ACTIVE" },
          { Id: A, Status: "ACTIVE" },
        ],
        [A, B],
      ),
    ).toEqual({
      accountIds: [A, B],
      notKnown: [],
    });
  });

  test("State counts where there are both; a suspended one is not active, and that is known", () => {
    expect(
      activeAccounts(
        [
          { Id: A, State: "SUSPENDED", Status: "ACTIVE" },
          { Id: B, State: "ACTIVE", Status: "SUSPENDED" },
          { Id: C, State: "CLOSED" },
        ],
        [A],
      ),
    ).toEqual({ accountIds: [B], notKnown: [] });
  });

  test("without a state nothing is known, and an account is not left out in silence", () => {
    expect(activeAccounts([{ Id: A }], [])).toEqual({
      accountIds: [],
      notKnown: [{ accountId: A, why: "AWS lists it without a state" }],
    });
  });

  test("an active account of the facts that the list lacks: nothing is known of it", () => {
    expect(activeAccounts([{ Id: B, State: "ACTIVE" }], [A, B]).notKnown).toEqual([
      { accountId: A, why: expect.stringContaining("AWS does not list it") as unknown },
    ]);
    expect(activeAccounts([], [A]).notKnown).toHaveLength(1);
  });
});
