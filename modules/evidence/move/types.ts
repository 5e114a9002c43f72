import type { COMPUTES, CI_SYSTEMS, HOSTS } from "../../config/key-moves";
import type { Place } from "../../kernel/errors";

/** What takes the place of a key, as the baseline resolves it. */
export type Destination =
  | { readonly kind: "role"; readonly roleArn: string; readonly compute: (typeof COMPUTES)[number] }
  | {
      readonly kind: "oidc";
      readonly workload: string;
      /** Absent: the baseline has no such workload yet. */
      readonly planned?: PlannedOidc;
      /** Subjects that count as this workload. Empty: not known yet. */
      readonly subjects: readonly string[];
      readonly system?: (typeof CI_SYSTEMS)[number];
    }
  | {
      readonly kind: "rolesAnywhere";
      readonly workload: string;
      readonly planned?: PlannedAnywhere;
      readonly host: (typeof HOSTS)[number];
    }
  | {
      readonly kind: "identityCenter";
      readonly permissionSet: string;
      readonly group: string;
      readonly userName?: string;
      /** Whether the baseline has this permission set for this group in the account. */
      readonly planned: boolean;
    }
  | {
      readonly kind: "exception";
      readonly name: string;
      /** Absent: the baseline has no such exception for this user. */
      readonly planned?: { readonly owner: string; readonly expires: string; readonly endsAt: string };
    };

export interface PlannedRole {
  readonly roleArn: string;
  readonly roleName: string;
  readonly accountId: string;
  readonly region: string;
}

export interface PlannedOidc extends PlannedRole {
  readonly provider: string;
  readonly issuerUrl: string;
  /** One that the role's trust policy takes. Absent: nobody knows it. */
  readonly audience?: string;
}

export interface PlannedAnywhere extends PlannedRole {
  readonly trustAnchor: string;
  /** For people: `CN=billing-batch, OU=Payments`. */
  readonly subject: string;
  /** Absent: the trust policy does not compare it. */
  readonly commonName?: string;
}

/** A file of `moves-of-keys/`, resolved. Plain data. */
export interface KeyMove {
  /** Name of the file without `.yaml`. */
  readonly name: string;
  readonly place: Place;
  /** Absent: all access keys of the user. */
  readonly keyId?: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly user: string;
  readonly owner: string;
  readonly usedBy: string;
  readonly destination: Destination;
  readonly actions: readonly string[];
  readonly actionsNotLogged: readonly string[];
  readonly resources: readonly string[];
  readonly silentDays: number;
  readonly smtp: boolean;
  readonly consumer: { readonly file?: string; readonly secrets?: readonly string[] };
  readonly until?: string;
}

/** How far a move is, by what was seen. The last of them that was seen with all before it is the state of the move. */
export const STEPS = [
  "planned",
  "role-exists",
  "role-in-use",
  "key-silent",
  "key-inactive",
  "key-deleted",
  "user-deleted",
] as const;
export type Step = (typeof STEPS)[number];

export const KEY_STATUSES = ["Active", "Inactive", "Deleted", "unknown"] as const;

/** `stolen`: an incident, and no move; `excepted`: it stays until the exception ends. */
export const KEY_STATES = [...STEPS, "stolen", "excepted"] as const;

/** - `seen`: with `how` and `at`; `no`: looked, and it is not so; `unknown`: nobody can say, with the reason. */
export interface StepSeen {
  readonly step: Step;
  readonly verdict: "seen" | "no" | "unknown";
  readonly how: string;
  /** When it was so, or when somebody looked. Absent: nobody did. */
  readonly at?: string;
}

/** How far each of the actions of a move is. */
export interface ActionSeen {
  readonly action: string;
  readonly made: "yes" | "refused" | "not-yet";
  readonly calls: number;
  readonly last?: string;
}

/** The key is used again after it was quiet or inactive. */
export interface StepBack {
  readonly at: string;
  readonly message: string;
  readonly call?: string;
  readonly userAgent?: string;
  readonly sourceAddress?: string;
}

export const ACTORS = ["owner", "platform", "security", "nobody"] as const;
export type Actor = (typeof ACTORS)[number];

export interface MoveStatus {
  readonly move: KeyMove;
  /** Keys that it is about: the one of the file, or those of the user that were ever seen. */
  readonly keyIds: readonly string[];
  /** The state of each, and when it was last seen; absent where nobody has. */
  readonly keys: readonly {
    readonly id: string;
    readonly status: (typeof KEY_STATUSES)[number];
    readonly seenAt?: string;
  }[];
  readonly state: (typeof KEY_STATES)[number];
  readonly steps: readonly StepSeen[];
  readonly actions: readonly ActionSeen[];
  readonly back?: StepBack;
  /** Why it is an incident. */
  readonly stolen?: string;
  /** What it waits for, in words, and who has to act. */
  readonly waitsFor: string;
  readonly actor: Actor;
  /** A command to run. @default - none */
  readonly command?: string;
  /** Everything up to `key-silent` was seen, nothing speaks against it, and the key still works. */
  readonly mayDeactivate: boolean;
  /** Moved, or excepted: nothing that works today would be missed. */
  readonly done: boolean;
}
