import { App } from "cdktf";
import { environmentNames, loadEnvironment } from "./modules/config/load";
import { runToExitCode } from "./modules/run";
import { targetState } from "./modules/target-state";
import { addEnvironment } from "./stacks/environment";

void runToExitCode(() => {
  // All of them are resolved before cdktf makes its output folder: nothing is written when anything is wrong.
  const states = environmentNames(process.cwd()).map((name) => targetState(loadEnvironment(process.cwd(), name)));
  const app = new App();
  for (const state of states) addEnvironment(app, state);
  app.synth();
});
