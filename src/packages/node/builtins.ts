// The modules that Node brings itself, by the exact names that it takes.

/** Names with and without `node:` in front (Node 18 to 24; `_`-names left out). */
const builtins = new Set(
  `assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns
  dns/promises domain events fs fs/promises http http2 https inspector inspector/promises module net os path path/posix
  path/win32 perf_hooks process punycode querystring readline readline/promises repl stream stream/consumers
  stream/promises stream/web string_decoder sys timers timers/promises tls trace_events tty url util util/types v8 vm
  wasi worker_threads zlib`.split(/\s+/),
);
/** These are there with `node:` in front only, each from a major version on (sqlite came with 22.5). */
const prefixed = new Map([
  ["sea", 20],
  ["sqlite", 22],
  ["test", 18],
  ["test/reporters", 18],
]);

/** Whether a specifier names a module of Node's own; `unknown` for a `node:` name that this major version has none of. */
export function builtinKind(specifier: string, version: number): "builtin" | "unknown" | undefined {
  if (!specifier.startsWith("node:")) return builtins.has(specifier) ? "builtin" : undefined;
  const name = specifier.slice("node:".length);
  return builtins.has(name) || version >= (prefixed.get(name) ?? Number.POSITIVE_INFINITY) ? "builtin" : "unknown";
}
