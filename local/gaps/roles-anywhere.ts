import { AwsError, object, objects, page, text, type AwsRequest, type Json, type JsonObject } from "../aws-message";
import type { AccessFacts } from "../access/facts";
import type { FrontContext, Gap, Handler } from "../gap";
import { createSession, type Seen } from "../roles-anywhere/create-session";

type Kind = "trust-anchor" | "profile" | "crl" | "subject";

interface Stored {
  readonly kind: Kind;
  readonly place: string;
  readonly detail: JsonObject;
  readonly tags: Map<string, string>;
}

/** AWS notifies of certificates that end, 45 days ahead, unless told otherwise. */
const DEFAULT_NOTIFICATIONS: readonly JsonObject[] = [
  {
    channel: "ALL",
    configuredBy: "rolesanywhere.amazonaws.com",
    enabled: true,
    event: "CA_CERTIFICATE_EXPIRY",
    threshold: 45,
  },
  {
    channel: "ALL",
    configuredBy: "rolesanywhere.amazonaws.com",
    enabled: true,
    event: "END_ENTITY_CERTIFICATE_EXPIRY",
    threshold: 45,
  },
];
const DEFAULT_MAPPINGS: readonly JsonObject[] = ["x509Subject", "x509Issuer", "x509SAN"].map((certificateField) => ({
  certificateField,
  mappingRules: (certificateField === "x509SAN" ? ["DNS", "URI", "Name/*"] : ["*"]).map((specifier) => ({ specifier })),
}));
const CREATED = "2024-01-01T00:00:00Z";
const ROUTES = {
  "POST /trustanchors": "CreateTrustAnchor",
  "GET /trustanchors": "ListTrustAnchors",
  "GET /trustanchor/{trustAnchorId}": "GetTrustAnchor",
  "PATCH /trustanchor/{trustAnchorId}": "UpdateTrustAnchor",
  "DELETE /trustanchor/{trustAnchorId}": "DeleteTrustAnchor",
  "POST /trustanchor/{trustAnchorId}/enable": "EnableTrustAnchor",
  "POST /trustanchor/{trustAnchorId}/disable": "DisableTrustAnchor",
  "POST /profiles": "CreateProfile",
  "GET /profiles": "ListProfiles",
  "GET /profile/{profileId}": "GetProfile",
  "PATCH /profile/{profileId}": "UpdateProfile",
  "DELETE /profile/{profileId}": "DeleteProfile",
  "POST /profile/{profileId}/enable": "EnableProfile",
  "POST /profile/{profileId}/disable": "DisableProfile",
  "PUT /profiles/{profileId}/mappings": "PutAttributeMapping",
  "DELETE /profiles/{profileId}/mappings": "DeleteAttributeMapping",
  "PATCH /put-notifications-settings": "PutNotificationSettings",
  "PATCH /reset-notifications-settings": "ResetNotificationSettings",
  "POST /crls": "ImportCrl",
  "GET /crls": "ListCrls",
  "GET /crl/{crlId}": "GetCrl",
  "PATCH /crl/{crlId}": "UpdateCrl",
  "DELETE /crl/{crlId}": "DeleteCrl",
  "POST /crl/{crlId}/enable": "EnableCrl",
  "POST /crl/{crlId}/disable": "DisableCrl",
  "GET /subjects": "ListSubjects",
  "GET /subject/{subjectId}": "GetSubject",
  "POST /sessions": "CreateSession",
  "GET /ListTagsForResource": "ListTagsForResource",
  "POST /TagResource": "TagResource",
  "POST /UntagResource": "UntagResource",
};

const MEMBERS: Readonly<Record<Kind, string>> = {
  "trust-anchor": "trustAnchor",
  profile: "profile",
  crl: "crl",
  subject: "subject",
};
const PREFIXES: Readonly<Record<Kind, string>> = { "trust-anchor": "a", profile: "b", crl: "c", subject: "d" };
/** Not adjustable: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/quotas.html */
const CRLS_PER_TRUST_ANCHOR = 2;

/** Roles Anywhere: trust anchors, profiles, revocation lists, and sessions for certificates; moto has none of it. */
export function rolesAnywhereGap(context: FrontContext, facts: AccessFacts): Gap {
  const stored = new Map<string, Stored>();
  let counter = 0;

  const placeOf = (request: AwsRequest): string => `${request.region}:${request.accountId}`;
  const find = (request: AwsRequest, kind: Kind): Stored => {
    const id = text(request.input[`${memberOf(kind)}Id`]);
    const found = stored.get(id);
    if (!found || found.kind !== kind || found.place !== placeOf(request))
      throw new AwsError("ResourceNotFoundException", `There is no ${kind} ${id}.`, 404);
    return found;
  };
  const byArn = (arn: string): Stored => {
    const found = [...stored.values()].find((one) => one.detail[`${memberOf(one.kind)}Arn`] === arn);
    if (!found) throw new AwsError("ResourceNotFoundException", `There is no resource ${arn}.`, 404);
    return found;
  };
  const memberOf = (kind: Kind): string => MEMBERS[kind];
  const shown = (one: Stored): JsonObject => ({ [memberOf(one.kind)]: one.detail });
  const change = (one: Stored, detail: JsonObject): JsonObject => {
    const updated = { ...one, detail: { ...one.detail, ...detail, updatedAt: CREATED } };
    stored.set(text(one.detail[`${memberOf(one.kind)}Id`]), updated);
    return shown(updated);
  };

  const create =
    (kind: Kind, detailOf: (input: JsonObject, request: AwsRequest) => JsonObject): Handler =>
    (request) => {
      const name = text(request.input["name"]);
      if (!/^[ a-zA-Z0-9\-_]{1,255}$/.test(name))
        throw new AwsError("ValidationException", "The name has characters that are not allowed.");
      const id = `${PREFIXES[kind]}0000000-0000-4000-8000-${(++counter).toString(16).padStart(12, "0")}`;
      const arn = `arn:aws:rolesanywhere:${request.region}:${request.accountId}:${kind}/${id}`;
      const one: Stored = {
        kind,
        place: placeOf(request),
        detail: {
          [`${memberOf(kind)}Id`]: id,
          [`${memberOf(kind)}Arn`]: arn,
          name,
          createdAt: CREATED,
          updatedAt: CREATED,
          ...detailOf(request.input, request),
        },
        tags: new Map(objects(request.input["tags"]).map((tag) => [text(tag["key"]), text(tag["value"])])),
      };
      stored.set(id, one);
      return shown(one);
    };
  const get =
    (kind: Kind): Handler =>
    (request) =>
      shown(find(request, kind));
  const update =
    (kind: Kind, members: readonly string[]): Handler =>
    (request) => {
      const one = find(request, kind);
      return change(
        one,
        Object.fromEntries(
          members
            .filter((member) => request.input[member] !== undefined)
            .map((member) => [member, request.input[member]]),
        ),
      );
    };
  const remove =
    (kind: Kind): Handler =>
    (request) => {
      const one = find(request, kind);
      stored.delete(text(one.detail[`${memberOf(kind)}Id`]));
      return shown(one);
    };
  const list =
    (kind: Kind): Handler =>
    (request) => {
      const all = [...stored.values()]
        .filter((one) => one.kind === kind && one.place === placeOf(request))
        .map((one) => one.detail);
      const { items, next } = page(all, request.input["nextToken"], Number(text(request.input["pageSize"], "50")));
      return { [`${memberOf(kind)}s`]: items, nextToken: next };
    };
  const enable =
    (kind: Kind, enabled: boolean): Handler =>
    (request) =>
      change(find(request, kind), { enabled });
  const notifications = (one: Stored, settings: readonly JsonObject[]): JsonObject => {
    const kept = objects(one.detail["notificationSettings"]).filter(
      (old) =>
        !settings.some(
          (fresh) => fresh["event"] === old["event"] && (fresh["channel"] ?? "ALL") === (old["channel"] ?? "ALL"),
        ),
    );
    return change(one, { notificationSettings: [...kept, ...settings] });
  };

  const listsOf = (anchor: Stored): readonly Stored[] =>
    [...stored.values()].filter(
      ({ kind, detail }) => kind === "crl" && detail["trustAnchorArn"] === anchor.detail["trustAnchorArn"],
    );
  /** A subject for each name that has come, with its certificates. */
  const seenSubject: Seen = (accountId, region, { subject, issuer, serial, pem }) => {
    const place = `${region}:${accountId}`;
    const known = [...stored.values()].find(
      (one) => one.kind === "subject" && one.place === place && one.detail["x509Subject"] === subject,
    );
    const id = known
      ? text(known.detail["subjectId"])
      : `${PREFIXES.subject}0000000-0000-4000-8000-${(++counter).toString(16).padStart(12, "0")}`;
    const arn = `arn:aws:rolesanywhere:${region}:${accountId}:subject/${id}`;
    const seenAt = new Date().toISOString();
    const credential = { serialNumber: serial, issuer, enabled: true, failed: false, seenAt, x509CertificateData: pem };
    const credentials = [
      ...objects(known?.detail["credentials"]).filter((one) => one["serialNumber"] !== serial),
      credential,
    ];
    const detail = {
      subjectId: id,
      subjectArn: arn,
      x509Subject: subject,
      enabled: true,
      lastSeenAt: seenAt,
      credentials,
    };
    stored.set(id, { kind: "subject", place, detail, tags: new Map() });
    return arn;
  };

  return {
    service: "rolesanywhere",
    routes: ROUTES,
    operations: {
      CreateTrustAnchor: create("trust-anchor", (input, request) => {
        checkSource(input["source"]);
        const settings = objects(input["notificationSettings"]).map((setting) => ({
          configuredBy: request.accountId,
          channel: "ALL",
          ...setting,
        }));
        const defaults = DEFAULT_NOTIFICATIONS.filter(
          (old) => !settings.some((setting) => (setting as JsonObject)["event"] === old["event"]),
        );
        return {
          source: input["source"],
          enabled: input["enabled"] ?? false,
          notificationSettings: [...settings, ...defaults],
        };
      }),
      GetTrustAnchor: get("trust-anchor"),
      UpdateTrustAnchor: (request) => {
        if (request.input["source"] !== undefined) checkSource(request.input["source"]);
        return update("trust-anchor", ["name", "source"])(request);
      },
      DeleteTrustAnchor: remove("trust-anchor"),
      ListTrustAnchors: list("trust-anchor"),
      EnableTrustAnchor: enable("trust-anchor", true),
      DisableTrustAnchor: enable("trust-anchor", false),
      PutNotificationSettings: (request) => {
        const settings = objects(request.input["notificationSettings"]).map((setting) => ({
          configuredBy: request.accountId,
          channel: "ALL",
          ...setting,
        }));
        return notifications(find(request, "trust-anchor"), settings);
      },
      ResetNotificationSettings: (request) => {
        const events = objects(request.input["notificationSettingKeys"]).map((setting) => setting["event"]);
        return notifications(
          find(request, "trust-anchor"),
          DEFAULT_NOTIFICATIONS.filter((setting) => events.includes(setting["event"])),
        );
      },

      CreateProfile: create("profile", (input, request) => ({
        roleArns: input["roleArns"] ?? [],
        managedPolicyArns: input["managedPolicyArns"] ?? [],
        sessionPolicy: input["sessionPolicy"],
        durationSeconds: input["durationSeconds"] ?? 3600,
        enabled: input["enabled"] ?? false,
        requireInstanceProperties: input["requireInstanceProperties"] ?? false,
        acceptRoleSessionName: input["acceptRoleSessionName"] ?? false,
        attributeMappings: [...DEFAULT_MAPPINGS],
        createdBy: `arn:aws:sts::${request.accountId}:assumed-role/local`,
      })),
      GetProfile: get("profile"),
      UpdateProfile: update("profile", [
        "name",
        "roleArns",
        "managedPolicyArns",
        "sessionPolicy",
        "durationSeconds",
        "acceptRoleSessionName",
      ]),
      DeleteProfile: remove("profile"),
      ListProfiles: list("profile"),
      EnableProfile: enable("profile", true),
      DisableProfile: enable("profile", false),
      PutAttributeMapping: (request) => {
        const one = find(request, "profile");
        const { certificateField, mappingRules } = request.input;
        const others = objects(one.detail["attributeMappings"]).filter(
          (mapping) => mapping["certificateField"] !== certificateField,
        );
        return change(one, { attributeMappings: [...others, { certificateField, mappingRules }] });
      },
      DeleteAttributeMapping: (request) => {
        const one = find(request, "profile");
        return change(one, {
          attributeMappings: objects(one.detail["attributeMappings"]).filter(
            (mapping) => mapping["certificateField"] !== request.input["certificateField"],
          ),
        });
      },

      ImportCrl: (request) => {
        checkList(request.input["crlData"]);
        const anchor = byArn(text(request.input["trustAnchorArn"]));
        if (anchor.kind !== "trust-anchor" || anchor.place !== placeOf(request))
          throw new AwsError("ResourceNotFoundException", "There is no such trust anchor.", 404);
        if (listsOf(anchor).length >= CRLS_PER_TRUST_ANCHOR)
          throw new AwsError("ValidationException", "The trust anchor has 2 revocation lists already.");
        return create("crl", (input) => ({
          crlData: input["crlData"],
          trustAnchorArn: input["trustAnchorArn"],
          enabled: input["enabled"] ?? false,
        }))(request);
      },
      GetCrl: get("crl"),
      UpdateCrl: (request) => {
        if (request.input["crlData"] !== undefined) checkList(request.input["crlData"]);
        return update("crl", ["name", "crlData"])(request);
      },
      DeleteCrl: remove("crl"),
      EnableCrl: enable("crl", true),
      DisableCrl: enable("crl", false),
      ListCrls: list("crl"),
      ListSubjects: list("subject"),
      GetSubject: get("subject"),
      CreateSession: (request) => {
        const trustAnchor = byArn(text(request.input["trustAnchorArn"]));
        const profile = byArn(text(request.input["profileArn"]));
        // Of one account and region, whoever calls: the certificate says who it is.
        if (trustAnchor.place !== profile.place)
          throw new AwsError("AccessDeniedException", "Trust anchor and profile are not in one place.", 403);
        const [, accountId = ""] = trustAnchor.place.split(":");
        return createSession(
          request,
          {
            accountId,
            trustAnchor: trustAnchor.detail,
            profile: profile.detail,
            lists: listsOf(trustAnchor)
              .filter(({ detail }) => detail["enabled"] === true)
              .map(({ detail }) => Buffer.from(text(detail["crlData"]), "base64").toString()),
          },
          context,
          facts,
          seenSubject,
        );
      },
      ListTagsForResource: (request) => ({
        tags: [...byArn(text(request.input["resourceArn"])).tags].map(([key, value]) => ({ key, value })),
      }),
      TagResource: (request) => {
        const { tags } = byArn(text(request.input["resourceArn"]));
        objects(request.input["tags"]).forEach((tag) => tags.set(text(tag["key"]), text(tag["value"])));
        return {};
      },
      UntagResource: (request) => {
        const { tags } = byArn(text(request.input["resourceArn"]));
        (request.input["tagKeys"] as Json[]).forEach((key) => tags.delete(text(key)));
        return {};
      },
    },
  };
}

/** "In order to be properly imported, a CRL must be in PEM format": https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ImportCrl.html */
function checkList(value: Json | undefined): void {
  const data = Buffer.from(text(value), "base64");
  if (data.length === 0 || data.length > 300_000 || !data.toString("latin1").includes("-----BEGIN X509 CRL-----"))
    throw new AwsError("ValidationException", "The data is no revocation list in PEM.");
}

function checkSource(value: Json | undefined): void {
  const source = object(value);
  const data = object(source["sourceData"]);
  const ok =
    (source["sourceType"] === "CERTIFICATE_BUNDLE" &&
      text(data["x509CertificateData"]).includes("-----BEGIN CERTIFICATE-----")) ||
    (source["sourceType"] === "AWS_ACM_PCA" && text(data["acmPcaArn"]).startsWith("arn:"));
  if (!ok)
    throw new AwsError(
      "ValidationException",
      "The source is neither a bundle of PEM certificates nor an AWS Private CA.",
    );
}
