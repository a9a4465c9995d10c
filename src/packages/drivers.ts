// Which import names are Postgres drivers, and which distributions bring them.

/** Python import names of Postgres drivers with the distributions that bring them, the usual one first. */
export const pythonDrivers: Readonly<Record<string, readonly string[]>> = {
  psycopg2: ["psycopg2-binary", "psycopg2", "aws-psycopg2"],
  psycopg: ["psycopg"],
  pg8000: ["pg8000"],
  asyncpg: ["asyncpg"],
  aiopg: ["aiopg"],
  psycopg2cffi: ["psycopg2cffi"],
  pgdb: ["PyGreSQL"],
  postgresql: ["py-postgresql"],
};

/** Node package names of Postgres clients. */
export const nodeDrivers: ReadonlySet<string> = new Set([
  "pg",
  "postgres",
  "pg-promise",
  "pg-native",
  "@neondatabase/serverless",
  "@prisma/client",
  "slonik",
]);

/**
 * Import names that no function's own code has: drivers, and what they and common clients are made of. A package
 * whose metadata was stripped is recognised by them; every other folder without metadata counts as the function's own.
 */
export const thirdPartyModules: ReadonlySet<string> = new Set([
  ...Object.keys(pythonDrivers),
  ..."psycopg_c psycopg_binary psycopg_pool scramp asn1crypto dateutil six async_timeout typing_extensions".split(" "),
  ..."greenlet sqlalchemy alembic boto3 botocore s3transfer jmespath urllib3 requests certifi idna".split(" "),
  ..."charset_normalizer chardet yaml pydantic pydantic_core annotated_types typing_inspection cryptography".split(" "),
  ..."cffi pycparser numpy pandas pytz tzdata aws_lambda_powertools aws_xray_sdk wrapt jinja2 markupsafe".split(" "),
  ..."setuptools pkg_resources pip wheel attr attrs click httpx httpcore anyio sniffio h11 simplejson".split(" "),
]);
