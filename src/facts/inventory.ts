// What is recorded of a Lambda package or layer: enough to predict its imports and to prove a finding, and none of its bytes.
import * as z from "zod";

/** The form that is written. Raised whenever more is read of a package, so that none is kept from before. */
export const inventoryVersion = 2;

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

/** A condition that a module tests while it is imported; null where it cannot be told in advance. */
export type Test =
  | { is: "const"; value: boolean }
  /** `sys.version_info`, or its first `take` parts, against a tuple. */
  | { is: "version"; op: string; value: number[]; take?: number }
  | { is: "platform"; of: "sys" | "os" | "system" | "implementation"; op: string; value: string }
  | { is: "name"; name: string }
  | { is: "none"; name: string }
  | { is: "env"; name: string }
  /** The name holds this text. */
  | { is: "equals"; name: string; value: string }
  /** The system's loader finds a library of this name (`pq` for libpq). */
  | { is: "library"; name: string }
  /** There is a file or folder at this path, seen from the folder of the module's file. */
  | { is: "path"; path: string }
  | { is: "not"; test: Test }
  | { is: "and" | "or"; tests: Test[] }
  | { is: "unknown" };

/** A piece of an error's text: literal, or what is filled in when it is raised. */
export type MessagePart = string | { fill: string };

export type ExceptHandler = {
  /** Names of the exceptions that are caught, without their module; empty for a bare `except:`. */
  catches: string[];
  as?: string;
  body: Step[];
  /** A context manager that may swallow the exception or not. */
  perhaps?: true;
};

/**
 * What importing a module does, in order, as far as imports depend on it.
 * `bind` gives names, `open` says that the names cannot be told (star of an unknown, `globals()`, `__getattr__`).
 */
export type Step =
  | { do: "import"; line: number; module: string; as?: string }
  | { do: "from"; line: number; level: number; module: string; names: { name: string; as?: string }[] }
  | { do: "bind"; names: string[] }
  | { do: "const"; name: string; value: boolean | string | null }
  | { do: "test"; name: string; test: Test }
  | { do: "open" }
  | { do: "return" | "break" | "continue" }
  /** The statement reads a name and nothing else: a NameError where it is not bound. */
  | { do: "need"; line: number; name: string }
  | { do: "metadata"; line: number; distribution: string }
  /** A function of the same file; `given` are its positional arguments that are literals or names. */
  | { do: "call"; line: number; name: string; given?: MessagePart[] }
  | { do: "raise"; line: number; type: string; message?: MessagePart[] }
  | { do: "try"; body: Step[]; handlers: ExceptHandler[]; orElse: Step[]; finally: Step[] }
  | { do: "if"; test: Test; body: Step[]; orElse: Step[] }
  | { do: "maybe"; body: Step[] }
  /** `any` has one round, which runs never or often; `endless` one that runs until it is left; `all` is written out. */
  | { do: "loop"; times: "any" | "endless" | "all"; rounds: Step[][]; orElse: Step[] };

const testSchema: z.ZodType<Test> = z.lazy(() =>
  z.union([
    z.object({ is: z.literal("const"), value: z.boolean() }),
    z.object({
      is: z.literal("version"),
      op: z.string(),
      value: z.array(z.number()),
      take: z.number().optional(),
    }),
    z.object({
      is: z.literal("platform"),
      of: z.enum(["sys", "os", "system", "implementation"]),
      op: z.string(),
      value: z.string(),
    }),
    z.object({ is: z.enum(["name", "none", "env", "library"]), name: z.string() }),
    z.object({ is: z.literal("equals"), name: z.string(), value: z.string() }),
    z.object({ is: z.literal("path"), path: z.string() }),
    z.object({ is: z.literal("not"), test: testSchema }),
    z.object({ is: z.enum(["and", "or"]), tests: z.array(testSchema) }),
    z.object({ is: z.literal("unknown") }),
  ]),
) as z.ZodType<Test>;

const messagePart = () => z.union([z.string(), z.object({ fill: z.string() })]);

const stepSchema: z.ZodType<Step> = z.lazy(() =>
  z.discriminatedUnion("do", [
    z.object({ do: z.literal("import"), line: z.number(), module: z.string(), as: z.string().optional() }),
    z.object({
      do: z.literal("from"),
      line: z.number(),
      level: z.number(),
      module: z.string(),
      names: z.array(z.object({ name: z.string(), as: z.string().optional() })),
    }),
    z.object({ do: z.literal("bind"), names: z.array(z.string()) }),
    z.object({ do: z.literal("const"), name: z.string(), value: z.union([z.boolean(), z.string(), z.null()]) }),
    z.object({ do: z.literal("test"), name: z.string(), test: testSchema }),
    z.object({ do: z.literal("open") }),
    z.object({ do: z.literal(["return", "break", "continue"]) }),
    z.object({ do: z.literal("need"), line: z.number(), name: z.string() }),
    z.object({ do: z.literal("metadata"), line: z.number(), distribution: z.string() }),
    z.object({
      do: z.literal("call"),
      line: z.number(),
      name: z.string(),
      given: z.array(messagePart()).optional(),
    }),
    z.object({
      do: z.literal("raise"),
      line: z.number(),
      type: z.string(),
      message: z.array(messagePart()).optional(),
    }),
    z.object({
      do: z.literal("try"),
      body: z.array(stepSchema),
      handlers: z.array(
        z.object({
          catches: z.array(z.string()),
          as: z.string().optional(),
          body: z.array(stepSchema),
          perhaps: z.literal(true).optional(),
        }),
      ),
      orElse: z.array(stepSchema),
      finally: z.array(stepSchema),
    }),
    z.object({
      do: z.literal("if"),
      test: testSchema,
      body: z.array(stepSchema),
      orElse: z.array(stepSchema),
    }),
    z.object({ do: z.literal("maybe"), body: z.array(stepSchema) }),
    z.object({
      do: z.literal("loop"),
      times: z.enum(["any", "endless", "all"]),
      rounds: z.array(z.array(stepSchema)),
      orElse: z.array(stepSchema),
    }),
  ]),
) as z.ZodType<Step>;

const pythonSource = () =>
  z.object({
    /** What importing it does. */
    steps: z.array(stepSchema),
    /** Bodies of the functions that importing it may call and that import or raise something. */
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
    /** `require` and static `import` at load time; the others run later or inside a try. */
    how: z.enum(["require", "import", "dynamic"]),
    when: z.enum(["load", "guarded", "later"]),
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
    /** Recordings of the older form are judged by what they have. */
    version: z.literal([1, inventoryVersion]),
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
