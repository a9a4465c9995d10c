import { defineCause } from "../core/cause.ts";
import { changeCode } from "./support/code-fix.ts";
import { proposeImport } from "./support/imports.ts";
import { failsBeforeItsCode, sentence, sentences, who } from "./support/text.ts";

export default defineCause({
  id: "engine-binary-missing",
  title: "The engine of the database client is not in the package",
  explanation:
    "Prisma's client (before version 7) runs a native query engine, which is generated for the platforms that its schema names; the one for Lambda was not generated or not packed.",
  mending:
    "Name Lambda's platform in binaryTargets (rhel-openssl-3.0.x, or linux-arm64-openssl-3.0.x), generate the client, and pack the engine file beside it.",
  propose: (view) =>
    proposeImport(view, {
      cause: "engine-binary-missing",
      headline: ({ failure }, functions) =>
        `The database client of ${who(functions)} lacks its engine for Lambda (${failure.module})`,
      summary: ({ failure }) => sentences(sentence(failure.explanation), failsBeforeItsCode),
      remedies: (_view, place) =>
        Promise.resolve([
          changeCode(
            place,
            `Add Lambda's platform to binaryTargets in the schema, run prisma generate, and see that the build copies the engine.`,
          ),
        ]),
      logged: {
        headline: ({ functions, captures }) =>
          `The database client of ${who(functions)} lacks its engine for Lambda${captures["target"] === undefined ? "" : ` (${captures["target"]})`}`,
        summary: () => sentences("The client is found, its native engine is not.", failsBeforeItsCode),
      },
    }),
});
