const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** `URL.parse`, which Node 20.9 does not have. */
export function parsedUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}

/** This machine, where nobody listens in. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/** Whether a token that goes there can be read by nobody on the way: https, or http to this machine. */
export function keepsSecrets(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}
