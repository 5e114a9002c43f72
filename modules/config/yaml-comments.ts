/** Comments of a YAML text, sorted: an edit that loses none of them has the same. */
export function yamlComments(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line) => /(?:^|\s)(#.*)$/.exec(line)?.[1]?.trim() ?? [])
    .sort();
}
