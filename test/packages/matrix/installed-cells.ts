// Cells of whole installations, as `pip install --target` lays them down: projects whose imports go other ways than most.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Cell } from "./cells.ts";
import type { Platform } from "./wheels.ts";

type Target = readonly [python: string, platform: Platform];

const own: Target = ["3.11", "linux-x86_64"];
const mac: Target = ["3.11", "macos-arm64"];
const few: readonly Target[] = [own, mac, ["3.12", "linux-aarch64"], ["3.11", "musl-x86_64"]];
const many: readonly Target[] = [
  ...few,
  ["3.12", "linux-x86_64"],
  ["3.11", "windows"],
  ["3.11", "linux-aarch64"],
  ["3.13", "macos-x86_64"],
  ["3.9", "linux-x86_64"],
];

/** With `source` a module `app` of it lies beside them. */
type Installation = readonly [
  requirements: readonly string[],
  modules: readonly string[],
  targets: readonly Target[],
  source?: string,
];

const bareEngine = "from sqlalchemy import create_engine\nengine = create_engine('postgresql://u@h/d')\n";

const installations: readonly Installation[] = [
  // A function that may return before it raises, called while the module is imported.
  [["tiktoken==0.9.0"], ["tiktoken"], few],
  [["regex==2024.11.6"], ["regex"], few],
  // Rust that imports Python modules by itself.
  [["cryptography==41.0.7"], ["cryptography.fernet"], many],
  [["cryptography==3.4.8"], ["cryptography.hazmat.backends.openssl.backend"], few],
  [["bcrypt==4.2.1"], ["bcrypt"], few],
  // Foreign functions of cffi: one compiled module that asks for another.
  [["PyNaCl==1.5.0"], ["nacl.signing"], many],
  [["argon2-cffi==23.1.0"], ["argon2"], few],
  [["pycryptodome==3.21.0"], ["Crypto.Cipher.AES"], many],
  // Compiled parts with another way beside them.
  [["PyYAML==6.0.2"], ["yaml"], few],
  [["aiohttp==3.11.12"], ["aiohttp"], few],
  [["msgpack==1.1.0"], ["msgpack"], few],
  [["simplejson==3.19.3"], ["simplejson"], few],
  [["markupsafe==3.0.2"], ["markupsafe"], few],
  [["zstandard==0.23.0"], ["zstandard"], many],
  [["wrapt==1.17.2"], ["wrapt"], few],
  [["protobuf==5.29.3"], ["google.protobuf.message"], few],
  [["protobuf==3.20.3"], ["google.protobuf.descriptor_pb2"], few],
  // Compiled modules only.
  [["orjson==3.10.15"], ["orjson"], few],
  [["lxml==5.3.1"], ["lxml.etree"], few],
  [["grpcio==1.70.0"], ["grpc"], few],
  [["Pillow==11.1.0"], ["PIL.Image"], many],
  [["numpy==1.26.4"], ["numpy"], few],
  [["gevent==24.11.1"], ["gevent"], few],
  // What stands before a database's driver.
  [["Django==4.2.19", "psycopg2-binary==2.9.9"], ["django.db.backends.postgresql.base"], many],
  [["Django==5.1.6", "psycopg[binary]==3.2.4"], ["django.db.backends.postgresql.base"], few],
  [["Django==5.1.6"], ["django.db.backends.postgresql.base"], [own]],
  [["SQLAlchemy==1.4.46"], ["sqlalchemy.ext.asyncio"], few],
  [["SQLAlchemy==2.0.25", "greenlet"], ["sqlalchemy.ext.asyncio"], few],
  [["psycopg[binary,pool]==3.2.4"], ["psycopg_pool", "psycopg"], many],
  [["psycopg[pool]==3.2.4"], ["psycopg_pool"], [own]],
  [["pydantic==1.10.21"], ["pydantic"], few],
  [["pydantic==2.10.6"], ["pydantic"], many],
  // Engines whose driver the version chooses.
  [["SQLAlchemy==2.0.30", "psycopg2-binary==2.9.9"], ["app"], [own, mac, ["3.12", "linux-x86_64"]], bareEngine],
  [["SQLAlchemy==1.4.52", "psycopg2-binary==2.9.9"], ["app"], [own, ["3.11", "windows"]], bareEngine],
  [["SQLAlchemy==2.0.30"], ["app"], [own], bareEngine],
  // Sources that the grammar does not know, and a variable that is not set.
  [["pydantic==2.5.3", "pydantic-settings==2.1.0"], ["pydantic_settings"], [own, mac]],
  [["pymupdf==1.24.4"], ["fitz"], [own, mac]],
  // Compiled modules that make further modules, and those that another file's function is given by name.
  [["duckdb==0.10.3"], ["duckdb"], [own, mac]],
  [["pyzmq==26.0.3"], ["zmq"], [own, mac, ["3.12", "linux-x86_64"]]],
  [["pyzmq==24.0.1"], ["zmq"], [own, ["3.11", "linux-aarch64"]]],
  [["gevent==23.9.1"], ["gevent.monkey"], [own, ["3.11", "windows"], ["3.12", "linux-x86_64"]]],
  // Libraries that code opens by itself.
  [["pycryptodomex==3.20.0"], ["Cryptodome.Cipher.AES"], many.slice(0, 7)],
  [["soundfile==0.12.1"], ["soundfile"], [own, mac, ["3.11", "windows"]]],
  [["cairocffi==1.7.0"], ["cairocffi"], [own, mac]],
  [["pypdfium2==4.30.0"], ["pypdfium2"], [own, mac, ["3.11", "windows"], ["3.11", "linux-aarch64"]]],
  [["lightgbm==4.3.0", "numpy==1.26.4"], ["lightgbm"], [own, mac]],
  // Texts that are collected before they are raised.
  [["pandas==2.2.2", "numpy==1.26.4"], ["pandas"], [own, mac, ["3.12", "linux-x86_64"]]],
  // What else is imported on Lambda beside a database.
  [["PyJWT[crypto]==2.8.0"], ["jwt"], [own, mac, ["3.11", "windows"]]],
  [["aiopg==1.4.0", "psycopg2-binary==2.9.9"], ["aiopg"], [own, mac]],
  [["pgvector==0.3.0"], ["pgvector.psycopg2"], [own]],
  [["tortoise-orm[asyncpg]==0.20.1"], ["tortoise"], [own, mac]],
  [["databases==0.9.0"], ["databases.backends.asyncpg"], [own]],
  [["aws-lambda-powertools[parser]==2.38.1"], ["aws_lambda_powertools.utilities.parser"], [own, mac]],
  [["aws-lambda-powertools==2.38.1"], ["aws_lambda_powertools.utilities.validation"], [own]],
  [["requests==2.31.0"], ["requests"], [own, mac, ["3.11", "windows"]]],
  [["psutil==5.9.8"], ["psutil"], [own, mac, ["3.11", "windows"]]],
  [
    ["mangum==0.17.0", "fastapi==0.111.0"],
    ["mangum", "fastapi"],
    [own, mac],
  ],
  [["opentelemetry-instrumentation-psycopg2==0.45b0"], ["opentelemetry.instrumentation.psycopg2"], [own]],
];

/** The cells of installations: fetched by pip on the first run, some hundred megabytes in all. */
export function installedCells(): Cell[] {
  return installations.flatMap(([requirements, modules, targets, source]) =>
    targets.map(([python, platform]): Cell => ({
      name: `${requirements.join(" ")} cp${python.replace(".", "")} ${platform}`,
      wheels: [],
      installed: { requirements, python, platform },
      modules: [...modules],
      ...(source === undefined
        ? {}
        : { change: (folder: string) => writeFileSync(path.join(folder, "app.py"), source) }),
    })),
  );
}
