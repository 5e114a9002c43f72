import { breakGlass } from "./break-glass/card";
import { credentialHygiene } from "./credential-hygiene/card";
import { guardrails } from "./guardrails/card";
import { hcp } from "./hcp/card";
import { identityCenter } from "./identity-center/card";
import { pipeline } from "./pipeline/card";
import { proofs } from "./proofs/card";
import { workloadIdentity } from "./workload-identity/card";

/**
 * The sections of `baseline.yaml`, in the order of the journey: who plans and applies, the way back in before the doors close, then the rest.
 * The one list: to add a section is to add its folder and a line here. In which order sections are resolved follows from what they need.
 */
export const CARDS = [
  hcp,
  pipeline,
  breakGlass,
  guardrails,
  identityCenter,
  workloadIdentity,
  credentialHygiene,
  proofs,
] as const;
