import { KEYLESS } from "../../../kernel/command";
import { isPlanned } from "../role";
import { ANYWHERE_KITS } from "./anywhere";
import { CI_KITS } from "./ci";
import { COMPUTE_KITS } from "./compute";
import type { Kit, KitInput } from "./kit";
import { exceptionKit, mailKit, notPlannedKit, personKit } from "./people";

/** The kits of a move: that of its destination, and one for mail where it sends by SMTP. */
export function kitsOf(input: KitInput, environment: string): readonly Kit[] {
  return [...(input.move.smtp ? [mailKit(input)] : []), destinationKit(input, environment)];
}

function destinationKit(input: KitInput, environment: string): Kit {
  const { move } = input;
  const { destination } = move;
  const missing = (what: string): Kit =>
    notPlannedKit(move, what, `\`${KEYLESS} move ${environment} --write --key ${move.keyId ?? move.name}\``);
  switch (destination.kind) {
    case "role":
      return isPlanned(destination)
        ? COMPUTE_KITS[destination.compute](input, destination.roleArn)
        : missing("destination.role.arn is still to be filled in");
    case "oidc":
      if (!destination.planned) return missing(`workloadIdentity.oidcRoles has no ${destination.workload}`);
      return destination.system === undefined
        ? missing("destination.oidc.system does not say what the job runs on")
        : CI_KITS[destination.system](input, destination.planned, destination.subjects);
    case "rolesAnywhere":
      return destination.planned
        ? ANYWHERE_KITS[destination.host](input, destination.workload, destination.planned)
        : missing(`workloadIdentity.rolesAnywhere has no ${destination.workload}`);
    case "identityCenter":
      return destination.planned
        ? personKit(input, destination.permissionSet)
        : missing(
            `identityCenter assigns no ${destination.permissionSet} to ${destination.group} in ${move.accountName}`,
          );
    case "exception":
      return exceptionKit(input, destination.name, destination.planned?.expires);
  }
}
