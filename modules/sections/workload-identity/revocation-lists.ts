import type { DocumentPath } from "../../config/document";
import type { ProblemList } from "../../config/problem-list";
import { readRevocationList } from "./revocation";
import type {
  NamedRevocationList,
  TrustAnchorState,
  WorkloadIdentityEnvironment,
  WorkloadIdentitySection,
} from "./types";

/** The revocation lists of a trust anchor: files are read and checked against its CAs. Absent where it names none. */
export function revocationListsOf(
  environment: WorkloadIdentityEnvironment,
  problems: ProblemList,
  { name, revocationLists }: WorkloadIdentitySection["trustAnchors"][number],
  anchor: DocumentPath,
  source: TrustAnchorState["source"],
): readonly NamedRevocationList[] | undefined {
  if (revocationLists === undefined) return undefined;
  if ("privateCaArn" in source) {
    problems.error(
      "TRUST-ANCHOR-CRL",
      [...anchor, "revocationLists"],
      `The trust anchor ${name} is an AWS Private CA: its certificate is not here, so that nobody can check who has signed a revocation list.`,
      "Name the CA's certificate as certificateBundleFile in place of privateCaArn, or import its lists by hand (docs/roles-anywhere.md).",
    );
    return undefined;
  }
  const signers = new Map<string, number>();
  const addresses = new Set<string>();
  return revocationLists.flatMap(({ file, url }, n): readonly NamedRevocationList[] => {
    const path: DocumentPath = [...anchor, "revocationLists", n];
    if ((file === undefined) === (url === undefined)) {
      problems.error(
        "CRL-SOURCE",
        path,
        `This revocation list of ${name} has ${file === undefined ? "neither file nor url" : "both file and url"}.`,
        "Name one of the two.",
      );
      return [];
    }
    if (file === undefined) {
      if (addresses.has(url!))
        problems.error("CRL-DUPLICATE", [...path, "url"], `${name} names ${url} twice.`, "Keep one of them.");
      addresses.add(url!);
      return [{ url: url! }];
    }
    const read = readRevocationList(Buffer.from(environment.files.get(file) ?? "", "base64"), source.certificateBundle);
    if ("problem" in read) {
      problems.error(read.problem.code, [...path, "file"], `${file} ${read.problem.message}.`, read.problem.fix);
      return [];
    }
    const before = signers.get(read.list.signedBy);
    if (before !== undefined)
      problems.error(
        "CRL-DUPLICATE",
        [...path, "file"],
        `${file} is of ${read.list.issuer}, as is list ${before} of ${name}: a trust anchor needs one for each CA.`,
        "Keep the newer one.",
      );
    signers.set(read.list.signedBy, n + 1);
    return [{ file, list: read.list }];
  });
}
