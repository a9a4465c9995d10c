// What packages bring that the program never uses, taken out as they are bundled.
import { readFile } from "node:fs/promises";

/** Commander loads it to start subcommands that are programs of their own; cscp has none, and it takes 2 ms. */
const commanderWithoutPrograms = {
  name: "commander-without-programs",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "nothing", namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Asking for web streams, if only whether something is one, makes Node load them: 3 ms. The SDK's handler gives none. */
const nodeStreamsOnly = {
  name: "node-streams-only",
  setup: ({ onLoad }) => {
    const files = /@smithy[\\/]core[\\/]dist-es[\\/].*[\\/](?:stream-type-check|isStreamingPayload)\.js$/;
    onLoad({ filter: files }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const contents = text.replace(/typeof ReadableStream [!=]== "\w+"/g, "false");
      if (contents === text) throw new Error(`${file} no longer asks for web streams: take this out.`);
      return { contents };
    });
  },
};

/**
 * Writes out the names in the SDK's schemas. With a constant in the place of a property's name the bundler takes each schema
 * for code with an effect, and leaves in those of all operations.
 */
const plainSchemas = {
  name: "plain-schemas",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]dist-es[\\/].*schemas[\\/]schemas_\d+\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const names = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return {
        contents: text.replace(/\[(_\w+)\]:/g, (whole, name) => (names.has(name) ? `${names.get(name)}:` : whole)),
      };
    });
  },
};

/** For esbuild. */
export const plugins = [commanderWithoutPrograms, nodeStreamsOnly, plainSchemas];
