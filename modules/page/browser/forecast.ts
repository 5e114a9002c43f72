const DAY = 86_400_000;

/**
 * A straight line through all inventories, in words: no promise, and said so.
 *
 * @param points time in milliseconds, and the number of keys then, in order
 */
export function forecast(points: readonly (readonly [time: number, keys: number])[]): string {
  if (points.length < 3) return "Three inventories or more give a forecast.";
  if (points.at(-1)![1] === 0) return "No key was left at the last inventory.";
  const mean = (n: 0 | 1): number => points.reduce((all, point) => all + point[n], 0) / points.length;
  const [time, keys] = [mean(0), mean(1)];
  const spread = points.reduce((all, [at]) => all + (at - time) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((all, [at, n]) => all + (at - time) * (n - keys), 0) / spread;
  const zero = slope < 0 ? time - keys / slope : Infinity;
  // Half a lifetime of a key is no forecast.
  if (zero > points.at(-1)![0] + 3650 * DAY) return "The number does not fall: there is no forecast of zero.";
  return `If it goes on like this, zero comes around ${new Date(zero).toISOString().slice(0, 10)}.`;
}
