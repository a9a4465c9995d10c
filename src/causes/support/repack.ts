// Packing what is deployed anew, with every file readable: where nothing but the archive is wrong.
import type { Remedy, View } from "../../core/cause.ts";
import { layerRef, type FunctionRef } from "../../core/subject.ts";
import type { PackageOrigin } from "../../facts/packages.ts";
import { buildAndDeploy } from "./deploy.ts";
import { byPackage, layerLocation, patchedCode, repacked } from "./deployed-code.ts";
import { aws, configured, type Place } from "./place.ts";
import { remedy } from "./remedies.ts";
import { quote } from "./shell.ts";
import { attachCommands } from "./vendor.ts";

/** Downloads the archive, packs it with readable modes, and puts it back; then the project's own build. */
export async function repackRemedies(
  view: View,
  place: Place,
  functions: readonly FunctionRef[],
  origin: PackageOrigin | undefined,
): Promise<readonly Remedy[]> {
  const list = await configured(view, functions);
  const layer = origin?.kind === "layer" ? layerRef(origin.arn) : undefined;
  const now =
    layer === undefined
      ? byPackage(list).map((group) =>
          remedy("now", "Pack the deployed package anew, with every file readable.", patchedCode(place, group, [])),
        )
      : [
          remedy("now", `Pack the layer ${layer.name} anew, with every file readable, and attach it.`, [
            ...repacked(layerLocation(place, layer.id), []),
            `layer=$(${aws(place, `lambda publish-layer-version --layer-name ${quote(layer.name)} --zip-file "fileb://$work/new.zip" --query LayerVersionArn --output text`)})`,
            ...attachCommands(place, list, (arn) => (arn === layer.id ? '"$layer"' : quote(arn))),
          ]),
        ];
  const plan = buildAndDeploy(place);
  return [
    ...now,
    remedy("for-good", "Make the files readable where they are built from, then build and deploy.", plan.commands, {
      variables: plan.variables,
      advice: `chmod -R a+rX does it in the folders of the code and of the layers. ${plan.advice}`.trim(),
    }),
  ];
}
