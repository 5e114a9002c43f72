import {
  GetSubjectCommand,
  paginateListCrls,
  paginateListSubjects,
  RolesAnywhereClient,
  type CrlDetail,
  type SubjectDetail,
} from "@aws-sdk/client-rolesanywhere";
import { X509Certificate } from "node:crypto";
import { KEYLESS } from "../../../kernel/command";
import { uniqueSorted } from "../../../kernel/lists";
import { count } from "../../../kernel/words";
import { currency, WARNING_DAYS } from "../../../sections/workload-identity/expiry";
import { isNewer, readRevocationList, type RevocationList } from "../../../sections/workload-identity/revocation";
import type {
  NamedRevocationList,
  TrustAnchorState,
  WorkloadIdentityStack,
} from "../../../sections/workload-identity/types";
import { type Finding, missing, seen } from "../claim";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";

/** What Terraform does not hold of Roles Anywhere: revocation lists, and the certificates that workloads come with. */

const SECTION = "workload-identity";
const DAY = 86_400_000;

type AnchorArn = (reader: Reader) => Promise<string | undefined>;

export function revocationChecks(
  planned: Planned,
  stack: WorkloadIdentityStack,
  anchor: TrustAnchorState,
  anchorArn: AnchorArn,
): readonly Check[] {
  const { revocationLists = [] } = anchor;
  return revocationLists.map((named) => ({
    section: SECTION,
    kind: "revocation-list",
    name: `${anchor.name}: ${"file" in named ? named.file : named.url}`,
    promise: `revocation list of ${"file" in named ? named.list.issuer : "one of its CAs"}, enabled and the present one`,
    place: planned.place(stack.accountId, stack.region),
    look: async (reader): Promise<Finding> => {
      const arn = await anchorArn(reader);
      if (arn === undefined) return missing("there is no trust anchor of this name");
      const crls = (await allCrls(reader, stack.region)).filter(({ trustAnchorArn }) => trustAnchorArn === arn);
      const bundle = "certificateBundle" in anchor.source ? anchor.source.certificateBundle : "";
      return revocationFinding(named, revocationLists, crls, bundle, planned.environment.name, new Date());
    },
  }));
}

/** What there is of a list. Pure. */
export function revocationFinding(
  named: NamedRevocationList,
  all: readonly NamedRevocationList[],
  crls: readonly Pick<CrlDetail, "crlData" | "enabled">[],
  bundle: string,
  environment: string,
  now: Date,
): Finding {
  const inFiles = new Set(all.flatMap((one) => ("file" in one ? [one.list.signedBy] : [])));
  const candidates = crls
    .flatMap(({ crlData, enabled = false }) => {
      const read = readRevocationList(Buffer.from(crlData ?? []), bundle);
      return "list" in read ? [{ list: read.list, enabled }] : [];
    })
    // What is at an address nobody knows here; what is of another CA's file it is not.
    .filter(({ list }) => ("file" in named ? list.signedBy === named.list.signedBy : !inFiles.has(list.signedBy)))
    .sort((a, b) => (isNewer(a.list, b.list) ? -1 : 1));
  const refresh = `${KEYLESS} crl ${environment}`;
  const addresses = all.filter((one) => !("file" in one));
  // One list stands for one address: the newest of each CA.
  const newest = uniqueSorted(candidates.map(({ list }) => list.signedBy)).map((signer) =>
    candidates.find(({ list }) => list.signedBy === signer)!,
  );
  // Whose list is at an address is not known here: fewer lists than addresses means that one is not there, whichever it is.
  if (!("file" in named) && newest.length > 0 && newest.length < addresses.length)
    return missing(
      `AWS has lists of ${count(newest.length, "CA")}, and ${addresses.length} addresses are planned: at least one list is not there. ${refresh} imports it`,
    );
  // Of more lists than addresses nobody knows which are meant: what is wrong comes first.
  const isGood = (one: InAws): boolean => whatIsWrong(one, now).length === 0;
  const worstFirst = [...newest.filter((one) => !isGood(one)), ...newest.filter(isGood)];
  const found = worstFirst["file" in named ? 0 : addresses.indexOf(named)];
  if (!found) return missing(`AWS has no such list: no certificate is revoked by it. ${refresh} imports it`);
  const { list } = found;
  const wrong = [
    ...whatIsWrong(found, now),
    ...("file" in named && isNewer(named.list, list)
      ? [`AWS has an older list, ${order(list)}; the file is ${order(named.list)}. ${refresh} replaces it`]
      : []),
    ...("file" in named && sameOrder(named.list, list) && named.list.sha256 !== list.sha256
      ? [`AWS has another list with the same number and date, ${order(list)}`]
      : []),
  ];
  if (wrong.length > 0) return { verdict: "different", details: wrong };
  const next = list.nextUpdate === undefined ? "" : `, the next one by ${list.nextUpdate.slice(0, 10)}`;
  return seen(
    `${order(list)}, ${count(list.revoked.length, "certificate")} revoked${next}`,
    ...("file" in named && isNewer(list, named.list) ? [`newer than the file, which is ${order(named.list)}`] : []),
  );
}

interface InAws {
  readonly list: RevocationList;
  readonly enabled: boolean;
}

function whatIsWrong({ list, enabled }: InAws, now: Date): readonly string[] {
  return [
    ...(enabled ? [] : ["the list is disabled: no certificate is revoked by it"]),
    ...(currency(list, now) === "stale"
      ? [
          `the list was to be followed by another one on ${list.nextUpdate!.slice(0, 10)}: what was revoked since is not on it`,
        ]
      : []),
  ];
}

function sameOrder(one: RevocationList, other: RevocationList): boolean {
  return !isNewer(one, other) && !isNewer(other, one);
}

function order({ number, thisUpdate }: RevocationList): string {
  return `${number === undefined ? "" : `number ${number} `}of ${thisUpdate.slice(0, 10)}`;
}

function allCrls(reader: Reader, region: string): Promise<readonly CrlDetail[]> {
  return reader.once(`revocation lists ${region}`, async () => {
    const found: CrlDetail[] = [];
    const client = reader.client(RolesAnywhereClient, region);
    for await (const page of paginateListCrls({ client }, {})) found.push(...(page.crls ?? []));
    return found;
  });
}

/**
 * The certificates that workloads came with. AWS keeps a subject for each name that has ever come, with its certificates.
 * https://docs.aws.amazon.com/rolesanywhere/latest/userguide/monitoring-subjects.html
 */
export function certificatesInUseCheck(planned: Planned, stack: WorkloadIdentityStack): readonly Check[] {
  if (stack.rolesAnywhere.length === 0) return [];
  return [
    {
      section: SECTION,
      kind: "certificates-in-use",
      name: `certificates of workloads in ${stack.region}`,
      promise: `the certificates that workloads came with are read; those that end within ${WARNING_DAYS} days are named`,
      place: planned.place(stack.accountId, stack.region),
      look: async (reader) => {
        const client = reader.client(RolesAnywhereClient, stack.region);
        const subjects: SubjectDetail[] = [];
        for await (const page of paginateListSubjects({ client }, {}))
          for (const { subjectId } of page.subjects ?? []) {
            const { subject } = await client.send(new GetSubjectCommand({ subjectId }));
            if (subject) subjects.push(subject);
          }
        return seen(...certificateNotes(subjects, new Date()));
      },
    },
  ];
}

/** Of each name the certificate that came last: which end soon or have ended, and which names nobody could read. */
export function certificateNotes(subjects: readonly SubjectDetail[], now: Date): readonly string[] {
  if (subjects.length === 0) return ["no workload has come with a certificate yet"];
  return subjects
    .flatMap(({ x509Subject = "without a name", credentials = [] }) => {
      const [last] = credentials
        .filter(({ failed }) => !failed)
        .sort((a, b) => (b.seenAt?.getTime() ?? 0) - (a.seenAt?.getTime() ?? 0));
      // A name that has only ever been refused is no workload.
      if (!last) return [];
      const end = endOf(last.x509CertificateData);
      const when = last.seenAt === undefined ? "" : `; last seen ${last.seenAt.toISOString().slice(0, 10)}`;
      if (end === undefined) return [`${x509Subject}: AWS shows a certificate that cannot be read${when}`];
      const days = Math.floor((end.getTime() - now.getTime()) / DAY);
      if (days > WARNING_DAYS) return [];
      const day = end.toISOString().slice(0, 10);
      return [
        days < 0
          ? `${x509Subject}: its certificate ended on ${day}${when}`
          : `${x509Subject}: its certificate ends on ${day}, in ${count(days, "day")}${when}`,
      ];
    })
    .sort();
}

/** PEM, or DER in base64. */
function endOf(data: string | undefined): Date | undefined {
  if (data === undefined) return undefined;
  try {
    const { validTo } = new X509Certificate(data.includes("-----BEGIN") ? data : Buffer.from(data, "base64"));
    const end = new Date(validTo);
    return Number.isNaN(end.getTime()) ? undefined : end;
  } catch {
    return undefined;
  }
}
