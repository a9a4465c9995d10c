import { collector, known, unreadable, unreadableReply, type CollectContext, type Fact } from "../core/fact.ts";
import { isBlank, isSecret, type SecretToken } from "../core/secret.ts";
import { signingSecret, type Setting } from "../facts/database.ts";
import { functions } from "../facts/functions.ts";
import { ask } from "../facts/requests/index.ts";
import type { KeySource } from "../facts/requests/run.ts";
import { callerKey, callerSecret, secretValue, ssmParameter } from "../facts/requests/secrets.ts";
import { run } from "../facts/run.ts";
import { signingKey, type SigningKey } from "../facts/smoke.ts";
import { smokeConfiguration } from "../smoke/facts.ts";

/** Where the user may have put the key that requests are signed with. */
const callerKeyNames = ["CSCP_HMAC_SECRET", "HMAC_SECRET"] as const;

/**
 * The key that the user names, by a flag before the configuration; else the one in the usual variables; else the functions'
 * own. The user's goes first: signing with what callers use is what shows that callers' key is wrong.
 */
export const collectSigningKey = collector(signingKey, async (context): Promise<Fact<SigningKey | undefined>> => {
  const [config, at] = await Promise.all([context.get(smokeConfiguration, null), context.get(run, null)]);
  const named =
    (at.state === "known" ? at.value.smokeRun?.key : undefined) ??
    (config.state === "known" ? config.value.key : undefined);
  if (named !== undefined) return namedKey(context, named);
  const reply = await ask(context, callerSecret, { names: [...callerKeyNames] });
  if (reply.status === "ok" && reply.body.found && isSecret(reply.body.value)) {
    return known<SigningKey>({ from: "caller", described: `the variable ${reply.body.name}`, token: reply.body.value });
  }
  const list = await context.get(functions, null);
  // A run that asks AWS nothing knows of no function, and of no key of one.
  if (list.state === "unreadable") return list.reason === "skipped" ? known(undefined) : list;
  const settings = await Promise.all(list.value.map((fn) => context.get(signingSecret, fn)));
  for (const setting of settings) {
    const token = setting.state === "known" ? tokenOf(setting.value) : undefined;
    if (setting.state === "known" && token !== undefined) {
      return known<SigningKey>({ from: "function", described: describeOrigin(setting.value), token });
    }
  }
  return known(undefined);
});

/** The key from where the user says that it is. That it is not there is a fault of the call, and not a reason to guess. */
async function namedKey(context: CollectContext, source: KeySource): Promise<Fact<SigningKey | undefined>> {
  const what = "the signing key";
  const key = (token: unknown, described: string): Fact<SigningKey> =>
    isSecret(token) && !isBlank(token)
      ? known({ from: "caller", described, token })
      : unreadable("failed", what, `There is nothing in ${described} that could be a key.`);
  const absent = (reason: string) => unreadable("failed", what, reason);
  switch (source.from) {
    case "env": {
      const described = `the variable ${source.name}`;
      const reply = await ask(context, callerSecret, { names: [source.name] });
      if (reply.status !== "ok") return unreadableReply(reply, what);
      return reply.body.found ? key(reply.body.value, described) : absent(`There is no variable ${source.name}.`);
    }
    case "ssm": {
      const reply = await ask(context, ssmParameter, { name: source.name });
      if (reply.status !== "ok") return unreadableReply(reply, what);
      return reply.body.exists ? key(reply.body.value, `the SSM parameter ${source.name}`) : absent(reply.body.reason);
    }
    case "secrets-manager": {
      const reply = await ask(context, secretValue, { id: source.id });
      if (reply.status !== "ok") return unreadableReply(reply, what);
      if (!reply.body.exists) return absent(reply.body.reason);
      const { fields, value } = reply.body;
      const field = source.field;
      if (field === undefined && fields !== undefined) {
        return absent(`The secret ${source.id} holds several fields; name the one with the key.`);
      }
      const described = `the secret ${source.id}${field === undefined ? "" : `, field ${field}`}`;
      return key(field === undefined ? value : fields?.[field], described);
    }
    case "file":
    case "stdin": {
      const reply = await ask(
        context,
        callerKey,
        { from: source.from },
        source.from === "file" ? { path: source.path } : {},
      );
      if (reply.status !== "ok") return unreadableReply(reply, what);
      if (!reply.body.found) return absent(reply.body.reason);
      return key(reply.body.value, source.from === "file" ? `the file ${source.path}` : "standard input");
    }
  }
}

function tokenOf({ value }: Setting): SecretToken | undefined {
  if (value.state === "unreadable" || !value.value.found) return undefined;
  const { value: held } = value.value;
  return isSecret(held) && !isBlank(held) ? held : undefined;
}

function describeOrigin({ origin }: Setting): string {
  switch (origin?.kind) {
    case "ssm":
      return `the SSM parameter ${origin.name}`;
    case "secrets-manager":
      return `the secret ${origin.id}`;
    case "literal":
    case "pg-variables":
    case "unresolved-reference":
      return `the functions' ${origin.variable}`;
    case undefined:
      return "the functions";
  }
}
