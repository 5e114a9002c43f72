import type { Columns } from "./columns";
import type { Question } from "./question";

/** What long-term access keys were used for. */
export const KEY_USAGE_QUESTION: Question = {
  name: "use of keys",
  part: "all",
  times: "latest",
  chosen: (columns) => `${columns.text("useridentity.accesskeyid")} LIKE 'AKIA%'`,
  fields: keyUsageFields,
};

/** The id of a long-term key; of sessions there are as many as there are sessions, and only that it is one matters. */
export function longTermKey(columns: Columns): string {
  const key = columns.text("useridentity.accesskeyid");
  return `CASE WHEN ${key} LIKE 'AKIA%' THEN ${key} ELSE substr(${key}, 1, 4) END`;
}

export function keyUsageFields(columns: Columns): Readonly<Record<string, string>> {
  return {
    eventsource: `"eventsource"`,
    eventname: `"eventname"`,
    awsregion: columns.text("awsregion"),
    sourceipaddress: columns.text("sourceipaddress"),
    useragent: columns.text("useragent"),
    errorcode: columns.text("errorcode"),
    "useridentity.type": columns.text("useridentity.type"),
    "useridentity.arn": columns.text("useridentity.arn"),
    "useridentity.accountid": columns.text("useridentity.accountid"),
    "useridentity.username": columns.text("useridentity.username"),
    "useridentity.accesskeyid": columns.text("useridentity.accesskeyid"),
  };
}
