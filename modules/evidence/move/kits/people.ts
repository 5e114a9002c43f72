import type { KeyMove } from "../types";
import { Kit, KEY_WINS, KitInput, removeSecrets } from "./kit";

/** Kits for people, for mail, and for what stays. */

/** Profiles for people. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html */
export function personKit(input: KitInput, permissionSet: string): Kit {
  const { move, region, startUrl = "https://START-PAGE.awsapps.com/start" } = input;
  const profile = `${move.accountName}-${permissionSet}`.replace(/[^\w-]+/g, "-");
  return {
    title: "Identity Center: signing in in place of the key",
    files: [
      {
        name: move.consumer.file ?? "~/.aws/config",
        language: "ini",
        text: `[sso-session organization]
sso_start_url = ${startUrl}
sso_region = ${input.identityCenterRegion ?? region}
sso_registration_scopes = sso:account:access

[profile ${profile}]
sso_session = organization
sso_account_id = ${move.accountId}
sso_role_name = ${permissionSet}
region = ${region}
`,
      },
    ],
    steps: [
      `Sign in once a day: \`aws sso login --sso-session organization\`, then \`aws --profile ${profile} …\` or \`export AWS_PROFILE=${profile}\`.`,
      `Who signs in to the console anyway can use \`aws login --profile ${profile}-console\` in place of it (a CLI of version 2 that has the command): it takes the console's session.`,
      `With Granted the same profile works: \`assume ${profile}\`.`,
    ],
    remove: [removeSecrets(move, "~/.aws/credentials, password stores, and settings of tools (Cyberduck, IDEs)")],
    check: [
      `\`aws sts get-caller-identity --profile ${profile}\` names \`AWSReservedSSO_${permissionSet}_…\` and your name, and no user.`,
    ],
    notes: [KEY_WINS],
  };
}

/** In addition to the kit of the destination, where the key's secret is an SMTP password. */
export function mailKit({ move, region }: KitInput): Kit {
  return {
    title: "Mail: the API of SES in place of SMTP",
    files: [
      {
        name: move.consumer.file ?? "The program that sends",
        language: "python",
        text: `import boto3

boto3.client("sesv2", region_name="${region}").send_email(
    FromEmailAddress="from@example.com",
    Destination={"ToAddresses": ["to@example.com"]},
    Content={"Raw": {"Data": message.as_bytes()}},
)
`,
      },
    ],
    steps: [
      "SMTP takes a user's key alone, and no role. The API takes the role; a message that is made for SMTP goes through it as `Raw`, unchanged.",
      "The role needs `ses:SendRawEmail`: write it under actionsNotLogged, since sends are data events.",
      "What speaks SMTP alone: a relay of your own on the same host that hands messages to the API. Where that cannot be, it cannot move: see below.",
    ],
    remove: [removeSecrets(move, "SMTP user name and password, in the settings of the program")],
    check: [
      "A message arrives, and the metrics of SES count it. CloudTrail shows sends only where the trail records data events of SES.",
    ],
    notes: [
      "SMTP leaves no events: nobody can see that it has ended. Deactivate the key on a day on which somebody watches the mail.",
    ],
  };
}

/** What cannot move. */
export function exceptionKit({ move }: KitInput, name: string, expires: string | undefined): Kit {
  return {
    title: "It cannot move yet: an exception that ends",
    files: [],
    steps: [
      `The key stays by the exception ${name}${expires === undefined ? ", which the baseline does not have yet" : `, which ends on ${expires}: AWS enforces the end`}.`,
      "Until then: give the user the least that it needs, bind it to the addresses that it comes from (aws:SourceIp), and rotate the key.",
      "Ask the maker of the product for roles: a trust with an external id, OIDC, or a certificate. That answer is the next move.",
    ],
    remove: [],
    check: [`The guardrail deny-long-term-key-use spares ${move.user} alone, and every other key is denied.`],
    notes: [
      "Known not to move: programs that speak SMTP or the SigV4 of S3 alone and take no session token, devices whose firmware asks for a key, products of others without roles.",
    ],
  };
}

/** Before the baseline has the destination there is nothing to hand out. */
export function notPlannedKit(move: KeyMove, why: string, command: string): Kit {
  return {
    title: "The destination is not there yet",
    files: [],
    steps: [`${why}. ${command} prints what is missing; apply it first, because the kit names the real role.`],
    remove: [],
    check: [],
    notes: [`Nothing of user ${move.user} changes before that.`],
  };
}
