// Changing what is deployed without its project: download, change, pack, upload.
import { groupBy } from "./groups.ts";
import { aws, type Configured, type Place } from "./place.ts";
import { eachFunction } from "./remedies.ts";
import { quote } from "./shell.ts";

/** The folder into which the commands unpack, as a word of the shell. */
export const unpacked = '"$work/code"';

/**
 * Downloads and unpacks an archive, changes it, and packs it as `$work/new.zip`, with every file readable and executable:
 * Python unpacks without the modes, and a binary or a script among the files must keep its own.
 */
export function repacked(location: string, changes: readonly string[]): readonly string[] {
  return [
    "work=$(mktemp -d)",
    `curl -fsSL -o "$work/old.zip" "$(${location})"`,
    `python3 -m zipfile -e "$work/old.zip" ${unpacked}`,
    ...changes,
    `(cd ${unpacked} && chmod -R a+rx . && python3 -m zipfile -c "$work/new.zip" .)`,
  ];
}

/** The same for the code of functions that share one package, given back to each of them. */
export function patchedCode(
  place: Place,
  group: readonly [Configured, ...Configured[]],
  changes: readonly string[],
): readonly string[] {
  const name = quote(group[0].fn.functionName);
  const line =
    'lambda update-function-code --function-name "$fn" --zip-file "fileb://$work/new.zip" --query LastUpdateStatus --output text';
  return [
    ...repacked(aws(place, `lambda get-function --function-name ${name} --query Code.Location --output text`), changes),
    ...eachFunction(
      place,
      group.map(({ fn }) => fn),
      aws(place, line),
    ),
  ];
}

/** Where a layer version's archive is fetched from. */
export function layerLocation(place: Place, arn: string): string {
  return aws(place, `lambda get-layer-version-by-arn --arn ${quote(arn)} --query Content.Location --output text`);
}

/** Functions by the package that they share. */
export function byPackage(list: readonly Configured[]): readonly (readonly [Configured, ...Configured[]])[] {
  return groupBy(list, ({ configuration }) => configuration.codeSha256);
}
