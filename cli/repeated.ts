import { Option } from "commander";

/** An option that can be given several times. The help names what its absence means, where commander would print an empty list. */
export function repeated(flags: string, description: string, absent: string): Option {
  return new Option(flags, description)
    .argParser((value: string, before: readonly string[]): readonly string[] => [...before, value])
    .default([] as readonly string[], absent);
}
