import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment } from "../../../modules/sections/load";
import { readCertificateBundle } from "../../../modules/sections/workload-identity/certificates";
import { formatProblem } from "../../../modules/kernel/errors";
import { resolveUnproven } from "../../../modules/sections/target-state";
import { ROOT } from "../../support/environments";
import { temporaryProject } from "../../support/project";

let project: ReturnType<typeof temporaryProject>;
beforeEach(() => (project = temporaryProject()));
afterEach(() => project.remove());

const BASELINE = "environments/example/baseline.yaml";
const at = (file = BASELINE): string => join(project.root, file);
const instead = (put: (path: string) => void, file = BASELINE): readonly string[] => {
  rmSync(at(file), { force: true });
  put(at(file));
  return told();
};
const told = (): readonly string[] => {
  const { environment, problems } = readEnvironment(project.root, "example");
  // Without the proofs, which are slow and read what is valid only.
  return (environment ? resolveUnproven(environment).problems : problems).map(formatProblem);
};

describe("what stands in place of a file", () => {
  test.each([
    ["a folder", (path: string) => mkdirSync(path), "is a folder, not a file."],
    ["a pipe", (path: string) => spawnSync("mkfifo", [path]), "is a pipe or a device, not a file."],
    [
      "an endless device",
      (path: string) => symlinkSync("/dev/zero", path),
      "is a link that leads out of environments/example.",
    ],
    [
      "a file of the system",
      (path: string) => symlinkSync("/etc/passwd", path),
      "is a link that leads out of environments/example.",
    ],
    ["a link to nothing", (path: string) => symlinkSync("nothing", path), "is a link that leads nowhere."],
    ["a link to itself", (path: string) => symlinkSync("baseline.yaml", path), "is a link that leads nowhere."],
  ] as const)("%s", (_, put, expected) => {
    expect(instead(put)).toEqual([
      `error INPUT-FILE ${BASELINE}\n  ${BASELINE} ${expected}\n  fix: Put a plain file there.`,
    ]);
    for (const file of ["certificates/datacenter-ca.pem", "policies/keep-audit-trail.yaml"]) {
      const fresh = temporaryProject();
      const path = join(fresh.root, "environments/example", file);
      rmSync(path);
      put(path);
      const { environment, problems } = readEnvironment(fresh.root, "example");
      fresh.remove();
      expect(environment).toBeUndefined();
      expect(problems.map(({ code }) => code)).toEqual(["INPUT-FILE"]);
    }
  });

  test("a link within the environment is followed", () => {
    mkdirSync(at("environments/example/more"));
    const text = spawnSync("cat", [at()], { encoding: "utf8" }).stdout;
    writeFileSync(at("environments/example/more/baseline.yaml"), text);
    expect(instead((path) => symlinkSync("more/baseline.yaml", path))).toEqual([]);
  });

  test("a file that is larger than anything that belongs here", () => {
    spawnSync("truncate", ["-s", "3G", at()]);
    expect(told()).toEqual([expect.stringContaining(`${BASELINE} is larger than 4 MB.`)]);
  });
});

describe("what stands in a file", () => {
  const text = spawnSync("cat", [join(ROOT, BASELINE)], { encoding: "utf8" }).stdout;
  const wrote = (content: string | Buffer): readonly string[] => instead((path) => writeFileSync(path, content));
  const replaced = (from: string, to: string): string => {
    expect(text.split(from)).toHaveLength(2);
    return text.replace(from, () => to);
  };

  test("bytes that are not UTF-8, with their line", () => {
    const [before, after] = text.split("platform-security");
    const bytes = Buffer.concat([Buffer.from(before!), Buffer.from([0xe4, 0x28]), Buffer.from(after!)]);
    expect(wrote(bytes)).toEqual([
      `error INPUT-ENCODING ${BASELINE}:${before!.split("\n").length}\n  The bytes in this line are not UTF-8.\n  fix: Save the file as UTF-8.`,
    ]);
  });

  test.each([
    ["NUL", "\0", "The control character U+0000 is in this text."],
    ["an escape sequence", "\u001b[2J", "The control character U+001B is in this text."],
    ["a C1 control", "\u009b2J", "The control character U+009B is in this text."],
    ["a noncharacter", "\ufdd0", "The control character U+FDD0 is in this text."],
    [
      "a token of the synthesizer",
      "${TfToken[TOKEN.1]}",
      "The text TfToken[ has a special meaning in the synthesizer.",
    ],
  ])("%s", (_, character, expected) => {
    const problems = wrote(replaced("platform-security", `platform${character}security`));
    expect(problems).toEqual([
      expect.stringMatching(/^error INPUT-CHARACTER environments\/example\/baseline\.yaml:\d+:\d+\n/),
    ]);
    expect(problems[0]).toContain(expected);
  });

  test.each([
    ["a tag of YAML", "!!js/function platform-security", "YAML-TAG"],
    ["another tag", "!secret platform-security", "YAML-TAG"],
    ["an alias of nothing", "*nobody", "YAML-ALIAS"],
  ])("%s", (_, value, code) => {
    expect(wrote(replaced("platform-security", value))).toEqual([
      expect.stringContaining(`error ${code} ${BASELINE}:10:`),
    ]);
  });

  test("a key that means something to JavaScript", () => {
    expect(wrote(replaced("owner: platform-security", "__proto__: { polluted: yes }"))).toEqual([
      `error YAML-KEY ${BASELINE}:10:3\n  __proto__ cannot be a key.\n  fix: Use another name.`,
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("one tab is one error", () => {
    expect(wrote(replaced("  owner: platform-security", "\towner: platform-security"))).toHaveLength(1);
  });

  test.each([
    ["aws:owner: x", "a key of your own"],
    ["AWS:owner: x", "a key of your own"],
    ["keyless:environment: prod", "a key of your own"],
    ['"": x', "tags"],
    ["owner?: x", "a key of letters"],
    ["owner: a,b", "a value of letters"],
    ["owner: ${x}", "a value of letters"],
    [`owner: ${"x".repeat(257)}`, "256"],
    [`${"k".repeat(129)}: x`, "128"],
  ])("a tag that AWS refuses: %s", (tag, expected) => {
    const problems = wrote(replaced("owner: platform-security", tag));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).toContain(`${BASELINE}:`);
  });

  test.each([
    [47, "at most 47 tags"],
    [100_000, "at most 47 tags"],
    [700_000, `${BASELINE} is larger than 4 MB.`],
  ])("%d more tags are one error", (n, expected) => {
    const tags = Array.from({ length: n }, (_, i) => `  t${i}: x`).join("\n");
    const problems = wrote(replaced("  owner: platform-security", `  owner: platform-security\n${tags}`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  test("thousands of mistakes are a hundred, and how many more there are", () => {
    const tags = Array.from({ length: 5000 }, (_, i) => `  t${i}: "?"`).join("\n");
    const problems = wrote(replaced("  owner: platform-security", `  owner: platform-security\n${tags}`));
    expect(problems.length).toBeLessThanOrEqual(101);
    expect(problems.some((text) => /\d+ more of this file's values are wrong/.test(text))).toBe(true);
  });

  test("an end that nobody will see", () => {
    expect(wrote(replaced('expires: "2027-06-30"', 'expires: "9998-06-30"'))).toEqual([
      expect.stringContaining("9998-06-30 is no end that anybody will see."),
    ]);
  });

  test("a region that is not there is told of where it stands, and once", () => {
    expect(wrote(replaced("region: eu-central-1\n\nbackend", "region: eu-centrl-1\n\nbackend"))).toEqual([
      expect.stringMatching(
        /^error FACTS-REGION environments\/example\/baseline\.yaml:4:9 region\n.*\n {2}fix: Did you mean eu-central-1\?/,
      ),
    ]);
  });
});

test("a damaged character of a certificate, wherever it is, is told of the certificate and no crash; what remains valid is another name", () => {
  const pem = readFileSync(join(ROOT, "environments/example/certificates/datacenter-ca.pem"), "utf8");
  const names = (text: string): readonly string[] => {
    const bundle = readCertificateBundle(text);
    if ("problems" in bundle) {
      for (const { code } of bundle.problems) expect(code).toMatch(/^CERTIFICATE-/);
      return [];
    }
    return bundle.authorities.flatMap(({ issuer, subject }) => [issuer, subject]);
  };
  expect(new Set(names(pem)).size).toBe(1);
  for (let i = pem.indexOf("\n") + 1; i < pem.indexOf("-----END"); i++) {
    if (pem[i] === "\n") continue;
    const left = names(`${pem.slice(0, i)}${pem[i] === "A" ? "B" : "A"}${pem.slice(i + 1)}`);
    // With an issuer that is somebody else it is no root any more, and nobody here has the key that has signed it.
    if (left.length > 0) expect([i, new Set(left).size]).toEqual([i, 2]);
  }
});
