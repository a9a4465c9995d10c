// What `inspect` asks of a view: modules one by one, and which modules a package without a handler is asked about.
import type { Inventory, Step } from "../facts/inventory.ts";
import type { PackageOrigin } from "../facts/packages.ts";
import { predictNode } from "./node/resolve.ts";
import { isRelative, splitSpecifier } from "./node/locate.ts";
import { indexOf } from "./python/layout.ts";
import { inside } from "./python/functions.ts";
import { predictImports, type PythonFailure } from "./python/resolve.ts";
import { lambdaTarget } from "./python/target.ts";
import { runtimeNamed, type Architecture } from "./runtimes.ts";
import type { Part, View } from "./view.ts";

export type ModuleOptions = {
  /** A Python or Node runtime of the table. */
  runtime: string;
  architecture: Architecture;
  environment?: Readonly<Record<string, string>>;
};

export type ModulePrediction = {
  module: string;
  verdict: "will-import" | "will-fail" | "unknown";
  failure?: Omit<PythonFailure, "part"> & { origin?: PackageOrigin };
  notes: readonly string[];
};

/**
 * Predicts for each name whether it can be imported, each in an interpreter of its own: Python by `import NAME`, Node as
 * a file of the function would load it. Unknown for runtimes of other languages.
 */
export function predictModules(view: View, names: readonly string[], options: ModuleOptions): ModulePrediction[] {
  const runtime = runtimeNamed(options.runtime);
  if (runtime === undefined || runtime.language === "provided") {
    const notes = [`Imports are not followed for the runtime ${options.runtime}.`];
    return names.map((module) => ({ module, verdict: "unknown", notes }));
  }
  const { architecture, environment = {} } = options;
  const target = lambdaTarget(runtime, architecture, options);
  const cuts = view.parts.flatMap((part) => part.inventory.cut.map((cut) => cut.text));
  return names.map((module) => {
    const { verdict, failure, notes } =
      runtime.language === "python"
        ? predictImports(view, { target, modules: [module] })
        : predictNode(view, { runtime, architecture, environment, modules: [module] });
    const all = [...notes, ...(verdict === "will-import" ? [] : cuts)];
    if (failure === undefined) return { module, verdict, notes: all };
    const { part, chain, ...rest } = failure;
    const own = { ...rest, chain: chain.filter(({ file }) => file !== "<import>") };
    return { module, verdict, failure: part === undefined ? own : { ...own, origin: originOf(part) }, notes: all };
  });
}

function originOf(part: Part): PackageOrigin {
  return part.kind === "package" ? { kind: "package" } : { kind: "layer", arn: part.arn ?? part.name };
}

const identifier = /^[A-Za-z_]\w*$/;

/** The modules that a package or layer is asked about when nothing is named, for a runtime by name. */
export function modulesIn(inventory: Inventory, runtime: string): string[] {
  const language = runtimeNamed(runtime)?.language;
  if (language === "python") return pythonModulesIn(inventory);
  return language === "nodejs" ? nodePackagesIn(inventory) : [];
}

/** What the root's package.json depends on, as far as it is there; where that says nothing, all that lies in node_modules. */
function nodePackagesIn(inventory: Inventory): string[] {
  const folders = Object.keys(inventory.folders);
  const found = new Set(
    folders.flatMap((folder) => {
      const name = /^(?:nodejs\/(?:node\d+\/)?)?node_modules\/(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(folder)?.[1];
      return name === undefined ? [] : [name];
    }),
  );
  const wanted = ["package.json", "nodejs/package.json"].flatMap(
    (path) => inventory.node.packages[path]?.dependencies ?? [],
  );
  const named = wanted.filter((name) => found.has(name));
  return (named.length > 0 ? named : [...found].filter((name) => !name.startsWith("@types/"))).toSorted();
}

/**
 * The Python modules that a package is asked about when nothing is named: the import names of its distributions, and where it
 * has none, its top-level packages and modules.
 */
function pythonModulesIn(inventory: Inventory): string[] {
  const { roots, folders } = indexOf(inventory);
  const listed = inventory.distributions
    .filter(({ path }) => roots.includes(path.slice(0, Math.max(0, path.lastIndexOf("/")))))
    .flatMap(({ topLevel }) => topLevel)
    // `__dummy__` is what some builds name that bring nothing of that kind.
    .filter((name) => identifier.test(name) && !/^__\w+__$/.test(name));
  if (listed.length > 0) return [...new Set(listed)].toSorted();
  const deeper = roots.filter((root) => root !== "");
  const found = (deeper.length > 0 ? deeper : roots).flatMap((root) => {
    const files = (folders.get(root) ?? []).flatMap(([name]) => (name.endsWith(".py") ? [name.slice(0, -3)] : []));
    const prefix = root === "" ? "" : `${root}/`;
    const packages = [...folders].flatMap(([path, rows]) => {
      const name = path.slice(prefix.length);
      return path.startsWith(prefix) && rows.some(([file]) => file === "__init__.py") ? [name] : [];
    });
    return [...files, ...packages].filter((name) => identifier.test(name));
  });
  return [...new Set(found)].toSorted();
}

/** The top-level names that a package's sources import, as far as they were read: what its layers will be asked for. */
export function importedNames(inventory: Inventory): string[] {
  const names = new Set<string>();
  const add = (module: string): void => {
    const top = module.split(".", 1)[0] ?? "";
    if (top !== "") names.add(module).add(top);
  };
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.do === "import") add(step.module);
      else if (step.do === "from" && step.level === 0) {
        add(step.module);
        for (const { name } of step.names) if (name !== "*") add(`${step.module}.${name}`);
      } else for (const block of inside(step)) visit(block);
    }
  };
  for (const source of Object.values(inventory.python)) {
    visit(source.steps);
    for (const { steps } of Object.values(source.functions ?? {})) visit(steps);
    for (const { level, module } of source.later) if (level === 0) add(module);
  }
  for (const { imports } of Object.values(inventory.node.sources)) {
    for (const { specifier } of imports) {
      if (!isRelative(specifier)) names.add(specifier).add(splitSpecifier(specifier).name);
    }
  }
  return [...names];
}

/** A package whose files lie as a layer's do: its folder for one language stands at the root, and no module beside it. */
export function liesAsLayer(inventory: Inventory): boolean {
  const folders = Object.keys(inventory.folders);
  const under = (name: string) => folders.some((path) => path === name || path.startsWith(`${name}/`));
  const rootFiles = inventory.folders[""] ?? [];
  if (rootFiles.some(([name]) => /\.(?:py|js|mjs|cjs)$/.test(name))) return false;
  const python = under("python") && !(inventory.folders["python"] ?? []).some(([name]) => name === "__init__.py");
  return python || under("nodejs");
}
