import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commentPicture, PICTURED } from "./comment-picture";

/** `npm run docs`: `docs/pictures/comment.svg`, what a pull request on the example gets that opens one more OU. */
const root = process.cwd();
const work = mkdtempSync(join(tmpdir(), "keyless-picture-"));
try {
  const [base, head] = [join(work, "base"), join(work, "head")];
  for (const checkout of [base, head])
    for (const path of ["environments/example", "cdktf.json"])
      cpSync(join(root, path), join(checkout, path), { recursive: true });
  const file = join(head, PICTURED.file);
  writeFileSync(file, readFileSync(file, "utf8").replace(PICTURED.from, PICTURED.to));
  const comment = join(work, "comment.md");
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, "..", "cli", "index.js"), "pull-request", "--head", head, "--output", comment],
    { cwd: base, encoding: "utf8" },
  );
  if (status !== 3) throw new Error(`The pull request that is pictured is not stopped any more: ${status} ${stderr}`);
  writeFileSync(
    join(root, "docs/pictures/comment.svg"),
    commentPicture(readFileSync(comment, "utf8"), PICTURED.height),
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
