import { defineCause, type Proposal } from "../core/cause.ts";
import { listed } from "../checks/support/text.ts";
import { proof } from "./support/imports.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { remedy } from "./support/remedies.ts";
import { quote } from "./support/shell.ts";
import { causesIn } from "./support/symptoms.ts";
import { theTools, verb } from "./support/text.ts";

export default defineCause({
  id: "intermittent-failure",
  title: "A tool fails now and then",
  explanation:
    "The same request passes at one time and fails at another: one instance of several is broken, a connection was closed in the meantime, a limit is met now and then, or the code depends on chance or time. A single request that passes says nothing of it.",
  mending:
    "Read what the function logged of a request that failed, and repeat the request until the failure can be called up at will.",
  async propose(view): Promise<readonly Proposal[]> {
    const place = await placeOf(view);
    const functions = await allFunctions(view);
    // One that passed when it was sent again may have been chance; and what was logged may name a cause that says more.
    const found = view
      .of("tools-answer", "flaky")
      .filter((finding) => finding.severity === "error" && causesIn(finding).every((id) => id === "other"));
    if (found.length === 0) return [];
    const tools = found.map(({ subject }) => subject);
    const named = functions.filter(({ id }) => found.some(({ detail }) => detail["function"] === id));
    const flags = tools.map(({ id }) => ` --tool ${quote(id)}`).join("");
    const names = listed(tools.map(({ label }) => label));
    return [
      {
        headline: `${theTools(tools)} ${verb(tools, "fails", "fail")} now and then`,
        summary: found.map(({ message }) => message).join(" "),
        subjects: named.length > 0 ? named : tools,
        confidence: "certain",
        because: proof([], found),
        explains: found,
        remedies: [
          remedy(
            "now",
            `Repeat the ${tools.length === 1 ? "request" : "requests"} to ${names}, and read what is logged when one fails.`,
            [`${place.again.replace(/^cscp doctor /, "cscp smoke ")}${flags} --repeat 20`],
            { changes: false },
          ),
          verifying(place),
        ],
      },
    ];
  },
});
