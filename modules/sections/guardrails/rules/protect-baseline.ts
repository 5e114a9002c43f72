import { REMEDIATION_ROLE } from "../../credential-hygiene/remediation";
import type { PolicyStatement } from "../../../policy/types";
import {
  anyRole,
  CASE_ACCOUNT,
  CASE_ADMIN,
  CASE_ROOT,
  CASE_SSO_ADMIN,
  CASE_STACKSET,
  caseRole,
  landingZoneRoles,
  memberHomeUsers,
  pipelineRoles,
  STACKSET_EXECUTION,
} from "../context/principals";
import { ROLE_CHANGE_PATTERNS, ROLE_CHANGES } from "./protect-break-glass";
import type { Guardrail, GuardrailCase, GuardrailContext } from "../types";
import { defined } from "../../../kernel/optional";

/** Everything of this baseline's is named so. */
const PREFIX = "keyless-";
/** Self-managed StackSets of the break-glass account work with this role there: modules/sections/break-glass/forwarders */
const HOME_EXECUTION_ROLE = "keyless-stackset-execution";

/** Roles that only this baseline makes. */
const ROLES = [anyRole("keyless/*"), anyRole(`${PREFIX}*`)];

/** What switches an alarm off, changes it or takes its name: rules and buses of EventBridge, topics of SNS. */
export const ALARM_CHANGES = [
  "events:DeleteEventBus",
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
  "events:UpdateEventBus",
  "sns:AddPermission",
  "sns:DeleteTopic",
  "sns:PutDataProtectionPolicy",
  "sns:RemovePermission",
  "sns:SetSubscriptionAttributes",
  "sns:SetTopicAttributes",
  "sns:Unsubscribe",
] as const;

/** What makes a key unusable for those who need it, or takes the tag away by which it is known. */
export const ALARM_KEY_CHANGES = [
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:UntagResource",
] as const;

/** Every change of a stack or StackSet, as patterns: reading begins with other verbs. */
export const STACK_CHANGES = [
  "cloudformation:Cancel*",
  "cloudformation:Continue*",
  "cloudformation:Create*",
  "cloudformation:Delete*",
  "cloudformation:Execute*",
  "cloudformation:Import*",
  "cloudformation:Rollback*",
  "cloudformation:Set*",
  "cloudformation:Stop*",
  "cloudformation:Update*",
] as const;

/** What stops the recording that the rules on credentials read. Setting a recorder up stays open to the accounts' own tools. */
export const RECORDER_STOPS = [
  "config:DeleteConfigurationRecorder",
  "config:DeleteDeliveryChannel",
  "config:StopConfigurationRecorder",
] as const;

/**
 * How a role is lent to a runbook of one's own without passing it: AWS Config starts remediations with its service-linked role,
 * which no SCP binds and which may pass any role to Systems Manager.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSConfigRemediationServiceRolePolicy.html
 */
export const REMEDIATION_SETTINGS = ["config:PutConformancePack", "config:PutRemediationConfigurations"] as const;

/** Organization rules and packs, the analyzer. */
export const DETECTION_CHANGES = [
  "access-analyzer:DeleteAnalyzer",
  "access-analyzer:UpdateAnalyzer",
  "config:DeleteOrganizationConfigRule",
  "config:DeleteOrganizationConformancePack",
  "config:PutOrganizationConfigRule",
  "config:PutOrganizationConformancePack",
] as const;

/** A pack of the whole organization: in every account AWS Config runs the runbooks that it names, with the roles that it names. */
export const PACK_FOR_EVERYBODY = "config:PutOrganizationConformancePack";

export const TRAIL_CHANGES = [
  "cloudtrail:DeleteTrail",
  "cloudtrail:PutEventSelectors",
  "cloudtrail:StopLogging",
  "cloudtrail:UpdateTrail",
] as const;

/** Whoever makes roles, rules and their stacks: the pipeline, and CloudFormation on its behalf. */
function writers(context: GuardrailContext): readonly string[] {
  const home = memberHomeUsers(context)
    ? [`arn:aws:iam::${context.breakGlass.homeAccountId}:role/${HOME_EXECUTION_ROLE}`]
    : [];
  return [...pipelineRoles(context), STACKSET_EXECUTION, ...home];
}

const allBut = (...arns: readonly string[]) => ({ ArnNotLike: { "aws:PrincipalArn": arns } });

/** True where a role that the runbook of AWS Config works with is in every account. */
const lendsRemediation = (context: GuardrailContext): boolean =>
  context.credentialHygiene?.cleanUpRoles.includes(REMEDIATION_ROLE) ?? false;

function statements(context: GuardrailContext): readonly PolicyStatement[] {
  const pipeline = pipelineRoles(context);
  // Detection may be what is broken, or what an attacker turned against its owners.
  const breakGlass = anyRole(context.breakGlass.roleName);
  const notWriters = allBut(...writers(context));
  const managing = context.credentialHygiene?.managingAccountId;
  const detection =
    managing === undefined || managing === context.managementAccountId
      ? []
      : [
          {
            Sid: "ProtectDetection",
            Effect: "Deny" as const,
            // Where a pack could lend the remediation's role, packs of every name are denied below.
            Action: DETECTION_CHANGES.filter((action) => !lendsRemediation(context) || action !== PACK_FOR_EVERYBODY),
            Resource: [
              `arn:aws:access-analyzer:*:${managing}:analyzer/${PREFIX}*`,
              `arn:aws:config:*:${managing}:organization-config-rule/${PREFIX}*`,
              `arn:aws:config:*:${managing}:organization-conformance-pack/${PREFIX}*`,
            ],
            Condition: allBut(...pipeline, breakGlass),
          },
        ];
  return [
    {
      Sid: "ProtectBaselineRoles",
      Effect: "Deny",
      Action: [...ROLE_CHANGE_PATTERNS, "iam:PassRole"],
      Resource: ROLES,
      Condition: notWriters,
    },
    {
      Sid: "ProtectAlarms",
      Effect: "Deny",
      Action: [...ALARM_CHANGES],
      Resource: [
        `arn:aws:events:*:*:event-bus/${PREFIX}*`,
        `arn:aws:events:*:*:rule/${PREFIX}*`,
        `arn:aws:sns:*:*:${PREFIX}*`,
      ],
      Condition: notWriters,
    },
    // The key's ARN is known to AWS alone; every key of this baseline's carries the tag.
    {
      Sid: "ProtectAlarmKeys",
      Effect: "Deny",
      Action: [...ALARM_KEY_CHANGES],
      Resource: "*",
      Condition: { ...allBut(...pipeline), Null: { "aws:ResourceTag/keyless:environment": "false" } },
    },
    {
      Sid: "ProtectStackSets",
      Effect: "Deny",
      Action: [...STACK_CHANGES],
      Resource: [
        `arn:aws:cloudformation:*:*:stack/StackSet-${PREFIX}*`,
        `arn:aws:cloudformation:*:*:stackset/${PREFIX}*`,
      ],
      Condition: notWriters,
    },
    ...(context.credentialHygiene
      ? [
          {
            Sid: "ProtectRecorders",
            Effect: "Deny" as const,
            Action: [...RECORDER_STOPS],
            Resource: "*",
            // Control Tower sets recorders up, changes them and takes them down with its role.
            Condition: allBut(STACKSET_EXECUTION, breakGlass, ...landingZoneRoles(context)),
          },
        ]
      : []),
    ...(lendsRemediation(context)
      ? [
          {
            Sid: "ProtectRemediation",
            Effect: "Deny" as const,
            Action: [...REMEDIATION_SETTINGS],
            Resource: "*",
            Condition: allBut(STACKSET_EXECUTION, breakGlass),
          },
        ]
      : []),
    ...detection,
    // Under any name and in any region: a delegated administrator's pack lends the remediation's role to a runbook of its own.
    // Wherever the baseline's own pack is deployed from: AWS Config may have other delegates.
    ...(lendsRemediation(context)
      ? [
          {
            Sid: "ProtectPacks",
            Effect: "Deny" as const,
            Action: PACK_FOR_EVERYBODY,
            Resource: "*",
            Condition: allBut(...pipeline, breakGlass),
          },
        ]
      : []),
    {
      Sid: "ProtectTrails",
      Effect: "Deny",
      Action: [...TRAIL_CHANGES],
      Resource: `arn:aws:cloudtrail:*:${context.managementAccountId}:trail/*`,
      Condition: allBut(breakGlass),
    },
  ];
}

function cases(context: GuardrailContext): readonly GuardrailCase[] {
  const hygiene = context.credentialHygiene;
  const pipeline = caseRole(context.memberRole);
  const breakGlass = caseRole(context.breakGlass.roleName);
  const deny = (
    name: string,
    action: string,
    resource: string,
    principal = CASE_ADMIN,
    keys?: GuardrailCase["context"],
  ): GuardrailCase => ({ name, action, resource, principal, expected: "denied", ...defined({ context: keys }) });
  const pass = (
    name: string,
    action: string,
    resource: string,
    principal = CASE_ADMIN,
    keys?: GuardrailCase["context"],
  ): GuardrailCase => ({
    name,
    action,
    resource,
    principal,
    expected: "untouched",
    ...defined({ context: keys }),
  });
  const role = caseRole("keyless/KeylessRetirement");
  const forwarder = caseRole("keyless/keyless-credential-forwarder-us-east-1");
  const rule = `arn:aws:events:us-east-1:${CASE_ACCOUNT}:rule/keyless-credential-alarms-iam`;
  const busRule = `arn:aws:events:eu-central-1:${CASE_ACCOUNT}:rule/keyless-credential-alarms/keyless-credential-alarms`;
  const bus = `arn:aws:events:eu-central-1:${CASE_ACCOUNT}:event-bus/keyless-credential-alarms`;
  const topic = `arn:aws:sns:eu-central-1:${CASE_ACCOUNT}:keyless-credential-alarms`;
  const key = `arn:aws:kms:eu-central-1:${CASE_ACCOUNT}:key/11112222-3333-4444-5555-666677778888`;
  const ours = { "aws:ResourceTag/keyless:environment": "example" };
  const stack = `arn:aws:cloudformation:us-east-1:${CASE_ACCOUNT}:stack/StackSet-keyless-credential-alarms-11112222/33334444`;
  const stackSet = `arn:aws:cloudformation:eu-central-1:${CASE_ACCOUNT}:stackset/keyless-break-glass-alarms:11112222`;
  const trail = `arn:aws:cloudtrail:eu-central-1:${context.managementAccountId}:trail/organization-trail`;
  const recorder = `arn:aws:config:eu-central-1:${CASE_ACCOUNT}:configuration-recorder/default/abcdefgh`;
  const found: GuardrailCase[] = [
    ...ROLE_CHANGES.map((action) => deny(`an administrator cannot ${action} a role of this baseline's`, action, role)),
    deny(
      "nor pass one: it could run a document of its own with the remediation's rights",
      "iam:PassRole",
      caseRole("keyless/KeylessCredentialRemediation"),
    ),
    deny("nor take the name of one that is not there", "iam:CreateRole", caseRole("keyless/KeylessSomethingNew")),
    deny(
      "nor change the role of the regional forwarders' StackSet",
      "iam:PutRolePolicy",
      caseRole("keyless-stackset-execution"),
    ),
    deny("an Identity Center administrator cannot", "iam:UpdateAssumeRolePolicy", role, CASE_SSO_ADMIN),
    deny("the root user cannot", "iam:DeleteRole", role, CASE_ROOT),
    deny(
      "break glass cannot either: it would be the way to more than one hour",
      "iam:UpdateAssumeRolePolicy",
      role,
      breakGlass,
    ),
    pass("a StackSet can make the roles", "iam:CreateRole", role, CASE_STACKSET),
    pass("and pass a forwarder's role to its rules", "iam:PassRole", forwarder, CASE_STACKSET),
    pass("the pipeline can make the roles", "iam:CreateRole", forwarder, pipeline),
    pass("other roles are not touched", "iam:UpdateAssumeRolePolicy", caseRole("app")),
    pass("nor is passing them", "iam:PassRole", caseRole("app")),
    pass("a role below another path that ends alike is not touched", "iam:CreateRole", caseRole("teams/keyless/app")),
    pass("everybody can look at the roles", "iam:GetRole", role),

    ...ALARM_CHANGES.filter((action) => action.startsWith("events:") && !action.endsWith("EventBus")).flatMap(
      (action) => [
        deny(`an administrator cannot ${action} an alarm rule`, action, rule),
        deny(`nor ${action} a rule of the alarm bus`, action, busRule),
      ],
    ),
    ...ALARM_CHANGES.filter((action) => action.endsWith("EventBus")).map((action) =>
      deny(`an administrator cannot ${action} an alarm bus`, action, bus),
    ),
    ...ALARM_CHANGES.filter((action) => action.startsWith("sns:")).map((action) =>
      deny(`an administrator cannot ${action} an alarm topic`, action, topic),
    ),
    ...ALARM_KEY_CHANGES.map((action) =>
      deny(`an administrator cannot ${action} the key of an alarm topic`, action, key, CASE_ADMIN, ours),
    ),
    ...ALARM_KEY_CHANGES.map((action) => pass(`${action} stays open on other keys`, action, key)),
    deny("break glass cannot silence the alarm on itself", "events:DisableRule", rule, breakGlass),
    deny("nor by its key", "kms:DisableKey", key, breakGlass, ours),
    pass("a StackSet writes alarm rules", "events:PutRule", rule, CASE_STACKSET),
    pass("the pipeline writes topics", "sns:SetTopicAttributes", topic, pipeline),
    pass("and their keys", "kms:PutKeyPolicy", key, pipeline, ours),
    pass("break glass repairs other keys", "kms:PutKeyPolicy", key, breakGlass),
    pass("other rules are not touched", "events:DeleteRule", `arn:aws:events:us-east-1:${CASE_ACCOUNT}:rule/nightly`),
    pass("nor other topics", "sns:DeleteTopic", `arn:aws:sns:eu-central-1:${CASE_ACCOUNT}:orders`),
    pass("everybody can subscribe to alarms", "sns:Subscribe", topic),
    pass("and events still reach the bus", "events:PutEvents", bus),

    ...[
      "CancelUpdateStack",
      "ContinueUpdateRollback",
      "CreateChangeSet",
      "CreateStack",
      "DeleteStack",
      "ExecuteChangeSet",
      "ExecuteStackRefactor",
      "RollbackStack",
      "SetStackPolicy",
      "UpdateStack",
      "UpdateTerminationProtection",
    ].map((name) => deny(`an administrator cannot ${name} a stack of ours`, `cloudformation:${name}`, stack)),
    ...[
      "CreateStackInstances",
      "DeleteStackInstances",
      "DeleteStackSet",
      "ImportStacksToStackSet",
      "StopStackSetOperation",
      "UpdateStackInstances",
      "UpdateStackSet",
    ].map((name) => deny(`nor ${name} the regional forwarders`, `cloudformation:${name}`, stackSet)),
    pass("a StackSet works with its stacks", "cloudformation:UpdateStack", stack, CASE_STACKSET),
    pass("the pipeline works with the StackSet", "cloudformation:UpdateStackSet", stackSet, pipeline),
    pass("everybody can look at them", "cloudformation:DescribeStacks", stack),
    pass(
      "other stacks are not touched",
      "cloudformation:DeleteStack",
      `arn:aws:cloudformation:us-east-1:${CASE_ACCOUNT}:stack/shop/33334444`,
    ),

    ...TRAIL_CHANGES.map((action) => deny(`an administrator cannot ${action} the organization's trail`, action, trail)),
    ...TRAIL_CHANGES.map((action) => pass(`break glass can ${action} it`, action, trail, breakGlass)),
    pass(
      "a team's own trail is its own",
      "cloudtrail:DeleteTrail",
      `arn:aws:cloudtrail:eu-central-1:${CASE_ACCOUNT}:trail/team`,
    ),
    pass("everybody can start logging", "cloudtrail:StartLogging", trail),

    ...RECORDER_STOPS.map((action) =>
      (hygiene ? deny : pass)(
        `an administrator ${hygiene ? "cannot" : "can, where nothing of ours reads it,"} ${action}`,
        action,
        action.endsWith("Channel") ? "*" : recorder,
      ),
    ),
    ...RECORDER_STOPS.map((action) =>
      pass(`break glass can ${action}`, action, action.endsWith("Channel") ? "*" : recorder, breakGlass),
    ),
    ...(hygiene
      ? RECORDER_STOPS.map((action) =>
          (context.landingZoneRole ? pass : deny)(
            `AWS Control Tower ${context.landingZoneRole ? "can" : "cannot, where nobody says that it is there,"} ${action}`,
            action,
            action.endsWith("Channel") ? "*" : recorder,
            caseRole("AWSControlTowerExecution"),
          ),
        )
      : []),
    pass(
      "a StackSet of the organization takes down the recorder it set up",
      "config:StopConfigurationRecorder",
      recorder,
      CASE_STACKSET,
    ),
    ...REMEDIATION_SETTINGS.flatMap((action) => [
      (lendsRemediation(context) ? deny : pass)(
        `an administrator ${lendsRemediation(context) ? "cannot make" : "can make"} AWS Config run a runbook of its own with ${action}`,
        action,
        "*",
      ),
      pass(`break glass can ${action}`, action, "*", breakGlass),
      pass(`a StackSet of the organization can ${action}`, action, "*", CASE_STACKSET),
    ]),
    pass("accounts can still set their recorder up", "config:PutConfigurationRecorder", recorder),
    pass("and start it", "config:StartConfigurationRecorder", recorder),
  ];
  if (memberHomeUsers(context)) {
    const { homeAccountId } = context.breakGlass;
    found.push(
      pass(
        "CloudFormation writes the regional forwarders' rules in the break-glass account",
        "events:PutRule",
        `arn:aws:events:us-east-1:${homeAccountId}:rule/keyless-break-glass-alarms-signin`,
        `arn:aws:iam::${homeAccountId}:role/${HOME_EXECUTION_ROLE}`,
      ),
      pass(
        "and makes their stacks",
        "cloudformation:CreateStack",
        `arn:aws:cloudformation:us-east-1:${homeAccountId}:stack/StackSet-keyless-break-glass-alarms-11112222/33334444`,
        `arn:aws:iam::${homeAccountId}:role/${HOME_EXECUTION_ROLE}`,
      ),
      pass(
        "and passes their role",
        "iam:PassRole",
        `arn:aws:iam::${homeAccountId}:role/keyless/keyless-break-glass-forwarder`,
        `arn:aws:iam::${homeAccountId}:role/${HOME_EXECUTION_ROLE}`,
      ),
      deny("a role of that name in another account cannot", "events:PutRule", rule, caseRole(HOME_EXECUTION_ROLE)),
    );
  } else {
    found.push(
      deny(
        "no role of the name of a StackSet's execution role is exempt, where none is bound",
        "events:PutRule",
        rule,
        caseRole(HOME_EXECUTION_ROLE),
      ),
    );
  }
  if (hygiene) {
    const { managingAccountId } = hygiene;
    const managing = managingAccountId === context.managementAccountId ? CASE_ACCOUNT : managingAccountId;
    const anyPack = `arn:aws:config:us-west-2:${managing}:organization-conformance-pack/anything-abcdefgh`;
    found.push(
      (lendsRemediation(context) ? deny : pass)(
        `a pack of any name and in any region ${lendsRemediation(context) ? "cannot lend" : "has no"} the remediation's role`,
        PACK_FOR_EVERYBODY,
        anyPack,
        `arn:aws:iam::${managing}:role/Admin`,
      ),
      pass(
        "the pipeline deploys packs of any name",
        PACK_FOR_EVERYBODY,
        anyPack,
        `arn:aws:iam::${managing}:role/${context.memberRole}`,
      ),
      pass(
        "and so does break glass",
        PACK_FOR_EVERYBODY,
        anyPack,
        `arn:aws:iam::${managing}:role/${context.breakGlass.roleName}`,
      ),
    );
  }
  if (hygiene && hygiene.managingAccountId !== context.managementAccountId) {
    const managing = hygiene.managingAccountId;
    const admin = `arn:aws:iam::${managing}:role/Admin`;
    const resourceOf = (action: string): string =>
      action.startsWith("access-analyzer:")
        ? `arn:aws:access-analyzer:eu-central-1:${managing}:analyzer/keyless-unused-access`
        : action.endsWith("Rule")
          ? `arn:aws:config:eu-central-1:${managing}:organization-config-rule/keyless-old-access-keys-abcdefgh`
          : `arn:aws:config:eu-central-1:${managing}:organization-conformance-pack/keyless-credential-remediation-abcdefgh`;
    found.push(
      ...DETECTION_CHANGES.map((action) =>
        deny(`an administrator of the managing account cannot ${action}`, action, resourceOf(action), admin),
      ),
      ...DETECTION_CHANGES.map((action) =>
        pass(
          `the pipeline can ${action} there`,
          action,
          resourceOf(action),
          `arn:aws:iam::${managing}:role/${context.memberRole}`,
        ),
      ),
      ...DETECTION_CHANGES.map((action) =>
        pass(
          `break glass can ${action} there`,
          action,
          resourceOf(action),
          `arn:aws:iam::${managing}:role/${context.breakGlass.roleName}`,
        ),
      ),
      pass(
        "findings can be archived by whoever works with them",
        "access-analyzer:UpdateFindings",
        resourceOf("access-analyzer:UpdateFindings"),
        admin,
      ),
      pass(
        "organization rules of others are not touched",
        "config:DeleteOrganizationConfigRule",
        `arn:aws:config:eu-central-1:${managing}:organization-config-rule/encrypted-volumes-abcdefgh`,
        admin,
      ),
    );
  }
  return found;
}

export const protectBaseline: Guardrail = {
  id: "protect-baseline",
  denies:
    "Nobody changes or passes the baseline's roles, silences its alarms, or stops the detection that they rest on.",
  why: "Detection that the watched can switch off is no detection, and a role that may clean up credentials is a way to bring them back.",
  exemptions: [
    {
      who: "The pipeline's role in member accounts",
      why: "It makes and changes roles, alarms and detection; not trails and recorders.",
      cannotBeAbusedBecause:
        "protect-break-glass denies everybody but break glass to change that role; it trusts the management account, where the pipeline runs.",
    },
    {
      who: "StackSet execution roles",
      why: "CloudFormation makes the roles and rules in member accounts with them. The organization's other StackSets may set up recorders, packs and remediations.",
      cannotBeAbusedBecause:
        "CloudFormation's service-linked role makes them, which trusts itself alone; protect-break-glass denies everybody else to create or change a role of such a name.",
    },
    {
      who: "keyless-stackset-execution of the break-glass account, where that is a member account",
      why: "CloudFormation makes the regional forwarders of the break-glass alarms with it.",
      cannotBeAbusedBecause:
        "It trusts one role of ours alone, its own rights end at those rules, and this guardrail protects both roles and the StackSet.",
    },
    {
      who: "AWSControlTowerExecution, on recorders and delivery channels of AWS Config (landingZone: control-tower)",
      why: "AWS Control Tower sets them up, changes them and takes them down with it; its own control lets nobody else do so.",
      cannotBeAbusedBecause:
        "protect-break-glass denies everybody but break glass and StackSets to create or change that role; it trusts the management account, where Control Tower works.",
    },
    {
      who: "SecurityBreakGlass, on trails, recorders, organization rules and the analyzer; not on roles and alarms",
      why: "Detection may be what is broken, and an attacker may have turned it.",
      cannotBeAbusedBecause:
        "Only break-glass users with MFA can assume it, every assumption raises an alarm, and the alarm itself is not open to it.",
    },
  ],
  hazards: [
    "Names are taken: a team's own rules, topics, stacks or roles that begin with keyless- can no longer be changed by the team.",
    "Whoever starts the remediation by hand in Systems Manager cannot pass KeylessCredentialRemediation: start it in AWS Config, which passes the role through its service-linked role.",
    "Where credential hygiene remediates, teams can no longer make remediations or conformance packs of AWS Config of their own: AWS Config would lend them KeylessCredentialRemediation for a runbook of theirs. Deploy them through the organization. This guardrail takes no exceptions: where that is not possible, set it to `mode: off` for that account, or switch the remediation off.",
    "Tools that delete or stop recorders of AWS Config when an account leaves them fail, and this guardrail takes no exceptions: let a StackSet of the organization do it, or break glass. AWS Control Tower may, with landingZone: control-tower. Setting recorders up is not denied, so that narrowing what one records is not either.",
    "AWS knows no resource for events:PutPermission and events:RemovePermission, so the alarm bus's own policy is not protected from administrators of its account.",
    "Subscribers can unsubscribe with the link in an e-mail: that needs no AWS principal.",
    "A recorder or trail of a team's own is its own; only the organization's trail is protected.",
  ],
  mapping: {
    cis: ["1.20", "3.1", "3.3"],
    cis7: ["2.1.2", "2.18", "4.1", "4.3"],
    nist80053: ["AC-3", "AC-6(1)", "AU-9", "CM-5", "SI-4"],
  },
  requires: () => ["protect-break-glass"],
  statements,
  observes: (context) => [
    {
      eventSource: "iam.amazonaws.com",
      eventNames: ROLE_CHANGES.map((action) => action.slice("iam:".length)),
      detail: { requestParameters: { roleName: [{ prefix: "Keyless" }, { prefix: PREFIX }] } },
    },
    ...(
      [
        ["events", ["name", "rule", "eventBusName"]],
        ["sns", ["topicArn"]],
      ] as const
    ).flatMap(([service, parameters]) => [
      {
        eventSource: `${service}.amazonaws.com`,
        eventNames: ALARM_CHANGES.filter((action) => action.startsWith(`${service}:`)).map((action) =>
          action.slice(service.length + 1),
        ),
        detail: {
          $or: parameters.map((parameter) => ({
            requestParameters: { [parameter]: [{ wildcard: service === "sns" ? `*:${PREFIX}*` : `${PREFIX}*` }] },
          })),
        },
      },
    ]),
    {
      eventSource: "cloudformation.amazonaws.com",
      detail: {
        readOnly: [false],
        $or: [
          { requestParameters: { stackName: [{ wildcard: `*StackSet-${PREFIX}*` }] } },
          { requestParameters: { stackSetName: [{ wildcard: `${PREFIX}*` }] } },
        ],
      },
    },
    {
      eventSource: "cloudtrail.amazonaws.com",
      eventNames: TRAIL_CHANGES.map((action) => action.slice("cloudtrail:".length)),
    },
    ...(context.credentialHygiene
      ? [
          {
            eventSource: "config.amazonaws.com",
            eventNames: [...RECORDER_STOPS, ...REMEDIATION_SETTINGS, ...DETECTION_CHANGES]
              .filter((action) => action.startsWith("config:"))
              .map((action) => action.slice("config:".length))
              .sort(),
          },
          { eventSource: "access-analyzer.amazonaws.com", eventNames: ["DeleteAnalyzer", "UpdateAnalyzer"] },
        ]
      : []),
  ],
  cases,
};
