/** What the map is coloured by. A layer gives each account one of a few values, each with a word beside its colour. */
export interface Value {
  readonly key: string;
  readonly label: string;
  /** Class of the colour. */
  readonly tone: Tone;
  /** How it is known, where that is not the layer's. */
  readonly known?: string;
}

export const TONES = ["good", "watch", "bad", "none", "plan", "away"] as const;
export type Tone = (typeof TONES)[number];

export interface Layer {
  readonly id: string;
  readonly title: string;
  /** Heading that it stands under where layers are chosen. */
  readonly group: string;
  /** How what it shows is known. */
  readonly known: string;
  readonly values: readonly Value[];
  /** Position in `values`. */
  of(account: number): number;
}

export function knownOf(layer: Layer, account: number): string {
  return layer.values[layer.of(account)]!.known ?? layer.known;
}
