// What stands before the message in a line of exported, tailed or prefixed log.

export interface LinePrefix {
  /** Length in characters of what is not the message. */
  readonly length: number;
  /** The part of it that repeats on every line of one event (a pod's or container's name), for finding the event's end. */
  readonly repeated: string;
  /** Whether a time is part of it. */
  readonly timed: boolean;
  /** Whether the message is a field of comma-separated values, in which a quote is written twice. */
  readonly quoted: boolean;
  /** Function, pod or program, without `/aws/lambda/`. */
  readonly source: string | undefined;
  readonly stream: string | undefined;
  /** Milliseconds since 1970. */
  readonly timestamp: number | undefined;
}

const isoTime =
  /(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?(?<zone>Z|[+-]\d\d:?\d\d)?/;
const epochMilliseconds = /(?<![\d.])(?<epoch>1\d{12})(?![\d.])/;

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

/** The first point in time that a text names (ISO 8601, or milliseconds since 1970); without a zone it is taken for UTC. */
export function timestampIn(text: string): number | undefined {
  const found = isoTime.exec(text)?.groups;
  if (found !== undefined) {
    const milliseconds = Number((found["fraction"] ?? "").padEnd(3, "0").slice(0, 3));
    const at = Date.UTC(
      Number(found["year"]),
      Number(found["month"]) - 1,
      Number(found["day"]),
      Number(found["hour"]),
      Number(found["minute"]),
      Number(found["second"]),
      milliseconds,
    );
    return at - zoneOffsetMs(found["zone"]);
  }
  const epoch = epochMilliseconds.exec(text)?.groups?.["epoch"];
  return epoch === undefined ? undefined : Number(epoch);
}

/** The last point in time that a text names, for a line that names none itself. */
export function lastTimestampIn(text: string): number | undefined {
  const last = [...text.matchAll(new RegExp(isoTime, "g"))].at(-1)?.[0];
  return last === undefined ? undefined : timestampIn(last);
}

const streamName = String.raw`\d{4}\/\d\d\/\d\d\/\S*\[[^\]\s]+\][0-9a-f]+`;
const groupName = String.raw`\/[\w.-]+\/[\w./#-]+`;
const time = isoTime.source.replace(/\?<\w+>/g, "");
// In the order in which the tools write them: awslogs and S3 exports begin with the group, `sam logs` with the stream,
// `aws logs tail` with the time. A time that a tab follows is the beginning of Node's own line.
const usualPrefix = new RegExp(
  String.raw`(?:(?<group>${groupName})[ \t]+)?(?:(?<stream>${streamName})[ \t]+)?(?:(?<time>${time}) (?! *$))?(?:(?<later>${streamName})[ \t]+)?`,
  "y",
);
const podPrefix = /\[pod\/(?<pod>[^\]\s]+)\] |(?<container>[A-Za-z][\w.-]*) *\| /y;
const journal = /[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64} (?<unit>[\w.@-]{1,64})(?:\[\d+\])?: /y;
const afterTime = /[\w.-]{1,64} (?<unit>[\w.@-]{1,64})\[\d+\]: /y;
const eventsText = new RegExp(String.raw`EVENTS\t\d+\t(?<epoch>\d{13})\t(?<stream>\S+)\t`, "y");
const epochFirst = /(?:\| )?(?<epoch>1\d{12})[ \t]+(?:\| )?/y;
/** A row of a CSV file of the console or of Insights, whose first column is the time. */
const row = new RegExp(String.raw`"?(?:(?<epoch>1\d{12})|(?<time>${time})(?!,\d))"?,(?<quote>"?)`, "y");
/** What containerd (`stdout F`) and syslog of RFC 5424 write after the time. */
const stream = /(?:stdout|stderr) [FP] /y;
const syslog = new RegExp(
  String.raw`<\d{1,3}>1 (?<time>${time}) \S{1,255} (?<unit>\S{1,48}) \S{1,128} \S{1,32} (?:- |\[[^\]\n]{0,300}\] )`,
  "y",
);

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

/** Splits off what stands before the message: see `LinePrefix`. Only the first 512 characters are looked at. */
export function linePrefix(line: string): LinePrefix {
  const head = line.length > 512 ? line.slice(0, 512) : line;
  const pod = matchAt(podPrefix, head, 0);
  const podLength = pod?.[0].length ?? 0;
  const repeated = head.slice(0, podLength);
  const podName = pod?.groups?.["pod"] ?? pod?.groups?.["container"];
  const counted = matchAt(eventsText, head, podLength) ?? matchAt(epochFirst, head, podLength);
  if (counted !== null) {
    const { epoch, stream } = counted.groups ?? {};
    const length = podLength + counted[0].length;
    return { length, repeated, timed: false, quoted: false, source: podName, stream, timestamp: Number(epoch) };
  }
  const values = matchAt(row, head, podLength);
  if (values !== null) {
    const { epoch, time: written, quote } = values.groups ?? {};
    const length = podLength + values[0].length;
    const timestamp = epoch === undefined ? timestampIn(written ?? "") : Number(epoch);
    return { length, repeated, timed: false, quoted: quote !== "", source: podName, stream: undefined, timestamp };
  }
  const recorded = matchAt(syslog, head, podLength);
  if (recorded !== null) {
    const { time: written = "", unit } = recorded.groups ?? {};
    const length = podLength + recorded[0].length;
    const source = podName ?? unit;
    return { length, repeated, timed: true, quoted: false, source, stream: undefined, timestamp: timestampIn(written) };
  }
  const logged = matchAt(journal, head, podLength);
  if (logged !== null) {
    // It has no year: only a time inside of the message tells when it was.
    const length = podLength + logged[0].length;
    const timestamp = timestampIn(head.slice(length, length + 200));
    return {
      length,
      repeated,
      timed: true,
      quoted: false,
      source: podName ?? logged.groups?.["unit"],
      stream: undefined,
      timestamp,
    };
  }
  const usual = matchAt(usualPrefix, head, podLength);
  const before = podLength + (usual?.[0].length ?? 0);
  const program = usual?.groups?.["time"] === undefined ? null : matchAt(afterTime, head, before);
  const container = usual?.groups?.["time"] === undefined ? null : matchAt(stream, head, before);
  const length = before + (program?.[0].length ?? container?.[0].length ?? 0);
  const { group, stream: named, time: written, later } = usual?.groups ?? {};
  return {
    length,
    repeated,
    timed: written !== undefined,
    quoted: false,
    source: podName ?? program?.groups?.["unit"] ?? group?.replace("/aws/lambda/", ""),
    stream: named ?? later,
    timestamp: timestampIn(written ?? head.slice(length, length + 200)),
  };
}

/** Whether a line is the beginning of a row of comma-separated values whose first column is the time. */
export const beginsRow = (line: string): boolean => matchAt(row, line, 0) !== null;

/** A column `@log` of Insights: the account and the group. */
const logColumn = /,"?\d{12}:\/aws\/lambda\/(?<name>[\w-]+)/;
/** How wrappers of one line name the time: container runtimes, collectors, loggers. */
const timeField = /"(?:@?timestamp|time|ts|eventTime|asctime)"\s*:\s*(?:"(?<text>[^"]{10,40})"|(?<epoch>1\d{12}))/;

/** The function that a row of comma-separated values names, where it does. */
export function functionInRow(text: string): string | undefined {
  return logColumn.exec(text)?.groups?.["name"];
}

/** The time that a line of JSON gives itself, wherever in it. */
export function timeOfJson(text: string): number | undefined {
  const fields = timeField.exec(text)?.groups;
  if (fields === undefined) return undefined;
  return fields["epoch"] === undefined ? timestampIn(fields["text"] ?? "") : Number(fields["epoch"]);
}

const functionField = /"(?:function_?[nN]ame|lambdaFunction(?:Name)?|faas\.name)"\s*:\s*"(?<name>[\w-]+)"/;

/** The function that a line of JSON names, where it does. */
export function functionNamed(text: string): string | undefined {
  return text.includes('"') ? functionField.exec(text)?.groups?.["name"] : undefined;
}
