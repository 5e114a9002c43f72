import { synthesize } from "./stacks/synthesize";

void synthesize(process.cwd());
