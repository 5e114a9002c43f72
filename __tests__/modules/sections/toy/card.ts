import { z } from "zod";
import { Around, section } from "../../../../modules/sections/card";
import type { SectionEnvironment } from "../../../../modules/sections/section-environment";

/** A section that nobody has: its card, and in `stack.ts` what makes its stack. A test adds it to the list and to nothing else. */

const toySection = z.strictObject({
  topic: z.string().describe("Name of the topic."),
  roleName: z.string().default("toy"),
  noticeFile: z.string().optional(),
});

interface ToyState {
  readonly topic: string;
  /** From the resolved state of another section. */
  readonly homeAccountId: string;
  readonly managementAccountId: string;
  readonly rootId: string;
  readonly notice: string | undefined;
}

interface ToyNeeds {
  readonly breakGlass: { readonly identity: { readonly homeAccountId: string } };
}

export const toy = section({
  key: "toy",
  schema: toySection.optional(),
  needs: ["breakGlass"],
  files: ({ noticeFile: name }) => (name === undefined ? [] : [{ name, path: ["toy", "noticeFile"] }]),
  announce: ({ baseline }) => ({
    roleNames: [{ name: baseline.toy!.roleName, owner: "the toy's role", path: ["toy", "roleName"] }],
  }),
  resolve: (
    {
      baseline,
      files,
      organization: { managementAccountId, rootId },
    }: SectionEnvironment<{ readonly toy?: z.output<typeof toySection> | undefined }>,
    { problems, resolved }: Around<ToyNeeds>,
  ): ToyState | undefined => {
    if (!baseline.toy) return undefined;
    const { topic, noticeFile } = baseline.toy;
    if (topic === "broken") problems.error("TOY-BROKEN", ["toy", "topic"], "The toy is broken.", "Mend it.");
    const notice = noticeFile === undefined ? undefined : files.get(noticeFile);
    const { homeAccountId } = resolved.breakGlass.identity;
    return { topic, homeAccountId, managementAccountId, rootId, notice };
  },
  summary: (_, state): { readonly toy?: string } => (state ? { toy: `a topic ${state.topic}` } : {}),
  view: ({ toy: shown }) => ({ title: "Toys", parts: [shown, { pairs: [["bell", "none"]] }] }),
  stacks: [
    {
      kind: "toy",
      appliedBy: "pipeline",
      holds: [
        {
          types: ["aws_sns_topic"],
          places: ({ managementAccountId: accountId }, { region }) => [{ stack: "toy", accountId, region }],
        },
      ],
    },
  ],
  stackSets: ({ rootId }, { region, environment }) => [
    {
      name: "keyless-toy",
      description: "A role of the toy in every member account",
      targetIds: [rootId],
      regions: [region],
      template: {
        AWSTemplateFormatVersion: "2010-09-09",
        Description: environment,
        Resources: { Role: { Type: "AWS::IAM::Role", Properties: { RoleName: "keyless-toy", Path: "/keyless/" } } },
      },
    },
  ],
  area: { name: "toys", stake: 8 },
  guards: [{ of: "the peace in the nursery", kinds: ["toy"], types: ["aws_sns_platform_application"] }],
});
