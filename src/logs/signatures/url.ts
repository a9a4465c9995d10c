// The database URL as the application, Node and the ORMs read it.
import { signature } from "../signature.ts";

const databaseVariable = String.raw`(?<!TEST_)(?:DATABASE_URL|DB_URL|POSTGRES(?:QL)?_(?:URL|URI|PRISMA_URL|HOST|DSN|USER|PASSWORD|DB|PORT)|PG_?(?:HOST|URL|DSN|URI|USER|PASSWORD|DATABASE|PORT)|DB_(?:HOST|DSN|URI|USER(?:NAME)?|PASS(?:WORD)?|NAME|PORT)|DIRECT_URL|SQLALCHEMY_DATABASE_URI|NEON_DATABASE_URL|DATABASE_(?:URI|DSN|HOST|USER(?:NAME)?|PASSWORD|NAME|PORT))`;

const readOfVariable = String.raw`os\.(?:getenv|environ\.get)\(['"](?<name>${databaseVariable})['"]\)`;
const ofNone = String.raw`(?:'NoneType' object has no attribute '(?:replace|startswith|split|strip|encode|format|lower)'|not '?NoneType\b|got NoneType\b|int\(\) with base 10: 'None')`;

export const urlSignatures = [
  signature({
    id: "url-variable-missing",
    patterns: [
      new RegExp(String.raw`KeyError: ['"]?(?<name>${databaseVariable})['"]?`),
      new RegExp(
        String.raw`(?<name>${databaseVariable})\b['"\x60]?\s*(?:environment variable |env var |variable )?(?:is |are |was |has )?(?:not (?:been )?(?:set|defined|configured|found|provided|present)|missing|empty|undefined|required|unset|blank|must be (?:set|provided|defined))`,
      ),
      new RegExp(
        String.raw`(?:[Mm]issing|[Nn]o|[Uu]ndefined|[Ee]mpty|[Rr]equired)(?: required)?(?: (?:environment|env|config\w*))?(?: (?:variable|var|value|setting))?(?: for)?:? ['"\x60]?(?<name>${databaseVariable})\b`,
      ),
      new RegExp(String.raw`(?<name>${databaseVariable.toLowerCase()}|${databaseVariable})\n\s+[Ff]ield required`),
    ],
    tier: "proof",
    causes: ["database-url-empty"],
    decides: "that variable in the function's configuration as it is deployed",
    matches: [
      "KeyError: 'DATABASE_URL'",
      "Error: DATABASE_URL is not set",
      "RuntimeError: Missing required environment variable: DATABASE_URL",
      "ValidationError: 1 validation error for Settings\ndatabase_url\n  Field required [type=missing]".replace(
        "database_url",
        "DATABASE_URL",
      ),
      "ValueError: DB_HOST must be set",
    ],
    misses: ["INFO DATABASE_URL is set (host db.example.com)", "KeyError: 'owner'"],
  }),
  signature({
    id: "url-variable-of-none",
    // The line of code that the traceback shows reads the variable; Lambda prints the error before it, Python behind it.
    patterns: [
      new RegExp(String.raw`${ofNone}[\s\S]{0,3000}?${readOfVariable}`),
      new RegExp(String.raw`${readOfVariable}[\s\S]{0,3000}?${ofNone}`),
    ],
    tier: "proof",
    causes: ["database-url-empty"],
    decides: "that variable in the function's configuration as it is deployed",
    matches: [
      `[ERROR] AttributeError: 'NoneType' object has no attribute 'replace'\nTraceback (most recent call last):\n  File "/var/task/db.py", line 5, in <module>\n    url = os.getenv('DATABASE_URL').replace('a', 'b')`,
      `    url = os.environ.get("DATABASE_URL").strip()\nAttributeError: 'NoneType' object has no attribute 'strip'`,
    ],
    misses: [
      `    name = os.environ.get("TENANT").strip()\nAttributeError: 'NoneType' object has no attribute 'strip'`,
      `    url = os.environ.get("DATABASE_URL").strip()\nValueError: too short`,
    ],
  }),
  signature({
    id: "url-invalid-node",
    patterns: [
      /(?:TypeError(?: \[ERR_INVALID_URL\])?: Invalid URL|ERR_INVALID_URL)(?:[\s\S]{0,200}?input: ['"](?<input>[^'"\n]*)['"])?/,
      /is not a valid URL\. Connection string/,
      /URIError: URI malformed[\s\S]{0,1500}?(?:pg-connection-string|postgres)/,
      /the URL must start with the protocol/,
      /Cannot read propert\w+ [^\n]{0,300}searchParams/,
    ],
    causes: ({ input }, about) => {
      const text = about.text;
      if (input === "" || input === "undefined" || /Connection string: (?:undefined|null)\b/.test(text))
        return ["database-url-empty", "database-url-malformed"];
      const aboutDatabase =
        /postgres|pg-connection|[Pp]risma|DATABASE|datasource|neon|searchParams|Connection string|database/i.test(
          text,
        ) || input === undefined;
      return aboutDatabase ? ["database-url-malformed", "database-url-empty"] : [];
    },
    decides: "the shape of the database URL: scheme, percent-encoding of the password, quotes that were stored with it",
    matches: [
      "TypeError [ERR_INVALID_URL]: Invalid URL\n  input: 'postgres://app:pa#ss@db.example.com/app'",
      "error: Error validating datasource `db`: the URL must start with the protocol `postgresql://` or `postgres://`.",
      "TypeError: Invalid URL\n    at new URL (node:internal/url:775:36)\n  input: ''",
      "URIError: URI malformed\n    at parse (/var/task/node_modules/pg-connection-string/index.js:40:21)",
    ],
    misses: ["Invalid URL in the customer's profile was skipped", "TypeError: Invalid URL\n  input: 'htp:/example'"],
  }),
];
