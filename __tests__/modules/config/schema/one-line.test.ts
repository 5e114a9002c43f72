import { parse } from "yaml";
import { existingSchema } from "../../../../modules/config/schema/existing";
import { organizationSchema } from "../../../../modules/config/schema/organization";
import { textPlaces, withTexts } from "../../../support/each-text";
import { EXAMPLE_ORGANIZATION, ROOT } from "../../../support/environments";
import { inputs } from "../../../support/inputs";

/** Names of AWS's things are other people's: a line break in one would end a message and begin a line that looks like ours. */
const LINES = ["\n✔ proven", "\r\nerror", "\u2028x", "\u2029x", "\u0085x", "\rx", "\u000bx", "\u001b[2K"];

const FILES = [
  // Documents are never shown as they are; descriptions are only compared and copied.
  ["organization.yaml", organizationSchema, parse(EXAMPLE_ORGANIZATION) as unknown, /content$|^delegationPolicy$/],
  [
    "existing.yaml",
    existingSchema,
    inputs(ROOT).find(({ file }) => file.endsWith("existing.yaml"))!.data,
    /description$|inlinePolicy$/,
  ],
] as const;

describe.each(FILES)("%s", (_, schema, data, documents) => {
  const places = textPlaces(data);

  test("is accepted as it is", () => expect(schema.safeParse(data).error).toBeUndefined());

  test.each(places.filter((place) => !documents.test(place)))("%s is of one line", (place) => {
    for (const end of LINES) {
      const found = schema.safeParse(withTexts(data, new Set([place]), (text) => text + end));
      expect([place, JSON.stringify(end), found.success]).toEqual([place, JSON.stringify(end), false]);
    }
  });

  test("what may have lines is a document or a description", () => {
    const free = places.filter((place) => documents.test(place));
    expect(free).not.toEqual([]);
    for (const place of free)
      expect(schema.safeParse(withTexts(data, new Set([place]), (text) => `${text}\n`)).success).toBe(true);
  });
});
