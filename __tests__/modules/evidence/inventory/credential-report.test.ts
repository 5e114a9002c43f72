import { parseCredentialReport, parseCsv } from "../../../../modules/evidence/inventory/credential-report";

const HEADING =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const ROOT =
  "<root_account>,arn:aws:iam::111111111111:root,2015-01-01T00:00:00+00:00,not_supported,2026-01-02T03:04:05+00:00,not_supported,not_supported,false,true,2016-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
const USER =
  "jane,arn:aws:iam::111111111111:user/jane,2020-01-01T00:00:00+00:00,true,no_information,2020-02-01T00:00:00+00:00,N/A,true,true,2020-01-01T00:00:00+00:00,2026-10-01T10:00:00+00:00,eu-central-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

test("a report as AWS writes it", () => {
  const [root, jane] = parseCredentialReport([HEADING, ROOT, USER].join("\n"));
  expect(root).toMatchObject({
    user: "<root_account>",
    mfa: false,
    passwordLastUsedAt: "2026-01-02T03:04:05Z",
    keys: [{ active: true, rotatedAt: "2016-01-01T00:00:00Z" }, { active: false }],
  });
  expect(root).not.toHaveProperty("passwordEnabled");
  expect(root!.keys[0]).not.toHaveProperty("lastUsedAt");
  expect(jane).toEqual({
    certificates: [{ active: false }, { active: false }],
    user: "jane",
    arn: "arn:aws:iam::111111111111:user/jane",
    createdAt: "2020-01-01T00:00:00Z",
    passwordEnabled: true,
    passwordChangedAt: "2020-02-01T00:00:00Z",
    mfa: true,
    keys: [
      {
        active: true,
        rotatedAt: "2020-01-01T00:00:00Z",
        lastUsedAt: "2026-10-01T10:00:00Z",
        region: "eu-central-1",
        service: "s3",
      },
      { active: false },
    ],
  });
});

test("columns are found by name, in any order, with new ones between", () => {
  expect(
    parseCredentialReport(
      "new,mfa_active,user,arn,access_key_2_active,access_key_1_active\nx,true,a,arn:x,false,true\n",
    ),
  ).toMatchObject([{ user: "a", mfa: true, keys: [{ active: true }, { active: false }] }]);
});

test.each([
  ["", "it is empty"],
  ["<html>502</html>", "it has no column user"],
  [`${HEADING}\nonly,two`, "row 2 has 2 columns"],
  [`${HEADING}\n${USER.replace("2020-01-01T00:00:00+00:00", "yesterday")}`, "no time in user_creation_time"],
])("nonsense is refused: %j", (csv, why) => expect(() => parseCredentialReport(csv)).toThrow(why));

test("CSV with quotes, doubled quotes, line breaks inside them, and either line end", () => {
  expect(parseCsv('a,"b ""c"", d"\r\n"x\ny",\n\n')).toEqual([
    ["a", 'b "c", d'],
    ["x\ny", ""],
  ]);
});
