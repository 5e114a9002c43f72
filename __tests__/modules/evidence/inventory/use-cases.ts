/**
 * Who uses a key, as events show it: agents in the forms that SDKs, CLIs, runners and tools document or publish, and made addresses. `truth`
 * is what it is; the verdict may say it, or that it does not know. Counts of agents come in brackets in front.
 */
export type Truth = "aws-compute" | "ci" | "person" | "external-workload" | "mixed" | "stolen";

export interface UseCase {
  readonly why: string;
  readonly truth: Truth;
  readonly agents: readonly string[];
  readonly from: readonly string[];
  readonly denied?: number;
  readonly calls?: readonly string[];
}

const OUT = ["203.0.113.9"];
const HOME = ["10.1.2.3"];
const CARRIER = ["100.64.17.4"];
const GITHUB = ["20.55.1.2", "4.227.3.4"];
const SPREAD = ["203.0.113.9", "198.51.100.7", "192.0.2.44", "45.9.1.2", "91.2.3.4", "185.7.7.7", "5.6.7.8"];
const LISTS = ["sts:GetCallerIdentity", "iam:ListUsers", "s3:ListBuckets", "ec2:DescribeInstances", "ses:GetSendQuota"];
const one = (why: string, truth: Truth, agent: string, from: readonly string[] = OUT): UseCase => ({
  why,
  truth,
  agents: [agent],
  from,
});

export const USE_CASES: readonly UseCase[] = [
  // AWS compute.
  one("Lambda says so", "aws-compute", "Boto3/1.34.0 md/Botocore#1.34 exec-env/AWS_Lambda_python3.12"),
  one("ECS on Fargate says so", "aws-compute", "aws-sdk-java/2.25.0 Linux/5.10.216 exec-env/AWS_ECS_FARGATE"),
  one("CodeBuild says so", "aws-compute", "aws-sdk-go-v2/1.30.3 os/linux exec-env/AWS_CodeBuild_Linux"),
  one(
    "EC2 with Amazon Linux 2: the kernel",
    "aws-compute",
    "Boto3/1.26 Python/3.7.16 Linux/4.14.336-257.562.amzn2.x86_64",
  ),
  one(
    "EC2 with Amazon Linux 2023: the kernel",
    "aws-compute",
    "aws-cli/2.15.30 Python/3.9.16 Linux/6.1.84-99.169.amzn2023.x86_64 source/x86_64.amzn.2023",
  ),
  one(
    "EC2 with Ubuntu's kernel for AWS",
    "aws-compute",
    "Boto3/1.28 Python/3.10.12 Linux/6.2.0-1017-aws Botocore/1.31",
  ),
  one(
    "EC2 with Debian's cloud kernel does not tell",
    "aws-compute",
    "Boto3/1.28 Python/3.11 Linux/6.1.0-18-cloud-amd64",
    HOME,
  ),
  one("EKS with addresses of a carrier, no kernel", "aws-compute", "aws-sdk-go-v2/1.30 os/linux lang/go#1.22", CARRIER),
  one("EKS on Bottlerocket", "aws-compute", "aws-sdk-java/2.25 Linux/5.15.148 bottlerocket", CARRIER),
  one("the SSM agent", "aws-compute", "aws-sdk-go/1.44.260 (go1.20; linux; amd64) amazon-ssm-agent/3.2"),
  one("the CloudWatch agent", "aws-compute", "CWAgent/1.3 CloudWatchAgent (go1.22; linux; amd64)"),
  one("Fluent Bit's image by AWS", "aws-compute", "aws-fluent-bit-plugin aws-for-fluent-bit/2.31", HOME),
  one("a private address alone does not tell: AWS", "aws-compute", "aws-sdk-java/2.25.0 Linux/5.15", HOME),
  one("App Runner says so", "aws-compute", "aws-sdk-nodejs/2.1 exec-env/AWS_APP_RUNNER"),
  one("Glue says so", "aws-compute", "Boto3/1.26 exec-env/AWS_Glue_python3"),
  // CI.
  one(
    "GitHub's action for credentials",
    "ci",
    "aws-sdk-nodejs/3.5 configure-aws-credentials-for-github-actions",
    GITHUB,
  ),
  {
    why: "GitHub: the action is a minority beside the job's Terraform on an Azure kernel",
    truth: "ci",
    agents: [
      "[3] configure-aws-credentials-for-github-actions",
      "[900] HashiCorp/1.0 Terraform/1.9.0 terraform-provider-aws/5.60 Linux/6.5.0-1025-azure",
    ],
    from: GITHUB,
  },
  {
    why: "GitHub: the action, and Boto3 that does not tell",
    truth: "ci",
    agents: ["[1] configure-aws-credentials-for-github-actions", "[50] Boto3/1.34 Python/3.12"],
    from: GITHUB,
  },
  one(
    "GitHub: an Azure kernel alone does not tell",
    "ci",
    "aws-cli/2.17 Python/3.11 Linux/6.8.0-1010-azure exe/x86_64.ubuntu.22",
    GITHUB,
  ),
  one("GitLab's runner", "ci", "gitlab-runner 16.11.0 linux/amd64"),
  one("CircleCI's orb", "ci", "aws-cli/2.15 Python/3.11 circleci-orb/aws-s3"),
  one("Bitbucket Pipelines", "ci", "aws-sdk-js/2.1 bitbucket-pipelines"),
  one("Jenkins' plugin", "ci", "aws-sdk-java/1.12 Linux/5.15 Jenkins/2.440"),
  one(
    "Jenkins on EC2 says both; CI decides",
    "ci",
    "aws-sdk-java/1.12 Linux/5.10.216-204.855.amzn2.x86_64 Jenkins/2.440",
  ),
  one("Buildkite's agent", "ci", "buildkite-agent/3.70 aws-sdk-go/1.44"),
  one("Terraform Cloud", "ci", "APN/1.0 HashiCorp/1.0 Terraform/1.9 TFE Terraform-Cloud terraform-provider-aws/5.60"),
  one("Azure DevOps", "ci", "aws-sdk-nodejs/2.1 AzureDevOps/1.15 VSTS_AGENT", GITHUB),
  one("Argo CD", "ci", "argo-cd-repo-server/2.10 aws-sdk-go/1.50"),
  one("Spinnaker", "ci", "aws-sdk-java/1.12 spinnaker/clouddriver"),
  // People.
  one(
    "AWS CLI on a Mac",
    "person",
    "aws-cli/2.15.0 md/awscrt#0.19 ua/2.0 os/macos#23.4.0 md/arch#arm64 lang/python#3.11",
  ),
  one("AWS CLI v1 on a Mac", "person", "aws-cli/1.32 Python/3.11 Darwin/23.4.0 botocore/1.34"),
  one("AWS CLI on Windows 11", "person", "aws-cli/2.15.0 Python/3.11 Windows/10 exe/AMD64"),
  one(
    "AWS CLI in WSL",
    "person",
    "aws-cli/2.15 Python/3.11 Linux/5.15.146.1-microsoft-standard-WSL2 exe/x86_64.ubuntu.22",
  ),
  one("a container on Docker Desktop", "person", "Boto3/1.34 Python/3.12 Linux/6.6.12-linuxkit"),
  one("a browser", "person", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
  one("CloudShell", "person", "aws-cli/2.15 exec-env/CloudShell"),
  one("Cyberduck", "person", "Cyberduck/8.7.3 (Mac OS X/14.4)"),
  one("S3 Browser", "person", "S3 Browser/11.6.7 (https://s3browser.com)"),
  one("WinSCP", "person", "WinSCP/6.1"),
  one("the toolkit of VS Code", "person", "AWS-Toolkit-For-VSCode/3.1 Visual-Studio-Code/1.88"),
  one("JetBrains", "person", "AWS-Toolkit-For-JetBrains/2.17 IntelliJ"),
  one("CLI at a prompt on Linux", "person", "aws-cli/2.22 md/installer#exe md/prompt#on os/linux#6.8"),
  // Outside of AWS.
  one("Java on a server elsewhere", "external-workload", "aws-sdk-java/2.25.0 Linux/5.15.0-101-generic"),
  one("PHP on a web host", "external-workload", "aws-sdk-php/3.300 OS/Linux#5.14.0-427.el9 lang/php#8.2"),
  one("Windows Server 2019 by Python", "external-workload", "Boto3/1.28 Python/3.11 Windows/2019Server"),
  one("Windows Server 2022 by Node.js", "external-workload", "aws-sdk-js/3.5 os/win32#10.0.20348 lang/js"),
  one("Windows Server 2016 by .NET", "external-workload", "aws-sdk-dotnet-coreclr/3.7 OS/Windows_Server_2016"),
  one("Veeam", "external-workload", "APN/1.0 Veeam/1.0 Backup/12.1"),
  one("a NAS", "external-workload", "Synology/HyperBackup aws-sdk-cpp/1.9"),
  one("rclone", "external-workload", "rclone/v1.66.0"),
  one("a service of a vendor", "external-workload", "APN/1.0 Datadog/1.0 aws-sdk-go/1.44"),
  one(
    "on premises through an endpoint: a private address does not tell",
    "external-workload",
    "Boto3/1.26 Python/3.9 Linux/4.18.0-513.el8",
    ["192.168.4.9"],
  ),
  one(
    "on an Azure machine: its kernel does not tell",
    "external-workload",
    "Boto3/1.26 Python/3.10 Linux/6.5.0-1025-azure",
  ),
  one("CloudFormation on behalf does not tell who", "person", "cloudformation.amazonaws.com", [
    "cloudformation.amazonaws.com",
  ]),
  one("Athena on behalf does not tell who", "external-workload", "athena.amazonaws.com", ["athena.amazonaws.com"]),
  // Several.
  {
    why: "a laptop and a server share it",
    truth: "mixed",
    agents: ["[40] aws-cli/2 os/macos#23", "[60] Boto3/1.34 Windows/2019Server"],
    from: OUT,
  },
  {
    why: "CI and a laptop share it",
    truth: "mixed",
    agents: ["[80] gitlab-runner 16", "[20] aws-cli/2 os/macos#23"],
    from: OUT,
  },
  {
    why: "Lambda and CI share it",
    truth: "mixed",
    agents: ["[50] Boto3 exec-env/AWS_Lambda_python3.12", "[50] Jenkins/2.4"],
    from: OUT,
  },
  {
    why: "a laptop, and mostly programs that do not tell",
    truth: "mixed",
    agents: ["[20] aws-cli/2 os/macos#23", "[80] aws-sdk-java/2 Linux/5.15"],
    from: OUT,
  },
  {
    why: "EC2, and mostly programs that do not tell",
    truth: "mixed",
    agents: ["[30] Linux/6.1.84.amzn2023", "[70] aws-sdk-java/2"],
    from: OUT,
  },
  // In the wrong hands.
  {
    why: "TruffleHog tries what it finds",
    truth: "stolen",
    agents: ["[1] TruffleHog", "[90] aws-sdk-java/2"],
    from: OUT,
  },
  { why: "Pacu", truth: "stolen", agents: ["Boto3/1.26 Python/3.11 pacu/1.5"], from: OUT },
  { why: "Kali's kernel", truth: "stolen", agents: ["Boto3/1.26 Python/3.11 Linux/6.6.9-kali1-amd64"], from: OUT },
  {
    why: "tried out: lists, and much refused",
    truth: "stolen",
    agents: ["aws-sdk-go-v2/1.3"],
    from: OUT,
    denied: 40,
    calls: LISTS,
  },
  { why: "many networks, and much refused", truth: "stolen", agents: ["aws-cli/2 os/linux"], from: SPREAD, denied: 30 },
  {
    why: "many networks, and lists",
    truth: "stolen",
    agents: ["aws-cli/2 os/linux"],
    from: SPREAD,
    denied: 0,
    calls: LISTS,
  },
  {
    why: "the name of a harmless agent does not cover it",
    truth: "stolen",
    agents: ["configure-aws-credentials-for-github-actions"],
    from: SPREAD,
    denied: 60,
    calls: LISTS,
  },
  // Not in the wrong hands, though it has something of it.
  {
    why: "a roaming laptop: many networks, nothing refused",
    truth: "person",
    agents: ["aws-cli/2 os/macos#23"],
    from: SPREAD,
    denied: 1,
  },
  { why: "CI from many addresses", truth: "ci", agents: ["gitlab-runner 16"], from: SPREAD, denied: 2 },
  {
    why: "a server with a broken permission",
    truth: "external-workload",
    agents: ["aws-sdk-php/3.3"],
    from: OUT,
    denied: 90,
    calls: ["s3:PutObject"],
  },
];
