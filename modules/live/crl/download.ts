import type { Reason } from "./plan";

const MEGABYTE = 1024 * 1024;
const LARGEST = 4 * MEGABYTE;
const SECONDS = 30;

export type Get = (
  url: string,
  init: { readonly redirect: "error"; readonly signal: AbortSignal },
) => Promise<Response>;

/**
 * Gets a revocation list from the address that a person has named: over TLS, from there alone (no redirect is followed), bounded in time and size.
 * Who has signed it is checked afterwards.
 */
export async function download(
  url: string,
  get: Get = fetch,
): Promise<{ readonly bytes: Buffer } | { readonly problem: Reason }> {
  const problem = (message: string): { readonly problem: Reason } => ({
    problem: {
      code: "CRL-NOT-FETCHED",
      message: `${url} ${message}.`,
      fix: "Try again; or get it yourself, and name it as file.",
    },
  });
  try {
    const response = await get(url, { redirect: "error", signal: AbortSignal.timeout(SECONDS * 1000) });
    if (response.status !== 200) return problem(`answers ${response.status}`);
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of response.body ?? []) {
      total += (chunk as Uint8Array).length;
      if (total > LARGEST) return problem(`sends more than ${LARGEST / MEGABYTE} MB`);
      chunks.push(Buffer.from(chunk as Uint8Array));
    }
    return { bytes: Buffer.concat(chunks) };
  } catch (error) {
    const { message, cause, name } = error as Error & { readonly cause?: Error };
    return problem(
      name === "TimeoutError"
        ? `gives no answer within ${SECONDS} seconds`
        : `cannot be read: ${(cause?.message ?? message).trim().replace(/\.$/, "").slice(0, 200)}`,
    );
  }
}
