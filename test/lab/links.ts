import { z } from "zod";
import type { AwsCall } from "./calls.ts";
import type { Reply } from "./front.ts";
import { codeSha256 } from "./zip.ts";

/** Serves the bytes behind a presigned link as S3 does: one range, suffix ranges, and GET only. */
export function presignedReply(method: string, range: string, content: Buffer): Reply {
  const xml = { "content-type": "application/xml" };
  if (method !== "GET") {
    const body = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    return { status: 403, headers: xml, body: Buffer.from(method === "HEAD" ? "" : body) };
  }
  const headers = { "content-type": "application/zip", "accept-ranges": "bytes" };
  const found = /^bytes=(\d*)-(\d*)$/.exec(range);
  if (found === null || (found[1] === "" && found[2] === "")) {
    return { status: 200, headers, body: content };
  }
  const [, from = "", to = ""] = found;
  const size = content.length;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(size - 1, Number(to));
  if (start >= size || end < start) {
    const body = "<Error><Code>InvalidRange</Code></Error>";
    return { status: 416, headers: { ...xml, "content-range": `bytes */${size}` }, body: Buffer.from(body) };
  }
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` },
    body: content.subarray(start, end + 1),
  };
}

/** Links lead to the front, and name the package by its digest, so that a version's link gives that version's code. */
export function rewriteLinks(reply: Reply, port: number): Reply {
  const text = reply.body.toString("utf8");
  if (!text.includes("/_ministack/lambda-")) return reply;
  const parsed: unknown = JSON.parse(text);
  const visit = (value: unknown, sha: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, sha));
    if (typeof value !== "object" || value === null) {
      if (typeof value !== "string" || !value.includes("/_ministack/lambda-")) return value;
      const link = new URL(value);
      link.port = String(port);
      if (sha !== "") link.searchParams.set("X-Lab-Sha256", sha);
      return link.toString();
    }
    const entries = Object.entries(value);
    const own = new Map(entries).get("CodeSha256");
    const digest = typeof own === "string" ? own : sha;
    return Object.fromEntries(entries.map(([key, item]) => [key, visit(item, digest)]));
  };
  const configuration =
    typeof parsed === "object" && parsed !== null && "Configuration" in parsed ? parsed.Configuration : undefined;
  const sha =
    typeof configuration === "object" && configuration !== null && "CodeSha256" in configuration
      ? String(configuration.CodeSha256)
      : "";
  return { ...reply, body: Buffer.from(JSON.stringify(visit(parsed, sha))) };
}

const uploadSchema = z.object({
  ZipFile: z.string().optional(),
  Code: z.object({ ZipFile: z.string().optional() }).optional(),
  Content: z.object({ ZipFile: z.string().optional() }).optional(),
});

/** Remembers a package that a client uploads inline, because the emulator keeps only a function's newest. */
export function keepUpload(packages: Map<string, Buffer>, call: AwsCall): void {
  if (!["CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"].includes(call.action)) return;
  const found = uploadSchema.safeParse(JSON.parse(call.body.toString("utf8")));
  const text = found.data?.ZipFile ?? found.data?.Code?.ZipFile ?? found.data?.Content?.ZipFile;
  if (text === undefined) return;
  const archive = Buffer.from(text, "base64");
  packages.set(codeSha256(archive), archive);
}
