import { defineCause, type Proposal, type Remedy } from "../core/cause.ts";
import { fromErrors, type ErrorCase } from "./support/errors.ts";
import { proof } from "./support/imports.ts";
import { aws, placeOf, verifying, type Place } from "./support/place.ts";
import { advice, eachFunction, remedy } from "./support/remedies.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb, who } from "./support/text.ts";
import { toolFailures } from "./support/tools.ts";

const cause = "quota-exceeded";

/** What is used up other than calls, by what the log's message captured. */
type Limit = "disk" | "handles" | "size" | "plan";
const limits: Readonly<
  Record<Limit, { readonly headline: (at: ErrorCase) => string; readonly summary: string; readonly mend: Mend }>
> = {
  disk: {
    headline: ({ functions }) => `${who(functions)} ${verb(functions, "fills", "fill")} /tmp`,
    summary: "/tmp has 512 MB unless the function asks for more, and a warm sandbox keeps what was written before.",
    mend: ({ functions }, place) => {
      const update =
        'lambda update-function-configuration --function-name "$fn" --ephemeral-storage Size=1024 --query LastUpdateStatus --output text';
      return [
        remedy("now", "Give the functions more of it.", eachFunction(place, functions, aws(place, update))),
        advice("for-good", "Remove files after use.", "EphemeralStorage in the template must say the same size."),
      ];
    },
  },
  handles: {
    headline: ({ functions }) => `${who(functions)} ${verb(functions, "leaves", "leave")} too much open`,
    summary: "A sandbox has 1,024 file descriptors, processes and threads; each connection to the database takes one.",
    mend: () => [
      advice("for-good", "Open the pool or connection once.", "Outside of the handler, and close what it opens."),
    ],
  },
  size: {
    headline: ({ functions }) => `The answer of ${who(functions)} is larger than Lambda passes on`,
    summary: "A synchronous answer may have 6 MB.",
    mend: () => [advice("for-good", "Answer in pages.", "Or put the result into S3 and answer with its address.")],
  },
  plan: {
    headline: ({ functions }) =>
      `${who(functions)} ${verb(functions, "meets", "meet")} the limits of the database's plan`,
    summary: "The database refuses work until its provider's limit is raised, begins anew, or space is freed.",
    mend: () => [
      advice("now", "Look at the usage in the provider's console.", "There the plan or the storage is raised, too."),
    ],
  },
};
type Mend = (at: ErrorCase, place: Place) => readonly Remedy[];

function limitOf({ captures }: ErrorCase): (typeof limits)[Limit] | undefined {
  const found = (Object.keys(limits) as Limit[]).find((each) => captures[each] !== undefined);
  return found === undefined ? undefined : limits[found];
}

export default defineCause({
  id: cause,
  title: "A quota is used up",
  explanation:
    "AWS refuses calls for their rate or number: the account's or the function's concurrency, the usage plan of the API, or the request rate of SSM, KMS and others, which a function reaches that reads its secret anew at every request. The sandbox has limits of its own (/tmp, open files, the size of an answer), and so has the plan of a database's provider.",
  mending: "Raise the reserved concurrency or the quota, cache what is read at every request, or call less often.",
  async propose(view) {
    const place = await placeOf(view);
    const failures = (await toolFailures(view, ["throttled"])).filter(({ finding }) =>
      causesIn(finding).every((id) => id === cause),
    );
    const tools = failures.map(({ tool }) => tool);
    const findings = failures.map(({ finding }) => finding);
    const look = remedy(
      "now",
      "See the account's concurrency.",
      [aws(place, "lambda get-account-settings --query AccountLimit --output json")],
      {
        changes: false,
      },
    );
    const own: readonly Proposal[] =
      failures.length === 0
        ? []
        : [
            {
              headline: `${theTools(tools)} ${verb(tools, "is", "are")} refused for the rate of requests`,
              summary: "The gateway or Lambda answers 429, even after retries.",
              subjects: tools,
              confidence: "likely",
              decides: "which of the limits it is: the usage plan's, the stage's or the functions' concurrency",
              because: proof([], findings),
              explains: findings,
              remedies: [look, verifying(place)],
            },
          ];
    return [
      ...own,
      ...(await fromErrors(view, {
        cause,
        stage: "limits",
        headline: (at) =>
          limitOf(at)?.headline(at) ?? `${who(at.functions)} ${verb(at.functions, "runs", "run")} into a quota`,
        summary: (at) => limitOf(at)?.summary ?? "AWS refuses a call for its rate or number.",
        remedies: (at) => [...(limitOf(at)?.mend(at, place) ?? [look]), verifying(place)],
      })),
    ];
  },
});
