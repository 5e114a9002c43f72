import { parentPort, workerData } from "node:worker_threads";
import { Portion, PortionReader } from "./portion";
import { makeReducer, ReducerSpec } from "./reducer";

/** A thread that reads portions, one at a time, and answers each with its result. */
const reader = new PortionReader(makeReducer((workerData as { readonly reducer: ReducerSpec<unknown> }).reducer));
const port = parentPort!;
port.on("message", (portion: Portion) => {
  void reader.read(portion).then(
    (result) => port.postMessage({ result }),
    (error: unknown) =>
      port.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
