import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyUsageResult, readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import { canonicalEvent } from "../../../../modules/evidence/cloudtrail/shapes/canonical";
import { parseStructText } from "../../../../modules/evidence/cloudtrail/shapes/struct-text";
import { isoTime } from "../../../../modules/evidence/cloudtrail/shapes/times";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import type { Readiness } from "../../../../modules/evidence/impact/ready";
import { readImpact } from "../../../../modules/evidence/impact/report";
import { everyShape, Shape } from "../../../support/cloudtrail-shapes";
import { AT } from "../impact/fixture";
import { day, days, EVENTS, KEY, made, ready, withoutAssumedRoot } from "./events";

/** The same events in every form that practitioners keep them in give the same answers. */

jest.setTimeout(120_000);

interface Answers {
  readonly usage: Omit<KeyUsageResult, "report">;
  readonly skipped: object;
  readonly events: number;
  readonly impact: unknown;
  readonly ready: Readiness;
  /** Of each row, whether it says that the events are answers of queries. */
  readonly selected: readonly boolean[];
}

async function answers(shapes: readonly Pick<Shape, "file" | "content">[]): Promise<Answers> {
  const root = mkdtempSync(join(tmpdir(), "keyless-shapes-"));
  try {
    for (const { file, content } of shapes) writeFileSync(join(root, file), content);
    const sources = [parseSource(root)];
    const { report: usageRead, ...usage } = await readKeyUsage(sources);
    const impact = await readImpact(made.environment, made.state, sources, { at: AT, digests: true });
    const { report, coverage } = impact;
    const { read, ...said } = report;
    // Whether they are CloudTrail's own files is asked about below.
    const { logged: _logged, answered: _answered, ...rest } = coverage;
    return {
      usage,
      skipped: usageRead.skipped,
      events: read.events,
      impact: { said, rest },
      ready: { ...ready(impact, true), wholeAnswers: 0 },
      selected: ready(impact).rows.map(({ obstacles }) => obstacles.some(({ code }) => code === "LOGS-SELECTED")),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Forms that do not keep whether a session of the root user is central root access: there it is not known. */
const NOT_KEPT = new Set([
  "lake.json",
  "result_1.csv.gz",
  "lake.jsonl",
  "0a1b2c3d-result.csv",
  "get-query-results.json",
  "unload.gz",
  "search.json",
]);

/** Forms that are no answer of a query, of a search or of a rule of EventBridge. */
const WHOLE = new Set([
  "CloudTrail's file",
  "packed twice",
  "UTF-16",
  "zstd",
  "one event per line",
  "a text per line",
  "logs tail",
  "export of CloudWatch Logs",
  "Security Lake",
  "Firehose",
  "Kinesis",
]);

describe("every shape", () => {
  let shapes: readonly Shape[] = [];
  let expected: Answers;
  let expectedNotKept: Answers;
  beforeAll(async () => {
    shapes = await everyShape(EVENTS);
    expected = await answers([{ file: "plain.json", content: JSON.stringify({ Records: EVENTS }) }]);
    expectedNotKept = await answers([
      { file: "plain.json", content: JSON.stringify({ Records: EVENTS.map(withoutAssumedRoot) }) },
    ]);
  });

  test("the events are worth comparing", () => {
    expect(expected.events).toBe(EVENTS.length);
    expect(expected.usage.keys.map((key) => key.events)).toEqual([32]);
    expect(JSON.stringify(expected.impact)).toContain("CreateAccessKey");
    expect(JSON.stringify(expected.impact)).toContain("bedrock:CallWithBearerToken");
    const codes = new Set(expected.ready.rows.flatMap(({ obstacles }) => obstacles.map(({ code }) => code)));
    expect(codes).toContain("WOULD-BE-DENIED");
    expect(codes).not.toContain("LOGS-INCOMPLETE");
    // Where it is not kept, nothing is said to be denied or allowed that may be the other.
    expect(JSON.stringify(expectedNotKept.impact)).toContain("central root access");
    expect(expectedNotKept.usage).toEqual(expected.usage);
  });

  test("gives the same answer", async () => {
    const different: string[] = [];
    for (const shape of shapes) {
      const seen = await answers([shape]);
      for (const part of ["skipped", "events", "usage", "impact", "ready"] as const) {
        try {
          // Firehose has a control message in it, as CloudWatch Logs sends one when a subscription begins.
          const skipped = {
            ...(shape.file.startsWith("trail-1-") ? { control: 1 } : {}),
            ...(WHOLE.has(shape.name) || shape.file === "lambda-sqs" ? {} : { selection: 1 }),
          };
          expect(new Set(seen.selected)).toEqual(new Set(["selection" in skipped]));
          const same = NOT_KEPT.has(shape.file) ? expectedNotKept : expected;
          expect(seen[part]).toEqual(part === "skipped" ? skipped : same[part]);
        } catch (error) {
          different.push(`${shape.name} ${shape.file}: ${part}\n${(error as Error).message.slice(0, 1500)}`);
          break;
        }
      }
    }
    expect(different.join("\n\n")).toBe("");
  });

  test("all of them in one folder are read once each", async () => {
    const seen = await answers(shapes);
    expect(seen.events).toBe(EVENTS.length * shapes.length);
    expect(seen.skipped).toEqual({
      control: 1,
      selection: shapes.filter(({ name, file }) => !WHOLE.has(name) && file !== "lambda-sqs").length,
    });
  });
});

/** A file that must keep `ready` from saying yes, and what is said of it. */
const whole = JSON.stringify({ Records: EVENTS });
const one = JSON.stringify(EVENTS[0]);
const console_ = [
  "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Event ID,Error code",
  ...days.map(
    (n) =>
      `ci,${KEY},${day(n)},s3.amazonaws.com,GetObject,eu-central-1,203.0.113.1,aws-cli,${n},${n > 29 ? "AccessDenied" : "-"}`,
  ),
].join("\n");

test.each<[string, Shape["content"], RegExp]>([
  ["console.csv", console_, /a table without userIdentity, requestParameters, .*recipientAccountId, vpcEndpointId/],
  [
    "few-columns.csv",
    "eventtime,eventsource,eventname\n2026-01-15T12:00:00Z,s3.amazonaws.com,GetObject\n",
    /a table without/,
  ],
  ["report.csv", "user,arn,user_creation_time\nci,arn:aws:iam::1:user/ci,2026\n", /nothing was recognised/],
  ["bucket.zip", Buffer.from("504b0304140000000800", "hex"), /zip archive: unpack it/],
  ["logs.bz2", Buffer.from("BZh91AY&SY......"), /bzip2/],
  ["lake.avro", Buffer.from("4f626a0104140000000800", "hex"), /Avro/],
  [
    "notices.json",
    JSON.stringify({ s3Bucket: "b", s3ObjectKey: ["AWSLogs/x.json.gz"] }),
    /notices that a log file was written/,
  ],
  [
    "sqs-of-a-bucket.json",
    JSON.stringify({
      Records: [
        { eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { bucket: { name: "b" }, object: { key: "x" } } },
      ],
    }),
    /notices that a log file was written/,
  ],
  ["page-1.json", JSON.stringify({ Events: [{ CloudTrailEvent: one }], NextToken: "eyJ" }), /next page/],
  ["cut.csv", `@message\n"${one.replaceAll('"', '""').slice(0, 300)}`, /end in the middle/],
  ["short-row.csv", `@timestamp,@message\n2026-01-15\n`, /without the name and source/],
  ["text.txt", `2026-01-15T12:00:00Z ${one}\n2026-01-15T12:00:00Z something else\n`, /not JSON/],
  [
    "identity.jsonl",
    `${JSON.stringify({ ...EVENTS[0], userIdentity: "{type=IAMUser, arn" })}\n`,
    /without the name and source/,
  ],
  [
    "eks.json",
    JSON.stringify({ class_uid: 6003, api: { operation: "create" }, metadata: { product: { name: "Amazon EKS" } } }),
    /without the name/,
  ],
  [
    "cut.gz",
    Buffer.from(JSON.stringify({ Records: [{ awslogs: { data: "H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTtVRUAoAAAA" } }] })),
    /damaged/,
  ],
  ["not.parquet", Buffer.from("PAR1 this is none at all, but its name PAR2"), /Parquet file that could not be read/],
  ["cut.zst", Buffer.from("28b52ffd0458e1", "hex"), /compression is damaged/],
  [
    "deep.json",
    Array.from({ length: 12 }).reduce<string>((inner) => JSON.stringify({ message: inner }), one),
    /without the name/,
  ],
  ["splunk.xml", "<?xml version='1.0'?><results><result/></results>", /nothing was recognised/],
])("%s is named, and ready does not say yes", async (file, content, problem) => {
  const root = mkdtempSync(join(tmpdir(), "keyless-shapes-"));
  try {
    writeFileSync(join(root, "whole.json"), whole);
    writeFileSync(join(root, file), content);
    const impact = await readImpact(made.environment, made.state, [parseSource(root)], { at: AT });
    expect(impact.report.read.problems).toEqual([{ file, problem: expect.stringMatching(problem) as string }]);
    const { rows } = ready(impact);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.obstacles.map(({ code }) => code)).toContain("LOGS-INCOMPLETE");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("what AWS writes beside the logs stands in no way", async () => {
  const beside = [
    {
      file: "result_sign.json",
      content: JSON.stringify({ files: [{ fileName: "a" }], hashSignature: "x", version: "1.0" }),
    },
    {
      file: "subscription.json",
      content: JSON.stringify({ Type: "SubscriptionConfirmation", Message: "You have chosen" }),
    },
    { file: "test-event.json", content: JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "b" }) },
  ];
  const alone = await answers([{ file: "whole.json", content: whole }]);
  const seen = await answers([{ file: "whole.json", content: whole }, ...beside]);
  expect(seen.skipped).toEqual({ control: 2, signature: 1 });
  expect(seen.ready).toEqual(alone.ready);
});

test("the console's table shows the use of keys, as far as it says", async () => {
  const seen = await answers([{ file: "event_history.csv", content: console_ }]);
  expect(seen.usage.keys).toMatchObject([
    {
      accessKeyId: KEY,
      events: 31,
      denied: 2,
      firstEvent: day(1),
      lastEvent: day(31),
      regions: { top: [{ value: "eu-central-1" }] },
    },
  ]);
  expect(seen.ready.ready).toBe(false);
});

test("fields in columns of their own, as a search of Splunk or a query of Insights gives them", async () => {
  const row = {
    "@timestamp": "2026-01-15 12:00:00.000",
    eventName: "CreateAccessKey",
    eventSource: "iam.amazonaws.com",
    errorCode: "success",
    awsRegion: "us-east-1",
    recipientAccountId: 12345678901,
    "userIdentity.type": "IAMUser",
    "userIdentity.accountId": "12345678901",
    "userIdentity.accessKeyId": KEY,
    "userIdentity.arn": "arn:aws:iam::012345678901:user/ci",
    "requestParameters.userName": "Ci",
  };
  const fields = Object.entries(row).map(([field, value]) => ({ field, value }));
  for (const [file, content] of [
    ["splunk.json", JSON.stringify({ result: row })],
    ["insights.json", JSON.stringify({ results: [fields] })],
    ["table.csv", `${Object.keys(row).join(",")}\n${Object.values(row).join(",")}\n`],
    ["semicolons.csv", `\ufeff${Object.keys(row).join(";")}\r\n${Object.values(row).join(";")}\r\n`],
  ] as const) {
    const seen = await answers([{ file, content }]);
    expect(seen.usage.keys).toMatchObject([
      { accessKeyId: KEY, accountId: "012345678901", events: 1, denied: 0, lastEvent: "2026-01-15T12:00:00Z" },
    ]);
    expect([file, seen.ready.ready]).toEqual([file, false]);
  }
});

test("a record with very many members costs no more than its size", () => {
  const row: Record<string, unknown> = { eventname: "GetObject", eventsource: "s3.amazonaws.com" };
  for (let n = 0; n < 200_000; n++) row[`column${n}.a`] = n;
  expect(canonicalEvent(row)).toEqual({ eventName: "GetObject", eventSource: "s3.amazonaws.com" });
});

test("rows in text", () => {
  for (const [text, value] of [
    ["{}", {}],
    ["{a=1, b=null}", { a: "1", b: null }],
    ["{a=x, y, b=z}", { a: "x, y", b: "z" }],
    ["{a={b={c=d}}, e=[f, g], h=[{i=j}, {i=k}]}", { a: { b: { c: "d" } }, e: ["f", "g"], h: [{ i: "j" }, { i: "k" }] }],
    ['{policy={"a": "}, b=c"}, next=1}', { policy: { a: "}, b=c" }, next: "1" }],
    ["{a=${aws:username}, b={x}}", { a: "${aws:username}", b: "{x}" }],
    ["{arn=arn:aws:iam::1:user/a=b,c@d, n=1}", { arn: "arn:aws:iam::1:user/a=b,c@d", n: "1" }],
    ["{a=1", undefined],
    ["{a=1}}", undefined],
    [`${"{a=".repeat(50)}1${"}".repeat(50)}`, undefined],
  ] as const)
    expect([text, parseStructText(text)]).toEqual([text, value]);
});

test("times as engines and tools write them", () => {
  for (const time of [
    "2026-01-31 12:34:56.789",
    "2026-01-31 12:34:56",
    "2026-01-31 12:34:56.789 UTC",
    "2026-01-31T12:34:56.789000+00:00",
    "2026-01-31T14:34:56+0200",
    "2026-01-31T12:34:56Z",
    1_769_862_896,
    1_769_862_896_789,
    "1769862896789",
    1_769_862_896_789_000n,
    new Date("2026-01-31T12:34:56.789Z"),
  ])
    expect([time, isoTime(time)]).toEqual([time, "2026-01-31T12:34:56Z"]);
  for (const none of ["yesterday", "", "31/01/2026 12:34", 5, -1, null, "2026-13-01 00:00:00", {}])
    expect(isoTime(none)).toBeUndefined();
});

/** Records as their makers publish them, shortened where it does not matter. */
test.each([
  [
    "AWS's sample of OCSF 1.0.0-rc.2 (ocsf/examples, generic_api_activity.ocsf)",
    JSON.stringify({
      activity_id: 2,
      actor: {
        idp: {},
        session: {},
        user: {
          account_uid: "811596193553",
          credential_uid: KEY,
          name: "Level6",
          type: "IAMUser",
          uid: "AIDADO2GQD0K8TEF7KW1V",
          uuid: "arn:aws:iam::811596193553:user/Level6",
        },
      },
      api: {
        operation: "DescribeDirectConnectGateways",
        request: { uid: "1c8a6220-4263-4763-b526-20c1d1dd012c" },
        response: {},
        service: { name: "directconnect.amazonaws.com" },
      },
      class_name: "API Activity",
      class_uid: 3005,
      cloud: { provider: "AWS", region: "us-east-1" },
      http_request: { user_agent: "Boto3/1.15.2" },
      metadata: {
        product: { feature: { name: "Management, Data, and Insights" }, name: "CloudTrail", vendor_name: "AWS" },
      },
      src_endpoint: { ip: "205.8.181.128" },
      time: 1600726972000,
      unmapped: { eventType: "AwsApiCall", recipientAccountId: "811596193553" },
    }),
    {
      accountId: "811596193553",
      userName: "Level6",
      principalArn: "arn:aws:iam::811596193553:user/Level6",
      firstEvent: "2020-09-21T22:22:52Z",
      calls: { top: [{ value: "directconnect:DescribeDirectConnectGateways" }] },
      sourceAddresses: { top: [{ value: "205.8.181.128" }] },
    },
  ],
  [
    "a row of Athena, as people print them",
    `useridentity,eventtime,eventsource,eventname,awsregion,sourceipaddress,useragent\n` +
      `"{type=IAMUser, principalid=AIDAEXAMPLE, arn=arn:aws:iam::444444444401:user/cg-bilbo, accountid=444444444401, invokedby=null, accesskeyid=${KEY}, username=cg-bilbo, sessioncontext=null}","2023-03-28T17:18:59Z","secretsmanager.amazonaws.com","ListSecrets","us-east-1","203.0.113.9","[aws-cli/1.27 Python/3.11, x=y]"\n`,
    {
      userName: "cg-bilbo",
      firstEvent: "2023-03-28T17:18:59Z",
      calls: { top: [{ value: "secretsmanager:ListSecrets" }] },
      userAgents: { top: [{ value: "[aws-cli/1.27 Python/3.11, x=y]" }] },
    },
  ],
  [
    "Elastic's expected document for AssumeRole (elastic/integrations, test-assume-role-json.log-expected.json)",
    JSON.stringify({
      "@timestamp": "2019-10-02T22:12:29.000Z",
      aws: {
        cloudtrail: {
          event_type: "AwsApiCall",
          flattened: {
            request_parameters: { roleArn: "arn:aws:iam::111111111111:role/JohnRole2", roleSessionName: "x" },
          },
          recipient_account_id: "111111111111",
          request_parameters: "{roleArn=arn:aws:iam::111111111111:role/JohnRole2, roleSessionName=x}",
          user_identity: {
            access_key_id: KEY,
            arn: "arn:aws:sts::111111111111:assumed-role/JohnDoe/JohnRole1",
            session_context: { session_issuer: { arn: "arn:aws:iam::111111111111:role/JohnRole1", type: "Role" } },
            type: "AssumedRole",
          },
        },
      },
      cloud: { account: { id: "111111111111" }, region: "us-east-2" },
      event: { action: "AssumeRole", outcome: "success", provider: "sts.amazonaws.com" },
      source: { address: "81.2.69.144", ip: "81.2.69.144" },
      user: { id: "AROAIN5ATK5U7KEXAMPLE:JohnRole1", name: "JohnDoe" },
      user_agent: { name: "aws-cli", original: "aws-cli/1.16.248" },
    }),
    {
      accountId: "111111111111",
      principalArn: "arn:aws:sts::111111111111:assumed-role/JohnDoe/JohnRole1",
      firstEvent: "2019-10-02T22:12:29Z",
      calls: { top: [{ value: "sts:AssumeRole" }] },
      regions: { top: [{ value: "us-east-2" }] },
    },
  ],
])("%s", async (_, content, key) => {
  const seen = await answers([{ file: "sample", content }]);
  expect(seen.usage.keys).toMatchObject([{ accessKeyId: KEY, events: 1, denied: 0, ...key }]);
});
