/**
 * Arguments of the AWS provider that hold policy documents, by resource type. Made from the schema of 5.100.0 (2026-11-26, `terraform
 * providers schema -json`: arguments that are texts and whose names say policy) and from the bindings of 6.25.0 (2026-11-26); a test
 * compares the table with both. What a name says of policies and is no policy of access stands in `NO_POLICY_OF_ACCESS`, with the reason.
 */

export interface Holder {
  /** `Bucket` */
  readonly what: string;
  /** Arguments with a policy: `resource` says who may use the holder, `identity` what the holder may do, `endpoint` what passes through it. */
  readonly documents: Readonly<Record<string, "resource" | "identity" | "endpoint">>;
  /** Argument that names the holder. @default "name" */
  readonly named?: string;
  /** The policy itself, apart from the resource that it is of: its deletion leaves the resource. @default false */
  readonly policyOnly?: true;
  /** Whether what is in the account may be used with permissions of one's own alone, without the document. @default true */
  readonly identitySuffices?: false;
  /** Other arguments that decide nothing about access. */
  readonly harmless?: readonly string[];
}

const of = (what: string, named: string, attribute = "policy", more: Partial<Holder> = {}): Holder => ({
  what,
  named,
  documents: { [attribute]: "resource" },
  policyOnly: true,
  ...more,
});

export const POLICY_HOLDERS: Readonly<Record<string, Holder>> = {
  aws_acmpca_policy: of("Policy of private CA", "resource_arn"),
  aws_api_gateway_domain_name: { what: "API domain", named: "domain_name", documents: { policy: "resource" } },
  aws_api_gateway_rest_api: {
    what: "API",
    documents: { policy: "resource" },
    // Without a policy anybody may call what its methods do not protect.
    identitySuffices: false,
  },
  aws_api_gateway_rest_api_policy: of("Policy of API", "rest_api_id"),
  aws_backup_vault_policy: of("Policy of backup vault", "backup_vault_name"),
  aws_cloudsearch_domain_service_access_policy: of("Policy of search domain", "domain_name", "access_policy"),
  aws_cloudwatch_event_bus_policy: of("Policy of bus", "event_bus_name"),
  aws_cloudwatch_log_delivery_destination_policy: of(
    "Policy of log delivery destination",
    "delivery_destination_name",
    "delivery_destination_policy",
  ),
  aws_cloudwatch_log_destination_policy: of("Policy of log destination", "destination_name", "access_policy"),
  aws_cloudwatch_log_resource_policy: of("Policy of logs", "policy_name", "policy_document"),
  aws_codeartifact_domain_permissions_policy: of("Policy of package domain", "domain", "policy_document"),
  aws_codeartifact_repository_permissions_policy: of("Policy of package repository", "repository", "policy_document"),
  aws_codebuild_resource_policy: of("Policy of build project", "resource_arn"),
  aws_dynamodb_resource_policy: of("Policy of table", "resource_arn"),
  aws_ecr_registry_policy: of("Policy of container registry", "registry_id"),
  aws_ecr_repository_creation_template: {
    what: "Template of container repositories",
    named: "prefix",
    documents: { repository_policy: "resource" },
  },
  aws_ecr_repository_policy: of("Policy of container repository", "repository"),
  aws_ecrpublic_repository_policy: of("Policy of public container repository", "repository_name"),
  aws_efs_file_system_policy: of("Policy of file system", "file_system_id", "policy", {
    // Without a policy whoever reaches a mount target may mount it.
    identitySuffices: false,
    harmless: ["bypass_policy_lockout_safety_check"],
  }),
  aws_elasticsearch_domain: {
    what: "Search domain",
    named: "domain_name",
    documents: { access_policies: "resource" },
  },
  aws_elasticsearch_domain_policy: of("Policy of search domain", "domain_name", "access_policies"),
  aws_fsx_s3_access_point_attachment: { what: "Access point", documents: { policy: "resource" } },
  aws_glacier_vault: { what: "Archive vault", documents: { access_policy: "resource" } },
  aws_glacier_vault_lock: of("Lock of archive vault", "vault_name"),
  aws_glue_resource_policy: of("Policy of the data catalog", "id"),
  aws_iam_group_policy: {
    what: "Policy of group",
    named: "group",
    documents: { policy: "identity" },
    policyOnly: true,
  },
  aws_iam_policy: { what: "Managed policy", documents: { policy: "identity" } },
  aws_iot_policy: { what: "Policy of things", documents: { policy: "identity" } },
  aws_kinesis_resource_policy: of("Policy of stream", "resource_arn"),
  aws_kms_external_key: {
    what: "Key",
    named: "description",
    documents: { policy: "resource" },
    identitySuffices: false,
  },
  aws_kms_key: { what: "Key", named: "description", documents: { policy: "resource" }, identitySuffices: false },
  aws_kms_key_policy: of("Policy of key", "key_id", "policy", {
    identitySuffices: false,
    harmless: ["bypass_policy_lockout_safety_check"],
  }),
  aws_kms_replica_external_key: {
    what: "Key",
    named: "description",
    documents: { policy: "resource" },
    identitySuffices: false,
  },
  aws_kms_replica_key: {
    what: "Key",
    named: "description",
    documents: { policy: "resource" },
    identitySuffices: false,
  },
  aws_lambda_layer_version_permission: of("Permission of layer", "layer_name"),
  aws_media_store_container_policy: of("Policy of media container", "container_name"),
  aws_msk_cluster_policy: of("Policy of cluster", "cluster_arn"),
  aws_networkfirewall_resource_policy: of("Policy of firewall", "resource_arn"),
  aws_oam_sink_policy: of("Policy of monitoring sink", "sink_identifier"),
  aws_opensearch_domain: { what: "Search domain", named: "domain_name", documents: { access_policies: "resource" } },
  aws_opensearch_domain_policy: of("Policy of search domain", "domain_name", "access_policies"),
  aws_organizations_resource_policy: of("Delegation policy of the organization", "id", "content"),
  aws_prometheus_resource_policy: of("Policy of metrics workspace", "workspace_id", "policy_document"),
  aws_redshift_resource_policy: of("Policy of warehouse", "resource_arn"),
  aws_redshiftserverless_resource_policy: of("Policy of warehouse", "resource_arn"),
  aws_s3_access_point: { what: "Access point", documents: { policy: "resource" } },
  aws_s3_bucket: {
    what: "Bucket",
    named: "bucket",
    documents: { policy: "resource" },
  },
  aws_s3_bucket_policy: of("Policy of bucket", "bucket"),
  aws_s3control_access_grants_instance_resource_policy: of("Policy of access grants", "account_id"),
  aws_s3control_access_point_policy: of("Policy of access point", "access_point_arn"),
  aws_s3control_bucket_policy: of("Policy of bucket", "bucket"),
  aws_s3control_object_lambda_access_point_policy: of("Policy of access point", "name"),
  aws_s3tables_table_bucket_policy: of("Policy of table bucket", "table_bucket_arn", "resource_policy"),
  aws_s3tables_table_policy: of("Policy of table", "name", "resource_policy"),
  aws_s3vectors_vector_bucket_policy: of("Policy of vector bucket", "vector_bucket_arn"),
  aws_sagemaker_model_package_group_policy: of("Policy of models", "model_package_group_name", "resource_policy"),
  aws_schemas_registry_policy: of("Policy of schema registry", "registry_name"),
  aws_secretsmanager_secret: { what: "Secret", documents: { policy: "resource" } },
  aws_secretsmanager_secret_policy: of("Policy of secret", "secret_arn"),
  aws_ses_identity_policy: of("Policy of sender", "identity"),
  aws_sesv2_email_identity_policy: of("Policy of sender", "email_identity"),
  aws_sns_topic: {
    what: "Topic",
    documents: { policy: "resource" },
  },
  aws_sns_topic_policy: of("Policy of topic", "arn"),
  aws_sqs_queue: {
    what: "Queue",
    documents: { policy: "resource" },
    harmless: [
      "delay_seconds",
      "max_message_size",
      "message_retention_seconds",
      "receive_wait_time_seconds",
      "visibility_timeout_seconds",
    ],
  },
  aws_sqs_queue_policy: of("Policy of queue", "queue_url"),
  aws_transfer_access: {
    what: "Access of a directory's group",
    named: "external_id",
    documents: { policy: "identity" },
  },
  aws_transfer_user: { what: "File transfer user", named: "user_name", documents: { policy: "identity" } },
  aws_vpc_endpoint: { what: "Endpoint", named: "service_name", documents: { policy: "endpoint" } },
  aws_vpc_endpoint_policy: of("Policy of endpoint", "vpc_endpoint_id", "policy", {
    documents: { policy: "endpoint" },
  }),
  aws_vpclattice_auth_policy: of("Policy of service", "resource_identifier", "policy", { identitySuffices: false }),
  aws_vpclattice_resource_policy: of("Policy of shared service", "resource_arn"),
  aws_xray_resource_policy: of("Policy of traces", "policy_name", "policy_document"),
};

/** Arguments that areas with more to say read themselves. */
export const READ_ELSEWHERE: ReadonlySet<string> = new Set([
  "aws_iam_role assume_role_policy",
  "aws_iam_role policy",
  "aws_iam_role_policy policy",
  "aws_iam_user_policy policy",
  "aws_organizations_policy content",
  "aws_ssoadmin_permission_set_inline_policy inline_policy",
  "aws_rolesanywhere_profile session_policy",
]);

/** Texts whose names say policy and that are none of access, by argument or type; what changes in them is said as unknown all the same. */
export const NO_POLICY_OF_ACCESS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /(^|_)(ssl|tls|https|security)_policy$/, why: "names a set of ciphers" },
  {
    pattern: /(^|_)(alpn|origin_protocol|viewer_protocol|protocol|referrer|content_security)_policy/,
    why: "of web protocols",
  },
  { pattern: /content_security_policy/, why: "a header of answers to browsers" },
  {
    pattern: /(lifecycle|deletion|snapshot|image_pull|auto_import|delete_propagation|pull)_policy$/,
    why: "when things are made or removed",
  },
  {
    pattern:
      /(scaling|termination|padding|sizing|protection|dns|routing|stream_exception|dns_record_client_routing)_policy/,
    why: "how a service runs",
  },
  {
    pattern: /(delivery|filter|redrive|redrive_allow|replay|archive|notification)_policy(_scope)?$/,
    why: "how messages travel",
  },
  {
    pattern:
      /policy_(url|runtime|text|language|revision|revision_id|reference_name|store_id|template_id|table_id|update_behavior|instance_id)$/,
    why: "an id, an address, or code of another language",
  },
  {
    pattern: /^aws_(cloudwatch_log_(account|data_protection|index)_policy|sns_topic_data_protection_policy) /,
    why: "what is masked or indexed in logs and messages",
  },
  { pattern: /^aws_(ecr|opensearchserverless)_lifecycle_policy |^aws_dlm_/, why: "when data ends" },
  { pattern: /^aws_(verifiedaccess|verifiedpermissions)_/, why: "Cedar, a language that is not compared here" },
  {
    pattern: /^aws_opensearchserverless_(access|security)_policy /,
    why: "a language of its own that is not compared here",
  },
  {
    pattern:
      /^aws_(networkmanager|networkfirewall_firewall|transfer_web_app|workspacesweb|kendra|gamelift|ses_receipt|quicksight|iot_policy_attachment|cloudformation_stack|odb_network|s3control_multi_region)/,
    why: "of networks, browsers, games, queries, or a document in a block",
  },
];
