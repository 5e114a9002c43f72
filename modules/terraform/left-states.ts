import { readdirSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { withAwsProblems } from "../aws/failure";
import { type AwsSession, awsClient } from "../aws/session";
import { type StackSettings, stateKey } from "../config/settings";
import { parsedObject } from "../kernel/json";
import { byKey } from "../kernel/lists";
import { readText } from "../kernel/read-text";

/** A state that contains something, and that no stack is synthesized for. */
export interface LeftState {
  /** Name of the stack that it was of. */
  readonly name: string;
  /** File or object. */
  readonly where: string;
  /** Managed resources in it; undefined where it could not be read as a state. */
  readonly resources: number | undefined;
}

export interface LeftStatesOptions {
  readonly projectRoot: string;
  readonly settings: Pick<StackSettings, "environment" | "backend">;
  /** Names of all stacks of the synth, of every environment. */
  readonly synthesized: ReadonlySet<string>;
  /** Names of the project's other environments: `prod-eu-guardrails` is of `prod-eu`, and not of `prod`. */
  readonly others: readonly string[];
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
}

/**
 * States of an environment that no stack is synthesized for: what is in them nobody manages any more. A state goes by its name, because it says nothing of
 * its environment; whoever asks reports it and deletes nothing.
 *
 * @returns nothing for states at HCP Terraform: its workspaces are made by a stack
 * @throws BaselineError exit code 1 where S3 cannot be asked
 */
export async function leftStates(options: LeftStatesOptions): Promise<readonly LeftState[]> {
  const { backend } = options.settings;
  const found =
    backend.type === "local" ? localStates(options) : backend.type === "s3" ? await s3States(options, backend) : [];
  return found.filter(({ resources }) => resources !== 0).sort(byKey(({ name }) => name));
}

function isLeft({ settings: { environment }, synthesized, others }: LeftStatesOptions, name: string): boolean {
  return (
    name.startsWith(`${environment}-`) &&
    !synthesized.has(name) &&
    !others.some((other) => other.startsWith(`${environment}-`) && name.startsWith(`${other}-`))
  );
}

function localStates(options: LeftStatesOptions): readonly LeftState[] {
  return readdirSync(options.projectRoot).flatMap((file) => {
    const name = /^terraform\.(.+)\.tfstate$/.exec(file)?.[1];
    if (name === undefined || !isLeft(options, name)) return [];
    return [{ name, where: file, resources: managed(readText(join(options.projectRoot, file))) }];
  });
}

async function s3States(
  options: LeftStatesOptions,
  backend: Extract<StackSettings["backend"], { readonly type: "s3" }>,
): Promise<readonly LeftState[]> {
  const { bucket: Bucket, region } = backend;
  const client = awsClient(S3Client, { region, ...options.access, maxAttempts: 3 });
  try {
    return await withAwsProblems(async () => {
      const found: LeftState[] = [];
      const Prefix = stateKey(backend, `${options.settings.environment}-`).replace(/\.tfstate$/, "");
      const folder = Prefix.slice(0, Prefix.length - options.settings.environment.length - 1);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
        for (const { Key = "" } of Contents) {
          const name = /^(.+)\.tfstate$/.exec(Key.slice(folder.length))?.[1];
          if (name === undefined || !isLeft(options, name)) continue;
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
          found.push({
            name,
            where: `s3://${Bucket}/${Key}`,
            resources: managed((await Body?.transformToString()) ?? ""),
          });
        }
      return found;
    });
  } finally {
    client.destroy();
  }
}

/** An empty file is a state of nothing, as the death of cdktf leaves it. */
function managed(text: string): number | undefined {
  if (text.trim() === "") return 0;
  const resources = parsedObject(text)?.["resources"];
  if (!Array.isArray(resources)) return undefined;
  return (resources as readonly { readonly mode?: unknown }[]).filter(({ mode }) => mode === "managed").length;
}
