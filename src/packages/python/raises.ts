// Steps that raise: `raise` itself, names that are not there, and metadata that is missing.
import type { MessagePart, Step } from "../../facts/inventory.ts";
import { readSetting } from "./django.ts";
import { explainMissingMetadata, explainMissingName, explainRaise } from "./explain.ts";
import { findModule } from "./finder.ts";
import { raise, type FailureDetail, type Machine, type Module, type Raised } from "./machine.ts";
import { findDistribution } from "./metadata.ts";
import { numpyTexts, psycopgAttempts } from "./special.ts";

/** An exception that an `except` block around the steps holds, and its name there. */
export type Handled = { name: string | undefined; raised: Raised };

/** Asks for the metadata of a distribution, as `importlib.metadata` does. */
export function runMetadata(machine: Machine, module: Module, written: string): Raised | undefined {
  const parent =
    module.folders === undefined ? module.name.slice(0, Math.max(0, module.name.lastIndexOf("."))) : module.name;
  const name = written === "__name__" ? module.name : written === "__package__" ? parent : written;
  if (findDistribution(machine, name) !== undefined) return undefined;
  // Before 3.10 the exception has no text of its own: its argument is the name.
  const message = machine.target.minor < 10 ? name : `No package metadata was found for ${name}`;
  return raise(machine, "PackageNotFoundError", message, explainMissingMetadata(machine, name), { missing: name });
}

/** Names that Python 2 had built in; others may come from anywhere and are not judged. */
const goneNames = new Set(["unicode", "basestring", "long", "xrange", "raw_input", "unichr", "reduce", "file", "cmp"]);

/** Reads a name, or an attribute of a package that is nothing but a folder: such a one has only its modules. */
export function runNeed(
  machine: Machine,
  module: Module,
  { name, attribute, line }: Extract<Step, { do: "need" }>,
): Raised | undefined {
  if (attribute !== undefined) return lacking(machine, module, name, attribute, line);
  if (module.names.has(name) || module.open) return undefined;
  if (!goneNames.has(name) && !/^__[A-Z_]+__$/.test(name)) return undefined;
  return raise(machine, "NameError", `name '${name}' is not defined`, explainRaise(module, 0));
}

function lacking(machine: Machine, module: Module, name: string, attribute: string, line: number): Raised | undefined {
  const origin = module.origins.get(name);
  if (origin?.module === "django.conf" && origin.name === "settings")
    return readSetting(machine, module, attribute, line);
  const full = origin === undefined ? undefined : `${origin.module}.${origin.name}`;
  const held = full === undefined ? undefined : machine.modules.get(full);
  if (held?.folders === undefined || held.file !== undefined || held.open || held.names.has(attribute))
    return undefined;
  if (
    findModule(machine.view, machine.target, attribute, held.folders) !== undefined &&
    machine.modules.has(`${held.name}.${attribute}`)
  ) {
    return undefined;
  }
  const message = `module '${held.name}' has no attribute '${attribute}'`;
  // A compiled module of that name may be what should have given it.
  let above = held;
  for (let dot = above.name.lastIndexOf("."); dot > 0; dot = above.name.lastIndexOf(".")) {
    const parent = machine.modules.get(above.name.slice(0, dot));
    if (parent === undefined || parent.file !== undefined) break;
    above = parent;
  }
  return raise(machine, "AttributeError", message, explainMissingName(machine, above, attribute));
}

/** The exception of a `raise`, with its message as far as it is known. */
export function runRaise(
  machine: Machine,
  module: Module,
  step: Extract<Step, { do: "raise" }>,
  handling: Handled[],
): Raised | undefined {
  const current = handling.at(-1);
  if (step.type === "" || handling.some((handled) => handled.name === step.type)) {
    return handling.findLast((handled) => step.type === "" || handled.name === step.type)?.raised;
  }
  const attempts = psycopgAttempts(module);
  const parts = step.message ?? [];
  const written = parts.map((part) => (typeof part === "string" ? part : "")).join("");
  const collected = parts.flatMap((part) =>
    typeof part === "string" ? [] : (module.lists.get(part.fill)?.detail ?? []),
  );
  const detail: Omit<FailureDetail, "chain"> & { chain?: FailureDetail["chain"] } =
    attempts?.detail ?? current?.raised.detail ?? collected[0] ?? explainRaise(module, step.line, written);
  const own = numpyTexts(machine, module, current?.raised.missing);
  const filled = fillIn(module, parts, handling, attempts?.text, own);
  const raised = raise(machine, step.type, filled.text, detail, { exact: filled.exact });
  // The chain leads to what went wrong first, not to where it was reworded.
  if (detail.chain !== undefined) raised.detail.chain = detail.chain;
  return raised;
}

/** Puts a text at the end of a list, with the reason of the exception that is being handled. */
export function runAppend(
  machine: Machine,
  module: Module,
  step: Extract<Step, { do: "append" }>,
  handling: Handled[],
): void {
  const list = module.lists.get(step.name);
  if (list === undefined) return;
  const { text, exact } = fillIn(module, step.message, handling);
  const detail = handling.at(-1)?.raised.detail;
  list.texts.push(text);
  list.exact &&= exact && machine.maybe === 0;
  if (detail !== undefined) list.detail ??= detail;
  module.values.set(step.name, "object");
}

/** The text of a message as far as it is known; what is not stands as `…`. */
function fillIn(
  module: Module,
  message: readonly MessagePart[],
  handling: readonly Handled[],
  attempts?: string,
  own: ReadonlyMap<string, string> = new Map(),
): { text: string; exact: boolean } {
  let exact = true;
  const fill = (part: MessagePart): string => {
    if (typeof part === "string") return part;
    const list = part.join === undefined ? undefined : module.lists.get(part.fill);
    if (list !== undefined) {
      exact &&= list.exact;
      return list.texts.join(part.join);
    }
    const handled = handling.find((each) => each.name === part.fill);
    if (handled !== undefined) {
      exact &&= handled.raised.exact;
      return handled.raised.message;
    }
    if (part.fill === "__name__") return module.name;
    const known = own.get(part.fill);
    if (known !== undefined) return known;
    const held = module.values.get(part.fill);
    if (typeof held === "string" && held !== "object") return held;
    if (part.fill === "sattempts" && attempts !== undefined) return attempts;
    exact = false;
    return "…";
  };
  return { text: message.map(fill).join(""), exact };
}
