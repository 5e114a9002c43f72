import { writeSync } from "node:fs";

/** Loaded before a program that is measured: when it ends, its peak of resident memory (kilobytes) goes to file descriptor 3. */
process.on("exit", () => void writeSync(3, String(process.resourceUsage().maxRSS)));
