import { compareVersions } from "./driver-names.ts";
import { measuredRows, measuredServers, measuredTexts } from "./matrix.gen.ts";

/** Two installed packages of which each is right and which do not go together. */
export interface DriverConflict {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** The error as Python words it, "Type: message". */
  readonly message: string;
  readonly explanation: string;
  /** What to install instead, as pip takes it; the first is the smaller change. */
  readonly pins: readonly string[];
}

/** pg8000 calls this function of scramp up to 1.31.5; scramp 1.5.0 has it no more, and no requirement keeps it out. */
const scrampWithout = "1.5.0";
const pg8000Without = "1.31.6";

/**
 * Conflicts among the installed packages of a driver, `installed` by distribution name in lower case. So far one is known:
 * pg8000 before 1.31.6 with scramp 1.5.0 or later fails at every login over TLS, and works without TLS.
 */
export function driverConflicts(installed: Readonly<Record<string, string>>): readonly DriverConflict[] {
  const { pg8000, scramp } = installed;
  if (pg8000 === undefined || scramp === undefined) return [];
  if (compareVersions(pg8000, pg8000Without) >= 0 || compareVersions(scramp, scrampWithout) < 0) return [];
  return [
    {
      packages: [
        { name: "pg8000", version: pg8000 },
        { name: "scramp", version: scramp },
      ],
      message: scrampError,
      explanation: `pg8000 ${pg8000} calls a function that scramp ${scramp} no longer has; every login over TLS fails.`,
      pins: [`pg8000==${pg8000} scramp<1.5`, `pg8000>=${pg8000Without}`],
    },
  ];
}

/** As it was measured with a verified connection; without that measurement, in the words of Python's own AttributeError. */
const scrampError: string = (() => {
  const row = measuredRows.find(
    (one) => one.with?.startsWith("scramp") === true && one.usage === "ssl-default-context",
  );
  const code = row?.cells[""]?.split(" ")[measuredServers.indexOf("trusted")];
  const text = code === undefined ? undefined : measuredTexts[Number(code)];
  return text ?? "AttributeError: module 'scramp' has no attribute 'make_channel_binding'";
})();
