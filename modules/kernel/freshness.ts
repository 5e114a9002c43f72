import { count } from "./words";

/**
 * Evidence that is older says nothing of today: a job that runs once a week has run since, a key may be in use again. So long may logs, inventories,
 * moves and answers of `ready` be old, and so long may logs have nothing in between. One number for all, so that no command takes for fresh what another
 * calls old.
 */
export const FRESH_DAYS = 7;

/** For texts: `7 days`. */
export const FRESH_TEXT = count(FRESH_DAYS, "day");
