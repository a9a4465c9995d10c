import type { Facts } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import { percentile } from "../core/percentile.ts";
import type { SmokeReport, SmokeToolReport } from "../core/smoke-report.ts";
import type { ToolRef } from "../core/subject.ts";
import { codeAndMessage, oneLine } from "../checks/support/text.ts";
import { tools } from "../facts/api.ts";
import { run } from "../facts/run.ts";
import { clockAhead, firstSuccess, signingKey, smokeResult, type Sample, type SmokeResult } from "../facts/smoke.ts";
import { smokeConfiguration, smokePlan } from "../smoke/facts.ts";
import { describeSigning } from "../smoke/signing.ts";
import type { Measured } from "./smoke-compare.ts";

/** The table of a smoke run: what was sent to each tool, what came back and how fast. */
export async function smokeReport(
  facts: Facts,
  findings: readonly Finding[],
  before: ReadonlyMap<string, Measured> | undefined,
): Promise<SmokeReport> {
  const [plan, list, key, ahead, at, config] = await Promise.all([
    facts.get(smokePlan, null),
    facts.get(tools, null),
    facts.get(signingKey, null),
    facts.get(clockAhead, null),
    facts.get(run, null),
    facts.get(smokeConfiguration, null),
  ]);
  const refs = list.state === "known" ? list.value : [];
  const rows = await Promise.all(refs.map((tool) => rowOf(facts, tool, findings, before?.get(tool.id))));
  const results = await Promise.all(refs.map((tool) => facts.get(smokeResult, tool)));
  const schemes = results.flatMap((result) =>
    result.state === "known" && result.value.signedWith !== "" ? [result.value.signedWith] : [],
  );
  // Where nothing came back it is what was sent all the same.
  const isSent = results.some(({ state }) => state === "known");
  const isKeyed = config.state === "known" && /^(?:hmac|api-key)$/.test(config.value.signing.scheme);
  const isKeyless = isKeyed && (key.state !== "known" || key.value === undefined);
  const planned = !isSent || config.state !== "known" || isKeyless ? "nothing" : describeSigning(config.value.signing);
  const scheme = schemes.find((one) => one !== "no signature") ?? schemes[0] ?? planned;
  const from = key.state === "known" && key.value !== undefined ? `, key from ${key.value.described}` : "";
  const isWaited = at.state === "known" && at.value.smokeRun?.waitSeconds !== undefined;
  const waited = isWaited ? await facts.get(firstSuccess, null) : undefined;
  return {
    url: plan.state === "known" ? plan.value.url : "",
    signedWith: /^(?:nothing|no signature)/.test(scheme) ? scheme : `${scheme}${from}`,
    ...(ahead.state === "known" && ahead.value !== undefined ? { clockAheadSeconds: ahead.value } : {}),
    ...(waited?.state === "known" && waited.value !== undefined ? { waited: waited.value } : {}),
    tools: rows,
    skipped:
      plan.state === "known"
        ? plan.value.skipped.map(({ tool, method, path, reason }) => ({ tool, method, path, reason }))
        : [],
  };
}

async function rowOf(
  facts: Facts,
  tool: ToolRef,
  findings: readonly Finding[],
  before: Measured | undefined,
): Promise<SmokeToolReport> {
  const { id, method, path } = tool;
  const result = await facts.get(smokeResult, tool);
  const head = { tool: id, method, path };
  if (result.state === "unreadable") {
    return { ...head, verdict: "unknown", requests: 0, failed: 0, attempts: 0, wrong: oneLine(result.message) };
  }
  const { samples = [], unsteady } = result.value;
  const measured = samples.filter(({ phase }) => phase === "measured");
  const answered = measured.filter(({ status }) => status !== undefined);
  const times = (answered.length > 0 ? answered : measured).map(({ latencyMs }) => latencyMs);
  const [p50Ms, p95Ms] = [percentile(times, 50), percentile(times, 95)];
  const first = samples.find(({ phase }) => phase === "first");
  const own = findings.filter(
    ({ subject, check }) => subject.id === id && subject.kind === "tool" && check !== "tools-answer",
  );
  const isUnread = result.value.outcome === "too-long";
  const isWrong = (result.value.outcome !== "ok" && !isUnread) || own.some(({ severity }) => severity === "error");
  const wrong = [wrongIn(result.value), ...own.map(({ message }) => shortly(message, id))].filter(
    (text) => text !== "",
  );
  const { status } = result.value;
  return {
    ...head,
    verdict:
      isWrong || unsteady?.recovered === false
        ? "fail"
        : isUnread
          ? "unknown"
          : unsteady === undefined
            ? "pass"
            : "flaky",
    ...(status === undefined ? {} : { status }),
    requests: measured.length,
    failed: unsteady?.failed ?? attemptsOf(samples.filter(({ outcome }) => outcome !== "ok" && outcome !== "too-long")),
    attempts: attemptsOf(samples),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(first === undefined ? {} : { firstMs: first.latencyMs }),
    ...(before === undefined ? {} : { before }),
    ...(wrong.length === 0 ? {} : { wrong: wrong.join(" ") }),
  };
}

const attemptsOf = (samples: readonly Sample[]): number => samples.reduce((sum, { attempts }) => sum + attempts, 0);

/** The application's own word, else what the answer shows. */
function wrongIn({ outcome, code, message, detail, unsteady, status }: SmokeResult): string {
  const shown = unsteady ?? { outcome, code, message, detail, status };
  if (shown.outcome === "ok") return "";
  // What the gateway says of itself is a word that its own verdict explains.
  const speaks = shown.outcome === "tool-error" || (shown.outcome === "unauthorized" && shown.message !== undefined);
  const said = speaks ? codeAndMessage(shown.code, shown.message) : "";
  const text = said === "" ? shown.detail : said;
  return oneLine(unsteady === undefined || unsteady.status === undefined ? text : `${unsteady.status} ${text}`, 200);
}

/** A finding's message without the name of the tool that its line begins with. */
function shortly(message: string, tool: string): string {
  const text = message.startsWith(`${tool} `) ? message.slice(tool.length + 1) : message;
  return oneLine(text, 200);
}

/** What to look at where no request reached the API, which no cause of the stack explains. */
export function unreachedNotes({ url, tools: list }: SmokeReport, findings: readonly Finding[]): readonly string[] {
  const unreached = findings.filter(({ check, code }) => check === "tools-answer" && code === "unreachable");
  if (unreached.length === 0 || list.some(({ status }) => status !== undefined)) return [];
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  const name = host === "" || /^(?:[\d.]+|\[.*\])$/.test(host) ? "" : ` the name ${host} in DNS,`;
  return [
    `Nothing that was sent to the API came back as an answer of HTTP: check scheme, host and port of the URL that is asked (--api-url),${name} and whether this machine reaches it through its network or proxy.`,
  ];
}

/** So much slower, and by so many milliseconds, that it is no chance. */
const slowerBy = { times: 2, ms: 200 } as const;

/** A note for each tool that has become much slower than the run that this one is compared with. */
export function slowerNotes({ tools: list }: SmokeReport): readonly string[] {
  return list.flatMap(({ tool, p95Ms, before }) =>
    p95Ms !== undefined &&
    before !== undefined &&
    p95Ms > before.p95Ms * slowerBy.times &&
    p95Ms - before.p95Ms > slowerBy.ms
      ? [
          `${tool} answers more slowly than before: p95 ${Math.round(p95Ms)} ms, and it was ${Math.round(before.p95Ms)} ms.`,
        ]
      : [],
  );
}
