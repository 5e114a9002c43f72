import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discoverTools, writeCliConfig } from "../../local/tools";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyless-tools-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function executable(name: string, content = "#!/bin/sh\nexit 0\n"): string {
  const path = join(folder, "bin", name);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

function mirror(registry = "registry.terraform.io"): string {
  const path = join(folder, "mirror");
  mkdirSync(join(path, registry, "hashicorp", "aws"), { recursive: true });
  return path;
}

const bin = (): string => join(folder, "bin");

describe("discovery of tools", () => {
  test("finds Terraform on PATH, a mirror that is named, and a Python with moto", () => {
    const [terraform, python, named] = [executable("terraform"), executable("python3"), mirror()];
    expect(discoverTools({ PATH: bin(), TF_PLUGIN_MIRROR: named })).toEqual({
      tools: { terraform, flavor: "terraform", python, providerMirror: named },
    });
  });

  test("takes OpenTofu where there is no Terraform", () => {
    const tofu = executable("tofu");
    executable("python3");
    expect(discoverTools({ PATH: bin(), TF_PLUGIN_MIRROR: mirror() })).toMatchObject({
      tools: { terraform: tofu, flavor: "tofu" },
    });
  });

  test("TERRAFORM_BINARY_NAME goes before PATH", () => {
    const named = executable("terraform-1.9");
    executable("terraform");
    executable("python3");
    expect(discoverTools({ PATH: bin(), TERRAFORM_BINARY_NAME: named, TF_PLUGIN_MIRROR: mirror() })).toMatchObject({
      tools: { terraform: named },
    });
  });

  test("moto_server names the Python it runs with", () => {
    executable("terraform");
    const python = executable("python3.11");
    executable("moto_server", `#!${python}\nimport moto\n`);
    expect(discoverTools({ PATH: bin(), TF_PLUGIN_MIRROR: mirror() })).toMatchObject({ tools: { python } });
  });

  test("names everything that is missing, each with how to get it", () => {
    executable("python3", "#!/bin/sh\nexit 1\n");
    const found = discoverTools({
      PATH: bin(),
      TF_PLUGIN_MIRROR: join(folder, "nothing-there"),
      TF_PLUGIN_DIRECT: "1",
    });
    expect(found).toEqual({
      missing: [
        { name: "terraform or tofu", fix: expect.stringContaining("PATH") as string },
        { name: "moto", fix: expect.stringContaining("pip install") as string },
      ],
    });
  });
});

describe("Terraform's CLI configuration", () => {
  test("takes the AWS provider from the mirror and everything else directly", () => {
    const config = readFileSync(
      writeCliConfig(join(folder, "work"), {
        terraform: "terraform",
        flavor: "terraform",
        python: "python3",
        providerMirror: "/mirror",
      }),
      "utf8",
    );
    expect(config).toContain('path    = "/mirror"');
    expect(config).toMatch(/direct \{\s+exclude = \["registry.terraform.io\/hashicorp\/aws"/);
  });

  test("without a mirror says nothing of installation", () => {
    expect(
      readFileSync(
        writeCliConfig(join(folder, "work"), { terraform: "terraform", flavor: "terraform", python: "python3" }),
        "utf8",
      ),
    ).toBe("disable_checkpoint = true\n");
  });

  test("gives OpenTofu the mirror under its own registry's name", () => {
    const config = readFileSync(
      writeCliConfig(join(folder, "work"), {
        terraform: "tofu",
        flavor: "tofu",
        python: "python3",
        providerMirror: mirror(),
      }),
      "utf8",
    );
    const path = /path\s+= "([^"]+)"/.exec(config)?.[1] ?? "";
    expect(() => readFileSync(join(path, "registry.opentofu.org", "hashicorp", "aws", "x"))).toThrow("ENOENT");
    expect(discoverTools({ PATH: "", TF_PLUGIN_MIRROR: path })).toMatchObject({
      missing: expect.not.arrayContaining([
        expect.objectContaining({ name: "a mirror of the provider hashicorp/aws" }),
      ]) as unknown,
    });
  });
});
