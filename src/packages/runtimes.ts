// The Lambda runtimes as far as packages depend on them: system, C library, what the runtime itself brings, and until when.

export type Architecture = "x86_64" | "arm64";

export type Runtime = {
  name: string;
  language: "python" | "nodejs" | "provided";
  /** Python's minor version (`11` for python3.11) or Node's major one; 0 for a custom runtime. */
  version: number;
  system: "al2" | "al2023";
  /** The C library's version. */
  glibc: string;
  /** Dates are ISO days: support ends; functions can no longer be updated. */
  deprecated: string;
  updatesBlocked: string;
};

type Row = [name: string, system: Runtime["system"], deprecated: string, updatesBlocked: string];

// AWS's runtime table as of November 2026; Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has 2.34.
const rows: Row[] = [
  ["python3.8", "al2", "2024-10-14", "2027-03-03"],
  ["python3.9", "al2", "2025-12-15", "2027-03-03"],
  ["python3.10", "al2", "2026-10-31", "2027-03-03"],
  ["python3.11", "al2", "2027-06-30", "2027-08-31"],
  ["python3.12", "al2023", "2028-10-31", "2029-01-10"],
  ["python3.13", "al2023", "2029-06-30", "2029-08-31"],
  ["python3.14", "al2023", "2029-06-30", "2029-08-31"],
  ["nodejs18.x", "al2", "2025-09-01", "2027-03-03"],
  ["nodejs20.x", "al2023", "2026-04-30", "2027-03-03"],
  ["nodejs22.x", "al2023", "2027-04-30", "2027-07-01"],
  ["nodejs24.x", "al2023", "2028-04-30", "2028-07-01"],
  ["provided.al2", "al2", "2026-07-31", "2027-03-03"],
  ["provided.al2023", "al2023", "2029-06-30", "2029-08-31"],
];

/** Every runtime that is known, by name. */
export const runtimes: ReadonlyMap<string, Runtime> = new Map(
  rows.map(([name, system, deprecated, updatesBlocked]) => {
    const language = /^(?:python|nodejs|provided)/.exec(name)?.[0] as Runtime["language"];
    const version = language === "provided" ? 0 : Number(/^(?:python3\.|nodejs)(\d+)/.exec(name)?.[1]);
    const glibc = system === "al2" ? "2.26" : "2.34";
    return [name, { name, language, version, system, glibc, deprecated, updatesBlocked }];
  }),
);

/** The runtime of that name, or undefined for one that is not in the table. */
export function runtimeNamed(name: string): Runtime | undefined {
  return runtimes.get(name);
}

/** Import names that the Python runtimes bring themselves, after the package and its layers (runtime client included). */
export const pythonRuntimeModules: ReadonlySet<string> = new Set([
  "awslambdaric",
  "bootstrap",
  "boto3",
  "botocore",
  "dateutil",
  "jmespath",
  "lambda_internal",
  "runtime_client",
  "s3transfer",
  "simplejson",
  "six",
  "snapshot_restore_py",
  "urllib3",
]);

/** Import names that some images of the Python runtimes have and others have not. */
export const pythonPerhapsModules: ReadonlySet<string> = new Set(["pip", "pkg_resources", "setuptools", "wheel"]);

/** Libraries that the base images have in their loader's path, besides the C library's own. */
export const systemLibraries: ReadonlySet<string> = new Set([
  "ld-linux-x86-64.so.2",
  "ld-linux-aarch64.so.1",
  "libBrokenLocale.so.1",
  "libanl.so.1",
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libmvec.so.1",
  "libnsl.so.1",
  "libpthread.so.0",
  "libresolv.so.2",
  "librt.so.1",
  "libstdc++.so.6",
  "libthread_db.so.1",
  "libutil.so.1",
  "libz.so.1",
]);

/**
 * Libraries that the base images are known not to have in a form that can be linked to by name: clients of databases,
 * and what usual builds of drivers link to on other systems.
 */
export const absentLibraries =
  /^lib(?:pq|mysqlclient|mariadb|odbc|clntsh|sybdb|ct|tdsodbc|firebird|fbclient|geos|gdal)/;
