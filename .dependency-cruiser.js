// The rooms of docs/architecture.md, from the ground up. A room imports only from itself and from rooms above it in this list, type imports
// included. `npm run layers` checks it.
const ROOMS = [
  ["kernel", "^modules/kernel/"],
  ["page", "^modules/page/"],
  ["organization", "^modules/organization/"],
  ["policy", "^modules/policy/"],
  ["aws", "^modules/aws/"],
  ["config", "^modules/config/"],
  ["sections", "^modules/sections/"],
  ["proofs", "^modules/proofs/"],
  ["stacks", "^stacks/"],
  ["terraform", "^modules/terraform/"],
  ["evidence", "^modules/evidence/"],
  ["live", "^modules/live/"],
  ["review", "^modules/review/"],
  ["delivery", "^modules/delivery/"],
  ["repository", "^modules/repository/"],
  ["report", "^modules/report/"],
  ["cli", "^cli/"],
  ["local", "^local/"],
  ["bench", "^bench/"],
  ["soak", "^soak/"],
];

module.exports = {
  forbidden: [
    ...ROOMS.slice(0, -1).map(([name, path], n) => ({
      name: `layer-${name}`,
      comment: `${name} imports from a room that stands on it`,
      severity: "error",
      from: { path },
      to: { path: ROOMS.slice(n + 1).map(([, above]) => above) },
    })),
    {
      name: "policy-alone",
      comment: "modules/policy could be published alone: it needs the kernel and nothing else of this project",
      severity: "error",
      from: { path: "^modules/policy/" },
      to: { path: "^(modules|stacks|cli|local|bench|soak)/", pathNot: "^modules/(policy|kernel)/" },
    },
    {
      name: "no-cycle",
      comment: "Two files that import each other are one file, or a third is missing; types count",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-folder-cycle",
      comment: "Two folders that import each other are one room, or a third is missing; types count",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
    {
      name: "provider-by-resource",
      comment:
        "The root of the provider costs 3.5 s and 500 MB at every start: import @cdktf/provider-aws/lib/<resource>",
      severity: "error",
      from: {},
      to: { path: "node_modules/@cdktf/provider-(aws|tfe)/lib/index" },
    },
    {
      name: "no-tests",
      comment: "The product does not import its tests, nor a package that is only there for development",
      severity: "error",
      from: { path: "^(modules|stacks|cli|main)" },
      to: { path: "^__tests__/" },
    },
    {
      name: "no-dev-dependency",
      comment: "What is installed with the package is in `dependencies`",
      severity: "error",
      from: { path: "^(modules|stacks|cli|main)" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|cdktf\\.out|coverage)/" },
  },
};
