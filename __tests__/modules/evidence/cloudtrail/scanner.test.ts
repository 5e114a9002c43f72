import fc from "fast-check";
import { busyEvent, identities, LogEvent, logEvent, logFile } from "../../../../local/cloudtrail-logs";
import { CloudTrailEvent, secondsOf, timeText } from "../../../../modules/evidence/cloudtrail/event";
import { CloudTrailScanner } from "../../../../modules/evidence/cloudtrail/scanner";
import { SkipCounter, SkipCounts } from "../../../../modules/evidence/cloudtrail/skipped";

interface Seen {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly skipped: SkipCounts;
}

const copy = (event: CloudTrailEvent): Readonly<Record<string, unknown>> => ({
  name: event.text("eventName"),
  source: event.text("eventSource"),
  seconds: event.seconds(),
  agent: event.text("userAgent"),
  error: event.text("errorCode"),
  type: event.text("userIdentity.type"),
  arn: event.text("userIdentity.arn"),
  key: event.text("userIdentity.accessKeyId"),
  issuer: event.text("userIdentity.sessionContext.sessionIssuer.arn"),
  mfa: event.text("userIdentity.sessionContext.attributes.mfaAuthenticated"),
  request: event.json("requestParameters"),
});

/** Reads bytes that come in pieces, each in memory that is overwritten afterwards, as a reader of files does. */
function read(content: string | Buffer, cuts: readonly number[] = [], maxRecordBytes?: number): Seen {
  const bytes = Buffer.from(content);
  const skipped = new SkipCounter();
  const events: Readonly<Record<string, unknown>>[] = [];
  const scanner = new CloudTrailScanner((event) => events.push(copy(event)), skipped, maxRecordBytes);
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    const chunk = Buffer.from(bytes.subarray(from, end));
    scanner.push(chunk);
    chunk.fill(0x21);
    from = end;
  }
  scanner.finish();
  return { events, skipped: skipped.all() };
}

/** What JSON.parse makes of the same event. */
function expected(event: LogEvent): Readonly<Record<string, unknown>> {
  const at = (path: string): unknown =>
    path
      .split(".")
      .reduce<unknown>(
        (value, name) =>
          typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined,
        event,
      );
  const text = (path: string): string | undefined => (typeof at(path) === "string" ? (at(path) as string) : undefined);
  return {
    name: text("eventName"),
    source: text("eventSource"),
    seconds: Date.parse(text("eventTime")!) / 1000,
    agent: text("userAgent"),
    error: text("errorCode"),
    type: text("userIdentity.type"),
    arn: text("userIdentity.arn"),
    key: text("userIdentity.accessKeyId"),
    issuer: text("userIdentity.sessionContext.sessionIssuer.arn"),
    mfa: text("userIdentity.sessionContext.attributes.mfaAuthenticated"),
    request: at("requestParameters"),
  };
}

const ACCOUNT = "444444444401";
const EVERY_KIND: readonly LogEvent[] = [
  logEvent({ call: "iam:CreateAccessKey", identity: identities.user(ACCOUNT, "ci"), request: { userName: "ci" } }),
  logEvent({
    call: "iam:CreateUser",
    identity: identities.consoleUser(ACCOUNT, "jane"),
    request: { userName: "x", path: "/teams/" },
  }),
  logEvent({
    call: "s3:PutObject",
    identity: identities.role(ACCOUNT, "app", "i-1", "/service/"),
    request: { bucketName: "b", key: 'a"b\\c{[' },
  }),
  logEvent({ call: "s3:ListBuckets", identity: identities.root(ACCOUNT) }),
  logEvent({ call: "iam:DeleteLoginProfile", identity: identities.assumedRoot(ACCOUNT) }),
  logEvent({ call: "s3:ListBuckets", identity: identities.federated(ACCOUNT, "tool") }),
  logEvent({
    call: "sts:AssumeRole",
    identity: identities.service("ec2.amazonaws.com"),
    sourceAddress: "ec2.amazonaws.com",
  }),
  logEvent({ call: "s3:GetObject", identity: identities.otherAccount("999999999999") }),
  logEvent({ call: "sso:ListApplications", identity: identities.identityCenterUser(ACCOUNT) }),
  logEvent({
    call: "sts:AssumeRoleWithWebIdentity",
    identity: identities.webIdentity("token.actions.githubusercontent.com", "repo:a/b:ref:refs/heads/main"),
  }),
  logEvent({ call: "sts:AssumeRoleWithSAML", identity: identities.saml("jane@example.com") }),
  logEvent({ call: "signin:ConsoleLogin", identity: identities.unknown(), error: "Failed authentication" }),
  logEvent({
    call: "kms:RotateKey",
    more: { eventType: "AwsServiceEvent", serviceEventDetails: { keyId: "k" }, requestParameters: undefined },
  }),
  logEvent({
    call: "iam:CreateUser",
    identity: identities.user(ACCOUNT, "Zoë-日本"),
    userAgent: "<script>alert(1)</script>\u001b[31m=cmd()",
    request: { userName: "Zoë-日本" },
    error: "AccessDenied",
  }),
];

test("every type of principal is read as JSON.parse reads it", () => {
  const seen = read(logFile(EVERY_KIND));
  expect(seen.skipped).toEqual({});
  expect(seen.events).toEqual(EVERY_KIND.map(expected));
});

test("wherever the bytes are cut, the events are the same", () => {
  const busy = Array.from({ length: 40 }, (_, n) => busyEvent(n));
  const content = Buffer.from(logFile([...EVERY_KIND, ...busy]));
  const whole = [...EVERY_KIND, ...busy].map(expected);
  fc.assert(
    fc.property(fc.array(fc.nat(content.length), { maxLength: 30 }), (cuts) =>
      expect(read(content, cuts)).toEqual({ events: whole, skipped: {} }),
    ),
    { numRuns: 60 },
  );
  // Every byte a piece of its own.
  const small = Buffer.from(logFile(EVERY_KIND.slice(0, 3)));
  expect(read(small, [...small.keys()]).events).toEqual(whole.slice(0, 3));
});

/** JSON whose texts are full of what a scanner could trip over. */
const trickyText = fc.string({
  unit: fc.constantFrom(
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "a",
    "é",
    "\u0000",
    "\n",
    "日",
    '"Records":[',
    "eventName",
  ),
  maxLength: 12,
});
const trickyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    trickyText,
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(trickyText, tie("value"), { maxKeys: 3 }),
  ),
})).value;

test("whatever stands in an event, in whatever order, indented or not, cut anywhere", () => {
  const record = fc
    .record({
      userAgent: trickyText,
      // Parameters as text are another tool's, and read as such.
      requestParameters: trickyValue.filter((value) => typeof value !== "string"),
      other: trickyValue,
      error: trickyText,
      more: fc.dictionary(trickyText, trickyValue, { maxKeys: 3 }),
      last: fc.boolean(),
    })
    .map(({ userAgent, requestParameters, other, error, more, last }): LogEvent => {
      const known = {
        eventTime: "2026-02-03T04:05:06Z",
        eventSource: "iam.amazonaws.com",
        eventName: "CreateUser",
        userAgent,
        errorCode: error,
        requestParameters,
      };
      const extra = Object.fromEntries(
        Object.entries({ other, ...more }).filter(([name]) => !(name in known) && name !== "__proto__"),
      );
      return last ? { ...extra, ...known } : { ...known, ...extra };
    });
  const wrap = fc.constantFrom<(events: readonly LogEvent[]) => string>(
    (events) => logFile(events),
    (events) => JSON.stringify({ Records: events }, null, 2),
    (events) => events.map((event) => JSON.stringify(event)).join("\n"),
    (events) => JSON.stringify(events),
    (events) => events.map((event) => logFile([event])).join(""),
    (events) => `\ufeff${logFile(events)}\r\n`,
    (events) => JSON.stringify({ token: "x", Records: events, more: { Records: 1 } }),
  );
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      wrap,
      fc.array(fc.nat(), { maxLength: 12 }),
      (events, wrapping, cuts) => {
        // Numbers are compared after a round trip: -0 is 0 in JSON.
        const plain = JSON.parse(JSON.stringify(events)) as LogEvent[];
        expect(read(wrapping(events), cuts)).toEqual({ events: plain.map(expected), skipped: {} });
      },
    ),
    { numRuns: 400 },
  );
});

test("garbage never throws, and a file of it gives no event", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (bytes, cuts) => void read(Buffer.from(bytes), cuts),
    ),
    { numRuns: 300 },
  );
  const broken = fc.tuple(fc.nat(), fc.nat(255), fc.array(fc.nat(), { maxLength: 8 }));
  const content = Buffer.from(logFile(EVERY_KIND));
  fc.assert(
    fc.property(broken, ([at, byte, cuts]) => {
      const changed = Buffer.from(content);
      changed[at % changed.length] = byte;
      const seen = read(changed, cuts);
      expect(seen.events.length).toBeLessThanOrEqual(EVERY_KIND.length);
      expect(seen).toEqual(read(changed));
    }),
    { numRuns: 300 },
  );
});

test.each([
  [
    "a digest file",
    JSON.stringify({
      awsAccountId: ACCOUNT,
      digestStartTime: "2026-01-01T00:00:00Z",
      digestEndTime: "2026-01-01T01:00:00Z",
      digestS3Object: "x",
      logFiles: [],
    }),
    { digest: 1 },
  ],
  ["an empty file", "", { empty: 1 }],
  ["plain text", "hello\nworld\n", { notJson: 2 }],
  [
    "an Insights event",
    logFile([logEvent({ call: "ec2:RunInstances", more: { eventType: "AwsCloudTrailInsight" } })]),
    { insight: 1 },
  ],
  [
    "Insights events as CloudTrail writes them",
    logFile([
      {
        eventVersion: "1.07",
        eventTime: "2026-01-15T12:00:00Z",
        awsRegion: "us-east-1",
        eventID: "a",
        eventType: "AwsCloudTrailInsight",
        recipientAccountId: ACCOUNT,
        sharedEventID: "b",
        insightDetails: {
          state: "Start",
          eventSource: "ssm.amazonaws.com",
          eventName: "UpdateInstanceInformation",
          insightType: "ApiCallRateInsight",
          insightContext: {
            statistics: { baseline: { average: 85.4 }, insight: { average: 664 }, insightDuration: 1 },
          },
        },
        eventCategory: "Insight",
      },
    ]),
    { insight: 1 },
  ],
  [
    "records that are none",
    '{"Records":[1,"x",null,[1],{"a":1},{"eventName":5,"eventSource":"iam.amazonaws.com"}]}',
    { notAnEvent: 5, notJson: 1 },
  ],
  ["a file that ends in a record", logFile([EVERY_KIND[0]!]).slice(0, 400), { truncated: 1 }],
  ["a file that ends behind a record", logFile([EVERY_KIND[0]!]).slice(0, -2), { truncated: 1 }],
  ["broken JSON in the list", '{"Records":[{"eventName" "x"}]}', { brokenJson: 1 }],
  ["a number without an end", `{"Records":[${"1".repeat(1000)}]}`, { brokenJson: 1 }],
])("%s is counted as such", (_, content, skipped) => {
  for (const cuts of [[], [1, 5, 17, 100], [...content.slice(0, 2000)].map((__, i) => i)])
    expect(read(content, cuts).skipped).toEqual(skipped);
});

test("a line that is broken does not take the next one along", () => {
  const line = JSON.stringify(EVERY_KIND[0]);
  const seen = read(`${line}\n{"eventName": Oops!}\n${line}\nnot json at all {"\n${line}\n`);
  expect(seen.events).toHaveLength(3);
  expect(seen.skipped).toEqual({ notJson: 2 });
});

test("a record larger than any event is skipped, and what follows is read", () => {
  const large = logEvent({
    call: "iam:CreateUser",
    request: { text: `${"x".repeat(5000)}"]}{[`, deep: [[{ a: '"}' }]] },
  });
  const [first, second] = [EVERY_KIND[0]!, EVERY_KIND[1]!];
  for (const content of [
    logFile([first, large, second]),
    [first, large, second].map((e) => JSON.stringify(e)).join("\n"),
    `{"Records":[${JSON.stringify(first)},${JSON.stringify("y".repeat(9000))},${JSON.stringify(second)}]}`,
  ]) {
    fc.assert(
      fc.property(fc.array(fc.nat(content.length), { maxLength: 10 }), (cuts) => {
        expect(read(content, cuts, 2048)).toEqual({ events: [first, second].map(expected), skipped: { tooLarge: 1 } });
      }),
    );
  }
});

test("what other tools print is understood", () => {
  const event = EVERY_KIND[0]!;
  const embedded = JSON.stringify(event);
  for (const content of [
    JSON.stringify({ Events: [{ EventId: "1", EventName: "x", CloudTrailEvent: embedded, Username: "ci" }] }, null, 4),
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: ACCOUNT,
      logEvents: [{ id: "1", timestamp: 1, message: embedded }],
    }),
    JSON.stringify({ version: "0", "detail-type": "AWS API Call via CloudTrail", source: "aws.iam", detail: event }),
  ]) {
    for (const cuts of [[], [3, 50, 90, 200, 333]])
      expect(read(content, cuts)).toEqual({ events: [expected(event)], skipped: {} });
  }
  expect(read(JSON.stringify({ Events: [{ CloudTrailEvent: "not json" }] })).skipped).toEqual({ notJson: 1 });
  for (const content of [
    JSON.stringify({ NextToken: "t", Events: [{ CloudTrailEvent: embedded }] }),
    JSON.stringify({ Events: [{ CloudTrailEvent: embedded }], NextToken: "t" }),
    JSON.stringify({ events: [{ message: embedded }], nextToken: "t" }),
    // Elastic gives ten hits where nobody asked for more, Insights as many as its limit.
    JSON.stringify({ took: 1, hits: { total: { value: 11, relation: "eq" }, hits: [{ _source: event }] } }),
    JSON.stringify({ hits: { hits: [{ _source: event }], total: 2 }, timed_out: false }),
    JSON.stringify({
      results: [[{ field: "@message", value: embedded }]],
      statistics: { recordsMatched: 20_000, recordsScanned: 30_000 },
      status: "Complete",
    }),
    JSON.stringify({ statistics: { recordsMatched: 2 }, results: [[{ field: "@message", value: embedded }]] }),
  ])
    for (const cuts of [[], [3, 50, 90, 200, 333, 700, 1000]])
      expect(read(content, cuts)).toEqual({ events: [expected(event)], skipped: { morePages: 1 } });
  for (const content of [
    JSON.stringify({ hits: { total: { value: 1, relation: "eq" }, hits: [{ _source: event }] } }),
    JSON.stringify({ results: [[{ field: "@message", value: embedded }]], statistics: { recordsMatched: 1 } }),
  ])
    for (const cuts of [[], [3, 50, 90, 200, 333, 700, 1000]])
      expect(read(content + content, cuts)).toEqual({ events: [expected(event), expected(event)], skipped: {} });
});

test("fields that are missing or of another kind are missing", () => {
  const seen = read(
    '{"Records":[{"eventName":"A","eventSource":"b.amazonaws.com","userIdentity":7,"eventTime":5,"userAgent":null,"requestParameters":[1]}]}',
  );
  expect(seen.events).toEqual([{ name: "A", source: "b.amazonaws.com", seconds: -1, request: [1] }]);
});

test("times", () => {
  const of = (text: string): number => secondsOf(Buffer.from(text), 0, text.length);
  fc.assert(
    fc.property(
      fc.date({ min: new Date("1970-01-01T00:00:00Z"), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true }),
      (date) => expect(of(date.toISOString())).toBe(Math.floor(date.getTime() / 1000)),
    ),
  );
  expect(timeText(of("2026-02-28T23:59:59Z"))).toBe("2026-02-28T23:59:59Z");
  for (const wrong of [
    "",
    "2026-02-28",
    "2026-13-01T00:00:00Z",
    "2026-02-28T24:00:00Z",
    "2026-02-28T00:00:00+01:00",
    "2026-02-2xT00:00:00Z",
    "28.02.2026 00:00:00Z",
  ])
    expect(of(wrong)).toBe(-1);
});
