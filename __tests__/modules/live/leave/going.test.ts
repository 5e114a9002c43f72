import { type Going, goesWith, roleGoes } from "../../../../modules/live/leave/going";

const MANAGEMENT = "111111111111";
const MEMBER = "222222222222";
const going: Going = {
  roles: [`arn:aws:iam::${MANAGEMENT}:role/keyless/deploy`, `arn:aws:iam::${MANAGEMENT}:role/SecurityBreakGlass`],
  users: [`arn:aws:iam::${MANAGEMENT}:user/break-glass/break-glass-1`],
  stackSetRoles: ["SecurityBreakGlass"],
  permissionSets: [{ name: "Admin.istrator", arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-1" }],
  oidcProviders: [],
  groups: [],
};
const session = (role: string, accountId = MANAGEMENT, name = "me") => ({
  arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`,
  accountId,
});
const by = (caller: ReturnType<typeof session>) => goesWith(caller, going, MANAGEMENT);

describe("whether the ground goes that somebody stands on", () => {
  test("a session of a role that goes, whatever the role's path is", () => {
    expect(by(session("deploy"))).toBe(`the role arn:aws:iam::${MANAGEMENT}:role/keyless/deploy`);
    expect(by(session("SecurityBreakGlass"))).toContain("role/SecurityBreakGlass");
  });

  test("a role of the same name in another account is another role", () => {
    expect(by(session("deploy", MEMBER))).toBeUndefined();
  });

  test("a role that only begins like one that goes stays, and a session name says nothing", () => {
    expect(by(session("deploy-others"))).toBeUndefined();
    expect(by(session("Administrator", MANAGEMENT, "deploy"))).toBeUndefined();
  });

  test("a StackSet's role goes in member accounts; the management account has none of it", () => {
    const others = { ...going, roles: [] };
    expect(goesWith(session("SecurityBreakGlass", MEMBER), others, MANAGEMENT)).toContain(`account ${MEMBER}`);
    expect(goesWith(session("SecurityBreakGlass"), others, MANAGEMENT)).toBeUndefined();
  });

  test("a session of Identity Center goes with its permission set and with no other", () => {
    expect(by(session("AWSReservedSSO_Admin.istrator_0123456789abcdef"))).toBe("the permission set Admin.istrator");
    // The set's name is text, and no pattern.
    expect(by(session("AWSReservedSSO_Adminxistrator_0123456789abcdef"))).toBeUndefined();
    expect(by(session("AWSReservedSSO_Admin.istrator_x_0123456789abcdef"))).toBeUndefined();
  });

  test("a user that goes, and one that stays", () => {
    const user = (name: string) => ({ arn: `arn:aws:iam::${MANAGEMENT}:user/${name}`, accountId: MANAGEMENT });
    expect(by(user("break-glass/break-glass-1"))).toContain("the user");
    expect(by(user("ada"))).toBeUndefined();
    expect(by({ arn: `arn:aws:iam::${MANAGEMENT}:root`, accountId: MANAGEMENT })).toBeUndefined();
  });

  test("a federated user is named by whoever made the session: where a user of the account goes it may be that one", () => {
    const federated = (account: string) => ({ arn: `arn:aws:sts::${account}:federated-user/ada`, accountId: account });
    expect(by(federated(MANAGEMENT))).toContain("federated user");
    expect(by(federated(MEMBER))).toBeUndefined();
  });

  test("roles that Terraform comes in by, named with or without their path", () => {
    expect(roleGoes("keyless/deploy", MANAGEMENT, going, MANAGEMENT)).toBeDefined();
    expect(roleGoes("deploy", MANAGEMENT, going, MANAGEMENT)).toBeDefined();
    expect(roleGoes("OrganizationAccountAccessRole", MEMBER, going, MANAGEMENT)).toBeUndefined();
  });
});
