// Packages whose compiled part comes as a package of its own for each system, listed as optional: napi-rs, sharp and their like.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { PythonFailure } from "../python/resolve.ts";
import { allFiles, isFolder, nodeAt, type ViewFile } from "../view.ts";
import { failureOf } from "./failures.ts";
import type { Loading } from "./loading.ts";
import { parentOf } from "./locate.ts";

const systems: readonly [pattern: RegExp, cause: CauseId, name: string][] = [
  [/darwin|macos/, "wrong-platform-macos", "macOS"],
  [/win32|windows/, "wrong-platform-windows", "Windows"],
  [/musl/, "wrong-libc-musl", "Linux with musl"],
  [/linux/, "wrong-arch", "Linux on another processor"],
];

/** The failure of a package of which compiled parts are there, and none for the function's system. */
export function missingPrebuilt({ view, files, options }: Loading, file: ViewFile): PythonFailure | undefined {
  const root = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.path)?.[0];
  const manifest = root === undefined ? undefined : files.packageAt(`${root}/package.json`);
  if (root === undefined || manifest?.optional === undefined) return undefined;
  const cpu = options.architecture === "arm64" ? "arm64" : "x64";
  const ours = new RegExp(`(?:^|[-/])(?:linux-${cpu}(?:-gnu)?|wasm32(?:-wasi)?)$`);
  if (!manifest.optional.some((name) => ours.test(name))) return undefined;
  const folders = nodeModulesOf(root);
  const installed = manifest.optional.flatMap((name) => {
    const found = folders.map((folder) => nodeAt(view, `${folder}/${name}`)).find((each) => isFolder(each));
    return found === undefined || !isFolder(found) ? [] : [{ name, folder: found }];
  });
  if (installed.some(({ name }) => ours.test(name))) return undefined;
  // What is only a program or a stylesheet's engine is started later, if at all: a compiled part is loaded at once.
  const foreign = installed.find(({ folder }) => [...allFiles(folder)].some(({ path }) => path.endsWith(".node")));
  const system = systems.find(([pattern]) => pattern.test(foreign?.name ?? ""));
  if (foreign === undefined || system === undefined) return undefined;
  const name = root.slice(root.lastIndexOf("/node_modules/") + "/node_modules/".length);
  const [, cause, where] = system;
  const explanation = `${name} has its compiled part for ${where} (${foreign.name}); Lambda runs Linux ${options.architecture}.`;
  const message =
    name === "sharp"
      ? `Could not load the "sharp" module using the linux-${cpu} runtime…`
      : "Cannot find native binding…";
  return failureOf("Error", message, cause, name, explanation, {
    file: foreign.folder.path,
    part: file.part,
    exact: false,
  });
}

/** The folders of node_modules that a package's own imports are looked for in. */
function nodeModulesOf(root: string): string[] {
  const folders: string[] = [];
  for (let at = root; at !== ""; at = parentOf(at))
    if (!at.endsWith("/node_modules")) folders.push(`${at}/node_modules`);
  return folders;
}
