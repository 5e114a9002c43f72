import type { SectionWithStacks } from "../modules/sections/sections";
import type { AddStacks } from "./add-stacks";
import { addStacks as breakGlass } from "./break-glass";
import { addStacks as credentialHygiene } from "./credential-hygiene";
import { addStacks as guardrails } from "./guardrails";
import { addStacks as hcp } from "./hcp-workspaces";
import { addStacks as identityCenter } from "./identity-center";
import { addStacks as pipeline } from "./pipeline";
import { addStacks as workloadIdentity } from "./workload-identity";

/**
 * Who makes the stacks of each section. Constructs stand above the sections, so a card cannot import them; this list does, and does not
 * compile while a card has kinds of stacks and no entry here, or an entry has no card. In which order they are added the list of cards says.
 */
export const STACKS_OF_SECTIONS: { readonly [Key in SectionWithStacks]: AddStacks<Key> } = {
  breakGlass,
  credentialHygiene,
  guardrails,
  hcp,
  identityCenter,
  pipeline,
  workloadIdentity,
};
