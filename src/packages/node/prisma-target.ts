// The engines of Prisma up to version 6: one native library for each system, chosen by the generator's binaryTargets.
import type { Architecture, Runtime } from "../runtimes.ts";

/** The name of the engine that a runtime needs (Prisma's list of binary targets). */
export function prismaTarget({ system }: Pick<Runtime, "system">, architecture: Architecture): string {
  // Amazon Linux 2 has OpenSSL 1.0, Amazon Linux 2023 has OpenSSL 3.
  const openssl = system === "al2" ? "1.0.x" : "3.0.x";
  return architecture === "arm64" ? `linux-arm64-openssl-${openssl}` : `rhel-openssl-${openssl}`;
}

/** How a generated client that is missing, or that has no engine for the runtime, is mended. */
export function prismaMending(runtime: Pick<Runtime, "system">, architecture: Architecture): string {
  const targets = `binaryTargets = ["native", "${prismaTarget(runtime, architecture)}"]`;
  return `Set ${targets} in the schema's generator, run npx prisma generate before the build, and see that node_modules/.prisma is packed; the generator of Prisma 7 needs no engine.`;
}
