// The recorded statements of the function's own code, with paths as the function sees them.
import type { SourceFact } from "../facts/inventory.ts";
import { layerRoot, nodeAt, isFolder, taskRoot, type View } from "./view.ts";

/** Source facts of every part whose file is the one that wins in the merged view. */
export function ownSourceFacts(view: View): SourceFact[] {
  return view.parts.flatMap((part) => {
    const root = part.kind === "package" ? taskRoot : layerRoot;
    return part.inventory.sourceFacts.flatMap((fact) => {
      const file = `${root}/${fact.file}`;
      const node = nodeAt(view, file);
      return node === undefined || isFolder(node) || node.part !== part ? [] : [{ ...fact, file }];
    });
  });
}
