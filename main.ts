import { App } from "cdktf";
import { environmentNames, loadEnvironment } from "./modules/config/load";
import { runToExitCode } from "./modules/run";
import { targetState } from "./modules/target-state";
import { addEnvironment } from "./stacks/environment";

void runToExitCode(() => {
  const app = new App({ skipValidation: false });
  for (const name of environmentNames(process.cwd())) addEnvironment(app, targetState(loadEnvironment(process.cwd(), name)));
  app.synth();
});
