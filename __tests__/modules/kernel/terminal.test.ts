import { BaselineError } from "../../../modules/kernel/errors";
import { runToExitCode } from "../../../modules/kernel/run";
import { harmless, runnerCommand } from "../../../modules/kernel/terminal";

describe("harmless text", () => {
  test.each([
    ["a\u001b[2Jb", "a\ufffd[2Jb"],
    ["a\u001b]0;title\u0007b", "a\ufffd]0;title\ufffdb"],
    ["\u001b[31mred\u001b[39m", "\u001b[31mred\u001b[39m"],
    ["\u001b[8mhidden\u001b[28m", "\ufffd[8mhidden\ufffd[28m"],
    ["a\u009b2Jb\u007f", "a\ufffd2Jb\ufffd"],
    ["over\rwritten", "overwritten"],
    ["\u202egnp.exe", "\ufffdgnp.exe"],
    ["::add-mask::x", ": :add-mask::x"],
    ["fine\n  ::error::x\nfine", "fine\n  : :error::x\nfine"],
    ["\u001b[31m::error::x", "\u001b[31m: :error::x"],
    ["x ##[add-mask]y", "x # #[add-mask]y"],
    ["##vso[task.setvariable]y", "# #vso[task.setvariable]y"],
    ["a::b arn:aws:iam::1:role/x\n\t## Heading [x]", "a::b arn:aws:iam::1:role/x\n\t## Heading [x]"],
  ])("%j", (text, expected) => {
    expect(harmless(text)).toBe(expected);
    // Once is enough.
    expect(harmless(expected)).toBe(expected);
  });
});

describe("a program's output", () => {
  const printed = async (main: () => unknown): Promise<{ out: string; err: string }> => {
    let out = "";
    let err = "";
    const spies = [
      jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((out += String(chunk)), true)),
      jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((err += String(chunk)), true)),
    ];
    const before = process.exitCode;
    try {
      await runToExitCode(main);
      return { out, err };
    } finally {
      process.exitCode = before;
      spies.forEach((spy) => spy.mockRestore());
    }
  };

  test("problems, faults and what is printed are harmless", async () => {
    const evil = "x\u001b[2J\n::add-mask::y";
    const safe = "x\ufffd[2J\n: :add-mask::y";
    expect((await printed(() => process.stdout.write(evil))).out).toBe(safe);
    expect((await printed(() => Promise.reject(new Error(evil)))).err).toContain(safe);
    const problem = { code: "X", message: evil, fix: evil, place: { file: evil, path: evil } };
    const { err } = await printed(() => {
      throw new BaselineError([problem]);
    });

    expect(err).not.toMatch(/\u001b|^\s*::/m);
  });

  test("commands of our own to the runner stay, and nothing else that looks like them", async () => {
    const { out } = await printed(() => {
      runnerCommand("::stop-commands::t");
      process.stdout.write("::stop-commands::t\n");
    });
    expect(out).toBe("::stop-commands::t\n: :stop-commands::t\n");
  });

  test("afterwards the streams are as before", async () => {
    const { write } = process.stderr;
    await printed(() => undefined);
    expect(process.stderr.write).toBe(write);
  });
});
