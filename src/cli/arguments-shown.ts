// How messages repeat what the call and its surroundings say: without what is secret in it, and without what acts on a terminal.

/** Variables that hold addresses, which errors name. */
const addresses = /^(?:AWS_ENDPOINT_URL(?:_.*)?|CSCP_API_URL)$/;

/** What stands between the user and the host of a URL, whatever its scheme; a password may hold further @s. */
const inUrl = /:(?!\/\/)\S+@/g;

/** What a setting such as `password=` is followed by. */
const inSetting = /(\b(?:\w*password|passwd|pwd|\w*secret|\w*token|\w*api_?key)\s*[=:]\s*)[^\s&]+/gi;

/** Each text to hide, and what stands in its place: with what is around it, since a short password is in many words. */
function secretsIn(text: string): readonly (readonly [string, string])[] {
  return [
    ...[...text.matchAll(inUrl)].map(([found]) => [found, ":(secret)@"] as const),
    ...[...text.matchAll(inSetting)].map(([found, head = ""]) => [found, `${head}(secret)`] as const),
  ];
}

/**
 * Makes a message fit to be shown that may repeat arguments or addresses of the environment. A password in one, a URL of
 * a database that was put in the wrong place for example, is hidden; what acts on a terminal, or begins a line of its
 * own, which a CI system may take for a command, is made visible. Nothing is loaded where all is plain, as it mostly is.
 */
export async function argumentsShown(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<(text: string) => string> {
  const named = Object.entries(env).flatMap(([name, value]) => (addresses.test(name) ? [value ?? ""] : []));
  const secrets = [...args, ...named].flatMap(secretsIn);
  const hide = (text: string): string =>
    secrets.reduce((all, [found, instead]) => all.replaceAll(found, () => instead), text);
  const odd = args.filter((argument) => /[^\x20-\x7e]/.test(argument));
  if (odd.length === 0) return secrets.length === 0 ? (text) => text : hide;
  const { visible } = await import("../core/visible.ts");
  // Of --flag=value a message repeats the value.
  const parts = odd.flatMap((argument) => [argument, argument.slice(argument.indexOf("=") + 1)]).map(hide);
  return (text) => parts.reduce((all, part) => (part === "" ? all : all.replaceAll(part, visible(part))), hide(text));
}
