// Loaded with `node -r`: everything that asks for cdktf, our code and the provider's bindings, gets its fork.
const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const forked =
    request === "cdktf" || request.startsWith("cdktf/") ? `cdktn${request.slice("cdktf".length)}` : request;
  return resolve.call(this, forked, ...rest);
};
