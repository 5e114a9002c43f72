import { parse } from "yaml";
import { isObject } from "../kernel/json";
import { ENVIRONMENTS, environmentNames } from "./load";
import { readInput } from "./input-file";

/** The line as `keyless sync` writes it: facts of 10,000 accounts take seconds to parse, and only this line is asked for. */
const ID = /^id: (o-[a-z0-9]{10,32})$/m;

/** Other environments of the project whose facts are of the same organization, sorted. Facts that cannot be read are their own environment's problem. */
export function environmentsOfOrganization(
  projectRoot: string,
  name: string,
  organizationId: string,
): readonly string[] {
  return environmentNames(projectRoot).filter(
    (other) => other !== name && organizationOf(projectRoot, other) === organizationId,
  );
}

function organizationOf(projectRoot: string, name: string): string | undefined {
  const folder = `${ENVIRONMENTS}/${name}`;
  const input = readInput(projectRoot, `${folder}/organization.yaml`, folder);
  if (input === undefined || "problem" in input) return undefined;
  const line = ID.exec(input.text)?.[1];
  if (line !== undefined) return line;
  try {
    const facts: unknown = parse(input.text);
    const id = isObject(facts) ? facts["id"] : undefined;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
