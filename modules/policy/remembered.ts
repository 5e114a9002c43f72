/**
 * A function that remembers what it has made of a text. Texts may come from outside, so there is an end to what is kept: then it begins again.
 *
 * @param kept texts at a time
 */
export function remembered<T>(kept: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    if (known.size >= kept) known.clear();
    known.set(text, made);
    return made;
  };
}
