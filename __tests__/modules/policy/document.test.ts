import { policyDocument, policyJson, policySize, terraformPolicy } from "../../../modules/policy/document";
import { canonicalJson } from "../../../modules/kernel/json";

describe("canonical policy JSON", () => {
  test("sorts keys and drops white space", () => {
    expect(canonicalJson({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
  });

  test("writes the same document the same way whatever the order of its lists", () => {
    const one = policyDocument([
      { Effect: "Deny", Action: ["b:B", "a:A"], Resource: ["*"], Condition: { StringEquals: { k: ["2", "1"] } } },
    ]);
    const two = policyDocument([
      { Condition: { StringEquals: { k: ["1", "2", "1"] } }, Resource: "*", Action: ["a:A", "b:B"], Effect: "Deny" },
    ]);
    expect(policyJson(one)).toBe(policyJson(two));
    expect(policyJson(one)).toBe(
      '{"Statement":[{"Action":["a:A","b:B"],"Condition":{"StringEquals":{"k":["1","2"]}},"Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"}',
    );
  });

  test("keeps the order of statements", () => {
    const document = policyDocument([
      { Sid: "Z", Effect: "Deny", Action: "a:B", Resource: "*" },
      { Sid: "A", Effect: "Deny", Action: "a:B", Resource: "*" },
    ]);
    expect(policyJson(document).indexOf('"Z"')).toBeLessThan(policyJson(document).indexOf('"A"'));
  });

  test("counts what AWS counts: policy variables as they are sent, not as Terraform escapes them", () => {
    const document = policyDocument([{ Effect: "Deny", Action: "a:B", Resource: "${aws:username}" }]);
    expect(policySize(document)).toBe(policyJson(document).length);
    expect(terraformPolicy(document).length).toBe(policySize(document));
  });
});
