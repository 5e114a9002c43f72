import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A browser of this machine: `KEYLESS_BROWSER`, or where Debian, GitHub's runners and macOS have it. */
export function browserPath(): string | undefined {
  const named = process.env["KEYLESS_BROWSER"];
  return named !== undefined && named !== "" ? named : PLACES.find((path) => existsSync(path));
}

/** `describe` for tests in a real browser. In CI (`CI=true`) a skip is a failure. */
export function describeInBrowser(name: string, body: (browser: string) => void): void {
  const browser = browserPath();
  if (browser !== undefined) {
    describe(name, () => body(browser));
    return;
  }
  const reason = "no Chromium or Chrome was found: apt-get install chromium, or name one in KEYLESS_BROWSER";
  if (process.env["CI"] === "true") throw new Error(`A browser is required in CI: ${reason}`);
  process.stderr.write(`SKIPPED: ${name}: ${reason}\n`);
  describe.skip(`${name} (skipped: no browser)`, () => body(""));
}
