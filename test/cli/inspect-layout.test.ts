// Packages and layers that are laid out in odd ways, through the built CLI.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { cscp } from "../lab/cli.ts";
import { makeZip } from "../packages/support/zip.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cscp-layout-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const app = "import lib\n\ndef handler(event, context):\n    return 1\n";
interface Layout {
  readonly own?: Readonly<Record<string, string>>;
  readonly layer?: Readonly<Record<string, string>>;
  readonly modes?: Readonly<Record<string, number>>;
  /** What is printed, the fix among it; absent when all imports work. */
  readonly says?: RegExp;
}

const layouts: Readonly<Record<string, Layout>> = {
  "a path file": { layer: { "extra.pth": "vendored\n", "vendored/lib.py": "" } },
  "a namespace package in two parts": {
    own: { "app.py": app.replace("lib", "lib.a, lib.b"), "lib/a.py": "" },
    layer: { "lib/b.py": "" },
  },
  "an editable installation": {
    layer: {
      "__editable__.lib-1.0.pth": "/home/build/src/lib\n",
      "lib-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lib\nVersion: 1.0\n",
      "lib-1.0.dist-info/direct_url.json": '{"dir_info":{"editable":true},"url":"file:///home/build/src/lib"}',
    },
    says: /holds only a link to a folder[\s\S]*Fix +Install lib from its folder without -e/,
  },
  "a file that hides a package": {
    own: { "app.py": app.replace("lib", "lib.b"), "lib.py": "" },
    layer: { "lib/__init__.py": "", "lib/b.py": "" },
    says: /'lib' is not a package\n +Fix +Rename \/var\/task\/lib\.py/,
  },
  "a layer without its folder python": {
    layer: { "../lib/__init__.py": "" },
    says: /of a layer only \/opt\/python[\s\S]*Fix +Put lib into the layer's folder python/,
  },
  "a file that the function may not read": {
    own: { "app.py": app, "lib.py": "" },
    modes: { "lib.py": 0o600 },
    says: /its mode is 0600[\s\S]*Fix +Give everybody the right to read/,
  },
  "metadata that was stripped": {
    own: { "app.py": app, "lib/__init__.py": "from importlib.metadata import version\nv = version('lib')\n" },
    says: /No package metadata was found for lib/,
  },
};

it.each(Object.entries(layouts))("%s", async (name, layout) => {
  const at = path.join(folder, name.replaceAll(" ", "-"));
  const write = (root: string, files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(at, root, file)), { recursive: true });
      writeFileSync(path.join(at, root, file), text);
    }
  };
  write("fn", layout.own ?? { "app.py": app });
  write("layer/python", layout.layer ?? {});
  mkdirSync(path.join(at, "layer", "python"), { recursive: true });
  for (const [file, mode] of Object.entries(layout.modes ?? {})) chmodSync(path.join(at, "fn", file), mode);
  const flags = ["--runtime", "python3.12", "--arch", "x86_64", "--handler", "app.handler"];
  const { stdout, stderr, exitCode } = await cscp(["inspect", "fn", "--layer", "layer", ...flags], {}, at);
  expect(stderr).not.toContain("Error");
  if (layout.says === undefined) expect(stdout).toContain("✓ will import: app.handler");
  else expect(stdout).toMatch(layout.says);
  expect(exitCode).toBe(layout.says === undefined ? 0 : 1);
});

it("a link that leads to a folder above it, and backslashes in an archive's names", async () => {
  mkdirSync(path.join(folder, "loop", "lib"), { recursive: true });
  writeFileSync(path.join(folder, "loop", "app.py"), app);
  writeFileSync(path.join(folder, "loop", "lib", "__init__.py"), "");
  symlinkSync("..", path.join(folder, "loop", "lib", "up"));
  symlinkSync("itself", path.join(folder, "loop", "itself"));
  const names = ["app.py", "lib\\__init__.py"];
  const zip = makeZip(names.map((name, index) => ({ name, data: index === 0 ? app : "", mode: 0o100644 })));
  writeFileSync(path.join(folder, "windows.zip"), zip);
  const flags = ["--runtime", "python3.12", "--arch", "x86_64", "--handler", "app.handler"];
  const [loop, windows] = await Promise.all([
    cscp(["inspect", "loop", ...flags], {}, folder),
    cscp(["inspect", "windows.zip", ...flags], {}, folder),
  ]);
  expect([loop.exitCode, loop.stderr]).toEqual([0, ""]);
  expect(windows.stdout).toMatch(/made with \\ in its names[\s\S]*Fix +Make the archive with \//);
  expect(windows.exitCode).toBe(1);
});

it("takes a link that leads nowhere for a file that is not there", async () => {
  const at = path.join(folder, "dangling");
  mkdirSync(at, { recursive: true });
  writeFileSync(path.join(at, "app.py"), app);
  symlinkSync("gone.py", path.join(at, "lib.py"));
  const flags = ["--runtime", "python3.12", "--arch", "x86_64", "--handler", "app.handler"];
  const { stdout, stderr, exitCode } = await cscp(["inspect", "dangling", ...flags], {}, folder);
  expect([exitCode, stderr]).toEqual([1, expect.not.stringContaining("could not be read")]);
  expect(stdout).toContain("No module named 'lib'");
});
