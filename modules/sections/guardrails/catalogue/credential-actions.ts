/**
 * Every action of AWS whose name says that it makes, changes or revives a credential, and what becomes of it: a guardrail denies it,
 * or there is a reason why none does. A test compares this list with the service authorization reference: an action of such a name
 * that AWS adds is not listed here, and the test fails until somebody has looked at it.
 */

export interface CredentialActions {
  /** Id of the guardrail that denies these. Absent: none does. */
  readonly deniedBy?: string;
  /** What they make, or why no guardrail denies them. */
  readonly because: string;
  /** Sorted. */
  readonly actions: readonly string[];
}

const VERBS =
  "(Activate|Add|Admin|Change|Create|Enable|Generate|Import|Issue|Put|Reactivate|Regenerate|Register|Renew|Replace|Request|Reset|Restore|Rotate|Set|Update|Upload|CallWith)";
const NOUNS =
  "(AccessKeys?|A[Pp][Ii]Keys?|S[Ss][Hh]Keys?|PublicKeys?|KeyPairs?|Credentials?|Passwords?|Tokens?|TokenWithIAM|Certificates?|CertificateWithoutCA|LoginProfile|IdentityProvider|ConnectProvider|ConnectProviderThumbprint|SAMLProvider|TokenIssuer|TrustAnchor|Crl|Activation|RoleAlias|CertificateFromCsr|ProvisioningClaim|ClientSecret|StreamKey|BearerTokenAuthentication|OAuth2PublicClient)";
const NAME = new RegExp(`^${VERBS}\\w*?${NOUNS}$`);

/** True for an action whose name alone makes it a candidate, whatever AWS says of its access level. */
export function isCandidate(service: string, name: string): boolean {
  if (NAME.test(name)) return true;
  // The carrier of long-term credentials, tokens of STS, and revocation lists whose absence revives.
  return (
    // A user of anything may have a password or a key of its own: databases, brokers, directories, file transfer.
    /^(Create|Register|Enable|Admin(Create|Enable))\w*User$/.test(name) ||
    // A key that the caller holds, where the name says no more: those of location services; those of KMS are not held.
    (/^(Create|Import)Key$/.test(name) && !KEEPS_KEYS.has(service)) ||
    // An instance of Identity Center has users and permission sets of its own; a handshake hands an account over.
    (service === "sso" && name === "CreateInstance") ||
    (service === "organizations" && name === "AcceptHandshake") ||
    (service === "sts" && /^Get\w*Token$/.test(name)) ||
    (service === "rolesanywhere" && /^(Delete|Disable)Crl$/.test(name))
  );
}

/** Services whose keys encrypt and never leave them. */
const KEEPS_KEYS: ReadonlySet<string> = new Set(["kms", "payment-cryptography"]);

export const CREDENTIAL_ACTIONS: readonly CredentialActions[] = [
  { deniedBy: "deny-access-key-creation", because: "an access key", actions: ["iam:CreateAccessKey"] },
  { deniedBy: "deny-user-creation", because: "an IAM user, the carrier of the others", actions: ["iam:CreateUser"] },
  {
    deniedBy: "deny-console-password-creation",
    because: "a console password",
    actions: ["iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
  },
  {
    deniedBy: "deny-service-credential-creation",
    because: "a credential that lasts and is no access key of IAM's",
    actions: [
      "iam:CreateServiceSpecificCredential",
      "iam:ResetServiceSpecificCredential",
      "iam:UploadSSHPublicKey",
      "iam:UploadSigningCertificate",
      "license-manager:CreateToken",
      "lightsail:CreateBucketAccessKey",
    ],
  },
  {
    deniedBy: "deny-credential-reactivation",
    because: "a credential that was switched off",
    actions: [
      "iam:UpdateAccessKey",
      "iam:UpdateSSHPublicKey",
      "iam:UpdateServiceSpecificCredential",
      "iam:UpdateSigningCertificate",
    ],
  },
  {
    deniedBy: "deny-unmanaged-federation",
    because: "an entry point for outsiders, or a revocation that is taken back or kept out",
    actions: [
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:CreateOpenIDConnectProvider",
      "iam:CreateSAMLProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
      "iam:UpdateSAMLProvider",
      "rolesanywhere:CreateTrustAnchor",
      "rolesanywhere:DeleteCrl",
      "rolesanywhere:DisableCrl",
      "rolesanywhere:EnableTrustAnchor",
      "rolesanywhere:ImportCrl",
      "rolesanywhere:UpdateCrl",
      "rolesanywhere:UpdateTrustAnchor",
    ],
  },
  {
    deniedBy: "deny-long-term-bearer-tokens",
    because: "the use of a long-term API key",
    actions: [
      "aws-external-anthropic:CallWithBearerToken",
      "bedrock-mantle:CallWithBearerToken",
      "bedrock:CallWithBearerToken",
      "cloudwatch:CallWithBearerToken",
      "logs:CallWithBearerToken",
      "sagemaker:CallWithBearerToken",
    ],
  },

  {
    deniedBy: "deny-leaving-organization",
    because: "the account itself, in the hands of another organization",
    actions: ["organizations:AcceptHandshake"],
  },

  {
    because: "It revokes: certificates on a list that is enabled stop working.",
    actions: ["rolesanywhere:EnableCrl"],
  },
  {
    because: "A user changes a password that it knows; no new credential comes to be.",
    actions: ["iam:ChangePassword"],
  },
  {
    because:
      "Signs URLs of CloudFront: content that is meant for holders of such a URL. No call to AWS's APIs. The two of IAM are open to the root user alone, whom deny-root-user binds.",
    actions: [
      "cloudfront:CreatePublicKey",
      "cloudfront:UpdatePublicKey",
      "iam:UpdateCloudFrontPublicKey",
      "iam:UploadCloudFrontPublicKey",
    ],
  },
  {
    because:
      "A certificate with which a service identifies itself or checks its clients; nobody signs calls to AWS's APIs with it. A CA's certificate gives roles only through a trust anchor, which deny-unmanaged-federation denies.",
    actions: [
      "acm-pca:ImportCertificateAuthorityCertificate",
      "acm-pca:IssueCertificate",
      "acm:AddTagsToCertificate",
      "acm:ImportCertificate",
      "acm:RenewCertificate",
      "acm:RequestCertificate",
      "acm:UpdateCertificate",
      "aidevops:UpdatePrivateConnectionCertificate",
      "dms:ImportCertificate",
      "ds:RegisterCertificate",
      "elasticloadbalancing:AddListenerCertificates",
      "elasticloadbalancing:SetLoadBalancerListenerSSLCertificate",
      "emr-containers:CreateCertificate",
      "iam:UpdateServerCertificate",
      "iam:UploadServerCertificate",
      "lightsail:CreateCertificate",
      "lightsail:CreateLoadBalancerTlsCertificate",
      "redshift:CreateHsmClientCertificate",
      "securityagent:UpdatePrivateConnectionCertificate",
      "transfer:ImportCertificate",
      "transfer:UpdateCertificate",
      "workspaces:CreateRootClientCertificate",
      "workspaces:UpdateRootClientCertificate",
    ],
  },
  {
    because:
      "A device's certificate for the message broker of IoT. It gives credentials of AWS only through a role alias, whose role has to trust credentials.iot.amazonaws.com and has to be passed: fleets of devices have no other way to get roles.",
    actions: [
      "iot:CreateCertificateFromCsr",
      "iot:CreateKeysAndCertificate",
      "iot:CreateProvisioningClaim",
      "iot:CreateRoleAlias",
      "iot:RegisterCACertificate",
      "iot:RegisterCertificate",
      "iot:RegisterCertificateWithoutCA",
      "iot:RotateTunnelAccessToken",
      "iot:UpdateCACertificate",
      "iot:UpdateCertificate",
      "iot:UpdateRoleAlias",
    ],
  },
  {
    because:
      "Machines outside EC2 that Systems Manager looks after (ECS Anywhere too): each has its own key pair for the role named in the activation. The role must be passed and must trust ssm.amazonaws.com. Such a fleet cannot run without it.",
    actions: ["ssm:CreateActivation", "ssm:RequestManagedInstanceRoleToken", "ssm:UpdateManagedInstancePublicKey"],
  },
  {
    because:
      "A session of hours for who is signed in already. What a long-term key can get this way deny-long-term-key-use ends.",
    actions: [
      "airflow:CreateCliToken",
      "airflow:CreateWebLoginToken",
      "cloudshell:PutCredentials",
      "gamelift:RequestUploadCredentials",
      "lambda:CreateMicrovmAuthToken",
      "lambda:CreateMicrovmShellAuthToken",
      "signin:CreateOAuth2PublicClient",
      "signin:CreateOAuth2Token",
      "sso-oauth:CreateTokenWithIAM",
      "sts:GetDelegatedAccessToken",
      "sts:GetFederationToken",
      "sts:GetServiceBearerToken",
      "sts:GetSessionToken",
      "sts:GetWebIdentityToken",
    ],
  },
  {
    because:
      "Identity Center's own settings, which are open in the management account and to its delegated administrator alone: who administers Identity Center gives access to every account anyway. Identity providers need the SCIM token.",
    actions: [
      "identitystore:CreateUser",
      "sso-directory:CreateBearerToken",
      "sso-directory:CreateUser",
      "sso-directory:EnableUser",
      "sso-directory:ImportExternalIdPCertificate",
      "sso-directory:UpdatePassword",
      "sso:CreateApplicationInstanceCertificate",
      "sso:CreateTrustedTokenIssuer",
      "sso:UpdateApplicationInstanceActiveCertificate",
      "sso:UpdateTrustedTokenIssuer",
    ],
  },
  {
    because: "Opens a host, not AWS's APIs: what the host's role may do is short-lived and stays on it.",
    actions: [
      "cloud9:CreateEnvironmentToken",
      "ec2:CreateKeyPair",
      "ec2:ImportKeyPair",
      "lightsail:CreateKeyPair",
      "lightsail:ImportKeyPair",
    ],
  },
  {
    because:
      "A login of an application or directory that runs on AWS, or a key with which its clients call it; no permission of AWS's comes with it.",
    actions: [
      "a4b:CreateUser",
      "aidevops:CreateAccessToken",
      "aidevops:RotateAccessToken",
      "amplifybackend:CreateToken",
      "appstream:CreateUser",
      "appstream:EnableUser",
      "appsync:CreateApiKey",
      "appsync:UpdateApiKey",
      "chime:CreateApiKey",
      "chime:CreateAppInstanceUser",
      "chime:CreateUser",
      "chime:PutVoiceConnectorTerminationCredentials",
      "chime:RegenerateSecurityToken",
      "cognito-idp:AddUserPoolClientSecret",
      "cognito-idp:AdminCreateUser",
      "cognito-idp:AdminDeleteSoftwareToken",
      "cognito-idp:AdminEnableUser",
      "cognito-idp:AdminResetUserPassword",
      "cognito-idp:AdminSetUserPassword",
      "cognito-idp:ChangePassword",
      "cognito-idp:CreateIdentityProvider",
      "cognito-idp:UpdateIdentityProvider",
      "connect:AdminGetEmergencyAccessToken",
      "connect:CreateUser",
      "ds-data:CreateUser",
      "ds:ResetUserPassword",
      "finspace:CreateKxUser",
      "finspace:CreateUser",
      "finspace:ResetUserPassword",
      "geo:CreateKey",
      "grafana:CreateWorkspaceApiKey",
      "grafana:CreateWorkspaceServiceAccountToken",
      "health-agent:ResetPassword",
      "ivs:CreateParticipantToken",
      "ivs:CreateStreamKey",
      "ivs:ImportPlaybackKeyPair",
      "ivs:ImportPublicKey",
      "ivschat:CreateChatToken",
      "license-manager-user-subscriptions:RegisterIdentityProvider",
      "mediapackage:RotateChannelCredentials",
      "mediapackage:RotateIngestEndpointCredentials",
      "q:CreateScimAccessToken",
      "qapps:CreateSubscriptionToken",
      "qbusiness:CreateUser",
      "quicksight:CreateUser",
      "quicksight:RegisterUser",
      "rekognition:CreateUser",
      "route53globalresolver:CreateAccessToken",
      "route53globalresolver:UpdateAccessToken",
      "storagegateway:SetLocalConsolePassword",
      "storagegateway:SetSMBGuestPassword",
      "storagegateway:UpdateChapCredentials",
      "wafv2:CreateAPIKey",
      "workdocs:CreateUser",
      "workmail:CreateUser",
      "workmail:ResetPassword",
      "workspaces-web:CreateIdentityProvider",
      "workspaces-web:UpdateIdentityProvider",
    ],
  },
  {
    because:
      "SFTP into buckets and file systems that the server's role opens, at the Transfer endpoint only. Partners outside have no other protocol.",
    actions: ["transfer:CreateUser", "transfer:ImportSshPublicKey"],
  },
  {
    because: "Keeps or fetches somebody else's credential for AWS to use, or makes keys that open nothing of AWS's.",
    actions: [
      "bedrock:CreateDataSourceToken",
      "codebuild:ImportSourceCredentials",
      "codeguru-reviewer:CreateConnectionToken",
      "ec2:CreateIpamExternalResourceVerificationToken",
      "kms:GenerateDataKeyPair",
    ],
  },
  {
    because:
      "A user of a database or a message broker, whose password lives in it: it opens the data there, and no API of AWS's. Prefer IAM authentication where the engine has it.",
    actions: ["elasticache:CreateUser", "memorydb:CreateUser", "mq:CreateUser", "redshift:CreateClusterUser"],
  },
  {
    because:
      "Switches bearer tokens on for a log group. The tokens are credentials of CloudWatch Logs, whose making deny-service-credential-creation denies and whose use deny-long-term-bearer-tokens denies.",
    actions: ["logs:PutBearerTokenAuthentication"],
  },
  {
    because:
      "An instance of Identity Center in one account has users of its own and no permission sets: it opens applications, not accounts. Deny it with a policy of your own (guardrails.custom) where people are to sign in through the organization's instance alone.",
    actions: ["sso:CreateInstance"],
  },
];
