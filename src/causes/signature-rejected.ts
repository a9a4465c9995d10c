import { defineCause, type Proposal, type Remedy, type View } from "../core/cause.ts";
import type { Finding } from "../core/finding.ts";
import type { FunctionRef } from "../core/subject.ts";
import type { ValueOrigin } from "../facts/database.ts";
import { signingKey, type SigningKey } from "../facts/smoke.ts";
import { fromErrors } from "./support/errors.ts";
import { readVariable } from "./support/environment.ts";
import { proof } from "./support/imports.ts";
import { allFunctions, aws, functionsOf, placeOf, verifying, type Place } from "./support/place.ts";
import { advice, remedy } from "./support/remedies.ts";
import { quote } from "./support/shell.ts";
import { keySetting, originText, settingGroups, writeSetting } from "./support/settings.ts";
import { hiddenRemark, provenStages } from "./support/stages.ts";
import { distinct, failedTools, symptomsOf } from "./support/symptoms.ts";
import { sentences, verb, who } from "./support/text.ts";

const cause = "signature-rejected";

export default defineCause({
  id: cause,
  title: "The functions refuse the caller's signature",
  explanation:
    "Each request carries a signature that the function computes again with its own key. It refuses the request when the keys differ (one side was rotated, or kept a trailing line break), when the body was changed on the way, or when the signed header is missing. The answer is 401, which reads as if the caller had no right to ask.",
  mending:
    "Let callers and functions hold the same key: write the callers' key to where the functions read it, or give the functions' key to the callers.",
  async propose(view) {
    const place = await placeOf(view);
    const differing = view.of("signing-key-matches", "differs");
    return [
      ...(differing.length === 0 ? [] : [await differingKeys(view, place, differing)]),
      ...(await refusals(view, place)),
      ...(await fromErrors(view, {
        cause,
        stage: "signature",
        headline: ({ functions }) => `${who(functions)} ${verb(functions, "refuses", "refuse")} signatures`,
        summary: () => "The log says that signatures of requests do not match.",
        remedies: async ({ functions }) => [...(await keyRemedies(view, place, functions)), verifying(place)],
      })),
    ];
  },
});

async function differingKeys(view: View, place: Place, differing: readonly Finding[]): Promise<Proposal> {
  const functions = await functionsOf(view, differing);
  const key = await view.value(signingKey, null);
  const symptoms = await symptomsOf(view, { cause, stage: "signature", functions, shows: ["clock-skew"] });
  const explains = distinct(
    differing,
    symptoms.filter(({ check, code }) => check !== "tools-answer" || code === "unauthorized"),
  );
  const ids = functions.map(({ id }) => id);
  return {
    headline: `${who(functions)} ${verb(functions, "checks", "check")} signatures with another key than callers sign with`,
    summary: sentences(
      `Requests were signed with ${key?.described ?? "the caller's key"}, whose fingerprint is not that of the functions' key${answered(failedTools(view, functions))}`,
      await hiddenRemark(view, ids, "signature"),
    ),
    subjects: functions,
    confidence: "certain",
    because: proof([], explains),
    explains,
    remedies: [...(await keyRemedies(view, place, functions)), verifying(place)],
  };
}

/** How the tools answered, as the end of a sentence: a function that fails before it checks anything answers otherwise. */
function answered(failing: readonly Finding[]): string {
  const refused = failing.filter(({ code }) => code === "unauthorized").length;
  if (refused === 0) return ".";
  return refused === failing.length
    ? "; each is answered 401."
    : `; of the ${failing.length} tools that fail, ${refused} ${refused === 1 ? "answers" : "answer"} 401.`;
}

/** Refusals with keys that are not known to differ. */
async function refusals(view: View, place: Place): Promise<readonly Proposal[]> {
  const differing = new Set(view.of("signing-key-matches", "differs").map(({ subject }) => subject.id));
  const proven = await provenStages(view);
  const all = await allFunctions(view);
  const functions = all.filter(
    (fn) =>
      !differing.has(fn.id) &&
      proven.get(fn.id)?.has("signature") !== true &&
      failedTools(view, [fn]).some(({ code }) => code === "unauthorized"),
  );
  // Where the stack's functions are not known, what its tools answer still is.
  const bare = all.length > 0 ? [] : view.of("tools-answer", "unauthorized");
  if (functions.length === 0 && bare.length === 0) return [];
  const key = await view.value(signingKey, null);
  const explains = [...failedTools(view, functions).filter(({ code }) => code === "unauthorized"), ...bare];
  const why = {
    none: "No key was found to sign with, so the requests went out unsigned.",
    function:
      "They were signed with the functions' own key, so it is not the key: the scheme (headers, payload, clock) is another one than the functions check, or a warm function still holds an older key.",
    caller: "The functions' key could not be compared with the caller's.",
  }[key === undefined ? "none" : key.from];
  return [
    {
      headline: `${bare.length > 0 ? "The API refuses" : `${who(functions)} ${verb(functions, "refuses", "refuse")}`} the smoke test's requests as not authorized`,
      summary: why,
      subjects: functions.length > 0 ? functions : bare.map(({ subject }) => subject),
      confidence: "possible",
      decides:
        key === undefined
          ? "the same requests, signed with the callers' key in CSCP_HMAC_SECRET"
          : "whether the functions' key and signing scheme are those of the callers",
      because: [],
      explains,
      remedies: [...schemeRemedies(key), verifying(place)],
    },
  ];
}

function schemeRemedies(key: SigningKey | undefined): readonly Remedy[] {
  return key === undefined
    ? [
        advice(
          "now",
          "Give the smoke test the key that callers sign with.",
          "Set the variable CSCP_HMAC_SECRET to it and run the diagnosis again.",
        ),
      ]
    : [
        advice(
          "now",
          "Compare the signing scheme with the functions' code.",
          "The headers, the signed text and the encoding are set under smoke in cscp.config.json.",
        ),
      ];
}

/** Both ways to one key: the callers' to the functions, or the functions' to the callers. Done one after the other they agree. */
async function keyRemedies(view: View, place: Place, functions: readonly FunctionRef[]): Promise<readonly Remedy[]> {
  const key = await view.value(signingKey, null);
  // The key that cscp itself was given stands in the very variable that the commands then use.
  const given = key?.from === "caller" ? /\b([A-Z][A-Z0-9_]+)$/.exec(key.described)?.[1] : undefined;
  const kind = { ...keySetting, shell: given ?? keySetting.shell, described: "the key that callers sign with" };
  const writing = await writeSetting(view, place, kind, functions, {
    title: "Give the callers' key to the functions.",
    advice: "This is right where the callers' key is the right one; the functions then start with it.",
  });
  return [...writing, ...(await readingRemedies(view, place, functions, kind.shell))];
}

async function readingRemedies(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  shell: string,
): Promise<readonly Remedy[]> {
  const [group] = await settingGroups(view, keySetting, functions);
  if (group === undefined) return [];
  const { origin, looked } = group.setting;
  const text = `Where the functions' key is the right one, take it from ${originText(origin, looked[0])} and give it to the callers.`;
  const read = readCommand(place, group.functions[0], origin, shell);
  return read === undefined
    ? [advice("now", "Or give the functions' key to the callers.", text)]
    : [
        remedy("now", "Or give the functions' key to the callers.", [read, `export ${shell}`], {
          advice: text,
          changes: false,
        }),
      ];
}

function readCommand(
  place: Place,
  fn: FunctionRef,
  origin: ValueOrigin | undefined,
  shell: string,
): string | undefined {
  switch (origin?.kind) {
    case "ssm": {
      const name = origin.version === undefined ? origin.name : `${origin.name}:${origin.version}`;
      return `${shell}=$(${aws(place, `ssm get-parameter --name ${quote(name)} --with-decryption --query Parameter.Value --output text`)})`;
    }
    case "secrets-manager":
      return `${shell}=$(${aws(place, `secretsmanager get-secret-value --secret-id ${quote(origin.id)} --query SecretString --output text`)})`;
    case "literal":
      return readVariable(place, shell, fn.functionName, origin.variable, undefined);
    case "pg-variables":
    case "unresolved-reference":
    case undefined:
      return undefined;
  }
}
