// Builds the command line into dist, and compiles its code ahead for the Node that builds it.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
await bundle("src/cli/main.ts", path.join(root, "dist"));

// Without compiled code every command works, only more slowly.
const compile = ["run.mjs", "compile.ts"].map((name) => path.join(root, "scripts", name));
const { status } = spawnSync(process.execPath, compile, { cwd: root, stdio: "inherit" });
if (status !== 0) console.warn("The code could not be compiled ahead; commands compile it when they are first run.");
