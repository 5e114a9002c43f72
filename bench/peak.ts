import { writeSync } from "node:fs";

/** Loaded before a program that is measured: when it ends, its peak of resident memory (kilobytes) and its CPU time (microseconds) go to file descriptor 3. */
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, `${maxRSS} ${userCPUTime + systemCPUTime}`);
});
