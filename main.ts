import { App } from "cdktf";
import { environmentNames } from "./modules/config/load";
import { loadEnvironment } from "./modules/sections/load";
import { runToExitCode } from "./modules/kernel/run";
import { targetState } from "./modules/proofs/environment";
import { addEnvironment } from "./stacks/environment";

void runToExitCode(() => {
  // All of them are resolved before cdktf makes its output folder: nothing is written when anything is wrong.
  const states = environmentNames(process.cwd()).map((name) => targetState(loadEnvironment(process.cwd(), name)));
  // cdktf's own validations ask for the version of a terraform on the PATH, and a synth needs neither that nor OpenTofu: which release
  // the stacks need stands in them (required_version). What else is wrong has been found before.
  const app = new App({ skipValidation: true });
  for (const state of states) addEnvironment(app, state);
  app.synth();
});
