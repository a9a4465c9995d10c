// Runs commands of the built program, all in this process, and keeps the code that V8 compiled for them beside it.
// What a run has not used is not kept, and compiled by each run anew: so the doctor sees a stack that answers, too.
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import type { createLoader, shippedCode } from "../src/cli/load.ts";
import type { Process, run } from "../src/cli/main.ts";
import type { Output } from "../src/cli/streams.ts";
import { environmentFor, stackName, startFakeStack } from "../test/support/stack.ts";

const dist = path.resolve("dist");
const built = path.join(dist, "load.cjs");
const require = createRequire(built);
const load = require(built) as { createLoader: typeof createLoader; shippedCode: typeof shippedCode };

const nowhere = (): Output => ({
  isTerminal: false,
  columns: 100,
  write: () => Promise.resolve(),
  pour: () => Promise.resolve(),
});

/** The part of Node's `process` that the program uses, without output and without the user's own settings. */
const processFor = (args: readonly string[], env: Readonly<Record<string, string>>): Process =>
  ({
    argv: [process.execPath, "cscp", ...args],
    env: { CSCP_CACHE: "off", ...env },
    cwd: () => dist,
    on() {},
    exit() {},
  }) as unknown as Process;

/** An AWS endpoint where nothing is allowed. */
async function denyingEndpoint(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const asForm = /form-urlencoded/.test(request.headers["content-type"] ?? "");
      response.writeHead(403, {
        "content-type": asForm ? "text/xml" : "application/json",
        "x-amzn-errortype": "AccessDeniedException",
      });
      response.end(
        asForm
          ? "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
          : '{"message":"no"}',
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

// V8 forgets code that is not run again for a while. With this flag it does not; code is only taken by a process with
// the same flags, so it is set back before the code is kept.
setFlagsFromString("--no-flush-bytecode");
const denying = await denyingEndpoint();
const answering = await startFakeStack({ functions: 6, latencyMs: 0 });
const keys = environmentFor(`http://127.0.0.1:${(denying.address() as AddressInfo).port}`);
const loader = load.createLoader(dist, require, []);
const main = loader.load("main.cjs") as { run: typeof run };
const runs: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
  [["--help"], keys],
  [["doctor", "--help"], keys],
  [["doctor", "--stack", stackName, "--timeout", "20"], keys],
  [["doctor", "--stack", stackName, "--timeout", "20"], environmentFor(answering.endpoint)],
  [["doctor", "--stack", stackName, "--timeout", "20", "-o", "json"], environmentFor(answering.endpoint)],
  [["demo"], keys],
  [["checks"], keys],
  [["explain", "imports-work"], keys],
];
for (const [args, env] of runs) await main.run(processFor(args, env), { open: nowhere });
denying.close();
denying.closeAllConnections();
await answering.close();
setFlagsFromString("--flush-bytecode");
loader.save(load.shippedCode(dist), true);
