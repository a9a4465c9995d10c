// What a prediction is made for: one Python on one system. Lambda's runtimes are made from their table; tests make others.
import type { Architecture, Runtime } from "../runtimes.ts";
import { absentLibraries, pythonPerhapsModules, pythonRuntimeModules, systemLibraries } from "../runtimes.ts";

/** The system as far as native libraries depend on it. */
export type NativeTarget = {
  architecture: Architecture;
  /** The C library's version, and the path that its complaints name. */
  glibc: string;
  glibcPath: string;
  /** Folders that the loader looks in for libraries by environment. */
  libraryPath: string[];
  /** Whether the system has a library; undefined when that is not known. */
  hasLibrary(name: string): boolean | undefined;
  /** The newest versions of compiler libraries' symbols by prefix (`GLIBCXX`), where the system's library offers them. */
  symbolVersions: Readonly<Record<string, string>>;
};

export type PythonTarget = NativeTarget & {
  /** The minor version: 11 for Python 3.11. */
  minor: number;
  /** Folders searched before the standard library; `.pth` files in `sites` are read. */
  searchPath: string[];
  sites: string[];
  /** Standard modules that are loaded before any code of the function: no file of it can take their place. */
  preloaded: ReadonlySet<string>;
  /** The interpreter's own path, as messages name it, where that is known. */
  executable?: string;
  /** Folder of the standard library, as messages name it. */
  standardLibrary: string;
  /** Top-level modules that are there besides the view and the standard library. */
  provided: ReadonlySet<string>;
  perhaps: ReadonlySet<string>;
  /** What `ctypes.util.find_library` finds by a short name (`pq`). */
  findLibrary(name: string): boolean | undefined;
  /** Environment variables whose values decide imports, where known. */
  environment: Readonly<Record<string, string>>;
  /** Nothing is known of the environment: variables may be set that are not in `environment`. */
  environmentUnknown?: true;
};

/** What the prediction needs of the function's environment; other variables may be given and are ignored. */
export type TargetOptions = { environment?: Readonly<Record<string, string>> };

/** libstdc++ and libgcc of the base images: GCC 7.3 on Amazon Linux 2, GCC 11 on Amazon Linux 2023. */
const compilerVersions: Record<Runtime["system"], Record<string, string>> = {
  al2: { GLIBCXX: "3.4.24", CXXABI: "1.3.11" },
  al2023: { GLIBCXX: "3.4.29", CXXABI: "1.3.13" },
};

/** The system under a Lambda runtime. */
export function lambdaSystem(
  runtime: Runtime,
  architecture: Architecture,
  environment: Readonly<Record<string, string>>,
): NativeTarget {
  const custom = environment["LD_LIBRARY_PATH"]?.split(":").filter((folder) => folder !== "");
  return {
    architecture,
    glibc: runtime.glibc,
    glibcPath: "/lib64/libc.so.6",
    libraryPath: [...(custom ?? []), "/var/task", "/var/task/lib", "/opt/lib"],
    hasLibrary: (name) => (systemLibraries.has(name) ? true : absentLibraries.test(name) ? false : undefined),
    symbolVersions: compilerVersions[runtime.system],
  };
}

/** Standard modules that every Python loads as it starts. */
export const startPreloaded: ReadonlySet<string> = new Set(
  `abc codecs collections contextlib encodings functools genericpath importlib io keyword operator os posixpath reprlib
  site stat sys types warnings zipimport`.split(/\s+/),
);

/** What the runtime's client (awslambdaric 4) loads besides, before it looks for the handler; seen in `sys.modules`. */
const runtimePreloaded: ReadonlySet<string> = new Set([
  ...startPreloaded,
  ...`atexit copyreg decimal enum itertools json linecache logging math multiprocessing numbers re socket string struct
  textwrap threading time traceback weakref`.split(/\s+/),
]);

/** The target of a Lambda Python runtime. */
export function lambdaTarget(runtime: Runtime, architecture: Architecture, options: TargetOptions = {}): PythonTarget {
  const environment = options.environment ?? {};
  const version = `python3.${runtime.version}`;
  const sites = ["/var/task", `/opt/python/lib/${version}/site-packages`, "/opt/python"];
  // With PYTHONPATH set, the runtime's start script does not add the layers' folders.
  const custom = environment["PYTHONPATH"]?.split(":").filter((folder) => folder !== "");
  const searchPath = custom === undefined ? sites : ["/var/task", ...custom];
  return {
    ...lambdaSystem(runtime, architecture, environment),
    minor: runtime.version,
    searchPath: [...new Set(searchPath)],
    sites: custom === undefined ? sites : ["/var/task"],
    preloaded: runtimePreloaded,
    executable: `/var/lang/bin/${version}`,
    standardLibrary: `/var/lang/lib/${version}`,
    provided: pythonRuntimeModules,
    perhaps: pythonPerhapsModules,
    // The base images lack the programs that it asks, and /opt/lib is none of its places.
    findLibrary: (name) => (absentLibraries.test(`lib${name}`) ? false : undefined),
    environment,
    ...(options.environment === undefined ? { environmentUnknown: true as const } : {}),
  };
}

/** The suffixes of native modules that this Python accepts, in its order. */
export function extensionSuffixes(target: PythonTarget): string[] {
  const cpu = target.architecture === "x86_64" ? "x86_64" : "aarch64";
  return [`.cpython-3${target.minor}-${cpu}-linux-gnu.so`, ".abi3.so", ".so"];
}

/** The processor's name in ELF files. */
export function elfMachine(architecture: Architecture): string {
  return architecture === "x86_64" ? "x86_64" : "aarch64";
}

/** Compares dotted version numbers; negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
