import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";
import type { keyless } from "../support/cli";

jest.setTimeout(60_000);

describe("keyless reshard", () => {
  const project = temporaryProject();
  const warm = new Warm();
  afterAll(async () => {
    await warm.stop();
    project.remove();
  });
  const run = (...args: string[]): ReturnType<typeof keyless> => warm.keyless(project.root, ["reshard", ...args]);

  test.each<[string, readonly string[], string]>([
    ["no number", ["--shards", "many"], "RESHARD-SHARDS"],
    ["no shard", ["--shards", "0"], "RESHARD-SHARDS"],
    ["too many shards", ["--shards", "65"], "RESHARD-SHARDS"],
    ["half a shard", ["--shards", "1.5"], "RESHARD-SHARDS"],
    ["two modes", ["--write", "--json"], "RESHARD-MODE"],
    ["a number for what is done", ["--done", "--shards", "2"], "RESHARD-MODE"],
    ["a yes to nothing", ["--yes"], "RESHARD-YES"],
    ["no synth", [], "DELIVERY-NO-STACK"],
  ])("%s is wrong usage: 2, and nothing is written", async (_, args, code) => {
    const { status, stdout, stderr } = await run("example", ...args);
    expect(stderr).toContain(`error ${code}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});
