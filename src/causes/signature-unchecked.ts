import { defineCause, type Proposal } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { groupBy } from "./support/groups.ts";
import { proof } from "./support/imports.ts";
import { allFunctions, placeOf, verifying } from "./support/place.ts";
import { theTools, verb } from "./support/text.ts";

const what: Readonly<Record<string, { readonly headline: string; readonly summary: string; readonly code: string }>> = {
  "wrong-signature": {
    headline: "requests whose signature is wrong",
    summary:
      "A request with a signature of a key that nobody has was answered like a good one: whoever finds the URL can ask.",
    code: "Compute the signature from the request and the key, compare it in constant time, and answer 401 where it differs.",
  },
  "stale-timestamp": {
    headline: "requests that were signed long ago",
    summary:
      "A request with a time that is twenty minutes old was answered like a new one: whoever has seen one request can send it again for ever.",
    code: "Compare the signed time with the function's, and answer 401 where they are more than five minutes apart.",
  },
};

export default defineCause({
  id: "signature-unchecked",
  title: "The API accepts requests that it must refuse",
  explanation:
    "The function does not check the signature, or not the time in it: a check that was switched off for a test, a secret that is empty, a comparison whose result nobody looks at. Every test that signs rightly passes, and the API is open.",
  mending: "Verify signature and time before anything else, and answer 401 where one does not hold.",
  async propose(view) {
    const place = await placeOf(view);
    const functions = await allFunctions(view);
    const groups = groupBy(view.of("bad-signatures-refused"), ({ code }) => code);
    // Where wrong signatures pass, that stale ones do says nothing more.
    const open = new Set(view.of("bad-signatures-refused", "wrong-signature").map(({ subject }) => subject.id));
    return groups.flatMap((group): readonly Proposal[] => {
      const [{ code }] = group;
      const own = group.filter(({ subject }) => code === "wrong-signature" || !open.has(subject.id));
      const text = what[code];
      if (own.length === 0 || text === undefined) return [];
      const tools = own.map(({ subject }) => subject);
      const explains = view
        .of("bad-signatures-refused")
        .filter(({ subject }) => tools.some(({ id }) => id === subject.id))
        .filter((finding) => code === "wrong-signature" || finding.code === code);
      const named = functions.filter(({ id }) => own.some(({ detail }) => detail["function"] === id));
      return [
        {
          headline: `${theTools(tools)} ${verb(tools, "accepts", "accept")} ${text.headline}`,
          summary: text.summary,
          subjects: named.length > 0 ? named : tools,
          confidence: "certain",
          because: proof([], explains),
          explains,
          remedies: [changeCode(place, text.code), verifying(place)],
        },
      ];
    });
  },
});
