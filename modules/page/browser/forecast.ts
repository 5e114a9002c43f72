const DAY = 86_400_000;

type Points = readonly (readonly [time: number, keys: number])[];

/**
 * When a straight line through all inventories comes to zero. Nothing where there are fewer than three, where none is left, or where it does not
 * come to zero within half a lifetime of a key.
 *
 * @param points time in milliseconds, and the number of keys then, in order
 */
export function zeroOf(points: Points): number | undefined {
  if (points.length < 3 || points.at(-1)![1] === 0) return undefined;
  const mean = (n: 0 | 1): number => points.reduce((all, point) => all + point[n], 0) / points.length;
  const [time, keys] = [mean(0), mean(1)];
  const spread = points.reduce((all, [at]) => all + (at - time) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((all, [at, n]) => all + (at - time) * (n - keys), 0) / spread;
  const zero = slope < 0 ? time - keys / slope : Infinity;
  return zero > points.at(-1)![0] + 3650 * DAY ? undefined : Math.max(zero, points.at(-1)![0] + DAY);
}

/** The same in words: no promise, and said so. */
export function forecast(points: Points): string {
  if (points.length < 3) return "Three inventories or more give a forecast.";
  if (points.at(-1)![1] === 0) return "No key was left at the last inventory.";
  const zero = zeroOf(points);
  return zero === undefined
    ? "The number does not fall: there is no forecast of zero."
    : `If it goes on like this, zero comes around ${new Date(zero).toISOString().slice(0, 10)}.`;
}
