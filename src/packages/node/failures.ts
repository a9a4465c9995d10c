// What Node says of an import that fails, to the letter, and what is at fault.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import type { NodeImport, NodeSource } from "../../facts/inventory.ts";
import type { PythonFailure } from "../python/resolve.ts";
import { partName, type ViewFile } from "../view.ts";
import type { Loading } from "./loading.ts";
import { prismaMending } from "./prisma-target.ts";
import { isRelative, joinPath, packageOf, parentOf, splitSpecifier, type Located } from "./locate.ts";

/** Where Lambda's runtime loads the handler from: the last line of a "Require stack". */
export const runtimeEntry = "/var/runtime/index.mjs";

export function failureOf(
  errorType: string,
  message: string,
  cause: CauseId,
  module: string,
  explanation: string,
  more: Partial<PythonFailure> = {},
): PythonFailure {
  return { errorType, message, exact: true, cause, module, explanation, chain: [], ...more };
}

type Unfound = Exclude<Located, { kind: "file" | "builtin" }>;

/** The failure of an import that leads to no file. */
export function notFound(
  loading: Loading,
  file: ViewFile,
  each: NodeImport,
  how: "require" | "import",
  found: Unfound,
): PythonFailure {
  const { specifier, line } = each;
  const { name } = splitSpecifier(specifier);
  const from = ` imported from ${file.path}`;
  const importing = how === "import" ? from : "";
  const generated = /^\.prisma(?:\/|$)/.test(specifier);
  const third = file.path.includes("/node_modules/") ? packageOf(file.path) : undefined;
  const mended = generated
    ? { mending: prismaMending(loading.options.runtime, loading.options.architecture) }
    : isRelative(specifier) && third === undefined && found.kind === "missing"
      ? {
          mending: `Pack the file that ${specifier} means, or correct the path${how === "import" ? ", its ending included" : ""}; capital letters count on Lambda.`,
        }
      : {};
  const base = { chain: [...loading.stack], file: file.path, line, ...mended };
  const cause = isRelative(specifier) || third === undefined ? "module-missing" : "transitive-dependency-missing";
  const missing = missingText(loading, file, specifier, name, third);
  switch (found.kind) {
    case "no-builtin": {
      const explanation = `Node ${loading.options.runtime.version} has no module ${specifier}.`;
      return failureOf(
        "Error",
        `No such built-in module: ${specifier}`,
        "module-missing",
        specifier,
        explanation,
        base,
      );
    }
    case "bad-main": {
      const message = `Error: Cannot find module '${found.path}'. Please verify that the package.json has a valid "main" entry`;
      const explanation = `${found.manifest} names a main file that is not in the package.`;
      const more = { ...base, file: found.manifest };
      return failureOf("Runtime.ImportModuleError", message, "corrupt-artifact", name, explanation, more);
    }
    case "target-missing": {
      const explanation = `The package.json of ${name} leads to ${found.path}, which is not there.`;
      const what = found.by === "main" ? "package" : "module";
      return how === "import"
        ? failureOf("Error", `Cannot find ${what} '${found.path}'${from}`, "corrupt-artifact", name, explanation, base)
        : failureOf(
            "Runtime.ImportModuleError",
            `Error: Cannot find module '${found.path}'`,
            "corrupt-artifact",
            name,
            explanation,
            base,
          );
    }
    case "bad-manifest": {
      const explanation = `${found.manifest} is not valid JSON.`;
      const more = { ...base, file: found.manifest, exact: loading.options.runtime.version >= 22 || how === "import" };
      return loading.options.runtime.version >= 22 || how === "import"
        ? failureOf("Error", `Invalid package config ${found.manifest}.`, "corrupt-artifact", name, explanation, more)
        : failureOf(
            "Runtime.UserCodeSyntaxError",
            `SyntaxError: Error parsing ${found.manifest}: …`,
            "corrupt-artifact",
            name,
            explanation,
            more,
          );
    }
    case "folder": {
      const message = `Directory import '${found.path}' is not supported resolving ES modules${from}`;
      const explanation = `${file.path} imports the folder ${specifier}; \`import\` wants the file in it by name.`;
      return failureOf("Error", message, "module-missing", specifier, explanation, base);
    }
    case "not-exported": {
      const what =
        found.subpath === "."
          ? 'No "exports" main defined'
          : `Package subpath '${found.subpath}' is not defined by "exports"`;
      const explanation = `${found.manifest} does not export what ${file.path} asks for.`;
      const message = `${what} in ${found.manifest}${importing}`;
      return failureOf("Error", message, "dependency-conflict", name, explanation, base);
    }
    case "bad-target": {
      const { subpath, target, manifest } = found;
      const what =
        subpath === "."
          ? `Invalid "exports" main target ${JSON.stringify(target)} defined`
          : `Invalid "exports" target ${JSON.stringify(target)} defined for '${subpath}'`;
      const hint = target.startsWith("./") ? "" : '; targets must start with "./"';
      const explanation = `${manifest} leads to ${target}, which is not a file of its own package written from "./" on.`;
      const message = `${what} in the package config ${manifest}${importing}${hint}`;
      return failureOf("Error", message, "corrupt-artifact", name, explanation, { ...base, file: manifest });
    }
    case "not-imported": {
      const where = found.manifest === undefined ? "" : ` in package ${found.manifest}`;
      const message = `Package import specifier "${specifier}" is not defined${where}${from}`;
      const explanation = `The package.json around ${file.path} maps no ${specifier}.`;
      return failureOf("TypeError", message, "dependency-conflict", specifier, explanation, base);
    }
    case "missing": {
      if (how === "require") {
        const message = `Error: Cannot find module '${specifier}'${requireStack(loading.requireStack)}`;
        const module = isRelative(specifier) ? specifier : name;
        return failureOf("Runtime.ImportModuleError", message, cause, module, missing, base);
      }
      const path = specifier.startsWith("/") ? specifier : joinPath(parentOf(file.path), specifier);
      if (isRelative(specifier)) {
        return failureOf("Error", `Cannot find module '${path}'${from}`, cause, specifier, missing, base);
      }
      const hint = found.near === undefined ? "" : `\nDid you mean to import "${innerPath(found.near)}"?`;
      if (found.near !== undefined && splitSpecifier(specifier).subpath !== ".") {
        const asked = found.near.replace(/(?:\/index)?\.\w+$/, "");
        const explanation = `\`import\` wants the whole file name: ${innerPath(found.near)}.`;
        const message = `Cannot find module '${asked}'${from}${hint}`;
        return failureOf("Error", message, "module-missing", specifier, explanation, base);
      }
      return failureOf("Error", `Cannot find package '${name}'${from}${hint}`, cause, name, missing, base);
    }
  }
}

/** A path from the last node_modules on. */
function innerPath(path: string): string {
  const marker = "/node_modules/";
  const at = path.lastIndexOf(marker);
  return at < 0 ? path : path.slice(at + marker.length);
}

function requireStack(files: readonly string[]): string {
  return files.length === 0 ? "" : `\nRequire stack:\n${files.map((path) => `- ${path}`).join("\n")}`;
}

function missingText(
  loading: Loading,
  file: ViewFile,
  specifier: string,
  name: string,
  third: string | undefined,
): string {
  if (isRelative(specifier)) return `${file.path} asks for ${specifier}, which is not in ${partName(file.part)}.`;
  if (/^\.prisma(?:\/|$)/.test(specifier)) {
    return `${third ?? file.path} needs the client that Prisma generates, which is not in ${partName(file.part)}.`;
  }
  if (loading.fallbacks.some((folder) => loading.files.isFolder(`${folder}/${name}`))) {
    return `${name} is in a layer, which \`import\` does not search: only \`require\` follows NODE_PATH.`;
  }
  const by = third === undefined ? "" : ` ${third} needs it.`;
  return `${name} is neither in the package's node_modules nor in a layer's.${by}`;
}

/** A failure by the file's own syntax, for the module system that it is loaded by. */
export function syntaxFailure(
  loading: Loading,
  file: ViewFile,
  source: NodeSource,
  module: boolean,
): PythonFailure | undefined {
  const at = { file: file.path, part: file.part, chain: [...loading.stack], exact: false };
  const fail = (text: string, cause: "syntax-error" | "esm-cjs-mismatch", explanation: string, more = {}) =>
    failureOf("Runtime.UserCodeSyntaxError", `SyntaxError: ${text}`, cause, file.path, explanation, { ...at, ...more });
  if (source.syntaxError !== undefined) {
    const { line, text } = source.syntaxError;
    return fail(text, "syntax-error", `Line ${line} of ${file.path} is not valid JavaScript.`, { line });
  }
  if (module) return undefined;
  if (source.awaits !== undefined && source.syntax !== "esm") {
    const { line, loop } = source.awaits;
    const text =
      loop === true
        ? "Unexpected reserved word"
        : "await is only valid in async functions and the top level bodies of modules";
    const explanation = `Line ${line} of ${file.path} awaits outside any function, and the file is loaded as CommonJS: its package.json has no "type": "module".`;
    return fail(text, "esm-cjs-mismatch", explanation, { line, exact: true });
  }
  if (source.syntax !== "esm") return undefined;
  const imports = source.imports.some(({ how, line }) => how === "import" && line > 0);
  const text = imports ? "Cannot use import statement outside a module" : "Unexpected token 'export'";
  const explanation = `${file.path} uses import or export, and is loaded as CommonJS: its package.json has no "type": "module".`;
  return fail(text, "esm-cjs-mismatch", explanation);
}
