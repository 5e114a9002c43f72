import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { trailFinding } from "../../../../modules/live/verify/trails";
import { formatProblem } from "../../../../modules/kernel/errors";
import { exampleWith } from "../../../support/environments";

const ARN = "arn:aws:cloudtrail:eu-central-1:111111111111:trail/audit";

/** CloudTrail of a management account that has one trail, which logs all management events of every Region. */
function cloudTrail(organization: boolean): Promise<Server> {
  const answers: Readonly<Record<string, unknown>> = {
    ListTrails: { Trails: [{ TrailARN: ARN, Name: "audit", HomeRegion: "eu-central-1" }] },
    DescribeTrails: {
      trailList: [
        {
          Name: "audit",
          HomeRegion: "eu-central-1",
          IsMultiRegionTrail: true,
          IsOrganizationTrail: organization,
          TrailARN: ARN,
        },
      ],
    },
    GetTrailStatus: { IsLogging: true },
    GetEventSelectors: { EventSelectors: [] },
  };
  const server = createServer((request, response) => {
    const action = String(request.headers["x-amz-target"]).split(".").pop()!;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    request.resume().on("end", () => response.end(JSON.stringify(answers[action])));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

describe("the trail that alarms are made of", () => {
  test.each([
    ["management account, its own trail", false, false, "seen"],
    ["management account, an organization trail", true, false, "seen"],
    ["member account, an organization trail", true, true, "seen"],
    ["member account, a trail of the management account alone", false, true, "missing"],
  ] as const)("users in a %s", async (_, organization, ofMember, verdict) => {
    const server = await cloudTrail(organization);
    const finding = await trailFinding(
      {
        region: "eu-central-1",
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
      },
      ofMember,
    ).finally(() => server.close());
    expect(finding.verdict).toBe(verdict);
    if (verdict === "missing")
      expect(finding.details[0]).toMatch(/^no organization trail is multi-region and logs: audit/);
  });

  test.each([
    ["management", false],
    ["identity", true],
  ])("facts with a trail of the management account alone, home account %s", (home, fails) => {
    const { problems } = exampleWith({
      baseline: [["homeAccount: management", `homeAccount: ${home}`]],
      organization: [["    organization: true\n", "    organization: false\n"]],
    });
    const text = problems.map(formatProblem).filter((one) => one.includes("FACTS-NO-TRAIL"));
    expect(text).toHaveLength(fails ? 1 : 0);
    if (fails) expect(text[0]).toContain("that logs what happens in identity, which takes an organization trail");
  });
});
