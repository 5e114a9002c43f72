import { AwsError, type AwsRequest, type AwsResponse, type JsonObject, objects, object, text } from "../aws-message";
import type { FrontContext, Gap, Handler, Observer } from "../gap";
import { xmlValue } from "../upstream";

/**
 * When credentials were made and used. moto knows only what happened in its own time, so the seed says it in a header of the call that makes
 * the credential; a call of GetAccessKeyLastUsed or GetAccountSummary with the header changes it afterwards.
 */

interface KeySeed {
  readonly createdAt?: string;
  readonly lastUsedAt?: string;
  readonly service?: string;
  readonly region?: string;
  /** What CloudTrail's event history says of it. */
  readonly events?: readonly JsonObject[];
}

interface UserSeed {
  readonly createdAt?: string;
  readonly passwordLastUsedAt?: string;
}

interface RootSeed {
  readonly accessKeys?: number;
  readonly mfa?: boolean;
  readonly password?: boolean;
  readonly keyCreatedAt?: string;
  readonly keyLastUsedAt?: string;
}

interface ServiceCredential {
  readonly id: string;
  readonly user: string;
  readonly service: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  status: string;
}

const IAM_VERSION = "2010-05-08";
const REPORT_COLUMNS =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/** The credentials of every account of one local AWS. */
export class CredentialRecords {
  readonly #keys = new Map<string, KeySeed>();
  readonly #users = new Map<string, UserSeed>();
  readonly #roots = new Map<string, RootSeed>();
  readonly #reports = new Set<string>();
  readonly #services = new Map<string, ServiceCredential[]>();
  #serial = 0;

  constructor(private readonly context: FrontContext) {}

  gap(): Pick<Gap, "operations" | "after" | "guard"> {
    return {
      guard: (request) => {
        // The others are moto's, and refused there.
        if (request.operation === "DeleteUser" && this.#servicesOf(request).length > 0)
          throw new AwsError(
            "DeleteConflict",
            "Cannot delete entity, must delete service-specific credentials first.",
            409,
          );
        if (request.operation === "GetAccessKeyLastUsed" && seedOf(request))
          this.#keys.set(text(request.input["AccessKeyId"]), {
            ...this.#keys.get(text(request.input["AccessKeyId"])),
            ...(seedOf(request) as KeySeed),
          });
        if (request.operation === "GetAccountSummary" && seedOf(request))
          this.#roots.set(request.accountId, seedOf(request) as RootSeed);
      },
      operations: {
        GenerateCredentialReport: (request) => {
          // AWS takes a moment for the first one.
          const ready = this.#reports.has(request.accountId);
          this.#reports.add(request.accountId);
          return ready
            ? { State: "COMPLETE" }
            : { State: "STARTED", Description: "No report exists. Starting a new report generation task" };
        },
        GetCredentialReport: async (request) => {
          if (!this.#reports.has(request.accountId)) throw new AwsError("ReportNotPresent", "No report exists.", 410);
          return {
            Content: Buffer.from(await this.#report(request)).toString("base64"),
            ReportFormat: "text/csv",
            GeneratedTime: new Date().toISOString(),
          };
        },
        ...this.#serviceCredentials(),
      },
      after: {
        CreateAccessKey: (request, response) => {
          const id = xmlValue(response.body.toString(), "AccessKeyId");
          const seed = seedOf(request);
          if (id && seed) this.#keys.set(id, seed);
        },
        CreateUser: (request) => {
          const seed = seedOf(request);
          if (seed) this.#users.set(`${request.accountId}/${text(request.input["UserName"])}`, seed);
        },
        ListAccessKeys: mapMembers((member) => {
          const createdAt = this.#keys.get(xmlValue(member, "AccessKeyId") ?? "")?.createdAt;
          return createdAt ? withElement(member, "CreateDate", createdAt) : member;
        }),
        ListUsers: (request, response) => mapMembers((member) => this.#userElement(request, member))(request, response),
        GetAccessKeyLastUsed: (request, response) => {
          const {
            lastUsedAt,
            service = "s3",
            region = "us-east-1",
          } = this.#keys.get(text(request.input["AccessKeyId"])) ?? {};
          const used = lastUsedAt
            ? `<LastUsedDate>${lastUsedAt}</LastUsedDate><ServiceName>${service}</ServiceName><Region>${region}</Region>`
            : "<ServiceName>N/A</ServiceName><Region>N/A</Region>";
          return {
            ...response,
            body: response.body
              .toString()
              .replace(
                /<AccessKeyLastUsed>.*<\/AccessKeyLastUsed>/s,
                () => `<AccessKeyLastUsed>${used}</AccessKeyLastUsed>`,
              ),
          };
        },
        GetAccountSummary: (request, response) => {
          const root = this.#roots.get(request.accountId);
          const figures = {
            AccountAccessKeysPresent: root?.accessKeys ?? 0,
            AccountMFAEnabled: root?.mfa === false ? 0 : 1,
            AccountPasswordPresent: root?.password ? 1 : 0,
          };
          let body = response.body.toString();
          for (const [name, value] of Object.entries(figures)) {
            const entry = `<entry><key>${name}</key><value>${value}</value></entry>`;
            const known = new RegExp(`<entry>\\s*<key>${name}</key>\\s*<value>[^<]*</value>\\s*</entry>`);
            body = known.test(body) ? body.replace(known, entry) : body.replace("<SummaryMap>", `<SummaryMap>${entry}`);
          }
          return { ...response, body };
        },
      },
    };
  }

  /** CloudTrail's event history, as far as the seed tells it: by access key id, in the region where it happened. */
  lookUp(request: AwsRequest): JsonObject {
    const [attribute] = objects(request.input["LookupAttributes"]);
    if (text(attribute?.["AttributeKey"]) !== "AccessKeyId")
      throw new AwsError("InvalidLookupAttributesException", "The local AWS looks up events by AccessKeyId only.");
    const events = (this.#keys.get(text(attribute?.["AttributeValue"]))?.events ?? []).filter(
      (event) => text(event["awsRegion"], "us-east-1") === request.region,
    );
    return {
      Events: events.map((event) => ({
        EventId: `event-${++this.#serial}`,
        EventName: text(event["eventName"]),
        EventSource: text(event["eventSource"]),
        EventTime: Date.parse(text(event["eventTime"])) / 1000,
        AccessKeyId: text(attribute?.["AttributeValue"]),
        CloudTrailEvent: JSON.stringify(event),
      })),
    };
  }

  #userElement(request: AwsRequest, member: string): string {
    const seed = this.#users.get(`${request.accountId}/${xmlValue(member, "UserName") ?? ""}`);
    const created = seed?.createdAt ? withElement(member, "CreateDate", seed.createdAt) : member;
    return seed?.passwordLastUsedAt ? withElement(created, "PasswordLastUsed", seed.passwordLastUsedAt) : created;
  }

  async #report(request: AwsRequest): Promise<string> {
    const { accountId } = request;
    const place = { accountId, region: "us-east-1" };
    const ask = (action: string, input: Readonly<Record<string, string>> = {}): Promise<string> =>
      this.context.moto.query(place, "iam", IAM_VERSION, action, input);
    const root = this.#roots.get(accountId);
    const rootKeys = [1, 2].map((slot) =>
      (root?.accessKeys ?? 0) >= slot
        ? [
            "true",
            root?.keyCreatedAt ?? "N/A",
            root?.keyLastUsedAt ?? "N/A",
            root?.keyLastUsedAt ? "us-east-1" : "N/A",
            root?.keyLastUsedAt ? "s3" : "N/A",
          ]
        : ["false", "N/A", "N/A", "N/A", "N/A"],
    );
    const rows = [
      [
        "<root_account>",
        `arn:aws:iam::${accountId}:root`,
        "2020-01-01T00:00:00+00:00",
        "not_supported",
        "no_information",
        "not_supported",
        "not_supported",
        String(root?.mfa !== false),
        ...rootKeys.flat(),
        "false",
        "N/A",
        "false",
        "N/A",
      ],
    ];
    for (const member of membersOf(await ask("ListUsers"), "Users")) {
      const user = xmlValue(member, "UserName") ?? "";
      const seed = this.#users.get(`${accountId}/${user}`);
      const profile = await ask("GetLoginProfile", { UserName: user }).catch(() => undefined);
      const mfa = membersOf(await ask("ListMFADevices", { UserName: user }), "MFADevices").length > 0;
      const keys = membersOf(await ask("ListAccessKeys", { UserName: user }), "AccessKeyMetadata");
      const created = seed?.createdAt ?? xmlValue(member, "CreateDate") ?? "";
      const slots = [0, 1].map((slot) => {
        const key = keys[slot];
        if (!key) return ["false", "N/A", "N/A", "N/A", "N/A"];
        const known = this.#keys.get(xmlValue(key, "AccessKeyId") ?? "");
        return [
          String(xmlValue(key, "Status") === "Active"),
          known?.createdAt ?? xmlValue(key, "CreateDate") ?? "N/A",
          known?.lastUsedAt ?? "N/A",
          known?.lastUsedAt ? (known.region ?? "us-east-1") : "N/A",
          known?.lastUsedAt ? (known.service ?? "s3") : "N/A",
        ];
      });
      const password = profile
        ? ["true", seed?.passwordLastUsedAt ?? "no_information", created, "N/A"]
        : ["false", "N/A", "N/A", "N/A"];
      rows.push([
        user,
        xmlValue(member, "Arn") ?? "",
        created,
        ...password,
        String(mfa),
        ...slots.flat(),
        "false",
        "N/A",
        "false",
        "N/A",
      ]);
    }
    return [
      REPORT_COLUMNS,
      ...rows.map((row) =>
        row.map((value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(","),
      ),
    ].join("\n");
  }

  #servicesOf({ accountId, input }: AwsRequest): readonly ServiceCredential[] {
    return (this.#services.get(accountId) ?? []).filter(({ user }) => user === text(input["UserName"]));
  }

  /** Credentials of a service, which moto lacks. No password is made: nobody here could use one. */
  #serviceCredentials(): Readonly<Record<string, Handler>> {
    const of = (request: AwsRequest): ServiceCredential[] => this.#services.get(request.accountId) ?? [];
    const find = (request: AwsRequest): ServiceCredential => {
      const found = of(request).find((one) => one.id === text(request.input["ServiceSpecificCredentialId"]));
      if (!found) throw new AwsError("NoSuchEntity", "No such credential exists", 404);
      return found;
    };
    const shown = (one: ServiceCredential): JsonObject => ({
      UserName: one.user,
      Status: one.status,
      ServiceUserName: `${one.user}-at`,
      CreateDate: one.createdAt,
      ExpirationDate: one.expiresAt,
      ServiceSpecificCredentialId: one.id,
      ServiceName: one.service,
    });
    return {
      CreateServiceSpecificCredential: (request) => {
        const seed = object(seedOf(request));
        const made: ServiceCredential = {
          id: `ACCA${String(++this.#serial).padStart(16, "A")}`,
          user: text(request.input["UserName"]),
          service: text(request.input["ServiceName"]),
          createdAt: text(seed["createdAt"], new Date().toISOString()),
          status: "Active",
          ...(seed["expiresAt"] ? { expiresAt: text(seed["expiresAt"]) } : {}),
        };
        this.#services.set(request.accountId, [...of(request), made]);
        return { ServiceSpecificCredential: { ...shown(made), ServicePassword: "none" } };
      },
      ListServiceSpecificCredentials: (request) => ({
        ServiceSpecificCredentials: of(request)
          .filter((one) => one.user === text(request.input["UserName"]))
          .map(shown),
        IsTruncated: false,
      }),
      UpdateServiceSpecificCredential: (request) => {
        find(request).status = text(request.input["Status"]);
        return {};
      },
      DeleteServiceSpecificCredential: (request) => {
        const gone = find(request);
        this.#services.set(
          request.accountId,
          of(request).filter((one) => one !== gone),
        );
        return {};
      },
    };
  }
}

function seedOf(request: AwsRequest): JsonObject | undefined {
  const header = request.headers["x-local-seed"];
  return typeof header === "string" ? (JSON.parse(header) as JsonObject) : undefined;
}

function membersOf(xml: string, list: string): readonly string[] {
  const inside = new RegExp(`<${list}>(.*?)</${list}>`, "s").exec(xml)?.[1] ?? "";
  return [...inside.matchAll(/<member>(.*?)<\/member>/gs)].map((match) => match[1] ?? "");
}

/** Changes each member of the only list of an answer. */
function mapMembers(change: (member: string) => string): Observer {
  return (_, response): AwsResponse => ({
    ...response,
    body: response.body
      .toString()
      .replace(/<member>(.*?)<\/member>/gs, (_all, member: string) => `<member>${change(member)}</member>`),
  });
}

function withElement(xml: string, name: string, value: string): string {
  const element = `<${name}>${value}</${name}>`;
  const known = new RegExp(`<${name}>[^<]*</${name}>`);
  return known.test(xml) ? xml.replace(known, () => element) : xml + element;
}
