import type { JsonObject } from "./aws-message";
import { object, objects, text, texts } from "./aws-message";
import type { Upstream } from "./upstream";

interface MemberAccount {
  readonly id: string;
  readonly active: boolean;
}

/** What AWS services know of the organization without being asked through an API: read from moto when needed. */
export class OrganizationReader {
  #delegated: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(
    private readonly moto: Upstream,
    readonly managementAccountId: string,
  ) {}

  call(operation: string, input: JsonObject): Promise<JsonObject> {
    return this.moto.json(
      { accountId: this.managementAccountId, region: "us-east-1" },
      "organizations",
      `AWSOrganizationsV20161128.${operation}`,
      input,
    );
  }

  async trusts(servicePrincipal: string): Promise<boolean> {
    const { EnabledServicePrincipals } = await this.call("ListAWSServiceAccessForOrganization", {});
    return objects(EnabledServicePrincipals).some((service) => service["ServicePrincipal"] === servicePrincipal);
  }

  async id(): Promise<string> {
    return text(object((await this.call("DescribeOrganization", {}))["Organization"])["Id"]);
  }

  /** Active accounts below a root or OU, at any depth, sorted; never the management account. An account stands for itself. */
  async activeMembersBelow(parentId: string): Promise<readonly string[]> {
    const accounts = await this.#accounts();
    const found: string[] = [];
    const visit = async (parent: string): Promise<void> => {
      for (const child of objects(
        (await this.call("ListChildren", { ParentId: parent, ChildType: "ACCOUNT" }))["Children"],
      ))
        found.push(text(child["Id"]));
      for (const child of objects(
        (await this.call("ListChildren", { ParentId: parent, ChildType: "ORGANIZATIONAL_UNIT" }))["Children"],
      ))
        await visit(text(child["Id"]));
    };
    await visit(parentId);
    return found.filter((id) => id !== this.managementAccountId && accounts.get(id)?.active === true).sort();
  }

  /** Service principals that a member account administers. */
  async delegatedServices(accountId: string): Promise<readonly string[]> {
    this.#delegated ??= this.#readDelegated();
    return (await this.#delegated).get(accountId) ?? [];
  }

  forgetDelegated(): void {
    this.#delegated = undefined;
  }

  async #readDelegated(): Promise<ReadonlyMap<string, readonly string[]>> {
    const admins = objects((await this.call("ListDelegatedAdministrators", {}))["DelegatedAdministrators"]);
    const result = new Map<string, readonly string[]>();
    for (const admin of admins) {
      const id = text(admin["Id"]);
      const { DelegatedServices } = await this.call("ListDelegatedServicesForAccount", { AccountId: id });
      result.set(id, texts(objects(DelegatedServices).map((service) => text(service["ServicePrincipal"]))));
    }
    return result;
  }

  async #accounts(): Promise<ReadonlyMap<string, MemberAccount>> {
    const { Accounts } = await this.call("ListAccounts", { MaxResults: 1_000_000 });
    return new Map(
      objects(Accounts).map((account) => [
        text(account["Id"]),
        { id: text(account["Id"]), active: account["Status"] === "ACTIVE" },
      ]),
    );
  }
}
