import { defineCheck, findings, notApplicable, pass } from "../core/check.ts";
import { isBlank, isSecret } from "../core/secret.ts";
import { signingSecret, type ResolvedValue, type Setting } from "../facts/database.ts";
import { known, type Fact } from "../core/fact.ts";
import { functions } from "../facts/functions.ts";
import { signingKey, type SigningKey } from "../facts/smoke.ts";
import { denied, exampleFunction, exampleToken } from "./support/examples.ts";
import { undecided, unknownFrom } from "./support/missing.ts";
import { originText } from "./support/setting.ts";

export default defineCheck({
  id: "signing-key-matches",
  title: "The caller's signing key is the one that the functions check with",
  severity: "error",
  why: "A key that was rotated on one side only makes every signed request look forged.",
  subjects: functions,
  requires: { key: signingKey, setting: signingSecret },
  run({ subject, key, setting }) {
    if (key === undefined) return notApplicable("No signing key was given to cscp, and requests go out unsigned.");
    if (key.from === "function")
      return notApplicable(`Requests are signed with the functions' own key, ${key.described}.`);
    const { origin, value } = setting;
    if (origin === undefined) return notApplicable(`${subject.label} has no signing secret to compare with.`);
    if (value.state === "unreadable") return unknownFrom(value);
    if (!value.value.found || isBlank(value.value.value)) {
      return notApplicable(`The signing secret of ${subject.label} is missing, so there is nothing to compare with.`);
    }
    const place = originText(origin);
    if (!isSecret(value.value.value)) {
      return undecided(
        `whether ${key.described} is the key of ${subject.label}`,
        `The value of ${place} was not recorded as a secret, so it has no fingerprint to compare.`,
      );
    }
    const own = key.token.$secret;
    const its = value.value.value.$secret;
    if (own.fingerprint === its.fingerprint) return pass;
    return findings([
      {
        code: "differs",
        message: `${subject.label} checks signatures with another key than the one that requests are signed with: ${place} and ${key.described} differ.`,
        evidence: [
          {
            kind: "configuration",
            where: subject.label,
            says: `${place}: fingerprint ${its.fingerprint}, ${its.length} characters`,
          },
          {
            kind: "configuration",
            where: key.described,
            says: `fingerprint ${own.fingerprint}, ${own.length} characters`,
          },
        ],
        detail: { key: key.described, secret: place },
      },
    ]);
  },
  examples: () => ({
    fails: [
      {
        name: "a key that was rotated in the parameter only",
        subject: exampleFunction(),
        given: {
          key: exampleKey("caller"),
          setting: exampleSetting({ found: true, value: exampleToken("key", { fingerprint: "0f1e2d3c4b5a" }) }),
        },
        codes: ["differs"],
      },
    ],
    passes: [
      {
        name: "the same key on both sides",
        subject: exampleFunction(),
        given: { key: exampleKey("caller"), setting: exampleSetting({ found: true, value: exampleToken("key") }) },
      },
      {
        name: "no key at all",
        subject: exampleFunction(),
        given: { key: undefined, setting: exampleSetting({ found: true, value: exampleToken("key") }) },
        kind: "not-applicable",
      },
      {
        name: "a key that came from the functions themselves",
        subject: exampleFunction(),
        given: { key: exampleKey("function"), setting: exampleSetting({ found: true, value: exampleToken("key") }) },
        kind: "not-applicable",
      },
      {
        name: "a function without a signing secret",
        subject: exampleFunction(),
        given: {
          key: exampleKey("caller"),
          setting: {
            looked: ["HMAC_SECRET"],
            value: known<ResolvedValue>({ found: false, reason: "HMAC_SECRET is not set." }),
          },
        },
        kind: "not-applicable",
      },
      {
        name: "a parameter that is not there",
        subject: exampleFunction(),
        given: {
          key: exampleKey("caller"),
          setting: exampleSetting({ found: false, reason: "There is no such parameter." }),
        },
        kind: "not-applicable",
      },
      {
        name: "a parameter that the caller may not read",
        subject: exampleFunction(),
        given: {
          key: exampleKey("caller"),
          setting: exampleSetting(denied("the SSM parameter /cs-copilot/hmac-secret", "ssm:GetParameter")),
        },
        kind: "unknown",
      },
      {
        name: "a value that is no secret in the recording",
        subject: exampleFunction(),
        given: { key: exampleKey("caller"), setting: exampleSetting({ found: true, value: "test" }) },
        kind: "unknown",
      },
    ],
  }),
});

function exampleKey(from: SigningKey["from"]): SigningKey {
  const described = from === "caller" ? "the variable CSCP_HMAC_SECRET" : "the SSM parameter /cs-copilot/hmac-secret";
  return { from, described, token: exampleToken("key") };
}

function exampleSetting(value: ResolvedValue | Fact<ResolvedValue>): Setting {
  return {
    looked: ["HMAC_SECRET"],
    origin: { kind: "ssm", variable: "HMAC_PARAM_NAME", name: "/cs-copilot/hmac-secret" },
    value: "state" in value ? value : known(value),
  };
}
