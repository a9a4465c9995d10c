// What the Lambda service itself writes about an environment that failed.
import { signature } from "../signature.ts";

export const platformSignatures = [
  signature({
    id: "lambda-task-timed-out",
    patterns: [/Task timed out after (?<seconds>[\d.]+) seconds/],
    tier: "effect",
    causes: ["lambda-timeout", "connect-timeout"],
    decides:
      "what the function was waiting for: its last log line before, and whether the database is reachable from its subnets",
    matches: [
      "2026-03-02T10:00:03.001Z 6f1c2d1e-0000-4000-8000-5a5a5a5a5a5a Task timed out after 10.01 seconds",
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 6f1c Error: Task timed out after 3.00 seconds"}',
    ],
    misses: ["task 7 timed out of the schedule"],
  }),
  signature({
    id: "lambda-report-timeout",
    patterns: [
      /REPORT RequestId:[^\n]{0,300}Status: timeout/,
      /"type":\s*"platform\.(?:report|runtimeDone)"[^\n]{0,300}"status":\s*"timeout"/,
    ],
    tier: "envelope",
    causes: ["lambda-timeout"],
    decides: "the last log line of the same request",
    matches: [
      "REPORT RequestId: 6f1c\tDuration: 10000.00 ms\tBilled Duration: 10000 ms\tMemory Size: 256 MB\tMax Memory Used: 70 MB\tStatus: timeout",
      '{"type":"platform.report","record":{"requestId":"6f1c","metrics":{"durationMs":3000},"status":"timeout"}}',
    ],
    misses: ["REPORT RequestId: 6f1c\tDuration: 10.00 ms"],
  }),
  signature({
    id: "lambda-init-timeout",
    patterns: [
      /INIT_REPORT[^\n]{0,300}Status: timeout/,
      /"type":\s*"platform\.init(?:Report|RuntimeDone)"[^\n]{0,300}"status":\s*"timeout"/,
      /[Ii]nit(?:ialization)? (?:phase )?timed out/,
    ],
    tier: "root",
    causes: ["init-timeout"],
    decides: "what the module does while it is imported: the init phase has 10 seconds",
    matches: [
      "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout",
      '{"time":"2026-03-02T10:00:00Z","type":"platform.initReport","record":{"phase":"init","status":"timeout"}}',
    ],
    misses: ["INIT_REPORT Init Duration: 99.81 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError"],
  }),
  signature({
    id: "lambda-extension-crash",
    patterns: [
      /Extension\.(?:Crash|InitError|ExitError|LaunchError|UnexpectedShutdown)/,
      /EXTENSION\s+Name: (?<name>\S+)\s+State: (?:LaunchError|Exited|InitError)/,
      /[Ff]ailed to (?:launch|start) extension/,
    ],
    causes: ["init-crash"],
    decides: "which extension of which layer ended: the EXTENSION line before it",
    matches: [
      '{"errorType":"Extension.Crash","errorMessage":"RequestId: 4f Error: exit status 2"}',
      "INIT_REPORT Init Duration: 640.10 ms\tPhase: init\tStatus: error\tError Type: Extension.Crash",
      "Extension.LaunchError: permission denied to launch /opt/extensions/agent",
    ],
    misses: ["EXTENSION\tName: agent\tState: Ready\tEvents: [SHUTDOWN,INVOKE]"],
  }),
  signature({
    id: "lambda-out-of-memory",
    patterns: [
      /Runtime\.OutOfMemory/,
      /JavaScript heap out of memory/,
      /java\.lang\.OutOfMemoryError/,
      /failed to allocate memory \(NoMemoryError\)/,
      /System\.OutOfMemoryException/,
      /fatal error: runtime: out of memory/,
      /signal: killed/,
      /\[Errno 12\] Cannot allocate memory/,
      /spawn ENOMEM/,
      /exit status 137/,
      /oom-kill:constraint=/,
      /[Oo]ut of memory: Killed process \d+/,
      /invoked oom-killer/,
    ],
    causes: (_, about) =>
      /signal: killed|status 137/.test(about.text) && !/OutOfMemory/.test(about.text)
        ? ["lambda-oom", "runtime-exit"]
        : ["lambda-oom"],
    decides: "Max Memory Used in the REPORT line against the memory size",
    matches: [
      "RequestId: 1b Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "REPORT RequestId: 1b\tMemory Size: 128 MB\tMax Memory Used: 127 MB\tStatus: error\tError Type: Runtime.OutOfMemory",
    ],
    misses: ["Memory Size: 128 MB\tMax Memory Used: 128 MB"],
  }),
  signature({
    id: "lambda-memory-used-up",
    // A function that uses all of its memory and fails in that same invocation was most likely out of memory.
    patterns: [/Memory Size: (?<size>\d+) MB\s+Max Memory Used: \k<size> MB/],
    causes: (_, about) => {
      if (
        !/Task timed out|Status: (?:error|timeout)|Runtime exited|signal: killed|exited before completing/.test(
          about.text,
        )
      )
        return [];
      return /Task timed out|Status: timeout/.test(about.text)
        ? ["lambda-oom", "lambda-timeout"]
        : ["lambda-oom", "runtime-exit"];
    },
    decides: "whether the failure goes away with more memory",
    matches: [
      "Task timed out after 15.02 seconds\nREPORT RequestId: 1b Duration: 15020.00 ms Billed Duration: 15000 ms Memory Size: 128 MB Max Memory Used: 128 MB",
    ],
    misses: [
      "REPORT RequestId: 1b Duration: 150.00 ms Memory Size: 128 MB Max Memory Used: 128 MB",
      "Memory Size: 512 MB Max Memory Used: 128 MB Status: timeout",
    ],
  }),
  signature({
    id: "lambda-segmentation-fault",
    patterns: [
      /signal: (?:segmentation fault|aborted|illegal instruction|bus error)/,
      /Segmentation fault(?: \(core dumped\))?/,
      /\bSIGSEGV\b/,
    ],
    causes: ["init-crash", "runtime-exit"],
    decides: "which compiled library was being loaded or called",
    matches: ["RequestId: 1b Error: Runtime exited with error: signal: segmentation fault (core dumped)"],
    misses: ["customer segmentation faulty"],
  }),
  signature({
    id: "lambda-runtime-exited",
    patterns: [
      /Runtime exited (?:with error: exit status (?<status>\d+)|without providing a reason)/,
      /Runtime\.ExitError/,
      /Runtime\.NodeJsExit/,
      /unexpected Node\.js exit code/,
      /exited before completing request/,
      /Init failed error=/,
    ],
    tier: "effect",
    causes: (_, about) =>
      /Phase: init|INIT_REPORT|platform\.init|Init failed/.test(about.text)
        ? ["runtime-exit", "init-crash"]
        : ["runtime-exit"],
    decides: "the last lines before it: what called exit, or which program the exit status belongs to",
    matches: [
      "RequestId: 33 Error: Runtime exited with error: exit status 1\nRuntime.ExitError",
      "RequestId: 33 Error: Runtime exited without providing a reason",
    ],
    misses: ["the runtime exited the pilot phase"],
  }),
  signature({
    id: "lambda-import-error-type",
    patterns: [/Runtime\.ImportModuleError/],
    tier: "envelope",
    causes: ["module-missing", "transitive-dependency-missing"],
    decides: "the [ERROR] line before it, which names the module",
    matches: [
      "INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
    ],
    misses: ["Runtime.ImportModule took 3 ms"],
  }),
  signature({
    id: "lambda-user-code-error-type",
    patterns: [/Runtime\.UserCodeSyntaxError/],
    tier: "envelope",
    causes: ["syntax-error", "esm-cjs-mismatch"],
    decides: "the [ERROR] line before it, which names the file and line",
    matches: [
      "INIT_REPORT Init Duration: 80.01 ms\tPhase: init\tStatus: error\tError Type: Runtime.UserCodeSyntaxError",
    ],
    misses: ["UserCode was reviewed"],
  }),
  signature({
    id: "node-module-level-error",
    patterns: [
      /\tundefined\tERROR\tUncaught Exception/,
      /at Object\.<anonymous> \(\/var\/task\/[^)]*\)[\s\S]{0,4000}?Module\._compile/,
    ],
    tier: "effect",
    causes: (_, about) => (/Cannot find (?:module|package)|SyntaxError/.test(about.text) ? [] : ["init-crash"]),
    decides: "the first line of the stack in the function's own code: it runs when the module is loaded",
    matches: [
      '2026-03-02T10:00:00.000Z\tundefined\tERROR\tUncaught Exception \t{"errorType":"ReferenceError","errorMessage":"config is not defined","stack":["ReferenceError: config is not defined"]}',
    ],
    misses: ["2026-03-02T10:00:00.000Z\tundefined\tINFO\tstarted"],
  }),
  signature({
    id: "package-too-large",
    patterns: [
      /[Uu]nzipped [Ss]ize must be (?:smaller|less) than/,
      /max allowed size of \d+/,
      /Request must be smaller than \d+ bytes/,
      /RequestEntityTooLarge/,
      /exceeds the maximum allowed size of \d+ bytes/,
      /Layers consume more than/,
    ],
    causes: ["package-too-large"],
    decides: "the unzipped size of the code and its layers against 262,144,000 bytes",
    matches: [
      "InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes",
      "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 300000000 bytes.",
      "An error occurred (RequestEntityTooLargeException) when calling the UpdateFunctionCode operation: Request must be smaller than 70167211 bytes",
    ],
    misses: ["The archive must be smaller next year"],
  }),
  signature({
    id: "lambda-env-decrypt",
    patterns: [
      /unable to decrypt the environment variables/,
      /(?:[Uu]nable|[Ff]ailed) to decrypt (?:the )?(?:env|secret|variable|value|KMS)/,
      /[Cc]iphertext refers to a customer master key/,
      /\(\w+\) when calling the Decrypt operation/,
      /KMS Exception: /,
      /(?:kms|KMS)\S* [^\n]{0,300}(?:is disabled|is pending deletion|invalid for CreateGrant)/,
      /configure access to your environment variables/,
      /KMS(?:AccessDenied|Disabled|InvalidState|NotFound)(?:Exception)?/,
      /InvalidCiphertextException/,
    ],
    tier: "proof",
    causes: ["env-decrypt-failed", "secret-access-denied"],
    decides: "whether the function's role may use the key (kms:Decrypt), and whether the key is enabled",
    matches: [
      "KMSAccessDeniedException: Lambda was unable to decrypt the environment variables because KMS access was denied.",
      "An error occurred (InvalidCiphertextException) when calling the Decrypt operation:",
      "AccessDeniedException: The ciphertext refers to a customer master key that does not exist.",
    ],
    misses: ["environment variables were loaded"],
  }),
];
