import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pictureOfShow } from "./pictures";

/** `npm run docs`: writes the pictures of the README. */
writeFileSync(join(process.cwd(), "docs", "pictures", "show.svg"), pictureOfShow(process.cwd()));
