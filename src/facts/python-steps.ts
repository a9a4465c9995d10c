// What importing a Python module does, step by step, as far as imports depend on it.
import * as z from "zod";

/** A condition that a module tests while it is imported; null where it cannot be told in advance. */
export type Test =
  | { is: "const"; value: boolean }
  /** `sys.version_info`, or its first `take` parts, against a tuple. */
  | { is: "version"; op: string; value: number[]; take?: number }
  | { is: "platform"; of: "sys" | "os" | "system" | "implementation"; op: string; value: string }
  | { is: "name"; name: string }
  | { is: "none"; name: string }
  /** An environment variable's text; `otherwise` is what stands for one that is not set, if not None. */
  | { is: "env"; name: string; otherwise?: string }
  /** The name holds this text. */
  | { is: "equals"; name: string; value: string }
  /** The system's loader finds a library of this name (`pq` for libpq). */
  | { is: "library"; name: string }
  /** There is a file or folder at this path, seen from the folder of the module's file. */
  | { is: "path"; path: string }
  /** The version of an installed distribution, by its numbers. */
  | { is: "distribution"; name: string; op: string; value: number[] }
  | { is: "not"; test: Test }
  | { is: "and" | "or"; tests: Test[] }
  | { is: "unknown" };

/** A piece of an error's text: literal, or what is filled in when it is raised; with `join` the texts of a list. */
export type MessagePart = string | { fill: string; join?: string };

export type ExceptHandler = {
  /** Names of the exceptions that are caught, without their module; empty for a bare `except:`. */
  catches: string[];
  as?: string;
  body: Step[];
  /** A context manager that may swallow the exception or not; it is likely to where `catches` is empty. */
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
  /** Takes names away: `del handler`. */
  | { do: "unbind"; names: string[] }
  | { do: "const"; name: string; value: boolean | string | null }
  | { do: "test"; name: string; test: Test }
  /** The name holds an empty list, and a text is put at the end of it. */
  | { do: "list"; name: string }
  | { do: "append"; name: string; message: MessagePart[] }
  /** With `late` it is the functions of the module that may give names: its own modules are none of them. */
  | { do: "open"; late?: true }
  | { do: "return" | "break" | "continue" }
  /** The statement reads a name, or an attribute of what it stands for: an error where there is none. */
  | { do: "need"; line: number; name: string; attribute?: string }
  /** What the line imports is made up while it runs: `what` is the end of a sentence about the line. */
  | { do: "doubt"; line: number; what: string }
  /** Texts of a list that decides what is imported; `add` puts them to those that it has, without `texts` they cannot be told. */
  | { do: "texts"; name: "__all__" | "INSTALLED_APPS"; texts?: string[]; add?: true }
  /** Takes a folder out of `sys.path`: its first, or one that is named; without either it cannot be told which. */
  | { do: "unpath"; line: number; first?: true; folder?: string }
  /** A module that is loaded when something of it is first used. */
  | { do: "lazy"; line: number; module: string }
  /** Sets a variable of the process's environment that decides what is imported. */
  | { do: "environment"; name: string; value: string; onlyUnset?: true }
  /** Asks Django for something: to be set up, a class of a model, or settings given by code. */
  | { do: "django"; line: number; wants: "setup" | "models" | "configure" }
  /**
   * Changes where modules are searched: `sys.path`, or the `__path__` of the module itself (`of` is empty) or of another.
   * The folders are absolute, or seen from the file's folder (`./x`); without them what it adds cannot be told.
   * `site` also reads the `.pth` files in them; `importer` puts in an importer of the module's own.
   */
  | {
      do: "path";
      line: number;
      by: "sys" | "package" | "site" | "importer";
      of?: string;
      at?: number;
      folders?: string[];
    }
  /** Puts a module under a name by itself: `sys.modules["x"] = y`. None there makes its imports fail; it may be taken out. */
  | { do: "alias"; module: string; to?: "none" | "nothing" }
  | { do: "metadata"; line: number; distribution: string }
  /** Imports the module whose name is the text that `name` holds. */
  | { do: "load"; line: number; name: string }
  /** Opens a library by itself; without `name` which one is not known, a name with `./` or `../` is seen from the file's folder. */
  | { do: "dlopen"; line: number; by: "ctypes" | "cffi" | "pycryptodome"; name?: string }
  /** A function of the same file, or one that was imported from another; `given` are its positional arguments that are literals or names. */
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
    z.object({ is: z.enum(["name", "none", "library"]), name: z.string() }),
    z.object({ is: z.literal("env"), name: z.string(), otherwise: z.string().optional() }),
    z.object({ is: z.literal("equals"), name: z.string(), value: z.string() }),
    z.object({ is: z.literal("path"), path: z.string() }),
    z.object({ is: z.literal("distribution"), name: z.string(), op: z.string(), value: z.array(z.number()) }),
    z.object({ is: z.literal("not"), test: testSchema }),
    z.object({ is: z.enum(["and", "or"]), tests: z.array(testSchema) }),
    z.object({ is: z.literal("unknown") }),
  ]),
) as z.ZodType<Test>;

const messagePart = () => z.union([z.string(), z.object({ fill: z.string(), join: z.string().optional() })]);

/** The zod schema of a step. */
export const stepSchema: z.ZodType<Step> = z.lazy(() =>
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
    z.object({ do: z.literal("unbind"), names: z.array(z.string()) }),
    z.object({ do: z.literal("const"), name: z.string(), value: z.union([z.boolean(), z.string(), z.null()]) }),
    z.object({ do: z.literal("test"), name: z.string(), test: testSchema }),
    z.object({ do: z.literal("list"), name: z.string() }),
    z.object({ do: z.literal("append"), name: z.string(), message: z.array(messagePart()) }),
    z.object({ do: z.literal("open"), late: z.literal(true).optional() }),
    z.object({ do: z.literal(["return", "break", "continue"]) }),
    z.object({ do: z.literal("need"), line: z.number(), name: z.string(), attribute: z.string().optional() }),
    z.object({ do: z.literal("doubt"), line: z.number(), what: z.string() }),
    z.object({
      do: z.literal("texts"),
      name: z.enum(["__all__", "INSTALLED_APPS"]),
      texts: z.array(z.string()).optional(),
      add: z.literal(true).optional(),
    }),
    z.object({
      do: z.literal("unpath"),
      line: z.number(),
      first: z.literal(true).optional(),
      folder: z.string().optional(),
    }),
    z.object({ do: z.literal("lazy"), line: z.number(), module: z.string() }),
    z.object({
      do: z.literal("environment"),
      name: z.string(),
      value: z.string(),
      onlyUnset: z.literal(true).optional(),
    }),
    z.object({ do: z.literal("django"), line: z.number(), wants: z.enum(["setup", "models", "configure"]) }),
    z.object({
      do: z.literal("path"),
      line: z.number(),
      by: z.enum(["sys", "package", "site", "importer"]),
      of: z.string().optional(),
      at: z.number().optional(),
      folders: z.array(z.string()).optional(),
    }),
    z.object({ do: z.literal("alias"), module: z.string(), to: z.enum(["none", "nothing"]).optional() }),
    z.object({ do: z.literal("metadata"), line: z.number(), distribution: z.string() }),
    z.object({ do: z.literal("load"), line: z.number(), name: z.string() }),
    z.object({
      do: z.literal("dlopen"),
      line: z.number(),
      by: z.enum(["ctypes", "cffi", "pycryptodome"]),
      name: z.string().optional(),
    }),
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
