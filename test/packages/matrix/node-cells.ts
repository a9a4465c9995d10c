// How functions for Node are laid out in the field, right and wrong: what is loaded, by the real Node and by the prediction.

export type NodeCell = {
  name: string;
  /** `index.handler` unless it says otherwise. */
  handler?: string;
  files: Readonly<Record<string, string>>;
  /** It cannot be told from the code. */
  unknown?: true;
  layer?: Readonly<Record<string, string>>;
};

export const nodeCells: readonly NodeCell[] = [
  {
    name: "CommonJS that awaits outside any function",
    files: { "index.js": "const a = await Promise.resolve(1);\nexports.handler = async () => a;" },
  },
  {
    name: "CommonJS with a loop that awaits outside any function",
    files: { "index.js": "for await (const a of []) {}\nexports.handler = async () => 1;" },
  },
  {
    name: "CommonJS that awaits inside its functions",
    files: { "index.js": "exports.handler = async () => { for await (const a of []) {} return await 1; };" },
  },
  {
    name: "a module that awaits outside any function",
    files: { "index.mjs": "const a = await Promise.resolve(1);\nexport const handler = async () => a;" },
  },
  {
    name: "a required file that awaits outside any function",
    files: {
      "index.js": "const db = require('./db');\nexports.handler = async () => db;",
      "db.js": "const { x } = require('path');\nmodule.exports = await x;",
    },
  },
  {
    name: "a module that imports a package that is missing",
    files: {
      "index.mjs": "import pg from 'pg'; export const handler = async () => 1;",
    },
  },
  {
    name: "a module that imports a file without its extension",
    files: {
      "index.mjs": "import { x } from './db'; export const handler = async () => 1;",
      "db.mjs": "export const x=1",
    },
  },
  {
    name: "a module that imports a CommonJS file without its extension",
    files: {
      "index.mjs": "import { x } from './db'; export const handler = async () => 1;",
      "db.js": "exports.x=1",
    },
  },
  {
    name: "a module that imports a folder",
    files: {
      "index.mjs": "import { x } from './lib'; export const handler = async () => 1;",
      "lib/index.js": "exports.x=1",
    },
  },
  {
    name: "a module that imports a name that is not exported",
    files: {
      "index.mjs": "import { y } from './db.mjs'; export const handler = async () => 1;",
      "db.mjs": "export const x=1",
    },
  },
  {
    name: "a name that CommonJS exports only when it runs",
    files: {
      "index.mjs": "import { Pool } from 'pg'; export const handler = async () => 1;",
      "node_modules/pg/package.json": '{"name":"pg","main":"./lib/index.js"}',
      "node_modules/pg/lib/index.js": "class P{}; module.exports = new P()",
    },
  },
  {
    name: "a path into a package without its extension",
    files: {
      "index.mjs": "import 'pg/lib/x'; export const handler = async () => 1;",
      "node_modules/pg/lib/x.js": "",
      "node_modules/pg/package.json": '{"name":"pg","main":"./lib/index.js"}',
      "node_modules/pg/lib/index.js": "class P{}; module.exports = new P()",
    },
  },
  {
    name: "import of a path that a package does not export",
    files: {
      "index.mjs": "import 'a/b'; export const handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":{".":"./i.js"}}',
      "node_modules/a/i.js": "",
    },
  },
  {
    name: "require of a path that a package does not export",
    files: {
      "index.js": "require('a/b'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":{".":"./i.js"}}',
      "node_modules/a/i.js": "",
    },
  },
  {
    name: "require of a package that is for import only",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":{"import":"./i.mjs"}}',
      "node_modules/a/i.mjs": "export default 1",
    },
  },
  {
    name: "require of a package whose export is not there",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":"./gone.js"}',
    },
  },
  {
    name: "import of a package whose export is not there",
    files: {
      "index.mjs": "import 'a'; export const handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":"./gone.js"}',
    },
  },
  {
    name: "require of a package whose main is not there",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"main":"./gone.js"}',
    },
  },
  {
    name: "import of a package whose main is not there",
    files: {
      "index.mjs": "import 'a'; export const handler = async () => 1;",
      "node_modules/a/package.json": '{"main":"./gone.js"}',
    },
  },
  {
    name: "require of a package without a file to load",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/readme": "x",
    },
  },
  {
    name: "import of a package without a file to load",
    files: {
      "index.mjs": "import 'a'; export const handler = async () => 1;",
      "node_modules/a/readme": "x",
    },
  },
  {
    name: "require of a package that is a module",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"type":"module","main":"i.js"}',
      "node_modules/a/i.js": "export default 1",
    },
  },
  {
    name: "require of an .mjs file",
    files: {
      "index.js": "require('./x.mjs'); exports.handler = async () => 1;",
      "x.mjs": "export default 1",
    },
  },
  {
    name: "import in CommonJS",
    files: {
      "index.js": "import x from './x.js'; export const handler = async () => 1;",
      "x.js": "",
    },
  },
  {
    name: "export in CommonJS",
    files: {
      "index.js": "export const handler = async () => 1;",
    },
  },
  {
    name: "import of JSON",
    files: {
      "index.mjs": "import j from './x.json'; export const handler = async () => 1;",
      "x.json": "{}",
    },
  },
  {
    name: "import of JSON with its attribute",
    files: {
      "index.mjs": "import j from './x.json' with {type:'json'}; export const handler = async () => 1;",
      "x.json": "{}",
    },
  },
  {
    name: "require in a module",
    files: {
      "index.mjs": "const x = require('pg'); export const handler = async () => 1;",
    },
  },
  {
    name: "module.exports in a module",
    files: {
      "index.mjs": "module.exports = 1; export const handler = async () => 1;",
    },
  },
  {
    name: "exports in a file that its package makes a module",
    files: {
      "index.js": "exports.handler = 1",
      "package.json": '{"type":"module"}',
    },
  },
  {
    name: "require of an internal name that is not mapped",
    files: {
      "index.js": "require('#db'); exports.handler = async () => 1;",
      "package.json": '{"imports":{"#x":"./x.js"}}',
    },
  },
  {
    name: "import of an internal name that is not mapped",
    files: {
      "index.mjs": "import '#db'; export const handler = async () => 1;",
      "package.json": '{"imports":{"#x":"./x.js"}}',
    },
  },
  {
    name: "require of a module of Node that there is not",
    files: {
      "index.js": "require('node:nope'); exports.handler = async () => 1;",
    },
  },
  {
    name: "import of a module of Node that there is not",
    files: {
      "index.mjs": "import 'node:nope'; export const handler = async () => 1;",
    },
  },
  {
    name: "a missing package beside a CommonJS file that lacks another",
    files: {
      "index.mjs": "import './a.cjs'; import 'gone'; export const handler = async () => 1;",
      "a.cjs": "require('alsogone')",
    },
  },
  {
    name: "two missing packages, one of them deeper",
    files: {
      "index.mjs": "import './a.mjs'; import 'gone'; export const handler = async () => 1;",
      "a.mjs": "import 'alsogone'",
    },
  },
  {
    name: "a missing package beside a missing name",
    files: {
      "index.mjs": "import {x} from './a.mjs'; import {y} from 'gone'; export const handler = async () => 1;",
      "a.mjs": "export const z=1",
    },
  },
  {
    name: "a handler in a folder",
    handler: "sub/app.handler",
    files: {
      "sub/app.js": "exports.handler = async () => 1;",
    },
  },
  {
    name: "a handler in node_modules",
    handler: "app.handler",
    files: {
      "node_modules/app/index.js": "exports.handler = async () => 1;",
    },
  },
  {
    name: "a package whose package.json is damaged",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": "{bad",
      "node_modules/a/index.js": "",
    },
  },
  {
    name: "a package that imports itself by name",
    files: {
      "index.mjs": "import 'me/x'; export const handler = async () => 1;",
      "package.json": '{"name":"me","exports":{"./x":"./x.mjs"}}',
      "x.mjs": "",
    },
  },
  {
    name: "a package with a module for require and import",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":{"module-sync":"./i.mjs","default":"./gone.cjs"}}',
      "node_modules/a/i.mjs": "export default 1",
    },
  },
  {
    name: "a handler that is passed on from CommonJS",
    files: {
      "index.mjs": "export { handler } from './h.cjs'",
      "h.cjs": "module.exports = { handler: async () => 1 }",
    },
  },
  {
    name: "a handler that is passed on from what CommonJS makes",
    files: {
      "index.mjs": "export { handler } from './h.cjs'",
      "h.cjs": "module.exports = make(); function make(){return {handler(){}}}",
    },
  },
  {
    name: "require of a folder of a package",
    files: {
      "index.js": "require('a/lib/'); exports.handler = async () => 1;",
      "node_modules/a/lib/index.js": "",
    },
  },
  {
    name: "a path that a pattern excludes",
    files: {
      "index.js": "require('a/internal/x'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"exports":{"./*":"./*.js","./internal/*":null}}',
      "node_modules/a/internal/x.js": "",
    },
  },
  {
    name: "a handler in TypeScript",
    files: {
      "index.ts": "export const handler = async () => 1;",
    },
  },
  {
    name: "createRequire in a module",
    files: {
      "index.mjs":
        "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url); require('pg'); export const handler = async () => 1;",
    },
  },
  {
    name: "a native part that is a text",
    files: {
      "index.js": "require('./a.node'); exports.handler = async () => 1;",
      "a.node": "no library",
    },
  },
  {
    name: "an internal name by condition and pattern",
    files: {
      "index.mjs": "import '#db/pool'; import '#only'; export const handler = async () => 1;",
      "package.json": '{"imports":{"#db/*":{"import":"./db/*.mjs","default":"./db/*.js"},"#only":{"node":"pg"}}}',
      "db/pool.mjs": "",
      "node_modules/pg/index.js": "",
    },
  },
  {
    name: "what the compiler of TypeScript writes",
    handler: "dist/index.handler",
    files: {
      "dist/index.js":
        '"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); exports.handler = void 0; const db_1 = require("./db"); const handler = async () => db_1.pool; exports.handler = handler;',
      "dist/db.js":
        '"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); exports.pool = void 0; const pg_1 = require("pg"); exports.pool = new pg_1.Pool();',
      "node_modules/pg/index.js": "exports.Pool = class {};",
    },
  },
  {
    name: "what the compiler writes, without the package",
    handler: "dist/index.handler",
    files: {
      "dist/index.js": 'exports.handler = void 0; const db_1 = require("./db"); exports.handler = async () => db_1;',
      "dist/db.js": 'const pg_1 = require("pg"); exports.pool = pg_1;',
    },
  },
  {
    name: "a bundle with a package left outside",
    files: {
      "index.js":
        'var __defProp = Object.defineProperty; var __export = (t, a) => { for (var n in a) __defProp(t, n, { get: a[n], enumerable: true }); }; var __toCommonJS = (m) => m; var index_exports = {}; __export(index_exports, { handler: () => handler }); module.exports = __toCommonJS(index_exports); var import_pg = require("pg"); var handler = async () => import_pg;',
    },
  },
  {
    name: "a part for another system",
    files: {
      "index.js":
        "const native = process.platform === 'win32' ? require('pg-win') : null; exports.handler = async () => native;",
    },
  },
  {
    name: "a part under a condition that is there",
    files: {
      "index.js": "if (process.env.NO_SUCH_FLAG) require('./part'); exports.handler = async () => 1;",
      "part.js": "exports.x = 1;",
    },
  },
  {
    name: "a native part that is loaded under a condition",
    unknown: true,
    files: {
      "index.js": "if (process.env.NO_SUCH_FLAG) require('pg-native'); exports.handler = async () => 1;",
    },
  },
  {
    name: "exports that a function fills",
    files: { "index.js": "Object.assign(module.exports, { handler: async () => 1 });" },
  },
  {
    name: "star exports of a module",
    files: {
      "index.mjs": "import { one, two } from './all.mjs'; export const handler = async () => one + two;",
      "all.mjs": "export * from './a.mjs'; export * from './b.mjs';",
      "a.mjs": "export const one = 1;",
      "b.mjs": "export const three = 3;",
    },
  },
  {
    name: "a cycle of modules",
    files: {
      "index.mjs": "import { a } from './a.mjs'; export const handler = async () => a;",
      "a.mjs": "import { handler } from './index.mjs'; export const a = () => handler;",
    },
  },
  {
    name: "a package named like one of Node's with a slash behind",
    files: { "index.js": "require('punycode/'); exports.handler = async () => 1;" },
  },
  {
    name: "a handler by a path within its module",
    handler: "index.api.handler",
    files: { "index.js": "exports.api = { handler: async () => 1 };" },
  },
  {
    name: "a handler that the module has not",
    handler: "index.main",
    files: { "index.js": "exports.handler = async () => 1;" },
  },
  {
    name: "a package in a layer, by require",
    files: { "index.js": "require('pg'); exports.handler = async () => 1;" },
    layer: { "nodejs/node_modules/pg/index.js": "" },
  },
  {
    name: "a package in a layer, by import",
    files: { "index.mjs": "import 'pg'; export const handler = async () => 1;" },
    layer: { "nodejs/node_modules/pg/index.js": "" },
  },
  {
    name: "a folder of a package that is CommonJS within a module's package",
    files: {
      "index.js": "require('both'); exports.handler = async () => 1;",
      "node_modules/both/package.json":
        '{"type":"module","exports":{"require":"./cjs/index.js","default":"./index.js"}}',
      "node_modules/both/index.js": "export const one = 1;",
      "node_modules/both/cjs/package.json": '{"type":"commonjs"}',
      "node_modules/both/cjs/index.js": "exports.one = require('./two');",
      "node_modules/both/cjs/two.js": "module.exports = 2;",
    },
  },
  {
    name: "a module whose default is a text",
    files: {
      "index.mjs": "import text from './text.mjs'; export const handler = async () => text;",
      "text.mjs": "export default 'ffffffff-ffff';",
    },
  },
  {
    name: "require of a file of the same name in a module's package",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"type":"module","main":"src/index.js"}',
      "node_modules/a/src/index.js": "export default 1;",
    },
  },
  {
    name: "require of a module's package without the syntax of one",
    files: {
      "index.js": "require('a'); exports.handler = async () => 1;",
      "node_modules/a/package.json": '{"type":"module","main":"main.js"}',
      "node_modules/a/main.js": "console.error('loaded');",
    },
  },
];
