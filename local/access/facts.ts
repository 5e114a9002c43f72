import type { NamedPolicy } from "../../modules/policy/evaluate";
import { readPolicyText } from "../../modules/policy/read";
import { AwsError } from "../aws-message";
import type { Upstream } from "../upstream";

/** What stands around a decision, as moto keeps it (`/local-facts` of moto_bootstrap.py). */

export interface WrittenPolicy {
  readonly name: string;
  readonly document: string;
}

export interface PrincipalFacts {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policies: readonly WrittenPolicy[];
  readonly boundary: WrittenPolicy | null;
  /** Roles. */
  readonly trust?: string;
  readonly maxSessionSeconds?: number;
  /** Users. */
  readonly mfaDevices?: readonly string[];
  readonly hasPassword?: boolean;
}

export interface ChainFacts {
  readonly organization: string;
  readonly active: boolean;
  /** Root, OUs, account. */
  readonly ids: readonly string[];
  /** Enabled policies attached at each of them. */
  readonly levels: readonly (readonly (WrittenPolicy & { readonly type: string })[])[];
}

export interface ProviderFacts {
  readonly oidc: readonly { readonly arn: string; readonly url: string; readonly audiences: readonly string[] }[];
  readonly saml: readonly string[];
}

export class AccessFacts {
  constructor(
    private readonly moto: Upstream,
    private readonly managementAccountId: string,
  ) {}

  /** A role or user with its policies; nothing where there is none. */
  async principal(account: string, arn: string): Promise<PrincipalFacts | undefined> {
    return ((await this.#ask({ account, principal: arn })) as PrincipalFacts | null) ?? undefined;
  }

  /** Nothing for an account outside the organization. */
  async chain(account: string): Promise<ChainFacts | undefined> {
    return ((await this.#ask({ account, management: this.managementAccountId })) as ChainFacts | null) ?? undefined;
  }

  async providers(account: string): Promise<ProviderFacts> {
    return (await this.#ask({ account })) as ProviderFacts;
  }

  async #ask(query: Readonly<Record<string, string>>): Promise<unknown> {
    const path = `/local-facts?${new URLSearchParams(query).toString()}`;
    const { status, body } = await this.moto.send("GET", path, {}, "", this.managementAccountId);
    if (status !== 200)
      throw new AwsError("LocalAwsFailure", `moto gave no facts for ${path}: ${body.toString().slice(0, 500)}`, 501);
    return JSON.parse(body.toString()) as unknown;
  }
}

/** A policy as the evaluator reads it. One that it cannot read is an error of the local AWS: nothing may be decided past it. */
export function readWritten({ name, document }: WrittenPolicy): NamedPolicy {
  const read = readPolicyText(document);
  if (read.document) return { name, document: read.document };
  throw new AwsError(
    "LocalAwsFailure",
    `The policy ${name} cannot be read: ${read.problems.map(({ message }) => message).join(" ")}`,
    501,
  );
}
