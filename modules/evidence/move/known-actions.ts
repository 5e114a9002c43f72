import { actionsOf, isService } from "../../policy/vocabulary/reference";

/** Whether IAM has an action of this name, by the reference of this version. Names of events are mostly, not always, those of actions. */
export function isDefinedAction(action: string): boolean {
  const [service = "", name = ""] = action.split(":");
  if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action) || !isService(service)) return false;
  return actionsOf(service).has(name.toLowerCase());
}
