import type { Organization } from "../../modules/organization/types";
import type { CredentialSeed, SeededKey, SeededUser } from "../seed-credentials";

const LAMBDA = {
  sourceAddress: "10.0.12.7",
  userAgent: "Boto3/1.34.0 md/Botocore#1.34.0 lang/python#3.12 exec-env/AWS_Lambda_python3.12",
};
const GITHUB = {
  sourceAddress: "20.29.134.20",
  userAgent: "aws-sdk-nodejs/3.700.0 configure-aws-credentials-for-github-actions",
};
const PERSON = {
  sourceAddress: "203.0.113.9",
  userAgent: "aws-cli/2.15.0 md/prompt#off os/macos#23.4.0 lang/python#3.11",
};
const SERVER = { sourceAddress: "198.51.100.20", userAgent: "aws-sdk-java/2.25.0 Linux/5.15 OpenJDK" };

const FRESH: SeededKey = { createdDaysAgo: 400, lastUsedDaysAgo: 2, caller: LAMBDA };
const IDLE: SeededKey = { createdDaysAgo: 700, lastUsedDaysAgo: 200 };
const UNTOUCHED: SeededKey = { createdDaysAgo: 300 };
const YOUNG: SeededKey = { createdDaysAgo: 3 };
const OFF: SeededKey = { createdDaysAgo: 900, lastUsedDaysAgo: 500, inactive: true };

/** What can be found in an account, one user each: every combination of keys, passwords and MFA that matters. */
const KINDS: readonly (readonly [name: string, user: Omit<SeededUser, "accountId" | "name">])[] = [
  ["batch", { createdDaysAgo: 800, owner: "data-platform", keys: [FRESH, IDLE] }],
  ["importer", { createdDaysAgo: 500, keys: [UNTOUCHED] }],
  ["github-deploy", { createdDaysAgo: 420, owner: "platform", keys: [{ ...FRESH, service: "ecr", caller: GITHUB }] }],
  ["old-backup", { createdDaysAgo: 1500, keys: [IDLE, OFF] }],
  ["jane.doe", { createdDaysAgo: 600, passwordUsedDaysAgo: 1, mfa: true, keys: [{ ...FRESH, caller: PERSON }] }],
  ["john.roe", { createdDaysAgo: 600, passwordUsedDaysAgo: 300 }],
  [
    "erp-sync",
    { createdDaysAgo: 1000, owner: "finance", keys: [{ ...FRESH, service: "sqs", caller: SERVER }, UNTOUCHED] },
  ],
  ["trainee", { createdDaysAgo: 10, keys: [YOUNG] }],
  ["retired", { createdDaysAgo: 2000, keys: [OFF] }],
  ["empty", { createdDaysAgo: 90 }],
  ["first-login", { createdDaysAgo: 200, passwordUsedDaysAgo: null }],
  [
    "bedrock-app",
    { createdDaysAgo: 150, serviceCredentials: [{ service: "bedrock.amazonaws.com", createdDaysAgo: 120 }] },
  ],
  ["both-idle", { createdDaysAgo: 900, keys: [IDLE, UNTOUCHED] }],
];

/**
 * Credentials in every active account of an organization: at least 60 users in an organization of twelve, in every combination. The same
 * organization gives the same users.
 */
export function exampleCredentials(facts: Organization): CredentialSeed {
  const accounts = facts.accounts
    .filter((account) => account.status === "ACTIVE")
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const perAccount = 5;
  const users = accounts.flatMap((account, index) =>
    Array.from({ length: perAccount }, (_, n): SeededUser => {
      const [name, user] = KINDS[(index * perAccount + n) % KINDS.length]!;
      return { accountId: account.id, name, ...user };
    }),
  );
  const [first, second, third] = accounts.filter((account) => account.id !== facts.managementAccountId);
  return {
    users: [
      ...users,
      {
        accountId: facts.managementAccountId,
        name: "break-glass-1",
        path: "/break-glass/",
        createdDaysAgo: 400,
        passwordUsedDaysAgo: 390,
        mfa: true,
        keys: [IDLE],
      },
    ],
    roots: [
      ...(first ? [{ accountId: first.id, accessKeys: 1, mfa: false, keyCreatedDaysAgo: 2000 }] : []),
      ...(second
        ? [{ accountId: second.id, accessKeys: 1, mfa: true, keyCreatedDaysAgo: 1500, keyLastUsedDaysAgo: 4 }]
        : []),
      ...(third ? [{ accountId: third.id, accessKeys: 0, mfa: false, keyCreatedDaysAgo: 0 }] : []),
    ],
  };
}
