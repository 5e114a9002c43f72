import { BaselineError } from "../../kernel/errors";
import { isLoopback, keepsSecrets, parsedUrl } from "../../kernel/url";

export const DEFAULT_HOST = "app.terraform.io";

/** Where the API is. */
export interface HcpHost {
  /** With its port where that is not the usual one: what tokens and messages go by. */
  readonly name: string;
  /** Without a slash at its end. */
  readonly origin: string;
}

/**
 * A host as a person names it. Always https; http only where it is written, and only to this machine, where nobody listens in on a token.
 *
 * @throws BaselineError for anything that is no host
 */
export function hcpHost(text: string): HcpHost {
  const fail = (message: string): never => {
    throw new BaselineError([
      { code: "HCP-HOST", message, fix: `Write the name of the server, for example ${DEFAULT_HOST}.` },
    ]);
  };
  const url = parsedUrl(text.includes("://") ? text : `https://${text}`);
  if (
    !url ||
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== "" ||
    url.password !== "" ||
    !/^[\w.-]+$|^\[::1\]$/.test(url.hostname)
  ) {
    return fail(`${JSON.stringify(text.slice(0, 80))} is not the name of a server.`);
  }
  if (!keepsSecrets(url))
    return fail(
      `${JSON.stringify(text.slice(0, 80))} is not reached over https: a token would be readable on its way.`,
    );
  return { name: url.host, origin: url.origin };
}

/**
 * Where a redirect leads, or nothing where it must not be followed: plans go over https. Unencrypted only from a server on this machine to one on
 * this machine.
 */
export function redirectTarget(from: URL, location: string | null): URL | undefined {
  if (location === null) return undefined;
  const to = parsedUrl(location, from);
  if (!to || to.username !== "" || to.password !== "") return undefined;
  if (to.protocol === "https:") return to;
  return to.protocol === "http:" && from.protocol === "http:" && isLoopback(from) && isLoopback(to) ? to : undefined;
}
