import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { usageFromLogs } from "../../../../modules/evidence/inventory/from-logs";
import { EventsByKey } from "../../../../modules/evidence/inventory/collect/events-by-key";

const KEY = "AKIAABCDEFGHIJKLMNOP";

test("what logs say of a key comes to the inventory, hostile texts and all, and nothing of keys of sessions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-logs-"));
  const record = (accessKeyId: string, hour: number): object => ({
    eventVersion: "1.08",
    eventTime: `2026-11-20T1${hour}:00:00Z`,
    eventSource: "s3.amazonaws.com",
    eventName: "PutObject",
    awsRegion: "eu-central-1",
    sourceIPAddress: "198.51.100.7",
    userAgent: "<b>agent</b>",
    userIdentity: {
      type: "IAMUser",
      accessKeyId,
      accountId: "222222222222",
      userName: "a",
      arn: "arn:aws:iam::222222222222:user/a",
    },
    eventType: "AwsApiCall",
    recipientAccountId: "222222222222",
    ...(hour === 1 ? { errorCode: "AccessDenied" } : {}),
  });
  writeFileSync(
    join(folder, "a.json.gz"),
    gzipSync(JSON.stringify({ Records: [record(KEY, 0), record(KEY, 1), record("ASIAABCDEFGHIJKLMNOP", 2)] })),
  );
  const { keys } = await readKeyUsage([parseSource(folder)], { threads: 0 });
  rmSync(folder, { recursive: true });
  expect([...usageFromLogs(keys)]).toEqual([
    [
      KEY,
      {
        accessKeyId: KEY,
        calls: [{ value: "s3:PutObject", count: 2 }],
        denied: 1,
        suspects: [{ network: "198.51", agent: "<b>agent</b>", denied: 1, refused: ["s3:PutObject"], asked: [] }],
        events: 2,
        firstAt: "2026-11-20T10:00:00Z",
        lastAt: "2026-11-20T11:00:00Z",
        sourceAddresses: [{ value: "198.51.100.7", count: 2 }],
        userAgents: [{ value: "<b>agent</b>", count: 2 }],
        services: [{ value: "s3", count: 2 }],
        lastEvents: [
          {
            at: "2026-11-20T11:00:00Z",
            service: "s3",
            name: "PutObject",
            region: "eu-central-1",
            errorCode: "AccessDenied",
          },
          { at: "2026-11-20T10:00:00Z", service: "s3", name: "PutObject", region: "eu-central-1" },
        ],
      },
    ],
  ]);
});

test("memory for one key is bounded: values beyond the most are counted together, texts are cut, the last events stay the last", () => {
  const builder = new EventsByKey();
  for (let n = 0; n < 500; n++)
    builder.add({
      accessKeyId: KEY,
      at: new Date(n * 1000).toISOString(),
      service: "s3",
      name: `Call${n}`,
      userAgent: `agent-${n}-${"x".repeat(5000)}`,
      sourceAddress: "203.0.113.9",
    });
  const usage = builder.build().get(KEY)!;
  expect(usage).toMatchObject({ events: 500, sourceAddresses: [{ value: "203.0.113.9", count: 500 }] });
  expect(usage.userAgents[0]).toEqual({ value: "(others)", count: 450 });
  expect(JSON.stringify(usage).length).toBeLessThan(6000);
  expect(usage.lastEvents.map((event) => event.name)).toEqual(["Call499", "Call498", "Call497", "Call496", "Call495"]);
});
