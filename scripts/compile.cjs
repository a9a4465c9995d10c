// Runs commands of the built program, all in this process, and keeps the code that V8 compiled for them beside it.
"use strict";
const { createServer } = require("node:http");
const path = require("node:path");
const v8 = require("node:v8");

const dist = path.join(__dirname, "..", "dist");
const { createLoader, shippedCode } = require(path.join(dist, "load.cjs"));

const nowhere = () => ({ isTerminal: false, columns: 100, write: () => Promise.resolve() });

/** The part of Node's `process` that the program uses, without output and without the user's own settings. */
const processFor = (args, env) => ({
  argv: [process.execPath, "cscp", ...args],
  env: { CSCP_CACHE: "off", ...env },
  cwd: () => dist,
  on() {},
  exit() {},
});

/** An AWS endpoint where nothing is allowed. */
async function denyingEndpoint() {
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
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function main() {
  // V8 forgets code that is not run again for a while. With this flag it does not; code is only taken by a process with
  // the same flags, so it is set back before the code is kept.
  v8.setFlagsFromString("--no-flush-bytecode");
  const server = await denyingEndpoint();
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  const keys = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" };
  const loader = createLoader(dist, require, []);
  const { run } = loader.load("main.cjs");
  for (const args of [
    ["--help"],
    ["doctor", "--help"],
    ["doctor", "--stack", "none", "--endpoint-url", endpoint, "--timeout", "20"],
    ["demo"],
    ["checks"],
    ["explain", "imports-work"],
  ]) {
    await run(processFor(args, keys), nowhere);
  }
  server.close();
  server.closeAllConnections();
  v8.setFlagsFromString("--flush-bytecode");
  loader.save(shippedCode(dist), true);
}

void main();
