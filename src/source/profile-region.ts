/** The region that a profile of the AWS configuration files names; undefined where it names none or there are no files. */
export async function profileRegion(profile: string | undefined): Promise<string | undefined> {
  try {
    const { loadSharedConfigFiles } = await import("@smithy/core/config");
    const { configFile, credentialsFile } = await loadSharedConfigFiles();
    const name = profile ?? "default";
    return configFile[name]?.["region"] ?? credentialsFile[name]?.["region"];
  } catch {
    return undefined;
  }
}
