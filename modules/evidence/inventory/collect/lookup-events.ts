import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { STSClient } from "@aws-sdk/client-sts";
import { mapBounded } from "../../../aws/bounded";
import { isoSeconds } from "../time";
import type { CollectionProblem } from "../types";
import { EventsByKey } from "./events-by-key";
import { AnswerNotUnderstood, collectionProblem } from "./problem";
import { assume, clientConfig, RoleAccess } from "./sessions";

/** A key to ask CloudTrail about, and where. */
export interface KeyToLookUp {
  readonly accountId: string;
  readonly accessKeyId: string;
  /** Regions in which it may have been used. */
  readonly regions: readonly string[];
}

export interface LookUpOptions {
  readonly access: RoleAccess;
  readonly keys: readonly KeyToLookUp[];
  readonly usage: EventsByKey;
  /** Accounts at a time. @default 8 */
  readonly concurrency?: number;
  readonly onAccount?: (accountId: string) => void;
}

/** Newest events of a key and region; CloudTrail gives two answers a second and account, so one page has to do. */
const EVENTS = 50;

/**
 * Asks CloudTrail's event history (90 days, management events) who used which key. Problems are given back by account; what was found before
 * one is kept.
 */
export async function lookUpEvents(options: LookUpOptions): Promise<ReadonlyMap<string, CollectionProblem>> {
  const { access } = options;
  const problems = new Map<string, CollectionProblem>();
  const byAccount = new Map<string, KeyToLookUp[]>();
  for (const key of options.keys) byAccount.set(key.accountId, [...(byAccount.get(key.accountId) ?? []), key]);
  const sts = new STSClient(clientConfig(access.base));
  const signal = new AbortController().signal;
  try {
    await mapBounded(
      [...byAccount].sort(([a], [b]) => (a < b ? -1 : 1)),
      options.concurrency ?? 8,
      async ([accountId, keys]) => {
        const clients = new Map<string, CloudTrailClient>();
        try {
          const credentials = await assume(access, accountId, sts, signal);
          for (const key of keys) {
            for (const region of key.regions) {
              const client =
                clients.get(region) ?? new CloudTrailClient(clientConfig(access.base, credentials, region));
              clients.set(region, client);
              await lookUp(client, key, options.usage);
            }
          }
        } catch (error) {
          problems.set(accountId, collectionProblem("cloudtrail:LookupEvents", error));
        } finally {
          clients.forEach((client) => client.destroy());
          options.onAccount?.(accountId);
        }
      },
    );
  } finally {
    sts.destroy();
  }
  return problems;
}

async function lookUp(client: CloudTrailClient, key: KeyToLookUp, usage: EventsByKey): Promise<void> {
  const { Events, NextToken } = await client.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: key.accessKeyId }],
      MaxResults: EVENTS,
    }),
  );
  if (Events === undefined) throw new AnswerNotUnderstood("cloudtrail:LookupEvents gave no list");
  // The newest only: what came before them nobody has read.
  if (NextToken !== undefined) usage.cap(key.accessKeyId);
  for (const event of Events) {
    if (!event.EventTime || !event.EventName || !event.EventSource) continue;
    const record = recordOf(event.CloudTrailEvent);
    const text = (name: string): string | undefined => (typeof record[name] === "string" ? record[name] : undefined);
    usage.add({
      accessKeyId: key.accessKeyId,
      at: isoSeconds(event.EventTime),
      service: event.EventSource,
      name: event.EventName,
      region: text("awsRegion"),
      sourceAddress: text("sourceIPAddress"),
      userAgent: text("userAgent"),
      errorCode: text("errorCode"),
    });
  }
}

function recordOf(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
