// What is recorded of a Lambda package or layer: enough to predict its imports and to prove a finding, and none of its bytes.
import * as z from "zod";
import { stepSchema } from "./python-steps.ts";

export type { ExceptHandler, MessagePart, Step, Test } from "./python-steps.ts";

/** The form that is written. Raised whenever more is read of a package, so that none is kept from before. */
export const inventoryVersion = 8;

const elfFacts = () =>
  z.object({
    format: z.literal("elf"),
    size: z.number(),
    bits: z.union([z.literal(32), z.literal(64)]),
    machine: z.string(),
    type: z.enum(["relocatable", "executable", "shared", "core", "other"]),
    soname: z.string().optional(),
    needed: z.array(z.string()),
    rpath: z.array(z.string()).optional(),
    runpath: z.array(z.string()).optional(),
    /** The versions that each library must offer, in the order in which the loader looks. */
    versions: z.array(z.object({ library: z.string(), names: z.array(z.string()) })),
    /** Names of the Python modules that the file can initialise (`PyInit_<name>`). */
    inits: z.array(z.string()),
    /** Python modules that it imports by itself, as far as their names are looked for in its bytes. */
    mentions: z.array(z.string()).optional(),
    bigEndian: z.literal(true).optional(),
    /** The file is shorter than an ELF header. */
    headerOnly: z.literal(true).optional(),
    /** Only a head of the file was read, and the tables lie beyond it. */
    partial: z.literal(true).optional(),
    /** How many bytes its segments claim beyond its end: it was cut off. */
    missingBytes: z.number().optional(),
    /** Why the loader refuses it, as the end of a sentence about the file. */
    unreadable: z.string().optional(),
  });

const nativeFacts = () =>
  z.discriminatedUnion("format", [
    elfFacts(),
    z.object({ format: z.literal("macho"), size: z.number(), cpus: z.array(z.string()) }),
    z.object({ format: z.literal("pe"), size: z.number(), machine: z.string() }),
    z.object({
      format: z.enum(["empty", "text", "git-lfs-pointer", "archive", "wasm", "unknown"]),
      size: z.number(),
    }),
  ]);

const pythonSource = () =>
  z.object({
    /** What importing it does. */
    steps: z.array(stepSchema),
    /** Bodies of the functions that importing it, or a file that imports them from it, may call and that import or raise something. */
    functions: z
      .record(
        z.string(),
        z.object({
          takes: z.array(z.string()),
          steps: z.array(stepSchema),
          /** Names of the module that it sets. */
          globals: z.array(z.string()).optional(),
          /** Its name may stand for something else when it is called: defined twice, or decorated. */
          perhaps: z.literal(true).optional(),
          /** Only other files may call it. */
          exported: z.literal(true).optional(),
        }),
      )
      .optional(),
    /** Imports inside functions: they run when the function is called. */
    later: z.array(z.object({ line: z.number(), level: z.number(), module: z.string(), guarded: z.boolean() })),
    /** The oldest Python 3 minor version whose grammar it needs, with the line that needs it. */
    grammar: z.object({ minor: z.number(), line: z.number(), text: z.string() }).optional(),
    /** The first place that no version's grammar allows. */
    syntaxError: z.object({ line: z.number(), text: z.string() }).optional(),
  });

const nodeImport = () =>
  z.object({
    line: z.number(),
    specifier: z.string(),
    /** `require` and static `import` at load time; the others run later, inside a try, or perhaps: under a condition. */
    how: z.enum(["require", "import", "dynamic"]),
    when: z.enum(["load", "perhaps", "guarded", "later"]),
    /** Names that a static import takes, `default` and the whole namespace aside. */
    names: z.array(z.string()).optional(),
    /** The braces of a static import as they are written, where they stand on one line: Node's messages quote them. */
    clause: z.string().optional(),
    /** It says `with { type: "json" }`. */
    json: z.literal(true).optional(),
  });

const nodeSource = () =>
  z.object({
    imports: z.array(nodeImport()),
    /** Names that it exports, as far as they are written out; `open` when more may be added. */
    exports: z.array(z.string()),
    open: z.boolean(),
    /** What `export * from` names, where that is all that keeps the exports open. */
    stars: z.array(z.string()).optional(),
    /** The names that a CommonJS file is known to export without being run, as Node's own lexer tells them. */
    lexed: z.object({ names: z.array(z.string()), from: z.array(z.string()) }).optional(),
    /** The first name of CommonJS that its top level reads and does not declare: an ES module has none of them. */
    needs: z.object({ name: z.enum(["require", "module", "exports"]), line: z.number() }).optional(),
    /** The first `await` outside any function, or a loop that awaits: only an ES module may have one. */
    awaits: z.object({ line: z.number(), loop: z.literal(true).optional() }).optional(),
    /** Which module system its syntax needs. */
    syntax: z.enum(["cjs", "esm", "either"]),
    /** The first place the grammar does not allow. */
    syntaxError: z.object({ line: z.number(), text: z.string() }).optional(),
  });

const nodePackage = () =>
  z.object({
    name: z.string().optional(),
    version: z.string().optional(),
    type: z.string().optional(),
    main: z.string().optional(),
    /** The `exports` and `imports` fields as they stand. */
    exports: z.unknown().optional(),
    imports: z.unknown().optional(),
    dependencies: z.array(z.string()).optional(),
    /** Names of the optional dependencies: where compiled parts come as packages, one for each system. */
    optional: z.array(z.string()).optional(),
    /** Where it keeps a compiled part: file name, folder, and the newest version of Node's interface among them. */
    binary: z.object({ name: z.string(), path: z.string(), napi: z.number().optional() }).optional(),
    damaged: z.literal(true).optional(),
  });

const distribution = () =>
  z.object({
    /** The folder of its metadata, `pg8000-1.30.5.dist-info`. */
    path: z.string(),
    name: z.string(),
    version: z.string(),
    /** Import names: from top_level.txt, else from its RECORD, else guessed from its name. */
    topLevel: z.array(z.string()),
    requires: z.array(z.string()),
    requiresPython: z.string().optional(),
    /** `Tag:` lines of WHEEL: a hint of the platform that it was built for. */
    tags: z.array(z.string()),
    /** Native files that its RECORD lists, whether or not they are in the package. */
    natives: z.array(z.string()),
    editable: z.literal(true).optional(),
  });

/** What kind of statement in the function's own code a source fact shows. */
const sourceFactKinds = [
  "cursor-in-with",
  "connection-in-with",
  "connect-call",
  "engine-call",
  "env-read",
  /** `options.pop("sslmode")`: taken out of a dictionary that may go on to the driver. */
  "option-taken",
  "ssm-read",
  "secret-read",
  "sql-table",
] as const;

const sourceFact = () =>
  z.object({
    kind: z.enum(sourceFactKinds),
    file: z.string(),
    line: z.number(),
    /** The line as written, shortened, with literals that may be secrets masked. */
    text: z.string(),
    /** The callee, the environment variable, the parameter's or the table's name. */
    name: z.string(),
    /** Names of the keywords that a call passes; `**` when a dictionary is unpacked into it. */
    keywords: z.array(z.string()).optional(),
    /** Whole numbers that a call passes, by their keyword or their place among the arguments ("0" is the first). */
    numbers: z.record(z.string(), z.number()).optional(),
  });

const problem = () => z.object({ kind: z.string(), path: z.string().optional(), text: z.string() });

const cut = () => z.object({ what: z.string(), limit: z.number(), left: z.number(), text: z.string() });

/**
 * A file's row in its folder: name, length in bytes, and its permission bits when they are not 0644
 * (`-1` when the archive stores none); a link has its type bits too.
 */
const fileRow = () => z.union([z.tuple([z.string(), z.number()]), z.tuple([z.string(), z.number(), z.number()])]);

/** The zod schema of an inventory; what a recorded reply is checked against when it enters. */
export const inventorySchema = z.lazy(() =>
  z.object({
    /** Recordings of the older forms are judged by what they have. */
    version: z.literal([1, 2, 3, 4, 5, 6, 7, inventoryVersion]),
    source: z.enum(["zip", "folder"]),
    /** Length of the archive in bytes; of a folder, the sum of its files. */
    bytes: z.number(),
    unpackedBytes: z.number(),
    files: z.number(),
    /** Files by folder; the package's root is "". Names are as stored, backslashes included. */
    folders: z.record(z.string(), z.array(fileRow())),
    /** Folders whose permission bits are not 0755. */
    folderModes: z.record(z.string(), z.number()),
    problems: z.array(problem()),
    native: z.record(z.string(), nativeFacts()),
    distributions: z.array(distribution()),
    python: z.record(z.string(), pythonSource()),
    /** Lines of `.pth` files that name a folder or import something. */
    pth: z.record(z.string(), z.array(z.string())),
    node: z.object({ sources: z.record(z.string(), nodeSource()), packages: z.record(z.string(), nodePackage()) }),
    sourceFacts: z.array(sourceFact()),
    /** What was left unread, and which bound it met. */
    cut: z.array(cut()),
    /** How many bytes of the package were read to know this. */
    bytesRead: z.number(),
  }),
);

export type ElfFacts = z.infer<ReturnType<typeof elfFacts>>;
export type PythonFunction = NonNullable<PythonSource["functions"]>[string];
export type NativeFacts = z.infer<ReturnType<typeof nativeFacts>>;
export type PythonSource = z.infer<ReturnType<typeof pythonSource>>;
export type NodeSource = z.infer<ReturnType<typeof nodeSource>>;
export type NodeImport = z.infer<ReturnType<typeof nodeImport>>;
export type NodePackage = z.infer<ReturnType<typeof nodePackage>>;
export type Distribution = z.infer<ReturnType<typeof distribution>>;
export type SourceFact = z.infer<ReturnType<typeof sourceFact>>;
export type SourceFactKind = (typeof sourceFactKinds)[number];
export type InventoryProblem = z.infer<ReturnType<typeof problem>>;
export type InventoryCut = z.infer<ReturnType<typeof cut>>;
export type FileRow = z.infer<ReturnType<typeof fileRow>>;
export type Inventory = z.infer<typeof inventorySchema>;
