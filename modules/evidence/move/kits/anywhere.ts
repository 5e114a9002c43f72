import { stringify } from "yaml";
import type { HOSTS } from "../../../config/key-moves";
import type { PlannedAnywhere } from "../types";
import { callerIdentity, Kit, KEY_WINS, KitFile, KitInput, removeSecrets } from "./kit";

/** Kits for workloads outside AWS that hold a certificate. https://docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html */

const PORT = "9911";
const ENDPOINT = `http://127.0.0.1:${PORT}`;

/** AWS makes up the ids in two of the three ARNs: these commands ask for them. */
function arns(workload: string, planned: PlannedAnywhere): KitFile {
  const { region } = planned;
  return {
    name: "The ARNs, asked once by whoever may read IAM Roles Anywhere in the account",
    language: "sh",
    text: `export TRUST_ANCHOR_ARN="$(aws rolesanywhere list-trust-anchors --region ${region} --query "trustAnchors[?name=='${planned.trustAnchor}'].trustAnchorArn" --output text)"
export PROFILE_ARN="$(aws rolesanywhere list-profiles --region ${region} --query "profiles[?name=='${workload}'].profileArn" --output text)"
printf 'TRUST_ANCHOR_ARN=%s\\nPROFILE_ARN=%s\\n' "$TRUST_ANCHOR_ARN" "$PROFILE_ARN"
`,
  };
}

type Make = (input: KitInput, workload: string, planned: PlannedAnywhere) => Kit;

const base = (
  { move }: KitInput,
  planned: PlannedAnywhere,
  where: string,
): Pick<Kit, "remove" | "check" | "notes"> => ({
  remove: [removeSecrets(move, where)],
  check: [callerIdentity(planned.roleName)],
  notes: [
    KEY_WINS,
    `The certificate's subject has to be ${planned.subject}, issued by the CA of the trust anchor ${planned.trustAnchor}. Its private key stays on the machine.`,
    "The certificate ends: renew it in time, or the workload stands still.",
  ],
});

const linux: Make = (input, workload, planned) => {
  const helper = `--certificate /etc/keyless/${workload}.pem --private-key /etc/keyless/${workload}.key`;
  return {
    title: "IAM Roles Anywhere on Linux: a certificate in place of the key",
    files: [
      {
        name: input.move.consumer.file ?? "~/.aws/config of the user that runs the workload",
        language: "ini",
        text: `[default]
region = ${planned.region}
credential_process = /usr/local/bin/aws_signing_helper credential-process ${helper} --trust-anchor-arn TRUST_ANCHOR_ARN --profile-arn PROFILE_ARN --role-arn ${planned.roleArn}
`,
      },
      arns(workload, planned),
      {
        name: `/etc/systemd/system/keyless-${workload}.service`,
        language: "systemd",
        text: `[Unit]
Description=AWS credentials for ${workload} by IAM Roles Anywhere
Wants=network-online.target
After=network-online.target

[Service]
# TRUST_ANCHOR_ARN and PROFILE_ARN, as printed above.
EnvironmentFile=/etc/keyless/${workload}.env
User=${workload.slice(0, 31)}
ExecStart=/usr/local/bin/aws_signing_helper serve ${helper} --trust-anchor-arn \${TRUST_ANCHOR_ARN} --profile-arn \${PROFILE_ARN} --role-arn ${planned.roleArn} --port ${PORT}
Restart=on-failure
RestartSec=5
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`,
      },
    ],
    steps: [
      "Take one of the two ways: `credential_process` for one program, the systemd unit for a host whose programs read no AWS configuration.",
      "Replace TRUST_ANCHOR_ARN and PROFILE_ARN in the configuration by what the commands print.",
      `With the unit the workload gets \`AWS_EC2_METADATA_SERVICE_ENDPOINT=${ENDPOINT}\` in its environment, and no \`AWS_EC2_METADATA_DISABLED\`.`,
    ],
    ...base(input, planned, "~/.aws/credentials, the environment of the service, and where the two come from"),
    notes: [
      ...base(input, planned, "").notes,
      `Everybody on the host can ask ${ENDPOINT} for credentials: use the unit only where the host is the workload's own.`,
    ],
  };
};

const windows: Make = (input, workload, planned) => {
  const folder = "C:\\ProgramData\\keyless";
  return {
    title: "IAM Roles Anywhere on Windows: a certificate in place of the key",
    files: [
      {
        name: `${folder}\\config`,
        language: "ini",
        text: `[default]
region = ${planned.region}
credential_process = "C:\\Program Files\\Amazon\\aws_signing_helper.exe" credential-process --cert-selector file://${folder}\\selector.json --system-store-name MY --trust-anchor-arn TRUST_ANCHOR_ARN --profile-arn PROFILE_ARN --role-arn ${planned.roleArn}
`,
      },
      {
        name: `${folder}\\selector.json`,
        language: "json",
        text: `${JSON.stringify([{ Key: "x509Subject", Value: planned.subject.replace(/, /g, ",") }], null, 2)}\n`,
      },
      arns(workload, planned),
      {
        name: "The service, in an administrator's PowerShell",
        language: "powershell",
        text: `$service = 'SERVICE'
New-ItemProperty -Force -Path "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\$service" -Name Environment -PropertyType MultiString \`
  -Value @('AWS_CONFIG_FILE=${folder}\\config', 'AWS_PROFILE=default')
Restart-Service -Name $service
`,
      },
    ],
    steps: [
      "Put the certificate and its private key into the store *My* of the account that runs the service, the key not exportable, and let that account use it.",
      "Replace TRUST_ANCHOR_ARN, PROFILE_ARN and SERVICE. Setting `Environment` replaces what the service has there: keep its other lines.",
    ],
    ...base(
      input,
      planned,
      "the service's environment, its settings, and %USERPROFILE%\\.aws\\credentials of its account",
    ),
  };
};

const kubernetes: Make = (input, workload, planned) => ({
  title: "IAM Roles Anywhere in Kubernetes: a certificate in place of the key",
  files: [
    {
      name: input.move.consumer.file ?? "deployment.yaml",
      language: "yaml",
      text: stringify(
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: workload },
          spec: {
            selector: { matchLabels: { app: workload } },
            template: {
              metadata: { labels: { app: workload } },
              spec: {
                initContainers: [
                  {
                    name: "aws-credentials",
                    // A sidecar: it starts before the workload and stays.
                    restartPolicy: "Always",
                    image: "REGISTRY/aws-signing-helper:VERSION",
                    command: ["/aws_signing_helper"],
                    args: [
                      "serve",
                      "--certificate=/certificate/tls.crt",
                      "--private-key=/certificate/tls.key",
                      "--trust-anchor-arn=$(TRUST_ANCHOR_ARN)",
                      "--profile-arn=$(PROFILE_ARN)",
                      `--role-arn=${planned.roleArn}`,
                      `--port=${PORT}`,
                    ],
                    envFrom: [{ configMapRef: { name: `${workload}-roles-anywhere` } }],
                    volumeMounts: [{ name: "certificate", mountPath: "/certificate", readOnly: true }],
                    securityContext: {
                      allowPrivilegeEscalation: false,
                      readOnlyRootFilesystem: true,
                      runAsNonRoot: true,
                    },
                  },
                ],
                containers: [
                  {
                    name: workload,
                    image: "REGISTRY/WORKLOAD:VERSION",
                    env: [
                      { name: "AWS_EC2_METADATA_SERVICE_ENDPOINT", value: ENDPOINT },
                      { name: "AWS_REGION", value: planned.region },
                    ],
                  },
                ],
                volumes: [{ name: "certificate", secret: { secretName: `${workload}-certificate` } }],
              },
            },
          },
        },
        { lineWidth: 0 },
      ),
    },
    arns(workload, planned),
  ],
  steps: [
    `Make the ConfigMap \`${workload}-roles-anywhere\` with what the commands print: TRUST_ANCHOR_ARN and PROFILE_ARN.`,
    `Let your issuer (cert-manager and the like) write the certificate into the Secret \`${workload}-certificate\` (tls.crt, tls.key).`,
    "Build the sidecar's image from AWS's release of aws_signing_helper, and fill in REGISTRY and VERSION. The sidecar needs Kubernetes 1.29.",
  ],
  ...base(input, planned, "the Secret that holds the key, and the env of the container"),
  remove: [removeSecrets(input.move, "the Secret that holds the key, and the env of the container")],
});

/** By what the workload runs on. */
export const ANYWHERE_KITS: Readonly<Record<(typeof HOSTS)[number], Make>> = { linux, windows, kubernetes };
