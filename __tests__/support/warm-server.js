// Runs `keyless …` and synths of dist one after the other in one process: what takes the time of a run is starting and warming up.
// Started by warm.ts, which says what this stands for and what it does not show.
const childProcess = require("node:child_process");
const fs = require("node:fs");
const { join, relative, resolve, sep } = require("node:path");

const dist = join(__dirname, "..", "..", "dist");
const main = join(dist, "main.js");
// Before anything else has taken it out of the module.
const spawnSync = childProcess.spawnSync;
/** Files below the folder of a run that it asks for; before anything takes the calls out of the module. */
const asked = new Set();
for (const name of [
  "openSync",
  "readFileSync",
  "createReadStream",
  "existsSync",
  "lstatSync",
  "statSync",
  "readdirSync",
]) {
  const original = fs[name];
  fs[name] = Object.assign(function (path, ...rest) {
    if (typeof path === "string") {
      const file = relative(process.cwd(), resolve(path));
      if (file !== "" && !file.startsWith("..")) asked.add(file.split(sep).join("/"));
    }
    return original.call(this, path, ...rest);
  }, original);
}
/** Who takes what is printed. */
let sink = { stdout: "", stderr: "" };
childProcess.spawnSync = (file, args, options) => {
  if (file !== process.execPath || args.length !== 1 || args[0] !== main) return spawnSync(file, args, options);
  const before = process.exitCode;
  // Through pipes what it prints is its caller's; where its streams are given it goes where those lead.
  const [said, outer] = [{ stdout: "", stderr: "" }, sink];
  if (options.stdio === undefined) sink = said;
  process.exitCode = 0;
  try {
    within(
      options.cwd ?? process.cwd(),
      options.env ?? { ...process.env },
      () => void require(join(dist, "stacks/synthesize.js")).synthesize(process.cwd()),
    );
    return { status: process.exitCode, ...said };
  } finally {
    process.exitCode = before;
    sink = outer;
  }
};
const { run } = require(join(dist, "cli/index.js"));

/** In a folder and with the variables of a process of its own. What is asynchronous must end before another begins. */
function within(cwd, env, task) {
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const set = (variables) => {
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
  };
  const restore = () => {
    process.chdir(before.cwd);
    set(before.env);
  };
  process.chdir(cwd);
  set(env);
  let result;
  try {
    result = task();
  } catch (error) {
    restore();
    throw error;
  }
  if (!(result instanceof Promise)) return restore();
  return result.finally(restore);
}

let last = Promise.resolve();
process.on("message", ({ id, cwd, env, args }) => {
  last = last.then(async () => {
    const answer = { id, status: 0, stdout: "", stderr: "" };
    sink = answer;
    for (const name of ["stdout", "stderr"])
      process[name].write = (chunk) => {
        sink[name] += String(chunk);
        return true;
      };
    process.exitCode = 0;
    try {
      await within(cwd, env, () =>
        args ? run(args, process.cwd()) : require(join(dist, "stacks/synthesize.js")).synthesize(process.cwd()),
      );
      answer.status = process.exitCode;
    } catch (error) {
      answer.status = null;
      answer.stderr += String(error && error.stack);
    }
    process.exitCode = 0;
    process.send({ ...answer, asked: [...asked] });
    asked.clear();
  });
});
