import { isMainThread } from "node:worker_threads";

// The bundle is one file: a thread that reads logs begins here too.
/* eslint-disable @typescript-eslint/no-require-imports -- only one of the two is loaded */
if (isMainThread) (require("../cli/index") as typeof import("../cli/index")).main();
else require("../modules/evidence/cloudtrail/worker");
