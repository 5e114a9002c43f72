import { stringify } from "yaml";
import type { SnippetContext } from "../inventory/replacement";
import { slug } from "../inventory/replacement";
import type { Baseline } from "../../sections/schema";
import type { KeyMove } from "./types";

/** What a move adds to `baseline.yaml`. */
export interface Addition {
  /** The list that it goes into. */
  readonly path: readonly string[];
  readonly item: Readonly<Record<string, unknown>>;
}

export interface Additions {
  readonly additions: readonly Addition[];
  /** What nobody knows yet. Not empty: it is printed to be filled in, and never written. */
  readonly toFillIn: readonly string[];
  /** Worth knowing. */
  readonly comments: readonly string[];
}

const OWN_ISSUER: Readonly<
  Record<string, { readonly issuerUrl: string; readonly audience: string; readonly subject: string }>
> = {
  // https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
  circleci: {
    issuerUrl: "https://oidc.circleci.com/org/ORGANIZATION-ID",
    audience: "ORGANIZATION-ID",
    subject: "org/ORGANIZATION-ID/project/PROJECT-ID/user/*",
  },
  // https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/
  bitbucket: {
    issuerUrl: "https://api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc",
    audience: "ari:cloud:bitbucket::workspace/WORKSPACE-UUID",
    subject: "{REPOSITORY-UUID}:*",
  },
  // https://plugins.jenkins.io/oidc-provider/
  jenkins: {
    issuerUrl: "https://JENKINS.EXAMPLE.COM/oidc",
    audience: "sts.amazonaws.com",
    subject: "https://JENKINS.EXAMPLE.COM/job/JOB/",
  },
};

const SUBJECTS: Readonly<Record<string, string>> = {
  github: "repo:OWNER/REPOSITORY:environment:production",
  gitlab: "project_path:GROUP/PROJECT:ref_type:branch:ref:main",
  "hcp-terraform": "organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:*",
};

/** The section of the baseline for a move: role, trust and permissions. Nothing is added that is there already. */
export function baselineAdditions(move: KeyMove, baseline: Baseline, snippets: SnippetContext): Additions {
  const { destination } = move;
  switch (destination.kind) {
    case "oidc":
      return destination.planned ? NOTHING : oidcAdditions(move, destination, snippets);
    case "rolesAnywhere":
      return destination.planned ? NOTHING : anywhereAdditions(move, destination.workload, snippets);
    case "identityCenter": {
      if (destination.planned) return NOTHING;
      const known = baseline.identityCenter?.permissionSets.some(({ name }) => name === destination.permissionSet);
      return {
        additions: [
          ...(known === true
            ? []
            : [
                {
                  path: ["identityCenter", "permissionSets"],
                  item: { name: destination.permissionSet, inlinePolicy: policyOf(move) },
                },
              ]),
          {
            path: ["identityCenter", "assignments"],
            item: {
              group: destination.group,
              permissionSet: destination.permissionSet,
              targets: [{ account: move.accountName }],
            },
          },
        ],
        toFillIn: baseline.identityCenter ? noActions(move, known === true) : ["identityCenter.managedFrom"],
        comments: [],
      };
    }
    case "exception":
      return destination.planned ? NOTHING : exceptionAdditions(move, destination.name);
    case "role":
      return {
        additions: [],
        toFillIn: [],
        comments: [
          `The role ${destination.roleArn} is made where the compute is. It needs this policy:`,
          ...stringify(policyOf(move), { lineWidth: 0 }).trimEnd().split("\n"),
        ],
      };
  }
}

const NOTHING: Additions = { additions: [], toFillIn: [], comments: [] };

function oidcAdditions(
  move: KeyMove,
  destination: Extract<KeyMove["destination"], { readonly kind: "oidc" }>,
  snippets: SnippetContext,
): Additions {
  const { system = "github", subjects, workload } = destination;
  const own = OWN_ISSUER[system];
  const kind = own ? "custom" : system;
  const fits = snippets.oidcProviders.filter((one) => one.kind === kind);
  // Several issuers of one's own are not told apart by their kind.
  const known = own ? undefined : fits[0];
  const provider = known?.name ?? slug(`${system}-${snippets.accountName}`);
  const toFillIn = [
    ...(destination.system === undefined ? ["destination.oidc.system"] : []),
    ...(subjects.length === 0 ? ["destination.oidc.subject: whose token becomes the role"] : []),
    ...(own ? ["the issuer and its audience"] : []),
    ...noActions(move),
  ];
  return {
    additions: [
      ...(known
        ? []
        : [
            {
              path: ["workloadIdentity", "oidcProviders"],
              item: {
                name: provider,
                kind,
                account: snippets.accountName,
                ...(own ? { issuerUrl: own.issuerUrl, audiences: [own.audience] } : {}),
              },
            },
          ]),
      {
        path: ["workloadIdentity", "oidcRoles"],
        item: {
          name: workload,
          provider,
          subjects: subjects.length > 0 ? subjects : [own?.subject ?? SUBJECTS[system]!],
          inlinePolicy: policyOf(move),
        },
      },
    ],
    toFillIn,
    comments: wide(move),
  };
}

function anywhereAdditions(move: KeyMove, workload: string, { trustAnchor, accountName }: SnippetContext): Additions {
  const anchor = trustAnchor ?? slug(`${accountName}-ca`);
  return {
    additions: [
      ...(trustAnchor === undefined
        ? [
            {
              path: ["workloadIdentity", "trustAnchors"],
              item: { name: anchor, account: accountName, certificateBundleFile: "certificates/ca.pem" },
            },
          ]
        : []),
      {
        path: ["workloadIdentity", "rolesAnywhere"],
        item: { name: workload, trustAnchor: anchor, subject: { commonName: workload }, inlinePolicy: policyOf(move) },
      },
    ],
    toFillIn: [...(trustAnchor === undefined ? ["the CA: the account has no trust anchor"] : []), ...noActions(move)],
    comments: [
      `The certificate's common name has to be ${workload}; change it in both places if it is another.`,
      ...wide(move),
    ],
  };
}

function exceptionAdditions(move: KeyMove, name: string): Additions {
  return {
    additions: [
      {
        path: ["guardrails", "exceptions"],
        item: {
          name,
          principal: `arn:aws:iam::${move.accountId}:user/${move.user}`,
          guardrails: ["deny-long-term-key-use"],
          owner: move.owner,
          reason: move.usedBy,
          expires: move.until ?? "YYYY-MM-DD",
        },
      },
    ],
    toFillIn: move.until === undefined ? ["until: the day on which the exception ends"] : [],
    comments: [],
  };
}

function noActions({ actions, actionsNotLogged }: KeyMove, known = false): readonly string[] {
  return known || actions.length + actionsNotLogged.length > 0 ? [] : ["actions: what the role may do"];
}

function wide({ resources }: KeyMove): readonly string[] {
  return resources.includes("*") ? ["Resource is everything: name what it needs under resources of the move."] : [];
}

/** The least that the evidence asks for. */
export function policyOf({ actions, actionsNotLogged, resources }: KeyMove): Readonly<Record<string, unknown>> {
  const all = [...new Set([...actions, ...actionsNotLogged])].sort();
  return {
    Statement: [
      {
        Sid: "MovedFromKey",
        Effect: "Allow",
        Action: all.length > 0 ? all : ["SERVICE:ACTION"],
        Resource: resources.length === 1 ? resources[0] : resources,
      },
    ],
  };
}

/** As YAML to paste. */
export function additionsText({ additions, toFillIn, comments }: Additions): string {
  const tree: Record<string, Record<string, unknown[]>> = {};
  for (const { path, item } of additions) {
    const [section = "", list = ""] = path;
    ((tree[section] ??= {})[list] ??= []).push(item);
  }
  return [
    ...toFillIn.map((one) => `# To fill in: ${one}\n`),
    ...comments.map((one) => `# ${one}\n`),
    additions.length > 0 ? stringify(tree, { lineWidth: 0 }) : "",
  ].join("");
}
