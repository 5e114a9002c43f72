import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientSettings, LOCAL_CREDENTIALS, memberClientSettings } from "../../../../local/client-settings";
import { keyless } from "../../../../local/interruption";
import { lookForLeft } from "../../../../modules/live/leave/left";
import { syncEnvironment } from "../../../../modules/live/sync/run";
import { targetState } from "../../../../modules/proofs/environment";
import { loadEnvironment } from "../../../../modules/sections/load";
import { isAlive } from "../../../../modules/kernel/process";
import { notedRun, runsFolder } from "../../../../modules/terraform/runs";
import { type Sandbox } from "../../../../soak/interruptions";
import { ROOT } from "../../../support/environments";

export const CLI = join(ROOT, "dist/cli/index.js");
type Ended = Awaited<ReturnType<typeof keyless>["ended"]>;

/** Whom another system lets in: the person of the local AWS comes in by a permission set of the example's. */
const outsiders = new WeakMap<Sandbox, NodeJS.ProcessEnv>();

export async function comeAsOutsider(place: Sandbox): Promise<void> {
  const settings = clientSettings(place.local.endpoint, { region: "eu-central-1" });
  const iam = new IAMClient(settings);
  const trust = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" };
  await iam.send(
    new CreateRoleCommand({
      RoleName: "another-administrator",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: "another-administrator",
      PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  );
  iam.destroy();
  const { credentials } = await memberClientSettings(
    place.local.endpoint,
    "111111111111",
    "eu-central-1",
    "another-administrator",
  );
  outsiders.set(place, {
    ...place.local.env,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  });
}

export const envOf = (place: Sandbox): NodeJS.ProcessEnv => outsiders.get(place) ?? place.local.env;

export function cli(place: Sandbox, ...args: readonly string[]): Promise<Ended> {
  return keyless(CLI, place.project, envOf(place), args).ended;
}

/** Runs a command, and kills it and its Terraform when a call arrives: that call and all later ones never happen. */
export async function killedAt(place: Sandbox, call: string, args: readonly string[]): Promise<void> {
  const { child, ended } = keyless(CLI, place.project, envOf(place), args);
  const arrived = place.local.faults.dropFrom(call).then(() => true);
  expect(await Promise.race([arrived, ended.then(({ output }) => output)])).toBe(true);
  child.kill("SIGKILL");
  const folder = runsFolder(place.project);
  const runs = readdirSync(folder).flatMap((file) => notedRun(folder, file.replace(/\.json$/, "")) ?? []);
  expect(runs.length).toBeGreaterThan(0);
  for (const { process: mark } of runs) if (isAlive(mark)) process.kill(mark.pid, "SIGKILL");
  await ended;
  while (runs.some(({ process: mark }) => isAlive(mark))) await new Promise((resolve) => setTimeout(resolve, 20));
  place.local.faults.clear();
}

export const environmentOf = (place: Sandbox) => loadEnvironment(place.project, "example");
const access = ({ local }: Sandbox) => ({ endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS });

/** What of the environment's names is in AWS, and how the organization differs from what was seeded. */
export async function leftIn(place: Sandbox): Promise<readonly string[]> {
  const environment = environmentOf(place);
  const { found, names } = await lookForLeft(environment, targetState(environment), {
    letGo: new Set(),
    access: access(place),
    now: () => new Date(),
  });
  expect(names).toBeGreaterThan(50);
  const { changes = [] } = await syncEnvironment(place.project, "example", { check: true, access: access(place) });
  return [...found, ...changes.map(({ kind, what, name }) => `${kind} ${what} ${name}`)];
}

/** Index of the first or last call of a kind that AWS has answered well. */
export function callsOf(place: Sandbox, pattern: RegExp): readonly number[] {
  return place.local.log
    .ordered()
    .flatMap(({ operation, status }, index) => (status < 300 && pattern.test(operation) ? [index] : []));
}
