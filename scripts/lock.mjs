// Completes package-lock.json after `npm install`: a registry that lacks the builds of a tool for other platforms makes npm
// leave them out of the lock, and `npm ci` then refuses it everywhere. They are optional and never fetched elsewhere.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = [
  ["arm-", "arm"],
  ["arm64", "arm64"],
  ["x64", "x64"],
  ["ia32", "ia32"],
  ["ppc64", "ppc64"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const own = `node_modules/${name}`;
    if (`${path}/${own}` in lock.packages || own in lock.packages) continue;
    const os = systems.find((system) => name.includes(`-${system}-`));
    const cpu = processors.find(([part]) => name.includes(`-${part}`))?.[1];
    if (os === undefined || cpu === undefined || !/^\d/.test(version)) continue;
    const libc =
      os !== "linux" ? undefined : name.includes("musl") ? "musl" : name.includes("gnu") ? "glibc" : undefined;
    lock.packages[own] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc: [libc] }),
      license: entry.license,
      optional: true,
      os: [os],
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
