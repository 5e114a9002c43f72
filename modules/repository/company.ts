import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BaselineError } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";
import { writeAtomically } from "../kernel/write-file";
import { OwnPackage, ownPackage, PACKAGE } from "./package";
import { readText } from "../kernel/read-text";

/**
 * A company's own repository: intent, facts and decisions are its own; code comes with the package, in a pinned version.
 *
 * - The company's files are written once and belong to it: `environments/`, `main.ts`, `package.json`, `README.md` and what else is
 *   `COMPANY`.
 * - The tool's files are copies of what the package has, for editors and for GitHub, which look for them in the repository:
 *   `docs/schema/` and `.github/workflows/`. `keyless upgrade --apply` writes them again.
 */

export interface RepositoryFile {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

export interface InitRepositoryResult {
  readonly written: readonly string[];
  /** Were there already and stay as they are. */
  readonly kept: readonly string[];
}

const WORKFLOWS = [
  "access-review.yml",
  "access-review-comment.yml",
  "apply.yml",
  "apply-environment.yml",
  "verify.yml",
];

/** What differs between a workflow of the clone, which builds its own code, and of a company's repository, which installs the package. */
const IN_A_COMPANY: readonly (readonly [from: RegExp, to: string])[] = [
  [/node dist\/cli\/index\.js/g, "npx --no -- keyless"],
  [/\[ ! -f cli\/commands\/pull-request\.ts \]/g, "[ ! -f package-lock.json ]"],
  // The package is built. The company's own build would run beside a token.
  [/ {6}- run: npm run --silent build\n(?= {6}- (?:uses: actions\/download-artifact|name: Sign in))/g, ""],
];

/** The files that belong to the tool, as this version has them. */
export function toolFiles(own: OwnPackage = ownPackage()): readonly RepositoryFile[] {
  const schemas = readdirSync(join(own.root, "docs/schema"))
    .sort()
    .map((name) => ({ file: `docs/schema/${name}`, text: readFileSync(join(own.root, "docs/schema", name), "utf8") }));
  const workflows = WORKFLOWS.map((name) => ({
    file: `.github/workflows/${name}`,
    text: IN_A_COMPANY.reduce(
      (text, [from, to]) => text.replace(from, to),
      readFileSync(join(own.root, ".github/workflows", name), "utf8"),
    ),
  }));
  return [...schemas, ...workflows];
}

/** The files that belong to the company, as they are written once. */
export function companyFiles(): readonly RepositoryFile[] {
  return [
    {
      file: "main.ts",
      text: `import { synthesize } from "${PACKAGE}";

// All stacks of all environments, into cdktf.out.
void synthesize(process.cwd());
`,
    },
    {
      file: "tsconfig.json",
      text: json({
        compilerOptions: {
          target: "ES2022",
          module: "CommonJS",
          moduleResolution: "Node10",
          ignoreDeprecations: "5.0",
          outDir: "dist",
          strict: true,
          skipLibCheck: true,
        },
        files: ["main.ts"],
      }),
    },
    {
      file: "cdktf.json",
      text: json({
        language: "typescript",
        app: "npm run --silent build && node dist/main.js",
        projectId: PACKAGE,
        sendCrashReports: "false",
        terraformProviders: [],
        terraformModules: [],
        context: {},
      }),
    },
    {
      file: ".gitignore",
      text: "node_modules/\ndist/\ncdktf.out/\n.keyless/\n*.tfstate*\n.terraform/\n*.log\n",
    },
    {
      // `yes=false`: where the package is not installed, npx must not offer a stranger's package of the same name.
      file: ".npmrc",
      text: "save-exact=true\nyes=false\nfund=false\naudit=false\n",
    },
    {
      file: ".github/CODEOWNERS",
      text: `# Who must approve a pull request before it can be merged. Replace both teams with your own; the last line that matches a file decides.
# The security team approves exceptions to the review (approvals, rules), the workflows, and the version of ${PACKAGE}.
*                               @your-company/platform-team
/environments/*/approvals.yaml  @your-company/security-team
/environments/*/review.yaml     @your-company/security-team
/.github/                       @your-company/security-team
/package.json                   @your-company/security-team
/package-lock.json              @your-company/security-team
/.npmrc                         @your-company/security-team
/main.ts                        @your-company/security-team
`,
    },
    {
      file: "README.md",
      text: `# AWS organization without long-term access keys

This repository describes our AWS organization. The code is the package \`${PACKAGE}\`, pinned in \`package.json\`.

| file | belongs to |
|---|---|
| \`docs/schema/\`, \`.github/workflows/{${WORKFLOWS.map((name) => name.replace(/\.yml$/, "")).join(",")}}.yml\` | the tool: \`${KEYLESS} upgrade --apply\` writes them again |
| \`environments/<name>/organization.yaml\` | us: facts, written by \`${KEYLESS} sync <name>\` and reviewed |
| everything else | us: written by people |

\`\`\`sh
npm install                                   # once, and after each change of package.json
${KEYLESS} init prod --region eu-central-1    # a new environment
${KEYLESS} sync prod                          # with credentials of the management account
${KEYLESS} validate
npx cdktf synth
\`\`\`

To upgrade: \`npm install ${PACKAGE}@<newer version or file>\`, then \`${KEYLESS} upgrade\`. It shows which access the new version changes.
`,
    },
  ];
}

/**
 * Makes a company's repository of a folder. What is there stays as it is, so that it can be run again.
 *
 * @param root the company's folder
 * @throws BaselineError in the clone of the tool itself
 */
export function initRepository(root: string, own: OwnPackage = ownPackage()): InitRepositoryResult {
  const manifest = readManifest(root);
  if (manifest["name"] === PACKAGE)
    throw new BaselineError([
      {
        code: "INIT-IN-CLONE",
        message: `This folder is ${PACKAGE} itself.`,
        fix: `Make an empty folder, npm install the package there (npm pack makes it), and run ${KEYLESS} init --repository in it.`,
        place: { file: "package.json" },
      },
    ]);
  const files = [...companyFiles(), ...toolFiles(own)];
  const kept = files.filter(({ file }) => existsSync(join(root, file))).map(({ file }) => file);
  const missing = files.filter(({ file }) => !kept.includes(file));
  missing.forEach(({ file, text }) => writeAtomically(join(root, file), text));
  writeAtomically(join(root, "package.json"), json(withScripts(manifest, own)));
  return { written: [...missing.map(({ file }) => file), "package.json"].sort(), kept: kept.sort() };
}

/** The tool's files that differ from this version's: missing, older, or changed by hand. Sorted. */
export function outdatedToolFiles(root: string, own: OwnPackage = ownPackage()): readonly RepositoryFile[] {
  return toolFiles(own)
    .filter(({ file, text }) => !existsSync(join(root, file)) || readText(join(root, file)) !== text)
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

type Manifest = Readonly<Record<string, unknown>>;

function readManifest(root: string): Manifest {
  const file = join(root, "package.json");
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readText(file)) as Manifest;
  } catch {
    throw new BaselineError([
      {
        code: "PACKAGE-JSON",
        message: "package.json is not JSON.",
        fix: "Fix it, or remove it.",
        place: { file: "package.json" },
      },
    ]);
  }
}

/** The company's `package.json` with what a synth needs. What is there wins. */
function withScripts(manifest: Manifest, own: OwnPackage): Manifest {
  const part = (name: string): Manifest => (manifest[name] ?? {}) as Manifest;
  const depended = PACKAGE in part("dependencies") || PACKAGE in part("devDependencies");
  return {
    private: true,
    ...manifest,
    scripts: {
      build: "tsc -p tsconfig.json",
      synth: "npm run --silent build && node dist/main.js",
      ...part("scripts"),
    },
    dependencies: { ...(depended ? {} : { [PACKAGE]: own.version }), ...part("dependencies") },
    devDependencies: { typescript: own.typescript, ...part("devDependencies") },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
