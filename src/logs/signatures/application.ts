// Errors that the application caught and reports by nothing but the class of the exception.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

/** What an exception class suggests when the message was thrown away. The order is how often it was so. */
const byClass: Readonly<Record<string, readonly CauseId[]>> = {
  TypeError: ["driver-api-mismatch", "serialization-error", "null-result-unhandled"],
  AttributeError: ["driver-api-mismatch", "null-result-unhandled"],
  OperationalError: ["connect-timeout", "connection-dropped", "auth-failed"],
  InterfaceError: ["stale-connection-reuse", "connection-refused", "connect-timeout"],
  ProgrammingError: ["schema-missing", "permission-denied-db"],
  DatabaseError: ["auth-failed", "schema-missing", "permission-denied-db"],
  UndefinedTable: ["schema-missing"],
  UndefinedColumn: ["schema-missing"],
  InsufficientPrivilege: ["permission-denied-db"],
  gaierror: ["dns-failed", "database-url-malformed"],
  ConnectionRefusedError: ["connection-refused"],
  ConnectionResetError: ["connection-dropped", "stale-connection-reuse"],
  BrokenPipeError: ["stale-connection-reuse", "connection-dropped"],
  TimeoutError: ["connect-timeout", "statement-timeout"],
  ConnectTimeoutError: ["connect-timeout"],
  EndpointConnectionError: ["network-unreachable", "dns-failed"],
  SSLCertVerificationError: ["tls-verify-failed"],
  SSLError: ["tls-verify-failed", "tls-not-supported"],
  ModuleNotFoundError: ["module-missing", "transitive-dependency-missing"],
  ImportError: ["module-missing", "native-extension-missing"],
  ClientError: ["secret-access-denied", "secret-missing"],
  ParameterNotFound: ["secret-missing"],
  ResourceNotFoundException: ["secret-missing"],
  NoCredentialsError: ["secret-access-denied"],
  PoolTimeout: ["too-many-connections"],
};

export const applicationSignatures = [
  signature({
    id: "exception-class-only",
    patterns: [
      /(?:TOOL_FAILURE[\s\S]{0,80}?message["']?:\s*["']|["']ex["']:\s*["']|["'](?:exception|error_type|exc_type|error_class)["']:\s*["'])(?:[\w.]+\.)?(?<class>[A-Za-z]\w+)["']/,
    ],
    tier: "effect",
    causes: ({ class: name }) => byClass[name ?? ""] ?? [],
    decides: "the message and traceback of the exception, which the application did not log",
    matches: [
      '{"type":"TOOL_LOG","tool":"get_contract_info","error":"EXCEPTION","ex":"TypeError"}',
      '{"ok":false,"data":null,"error":{"code":"TOOL_FAILURE","message":"OperationalError"}}',
    ],
    misses: [
      '{"type":"TOOL_LOG","tool":"get_contract_info","missing":false}',
      '{"type":"TOOL_LOG","error":"EXCEPTION","ex":"KeyError"}',
    ],
  }),
];
