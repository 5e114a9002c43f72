import { AwsError, type Caller, type Protocol } from "../aws-message";

/** Keys of AWS's form. Anything else, such as `local`, is the administrator's. */
const KEY = /^(AKIA|ASIA)[A-Z0-9]{16}$/;

/** Access keys of one local AWS and whose they are. */
export class Callers {
  readonly #byKey = new Map<string, Caller>();
  readonly #inactive = new Set<string>();
  readonly #administrator: Caller;
  #serial = 0;

  constructor(managementAccountId: string) {
    const role = "AWSReservedSSO_AdministratorAccess_0000000000000000";
    this.#administrator = {
      accountId: managementAccountId,
      kind: "administrator",
      userId: "AROA0LOCALADMINISTRATOR:local",
      principal: {
        type: "role",
        arn: `arn:aws:iam::${managementAccountId}:role/aws-reserved/sso.amazonaws.com/${role}`,
        accountId: managementAccountId,
        sessionArn: `arn:aws:sts::${managementAccountId}:assumed-role/${role}/local`,
      },
    };
  }

  /** A key in AWS's form that nobody has, or that is inactive or expired, makes a caller whose every call is refused. */
  of(key: string | undefined): Caller {
    if (key === undefined) return this.#administrator;
    const found = this.#byKey.get(key);
    if (found === undefined) return KEY.test(key) ? { ...this.#administrator, refused: notValid } : this.#administrator;
    if (this.#inactive.has(key)) return { ...found, refused: notValid };
    return found.expiresAt !== undefined && found.expiresAt <= Date.now() ? { ...found, refused: expired } : found;
  }

  add(key: string, caller: Caller): void {
    this.#byKey.set(key, caller);
  }

  setActive(key: string, active: boolean): void {
    if (active) this.#inactive.delete(key);
    else this.#inactive.add(key);
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  /** An access key id for temporary credentials that moto does not give out. */
  newSessionKey(): string {
    return `ASIALOCAL${String(++this.#serial).padStart(11, "0")}`;
  }
}

/**
 * "The X.509 certificate or AWS access key ID provided does not exist in our records."
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
function notValid(protocol: Protocol): AwsError {
  const code = protocol === "query" ? "InvalidClientTokenId" : "UnrecognizedClientException";
  return new AwsError(code, "The security token included in the request is invalid.", 403);
}

function expired(protocol: Protocol): AwsError {
  const code = protocol === "query" ? "ExpiredToken" : "ExpiredTokenException";
  return new AwsError(code, "The security token included in the request is expired", 403);
}
