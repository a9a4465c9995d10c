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

/** The profiles that the AWS configuration files name; empty where there are none, or no files. */
export async function profileNames(): Promise<readonly string[]> {
  try {
    const { loadSharedConfigFiles } = await import("@smithy/core/config");
    const { configFile, credentialsFile } = await loadSharedConfigFiles();
    // Sections of another kind, such as those of sign-in sessions, are named `kind.name`.
    const names = Object.keys({ ...configFile, ...credentialsFile });
    return names.filter((name) => !/^(?:sso-session|services)\./.test(name)).toSorted();
  } catch {
    return [];
  }
}
