// Node.js: modules, module systems, compiled addons, engines.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { missingNodeModuleCauses } from "../modules.ts";
import { signature } from "../signature.ts";

export const nodeSignatures = [
  signature({
    id: "node-prisma-engine",
    patterns: [
      /could not locate the Query Engine for runtime ['"](?<runtime>[^'"]+)/,
      /[Qq]uery (?:engine|compiler) (?:library|binary) for current platform/,
      /@prisma\/client did not initialize yet/,
      /Unable to require\(.{0,300}libquery_engine/,
      /[Qq]uery engine exited with code/,
      /Prisma Client could not locate/,
      /Prisma Client was generated for/,
      /[Uu]nable to load (?:the )?(?:query )?engine/,
    ],
    tier: "proof",
    causes: ["engine-binary-missing"],
    decides: "which libquery_engine files are in the package, and binaryTargets in schema.prisma",
    matches: [
      'PrismaClientInitializationError: Prisma Client could not locate the Query Engine for runtime "rhel-openssl-3.0.x".',
      'Error: @prisma/client did not initialize yet. Please run "prisma generate" and try to import it again.',
      'Query engine library for current platform "linux-arm64-openssl-3.0.x" could not be found.',
    ],
    misses: ["prisma:query SELECT 1"],
  }),
  signature({
    id: "node-cannot-find-module",
    patterns: [
      /Cannot find (?:module|package) '(?<module>[^']+)'(?:[^\n]{0,300}?imported from (?<importer>\S+)|[^\n]{0,300}\n\s*["']?Require stack:["']?,?\s*\n?\s*["']?- (?<required>[^\s"',]+))?/,
    ],
    causes: ({ module = "", importer, required }) => {
      const others = missingNodeModuleCauses(module, importer ?? required);
      // What only a layer holds is found by `require`, never by `import`.
      if (importer !== undefined && importer.startsWith("/var/task/") && /^@?[\w-]+(?:\/[\w.-]+)?$/.test(module))
        return [...others.slice(0, 2), "esm-cjs-mismatch"];
      // `import` completes no path, as `require` does; what was compiled for the one is not found by the other.
      return importer !== undefined && /^\/(?:[^/]+\/)*[^./]+$/.test(module)
        ? (["esm-cjs-mismatch", ...others].slice(0, 3) as readonly CauseId[])
        : others;
    },
    decides: "whether node_modules of the package or a layer holds it, and for ESM that it is not only in a layer",
    matches: [
      "Runtime.ImportModuleError: Error: Cannot find module 'pg'\nRequire stack:\n- /var/task/db.js\n- /var/runtime/index.mjs",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'postgres' imported from /var/task/index.mjs",
      "Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/UserFunction.js",
      "Error: Cannot find module '/var/task/node_modules/pg-pool/index.js'. Please verify that the package.json has a valid \"main\" entry",
      "Error: Cannot find module './build/Release/canvas.node'",
      "Cannot find module '/var/task/dist/db' imported from /var/task/dist/index.js",
    ],
    misses: ["Cannot find module owner for ticket 7"],
  }),
  signature({
    id: "node-module-system",
    patterns: [
      /Cannot use import statement outside a module/,
      /Unexpected token '?(?:export|import)'?/,
      /is not defined in ES module scope/,
      /ERR_REQUIRE_ESM/,
      /ERR_REQUIRE_ASYNC_MODULE/,
      /require\(\) of ES Module/,
      /The requested module '[^']+' is a CommonJS module/,
      /does not provide an export named/,
      /Dynamic require of "[^"]+" is not supported/,
      /ERR_UNSUPPORTED_DIR_IMPORT/,
      /Directory import '[^']+' is not supported/,
      /Must use import to load ES Module/,
      /ERR_UNKNOWN_FILE_EXTENSION/,
      /\(0 ?, ?[\w$.]+\.default\) is not a (?:function|constructor)/,
    ],
    tier: "proof",
    causes: ["esm-cjs-mismatch"],
    decides: "the type field of package.json, the file's extension and the bundler's output format",
    matches: [
      "Runtime.UserCodeSyntaxError: SyntaxError: Cannot use import statement outside a module",
      "ReferenceError: require is not defined in ES module scope, you can use import instead",
      "Error [ERR_REQUIRE_ESM]: require() of ES Module /var/task/node_modules/got/index.js not supported",
      'Error: Dynamic require of "events" is not supported',
    ],
    misses: ["exported 12 modules"],
  }),
  signature({
    id: "node-handler-missing",
    patterns: [/(?<handler>[\w./-]{1,200}) is undefined or not exported/, /Runtime\.HandlerNotFound(?!: Handler ')/],
    causes: ["handler-not-found"],
    decides: "the names that the handler's file exports",
    matches: ["Runtime.HandlerNotFound: dist/index.handler is undefined or not exported"],
    misses: ["the report is not exported"],
  }),
  signature({
    id: "node-callback-handler",
    patterns: [/removed support for callback-based function handlers/],
    tier: "proof",
    causes: ["wrong-runtime-configured", "handler-not-found"],
    decides: "whether the handler takes a third parameter, which nodejs24.x no longer supports",
    matches: [
      "Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.",
    ],
    misses: ["callback-based API"],
  }),
  signature({
    id: "node-syntax",
    patterns: [
      /SyntaxError: (?!.{0,300}(?:JSON|in position|at position))(?<message>Unexpected (?:token|identifier|end of input|reserved word|strict mode reserved word)[^\n]{0,300}|Invalid or unexpected token|missing [^\n]{0,300}|Identifier '[^']+' has already been declared|await is only valid[^\n]{0,300}|Invalid regular expression[^\n]{0,300})/,
    ],
    causes: ({ message }, { text }) =>
      // These tokens, and blocks of `static`, are no slips: an older Node does not know them.
      /Unexpected token '?(?:\?\?=|\|\|=|&&=)/.test(message ?? "") || /^\s*static \{/m.test(text)
        ? ["wrong-runtime-configured", "syntax-error"]
        : /Unexpected token '?(?:\?|=|\.|async|\{|\*)/.test(message ?? "")
          ? ["syntax-error", "wrong-runtime-configured"]
          : ["syntax-error"],
    decides: "the file and line that Node names, and the syntax its version understands",
    matches: [
      "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token '}'",
      "SyntaxError: Identifier 'client' has already been declared",
      "SyntaxError: Unexpected token '??='",
    ],
    misses: [
      "SyntaxError: Unexpected token < in JSON at position 0",
      `SyntaxError: Unexpected token 'h', "hello" is not valid JSON`,
    ],
  }),
  signature({
    id: "node-abi",
    patterns: [/compiled against a different Node\.js version using\s+NODE_MODULE_VERSION (?<built>\d+)/],
    tier: "proof",
    causes: ["wrong-runtime-configured", "wrong-python-abi"],
    decides: "the Node version that built the addon against the function's runtime",
    matches: [
      "Error: The module '/var/task/node_modules/bcrypt/lib/bcrypt.node' was compiled against a different Node.js version using\nNODE_MODULE_VERSION 108.",
    ],
    misses: ["process.versions.modules is NODE_MODULE_VERSION"],
  }),
  signature({
    id: "node-addon-platform",
    patterns: [
      /'(?<built>[\w-]+)' binaries cannot be used on the '(?<needed>[\w-]+)' platform/,
      /Could not load the "(?<module>\w+)" module using the (?<runtime>[\w-]+) runtime/,
      /You installed esbuild for another platform/,
    ],
    tier: "proof",
    causes: ({ built }, about) => {
      if (/darwin/.test(built ?? about.text)) return ["wrong-platform-macos"];
      if (/win32/.test(built ?? about.text)) return ["wrong-platform-windows"];
      return built === undefined
        ? ["wrong-platform-unspecified", "wrong-platform-macos", "wrong-arch"]
        : ["wrong-arch", "wrong-platform-unspecified"];
    },
    decides: "the platform that npm installed the addon for",
    matches: [
      'Error: Could not load the "sharp" module using the linux-x64 runtime',
      "'darwin-arm64' binaries cannot be used on the 'linux-x64' platform. Please remove the 'node_modules/sharp' directory",
    ],
    misses: ["linux-x64 runtime loaded"],
  }),
  signature({
    id: "node-addon-missing",
    patterns: [
      /Could not locate the bindings file/,
      /No native build was found for platform=(?<platform>\w+)/,
      /[Cc]annot find (?:the )?native (?:binding|module|addon)/,
      /Failed to load native binding/,
    ],
    causes: ["native-extension-missing", "wrong-platform-unspecified", "wrong-arch"],
    decides: "which .node files the package holds, and for which platform",
    matches: [
      "Error: Could not locate the bindings file. Tried:",
      "Error: No native build was found for platform=linux arch=x64 runtime=node abi=115",
    ],
    misses: ["native module loaded"],
  }),
  signature({
    id: "node-handler-not-callable",
    patterns: [
      /(?<handler>[\w./-]{0,200}\bhandler) is not a function/,
      /No public method named \S+/,
      /module '(?<module>[\w.]+)' has no attribute '(?:lambda_)?handler'/,
    ],
    causes: ["handler-not-found"],
    decides: "the names that the handler's file exports",
    matches: [
      "TypeError: index.handler is not a function",
      "No public method named handleRequest with appropriate method signature found on class class com.example.App",
    ],
    misses: ["the handler is a function"],
  }),
  signature({
    id: "node-used-before-initialization",
    patterns: [/ReferenceError: Cannot access '(?<name>\w+)' before initialization/],
    tier: "root",
    causes: ["circular-import-or-name-missing", "init-crash"],
    decides: "whether two modules import each other",
    matches: ["ReferenceError: Cannot access 'pool' before initialization"],
    misses: ["access before initialization is allowed"],
  }),
  signature({
    id: "node-driver-not-installed",
    patterns: [
      /Please install (?:the )?['"]?(?<module>[\w@/-]{1,80})['"]? (?:package|module) manually/,
      /\b\w+ package has not been found installed/,
      /npm install pg(?: --save)?\.?["'`]?$/m,
    ],
    causes: ["module-missing", "driver-backend-missing"],
    decides: "whether the bundle holds pg: an ORM requires it by a name that bundlers do not see",
    matches: [
      "Error: Please install pg package manually",
      "DriverPackageNotInstalledError: Postgres package has not been found installed. Try to install it: npm install pg --save",
    ],
    misses: ["pg package is installed"],
  }),
];
