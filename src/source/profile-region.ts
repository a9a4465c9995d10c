import { loadSharedConfigFiles } from "@smithy/core/config";

/**
 * The region of an AWS profile, from `~/.aws/config` (or AWS_CONFIG_FILE) as the AWS CLI reads it; undefined where it has
 * none. The files are read anew: the process's environment may point elsewhere than the last time.
 */
export async function profileRegion(profile: string | undefined): Promise<string | undefined> {
  try {
    const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
    const name = profile ?? "default";
    return configFile[name]?.["region"] ?? credentialsFile[name]?.["region"];
  } catch {
    return undefined;
  }
}
