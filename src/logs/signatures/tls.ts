// Encryption: demanded, refused, not verified; and channel binding, which rides on it.
import { signature } from "../signature.ts";

export const tlsSignatures = [
  signature({
    id: "channel-binding",
    patterns: [
      /[Cc]hannel binding (?:is )?required/,
      /[Cc]hannel[_ -]?[Bb]inding[^\n]{0,80}\b(?:not supported|not recogni[sz]ed|unsupported|fail(?:ed|ure)?|mismatch|error|must be None|doesn't match|don't match|isn't correctly|not available)/,
      /(?:SCRAM-SHA-256-PLUS|SASL mechanisms?)[^\n]{0,60}(?:non-SSL|requires|is not|not supported|unsupported)/,
      /(?:[Rr]equires?|requiring) channel[_ ][Bb]inding/,
      /SASL channel binding: /,
      /(?:[Uu]nexpected|[Uu]nknown|[Uu]nsupported|[Uu]nrecogni[sz]ed|[Ii]nvalid|not)\b[^\n]{0,60}\b[Cc]hannel[_ ]?[Bb]inding/,
    ],
    tier: "proof",
    causes: (_, about) =>
      /parameter|option|argument/.test(about.text)
        ? ["channel-binding", "database-url-parameter-unsupported"]
        : ["channel-binding"],
    decides:
      "channel_binding in the database URL, the driver's support for it, and whether a pooler ends TLS in between",
    matches: [
      "psycopg2.OperationalError: channel binding required, but SSL not in use",
      "channel binding is required, but server did not offer an authentication method that supports channel binding",
      "TypeError: connect() got an unexpected keyword argument 'channel_binding'",
      "FATAL:  SCRAM channel binding check failed",
    ],
    misses: ["using channel binding tls-server-end-point", "sales channel binding contract required"],
  }),
  signature({
    id: "tls-not-offered",
    patterns: [
      /server does not support (?:SSL|TLS)/,
      /rejected SSL upgrade/,
      /server refused TLS connection/,
      /Server refuses SSL/,
      /SSL is not enabled on the server/,
      /No SSL enabled connection from this host/,
      /when SSL support is not compiled in/,
      /wrong version number/,
      /WRONG_VERSION_NUMBER/,
      /alert protocol version/,
      /alert handshake failure/,
      /unsupported frontend protocol 1234\.\d+/,
      /server sent an error response during SSL exchange/,
      /SSL routines[^\n]{0,300}unsupported protocol/,
      /ssl module not available in this python/,
      /disconnected before secure TLS connection was established/,
    ],
    tier: "proof",
    causes: (_, { text }) => {
      if (/disconnected before secure TLS/.test(text)) return ["tls-not-supported", "connection-dropped"];
      return /wrong version number|WRONG_VERSION_NUMBER/.test(text)
        ? ["tls-not-supported", "database-url-malformed"]
        : ["tls-not-supported"];
    },
    decides: "whether that port speaks TLS at all: a local or pooled server often does not",
    matches: [
      "psycopg2.OperationalError: server does not support SSL, but SSL was required",
      "Error: The server does not support SSL connections",
      'ConnectionError: PostgreSQL server at "127.0.0.1:5432" rejected SSL upgrade',
      "pg8000.exceptions.InterfaceError: Server refuses SSL",
      "pq: SSL is not enabled on the server",
      "Npgsql.NpgsqlException: SSL connection requested. No SSL enabled connection from this host is configured.",
      "Error: Client network socket disconnected before secure TLS connection was established",
    ],
    misses: ["SSL is enabled on the server"],
  }),
  signature({
    id: "tls-demanded",
    patterns: [
      /requires TLS connections/,
      /SSL connection is required/,
      /SSL\/TLS required/,
      /allowed only with SSL connections/,
      /(?:FATAL|ERROR):\s+(?:SSL|TLS) required/,
      /server requires (?:SSL|TLS|encryption)/,
    ],
    tier: "proof",
    causes: ["tls-required"],
    decides: "the sslmode of the URL and whether the driver understands it",
    matches: [
      "FATAL:  This RDS Proxy requires TLS connections",
      "IAM authentication is allowed only with SSL connections.",
      "FATAL: SSL connection is required",
      "ERROR: SSL required",
    ],
    misses: ["SSL required: no"],
  }),
  signature({
    id: "tls-ca-file",
    patterns: [
      /(?:root )?certificate file "(?<file>[^"]*)" (?:does not exist|cannot be accessed)/,
      /could not (?:read|open|load|stat) (?:root )?certificate file "(?<unread>[^"]*)"/,
      /Could not open SSL root certificate file (?<jdbc>\S+)/,
      /could not load system root certificate paths/,
      /(?:load_verify_locations|load_cert_chain|sslrootcert)[\s\S]{0,2000}(?:FileNotFoundError|No such file)/,
      /(?:FileNotFoundError|No such file)[\s\S]{0,4000}(?:load_verify_locations|load_cert_chain|sslrootcert)/,
      /PEM routines:[^\n]{0,300}no start line/,
      /SSL error: no start line/,
      /(?:ENOENT|FileNotFoundError|No such file or directory|no such file or directory)[^\n]{0,300}?['":\s](?<path>[^'"\s]*(?:\.pem|\.crt|\.cer|ca-bundle)|system)['"]?/,
      /invalid path: (?<missing>\S+\.pem)/,
      /open (?<go>\S+\.(?:pem|crt)): no such file/,
    ],
    tier: "proof",
    causes: (_, { text }) =>
      /Permission denied/.test(text) ? ["permission-denied-files", "tls-ca-missing"] : ["tls-ca-missing"],
    decides: "whether the certificate file is in the package at the path that the URL or the code names",
    matches: [
      'connection to server at "db" (10.0.0.2), port 5432 failed: root certificate file "/home/sbx_user1051/.postgresql/root.crt" does not exist',
      "Error: ENOENT: no such file or directory, open '/var/task/certs/rds.pem'",
      "org.postgresql.util.PSQLException: Could not open SSL root certificate file /home/sbx_user1051/.postgresql/root.crt.",
      "FileNotFoundError: [Errno 2] No such file or directory: '/var/task/global-bundle.pem'",
      "OSError: Could not find a suitable TLS CA certificate bundle, invalid path: /var/task/certifi/cacert.pem",
    ],
    misses: ["wrote ca.pem", "ENOENT: no such file or directory, open '/var/task/report.html'"],
  }),
  signature({
    id: "tls-verify",
    patterns: [
      /certificate verify failed/,
      /CERTIFICATE_VERIFY_FAILED/,
      /self[- ]signed certificate/,
      /unable to get (?:local )?issuer certificate/,
      /unable to verify the first certificate/,
      /certificate has expired/,
      /does not match certificate's altnames/,
      /certificate for "[^"]*"(?: \(and \d+ other names?\))? does not match host name/,
      /\b(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|ERR_TLS_CERT_ALTNAME_INVALID|CERT_HAS_EXPIRED)\b/,
      /invalid peer certificate/,
      /x509: certificate/,
      /PKIX path building failed/,
      /Error opening a TLS connection/,
      /certificate's CN name does not match/,
      /certificate is not yet valid/,
      /alert (?:certificate (?:unknown|expired|required|revoked)|unknown ca|bad certificate)/,
      /hostname '[^']+' doesn't match/,
      /The remote certificate (?:is invalid|was rejected)/,
    ],
    tier: "proof",
    causes: (_, about) =>
      /local issuer|self[- ]signed certificate in certificate chain|SELF_SIGNED_CERT_IN_CHAIN|unknown authority|UnknownIssuer|PKIX/.test(
        about.text,
      )
        ? ["tls-verify-failed", "tls-ca-missing"]
        : ["tls-verify-failed"],
    decides:
      "the issuer of the server's certificate against the certificates that the client trusts, and the host name in it",
    matches: [
      "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)",
      "Error: self-signed certificate in certificate chain",
      'server certificate for "*.example.com" does not match host name "10.0.0.8"',
      "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: localhost.",
      "P1011: Error opening a TLS connection: error performing TLS handshake",
      "error communicating with database: invalid peer certificate: UnknownIssuer",
    ],
    misses: ["certificate verified", "The gift certificate has no expiry"],
  }),
];
