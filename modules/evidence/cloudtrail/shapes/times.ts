/**
 * Times as tools write them, in CloudTrail's form `2026-01-31T12:34:56Z`; nothing where it is no time that is understood. Athena, CloudTrail
 * Lake and Insights write `2026-01-31 12:34:56.000` in UTC, OCSF milliseconds since 1970, Parquet a timestamp. Fractions of a second are cut.
 */
export function isoTime(value: unknown): string | undefined {
  if (value instanceof Date) return ofMilliseconds(value.getTime());
  if (typeof value === "bigint") return ofNumber(Number(value));
  if (typeof value === "number") return ofNumber(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^\d{10}(?:\.\d+)?$|^\d{13}$|^\d{16}$/.test(text)) return ofNumber(Number(text));
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, day, clock = "00:00:00", zone] = match;
  const plain = `${day!}T${clock}`;
  return ofMilliseconds(Date.parse(zone === undefined || zone === "UTC" ? `${plain}Z` : plain + colon(zone)));
}

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,]\d+)? ?(Z|UTC|[+-]\d{2}:?\d{2})?$/;

function colon(zone: string): string {
  return /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
}

/** By its size: seconds, milliseconds, microseconds or nanoseconds since 1970; there are no events of before 2001. */
function ofNumber(value: number): string | undefined {
  if (!(value > 1e9)) return undefined;
  const scale = value < 1e11 ? 1e3 : value < 1e14 ? 1 : value < 1e17 ? 1e-3 : 1e-6;
  return ofMilliseconds(value * scale);
}

function ofMilliseconds(milliseconds: number): string | undefined {
  if (!(milliseconds >= 0 && milliseconds < 253_402_300_800_000)) return undefined;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
