import { profileNames } from "../source/profile-region.ts";
import { didYouMean } from "./did-you-mean.ts";
import { usageError } from "./exit.ts";

/** @throws UsageError where a profile is chosen and no AWS configuration file has it. */
export async function requireProfile(profile: string | undefined): Promise<void> {
  if (profile === undefined) return;
  const names = await profileNames();
  if (names.includes(profile)) return;
  const there = names.length === 0 ? "the AWS configuration files name none" : `there are ${names.join(", ")}`;
  throw usageError(`There is no AWS profile ${profile}.`, didYouMean(profile, names) ?? there);
}
