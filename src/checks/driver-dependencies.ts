import { defineCheck, findings, notApplicable, pass, type FindingDraft } from "../core/check.ts";
import { known, unreadable } from "../core/fact.ts";
import type { Evidence } from "../core/finding.ts";
import { databaseUse } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import type { Inventory } from "../facts/inventory.ts";
import { functionLayerContents, type LayerContent } from "../facts/layers.ts";
import { functionInventory } from "../facts/packages.ts";
import { driverConflicts, type DriverConflict } from "../postgres/conflicts.ts";
import { exampleFunction, exampleInventory, exampleLayer, usesDatabase, usesNoDatabase } from "./support/examples.ts";
import { unknownFrom } from "./support/missing.ts";

/** A distribution that the function can import: where it is, and of which versions there is metadata. */
interface Copies {
  readonly where: string;
  readonly versions: readonly string[];
}

type Installed = ReadonlyMap<string, Copies>;

const replaced = ((): Inventory => {
  const first = exampleInventory({ distributions: { pg8000: "1.30.5", scramp: "1.4.5" } });
  const second = exampleInventory({ distributions: { scramp: "1.5.0" } });
  return { ...first, distributions: [...first.distributions, ...second.distributions] };
})();

export default defineCheck({
  id: "driver-dependencies",
  title: "The driver and the packages that it builds on go together",
  severity: "error",
  why: "A driver that is pinned alone takes whatever its dependencies are that day: it imports, and fails at its first login.",
  subjects: functions,
  requires: { use: databaseUse },
  uses: { own: functionInventory, contents: functionLayerContents },
  run({ subject, use, own, contents }) {
    if (!use.uses) return notApplicable(use.because);
    if (own.state === "unreadable") return unknownFrom(own);
    const layers = contents.state === "known" ? contents.value : [];
    const installed = installedFor(subject.label, own.value, layers);
    const drafts = conflictsOf(installed).map(({ packages, message, explanation, pins }): FindingDraft => {
      const [first = { name: "", version: "" }, ...rest] = packages;
      const evidenceOf = ({ name, version }: { name: string; version: string }): Evidence => ({
        kind: "package",
        where: installed.get(name)?.where ?? "",
        says: `${name} ${version}`,
      });
      return {
        code: "conflict",
        message: `${subject.label} has packages that do not go together: ${explanation}`,
        evidence: [evidenceOf(first), ...rest.map(evidenceOf)],
        detail: { driver: first.name, message, pins: pins[0] ?? "" },
      };
    });
    return drafts.length === 0 ? pass : findings(drafts);
  },
  examples: () => ({
    fails: [
      {
        name: "a driver that calls a function which its dependency no longer has",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          own: known(exampleInventory({})),
          contents: known([
            {
              layer: exampleLayer(8),
              inventory: known(exampleInventory({ distributions: { pg8000: "1.30.5", scramp: "1.5.0" } })),
            },
          ]),
        },
        codes: ["conflict"],
      },
    ],
    passes: [
      {
        name: "a driver with the dependency that it was made with",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          own: known(exampleInventory({ distributions: { pg8000: "1.30.5", scramp: "1.4.5" } })),
          contents: known([]),
        },
      },
      {
        name: "a package that was replaced, with the metadata of the version before still beside it",
        subject: exampleFunction(),
        given: { use: usesDatabase, own: known(replaced), contents: known([]) },
      },
      {
        name: "a function without a database",
        subject: exampleFunction("GenerateEmail"),
        given: { use: usesNoDatabase, own: known(exampleInventory({})), contents: known([]) },
        kind: "not-applicable",
      },
      {
        name: "a package that may not be read",
        subject: exampleFunction(),
        given: {
          use: usesDatabase,
          own: unreadable("denied", "the package of GetCustomerUsage", "The caller may not.", "lambda:GetFunction"),
          contents: known([]),
        },
        kind: "unknown",
      },
    ],
  }),
});

/**
 * Distributions by name in lower case. Of two copies the package's own wins, then the later layer's, as on sys.path. In one
 * place there may be metadata of several versions: pip leaves the old one in a target folder when it replaces the package.
 */
function installedFor(label: string, own: Inventory, layers: readonly LayerContent[]): Installed {
  const found = new Map<string, Copies>();
  for (const { layer, inventory } of layers) {
    if (inventory.state === "known") add(found, inventory.value, `layer ${layer.label}`);
  }
  add(found, own, `package of ${label}`);
  return found;
}

function add(found: Map<string, Copies>, { distributions }: Inventory, where: string): void {
  const here = new Map<string, string[]>();
  for (const { name, version } of distributions) {
    const key = name.toLowerCase().replaceAll("_", "-");
    here.set(key, [...(here.get(key) ?? []), version]);
  }
  for (const [name, versions] of here) found.set(name, { where, versions });
}

/** Each way in which one version may be the one that is there; more than a few are not told apart. */
function readings(installed: Installed): readonly Readonly<Record<string, string>>[] {
  let all: readonly Readonly<Record<string, string>>[] = [{}];
  for (const [name, { versions }] of installed) {
    const told = all.length * versions.length <= 16 ? versions : versions.slice(-1);
    all = told.flatMap((version) => all.map((reading) => ({ ...reading, [name]: version })));
  }
  return all;
}

/** Conflicts that are there whichever of several versions is the true one. */
function conflictsOf(installed: Installed): readonly DriverConflict[] {
  const [first = [], ...others] = readings(installed).map(driverConflicts);
  return first.filter(({ message }) => others.every((list) => list.some((one) => one.message === message)));
}
