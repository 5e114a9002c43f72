import { mapBounded } from "../../../modules/aws/bounded";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("keeps the order and never runs more than the limit", async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3], 2, async (turns) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < turns; i++) await turn();
    running--;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test("after a failure nothing new starts, and what runs has ended before it is thrown", async () => {
  const events: string[] = [];
  const work = mapBounded(["a", "fails", "c", "d"], 2, async (name) => {
    events.push(`${name} starts`);
    if (name === "fails") throw new Error("no");
    for (let i = 0; i < 5; i++) await turn();
    events.push(`${name} ends`);
  });
  await expect(work).rejects.toThrow("no");
  expect(events).toEqual(["a starts", "fails starts", "a ends"]);
});

test("nothing to do", async () =>
  expect(await mapBounded([], 3, () => Promise.reject(new Error("never")))).toEqual([]));
