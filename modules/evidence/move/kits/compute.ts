import { stringify } from "yaml";
import type { COMPUTES } from "../../../config/key-moves";
import { callerIdentity, Kit, KEY_WINS, KitInput, removeSecrets } from "./kit";

/** Kits for compute in AWS, which has a role of its own. */

type Make = (input: KitInput, roleArn: string) => Kit;

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

function kit(
  input: KitInput,
  roleArn: string,
  service: string,
  where: string,
  rest: Omit<Kit, "remove" | "check" | "notes">,
): Kit {
  return {
    ...rest,
    remove: [removeSecrets(input.move, where)],
    check: [callerIdentity(nameOf(roleArn))],
    notes: [
      KEY_WINS,
      `The role's trust policy has to let \`${service}\` become it (sts:AssumeRole), and its policy has to allow what the move lists.`,
    ],
  };
}

const ec2: Make = (input, roleArn) =>
  kit(
    input,
    roleArn,
    "ec2.amazonaws.com",
    "~/.aws/credentials, the environment of the service, and the parameter or secret that they come from",
    {
      title: "EC2: the instance's role in place of the key",
      files: [
        {
          name:
            input.move.consumer.file ?? "The instance, by whoever runs it (better in its Terraform or launch template)",
          language: "sh",
          text: `aws ec2 associate-iam-instance-profile --instance-id INSTANCE-ID --iam-instance-profile Name=${nameOf(roleArn)}
`,
        },
      ],
      steps: [
        "An instance has one profile. Where it has one already, give that role the policy, and name that role in the move.",
        `The instance profile has to hold ${roleArn}; it often has the role's name, and may have another.`,
        "With containers on the instance the hop limit of IMDSv2 has to be 2: `aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2`.",
      ],
    },
  );

const ecs: Make = (input, roleArn) =>
  kit(input, roleArn, "ecs-tasks.amazonaws.com", "environment and secrets of the container in the task definition", {
    title: "ECS: the task's role in place of the key",
    files: [
      {
        name: input.move.consumer.file ?? "task-definition.json",
        language: "json",
        text: `${JSON.stringify({ taskRoleArn: roleArn }, null, 2)}\n`,
      },
    ],
    steps: [
      "Put `taskRoleArn` into the task definition (not `executionRoleArn`, which is ECS's own), register it, and update the service.",
    ],
  });

const eks: Make = (input, roleArn) =>
  kit(input, roleArn, "pods.eks.amazonaws.com", "the Secret that holds the key, and the env of the container", {
    title: "EKS: Pod Identity in place of the key",
    files: [
      {
        name: input.move.consumer.file ?? "service-account.yaml",
        language: "yaml",
        text: stringify({
          apiVersion: "v1",
          kind: "ServiceAccount",
          metadata: { name: "WORKLOAD".toLowerCase(), namespace: "namespace" },
        }),
      },
      {
        name: "The association, by whoever runs the cluster (better in its Terraform)",
        language: "sh",
        text: `aws eks create-pod-identity-association --cluster-name CLUSTER --namespace namespace --service-account workload --role-arn ${roleArn}
`,
      },
      {
        name: "Trust policy of the role",
        language: "json",
        text: `${JSON.stringify(
          {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "pods.eks.amazonaws.com" },
                Action: ["sts:AssumeRole", "sts:TagSession"],
              },
            ],
          },
          null,
          2,
        )}\n`,
      },
    ],
    steps: [
      "The cluster needs the add-on *Amazon EKS Pod Identity Agent*; Fargate has none: use the role of the service account (IRSA) there.",
      "Name the service account in the pod (`serviceAccountName`), fill in CLUSTER and namespace, and start the pods again.",
    ],
  });

const lambda: Make = (input, roleArn) =>
  kit(
    input,
    roleArn,
    "lambda.amazonaws.com",
    "the function's environment variables, and the parameter or secret that they come from",
    {
      title: "Lambda: the function's role in place of the key",
      files: [
        {
          name: input.move.consumer.file ?? "The function, by whoever deploys it (better in its template)",
          language: "sh",
          text: `aws lambda update-function-configuration --function-name FUNCTION --role ${roleArn}
`,
        },
      ],
      steps: [
        "Give the function's own role the policy, and take the key out of the code's client: it needs no credentials in its settings.",
        "Lambda sets AWS_ACCESS_KEY_ID itself, for the role: what has to go are variables of your own with the key.",
      ],
    },
  );

/** By the compute. */
export const COMPUTE_KITS: Readonly<Record<(typeof COMPUTES)[number], Make>> = { ec2, ecs, eks, lambda };
