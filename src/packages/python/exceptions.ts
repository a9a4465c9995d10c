// Which `except` clauses catch which exceptions, as far as Python's own classes tell it.

/** The builtin exceptions below Exception, and those of the standard library that imports raise, by what they derive from. */
const derived: Record<string, string> = {
  Exception: `ArithmeticError AssertionError AttributeError BufferError EOFError ImportError LookupError MemoryError
    NameError OSError ReferenceError RuntimeError StopAsyncIteration StopIteration SyntaxError SystemError TypeError
    ValueError Warning`,
  ArithmeticError: "FloatingPointError OverflowError ZeroDivisionError",
  ImportError: "ModuleNotFoundError ZipImportError",
  ModuleNotFoundError: "PackageNotFoundError",
  LookupError: "IndexError KeyError",
  NameError: "UnboundLocalError",
  OSError: `BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError InterruptedError
    IsADirectoryError NotADirectoryError PermissionError ProcessLookupError TimeoutError`,
  ConnectionError: "BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError",
  RuntimeError: "NotImplementedError RecursionError",
  SyntaxError: "IndentationError",
  IndentationError: "TabError",
  ValueError: "UnicodeError JSONDecodeError",
  UnicodeError: "UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError",
  Warning: `BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning PendingDeprecationWarning
    ResourceWarning RuntimeWarning SyntaxWarning UnicodeWarning UserWarning`,
};
const parents = new Map(
  Object.entries(derived).flatMap(([parent, names]) =>
    names.split(/\s+/).map((name): [string, string] => [name, parent]),
  ),
);
const aliases: Record<string, string> = { IOError: "OSError", EnvironmentError: "OSError" };

/**
 * Whether an `except` clause that names `caught` catches an exception of class `type`; undefined where that depends on a
 * class or a name of somebody's own.
 */
export function mayCatch(caught: readonly string[], type: string): boolean | undefined {
  if (type === "crash") return false;
  if (caught.length === 0) return true;
  const names = caught.map((name) => aliases[name] ?? name);
  if (names.includes("BaseException")) return true;
  // Classes beside Exception; a panic of Rust is one.
  if (type === "SystemExit" || type === "KeyboardInterrupt" || type === "PanicException") return names.includes(type);
  if (names.includes("Exception")) return true;
  for (let name: string | undefined = type; name !== undefined; name = parents.get(name)) {
    if (names.includes(name)) return true;
  }
  // A class of one's own may derive from any; one of Python's own is caught by another name only where that is a variable.
  if (!parents.has(type)) return undefined;
  return names.some((name) => !parents.has(name) && isVariable(name)) ? undefined : false;
}

/** A name as it is given to a variable or a tuple of classes, not to a class. */
function isVariable(name: string): boolean {
  return !/^[A-Z]\w*[a-z]/.test(name) || /(?:Errors|Exceptions)$/.test(name);
}
