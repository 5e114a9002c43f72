import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pictureOfShow } from "../../cli/pictures";
import { terminalPicture } from "../../modules/report/terminal-picture";
import { ROOT } from "../support/environments";

describe("pictures of the README", () => {
  test("show what the program prints today (npm run docs writes them)", () => {
    expect(readFileSync(join(ROOT, "docs/pictures/show.svg"), "utf8")).toBe(pictureOfShow(ROOT));
  });

  test("hold any text as text", () => {
    const picture = terminalPicture("x", `<script>alert("1")</script> & \u001b[1mbold\u001b[22m`);
    expect(picture).not.toMatch(/<script|& /);
    expect(picture).toContain('font-weight="bold"');
  });
});
