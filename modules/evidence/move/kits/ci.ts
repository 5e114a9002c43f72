import { stringify } from "yaml";
import type { CI_SYSTEMS } from "../../../config/key-moves";
import type { PlannedOidc } from "../types";
import { callerIdentity, Kit, KEY_WINS, KitInput, removeSecrets } from "./kit";

/** Kits for jobs that hold an OIDC token. */

type Make = (input: KitInput, planned: PlannedOidc, subjects: readonly string[]) => Kit;

const TOKEN_FILE = "/tmp/aws-web-identity-token";

/** Keys of the environment win: a job that still has them would pass the check and use the old key. */
const UNSET = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

function audienceText({ audience }: PlannedOidc): string {
  return audience === undefined ? "an audience that is not known" : `the audience ${audience}`;
}

function common(planned: PlannedOidc): Pick<Kit, "check" | "notes"> {
  return {
    check: [callerIdentity(planned.roleName)],
    notes: [
      KEY_WINS,
      `The role trusts tokens of ${planned.issuerUrl} with ${audienceText(planned)} and the subjects of the baseline alone.`,
    ],
  };
}

const github: Make = (input, planned, subjects) => {
  const { move } = input;
  // The token names an environment only where the job does.
  const environment = subjects.map((one) => /:environment:([^:*]+)$/.exec(one)?.[1]).find((one) => one !== undefined);
  const text = `name: deploy
on:
  push:
    branches: [main]
permissions:
  contents: read
  # Without it GitHub gives the job no token.
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
${environment === undefined ? "" : `    environment: ${JSON.stringify(environment)}\n`}    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - uses: aws-actions/configure-aws-credentials@8df5847569e6427dd6c4fb1cf565c83acfa8afa7 # v6.0.0
        with:
          role-to-assume: ${planned.roleArn}
          role-session-name: ${move.name.slice(0, 64)}
          aws-region: ${planned.region}
      - run: aws sts get-caller-identity
`;
  return {
    title: "GitHub Actions: a role in place of the key",
    files: [{ name: move.consumer.file ?? ".github/workflows/deploy.yml", language: "yaml", text }],
    steps: [
      "Take `permissions` and the step `configure-aws-credentials` into the job; leave the rest of it as it is.",
      "Take `aws-access-key-id` and `aws-secret-access-key` out of the step: with them the action does not ask for the role.",
    ],
    remove: [
      removeSecrets(
        move,
        "Settings → Secrets and variables → Actions, of the repository, its environments and the organization",
      ),
    ],
    ...common(planned),
  };
};

const gitlab: Make = (input, planned) => {
  const { move } = input;
  const text = stringify({
    deploy: {
      id_tokens: { AWS_TOKEN: { aud: planned.audience ?? "TO-FILL-IN" } },
      variables: { AWS_ROLE_ARN: planned.roleArn, AWS_REGION: planned.region, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE },
      before_script: [UNSET, `(umask 077 && printf '%s' "$AWS_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE")`],
      script: ["aws sts get-caller-identity"],
    },
  });
  return {
    title: "GitLab CI/CD: a role in place of the key",
    files: [{ name: move.consumer.file ?? ".gitlab-ci.yml", language: "yaml", text }],
    steps: [
      "Take `id_tokens`, `variables` and `before_script` into the job; SDKs and the CLI find the role by the variables.",
    ],
    remove: [removeSecrets(move, "Settings → CI/CD → Variables, of the project and its groups")],
    ...common(planned),
  };
};

const hcpTerraform: Make = (input, planned) => {
  const { move } = input;
  const variable = (name: string, value: string): string => `resource "tfe_variable" "${name.toLowerCase()}" {
  workspace_id = var.workspace_id
  category     = "env"
  key          = "${name}"
  value        = "${value}"
}
`;
  return {
    title: "HCP Terraform: a role in place of the key",
    files: [
      {
        name: move.consumer.file ?? "workspace.tf",
        language: "hcl",
        text: `variable "workspace_id" {
  type = string
}

${variable("TFC_AWS_PROVIDER_AUTH", "true")}
${variable("TFC_AWS_RUN_ROLE_ARN", planned.roleArn)}`,
      },
    ],
    steps: [
      "Set the two environment variables at the workspace, by this Terraform or by hand; the AWS provider needs no other setting.",
    ],
    remove: [removeSecrets(move, "Variables of the workspace, and every variable set that it has")],
    ...common(planned),
    check: [
      "A plan of the workspace passes, and CloudTrail shows `AssumeRoleWithWebIdentity` of the role.",
      ...common(planned).check,
    ],
  };
};

const circleci: Make = (input, planned) => {
  const { move } = input;
  const text = stringify({
    version: 2.1,
    jobs: {
      deploy: {
        docker: [{ image: "cimg/aws:2024.03" }],
        environment: {
          AWS_ROLE_ARN: planned.roleArn,
          AWS_REGION: planned.region,
          AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE,
        },
        steps: [
          "checkout",
          {
            run: {
              name: "Become the role",
              command: `echo '${UNSET}' >> "$BASH_ENV"\n(umask 077 && printf '%s' "$CIRCLE_OIDC_TOKEN_V2" > "$AWS_WEB_IDENTITY_TOKEN_FILE")\n`,
            },
          },
          { run: { name: "Who am I", command: "aws sts get-caller-identity" } },
        ],
      },
    },
    workflows: { deploy: { jobs: ["deploy"] } },
  });
  return {
    title: "CircleCI: a role in place of the key",
    files: [{ name: move.consumer.file ?? ".circleci/config.yml", language: "yaml", text }],
    steps: ["Take `environment` and the step into the job; SDKs and the CLI find the role by the variables."],
    remove: [removeSecrets(move, "Project settings → Environment variables, and the contexts of the organization")],
    ...common(planned),
  };
};

const bitbucket: Make = (input, planned) => {
  const { move } = input;
  const text = stringify({
    pipelines: {
      branches: {
        main: [
          {
            step: {
              name: "Deploy",
              oidc: true,
              script: [
                UNSET,
                `export AWS_ROLE_ARN=${planned.roleArn} AWS_REGION=${planned.region} AWS_WEB_IDENTITY_TOKEN_FILE=${TOKEN_FILE}`,
                `(umask 077 && printf '%s' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE")`,
                "aws sts get-caller-identity",
              ],
            },
          },
        ],
      },
    },
  });
  return {
    title: "Bitbucket Pipelines: a role in place of the key",
    files: [{ name: move.consumer.file ?? "bitbucket-pipelines.yml", language: "yaml", text }],
    steps: ["Take `oidc: true` and the first three lines of `script` into the step."],
    remove: [
      removeSecrets(move, "Repository settings → Repository variables, deployments, and the workspace's variables"),
    ],
    ...common(planned),
  };
};

const jenkins: Make = (input, planned) => {
  const { move } = input;
  return {
    title: "Jenkins: a role in place of the key",
    files: [
      {
        name: move.consumer.file ?? "Jenkinsfile",
        language: "groovy",
        text: `pipeline {
  agent any
  environment {
    AWS_ROLE_ARN = '${planned.roleArn}'
    AWS_REGION = '${planned.region}'
  }
  stages {
    stage('Deploy') {
      steps {
        withCredentials([file(credentialsId: 'aws-token', variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {
          sh 'aws sts get-caller-identity'
        }
      }
    }
  }
}
`,
      },
    ],
    steps: [
      "Install the plugin *OpenID Connect Provider*, and make the credential `aws-token` of the kind *OpenID Connect id token as file*, " +
        `with ${audienceText(planned)}.`,
      "AWS has to reach the issuer: publish its two documents where Jenkins itself is not public.",
    ],
    remove: [removeSecrets(move, "Manage Jenkins → Credentials, and the settings of the nodes")],
    ...common(planned),
  };
};

/** By the system that runs the job. */
export const CI_KITS: Readonly<Record<(typeof CI_SYSTEMS)[number], Make>> = {
  github,
  gitlab,
  "hcp-terraform": hcpTerraform,
  circleci,
  bitbucket,
  jenkins,
};
