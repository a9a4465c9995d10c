import type { Reply } from "../../core/reply.ts";
import type { Inventory } from "../../facts/inventory.ts";
import type { InventoryResult } from "../../packages/inventory.ts";
import type { Answer, BodyOf } from "../../facts/requests/index.ts";
import type { packageInventory } from "../../facts/requests/package.ts";
import { requestAgents } from "../agents.ts";
import { factsOf, failed, isStop, stopReply } from "../errors.ts";
import { fewAtOnce } from "../few-at-once.ts";
import { isCached, readCached, writeCached } from "../inventory-cache.ts";
import { answered, type LiveContext } from "./context.ts";
import { quiet } from "../quiet.ts";
import { functionHash, getFunction, getLayerVersion, layerHash } from "./lambda.ts";
import { openPackage, openRanges, type PackageAddress, type PackageReader } from "./range-reader.ts";

type Body = BodyOf<typeof packageInventory>;
type Of = Parameters<Answer<typeof packageInventory>>[0]["of"];

/** How many packages are looked into at the same time: what is read of each is held until it is understood. */
const packagesAtOnce = 8;
/** And how many besides, before it is known what is wanted of them. */
const aheadAtOnce = 4;

/** A package that is being looked into. */
interface Begun {
  readonly reader: PackageReader;
  /** Rejects with what its store failed with. */
  readonly result: Promise<InventoryResult>;
}

/** Addresses hold for ten minutes; one that is nearly as old is asked for anew. */
const addressAgeMs = 8 * 60_000;

/**
 * Looks into a package through ranges of its zip. An inventory of the same content that an earlier run made is taken
 * from the cache folder, where there is one.
 */
export function answerPackageInventory(
  context: LiveContext,
  cacheFolder: string | undefined,
): Answer<typeof packageInventory> {
  const made = new Map<string, Promise<Reply<Body>>>();
  const inTurn = fewAtOnce(packagesAtOnce);
  const ahead = new Set<string>();
  let agents: ReturnType<typeof requestAgents> | undefined;

  async function fetching() {
    agents ??= requestAgents(context.env);
    return { agents: await agents, signal: context.signal, count: () => context.count("s3", "package:Read") };
  }

  /**
   * Begins with a package before it is known which modules are wanted of it: its directory and much of its content are
   * needed whatever they are. Undefined where it need not or cannot be opened.
   */
  async function beginAhead(codeSha256: string, modules: Promise<readonly string[]>): Promise<Begun | undefined> {
    const address = context.locations.get(codeSha256);
    if (address === undefined || ahead.size >= aheadAtOnce || ahead.has(codeSha256)) return undefined;
    if (await isCached(cacheFolder, codeSha256)) return undefined;
    ahead.add(codeSha256);
    const over = (): void => void ahead.delete(codeSha256);
    const begun = await begin({ ...address, codeSha256 }, modules).catch(() => undefined);
    if (begun === undefined) over();
    // What it fails with is heard where it is waited for.
    else void begun.result.then(over, over);
    return begun;
  }

  async function begin(address: PackageAddress, modules: Promise<readonly string[]>): Promise<Begun | undefined> {
    const reader = await openRanges(address, await fetching());
    if (reader === undefined) return undefined;
    const { inventoryOfZip } = await import("../../packages/inventory.ts");
    return { reader, result: inventoryOfZip(reader, { modules, pause: quiet }) };
  }

  async function make(
    codeSha256: string,
    of: Of,
    modules: readonly string[],
    begun: Promise<Begun | undefined>,
  ): Promise<Reply<Body>> {
    const cached = await readCached(cacheFolder, codeSha256, modules);
    if (cached !== undefined) return { status: "ok", body: context.vault.scrubAll(cached) };
    const action = of.kind === "function" ? "lambda:GetFunction" : "lambda:GetLayerVersion";
    for (let fresh = false; ; fresh = true) {
      const located = await answered(context, action, "LAMBDA", () => locate(context, codeSha256, of, fresh));
      if (located.status !== "ok") return located;
      const { body: address } = located;
      if (address === undefined) return failed("NO_PACKAGE", `AWS gave no address for the package of ${nameOf(of)}.`);
      if (address.codeSha256 !== codeSha256) {
        return failed("PACKAGE_CHANGED", `The code of ${nameOf(of)} was changed while it was being read.`);
      }
      try {
        const { reader, result } = (fresh ? undefined : await begun) ?? (await beginNow(address, modules));
        try {
          return await inventoryReply(await result, codeSha256, of, modules);
        } finally {
          await reader.close();
        }
      } catch (error) {
        const { code, message } = factsOf(error);
        if (code === "URL_EXPIRED" && !fresh) continue;
        if (context.signal.aborted) {
          const { reason } = context.signal as { reason: unknown };
          return stopReply(isStop(reason) ? reason : { kind: "interrupted" }, `the package of ${nameOf(of)}`);
        }
        const said = context.vault.scrub(message).replace(/\.$/, "");
        return failed(code || "PACKAGE_UNREADABLE", `The package of ${nameOf(of)} could not be read: ${said}.`);
      }
    }
  }

  async function beginNow(address: PackageAddress, modules: readonly string[]): Promise<Begun> {
    const reader = await openPackage(address, await fetching());
    const { inventoryOfZip } = await import("../../packages/inventory.ts");
    return { reader, result: inventoryOfZip(reader, { modules, pause: quiet }) };
  }

  async function inventoryReply(
    result: InventoryResult,
    codeSha256: string,
    of: Of,
    modules: readonly string[],
  ): Promise<Reply<Body>> {
    if (!result.ok) {
      return failed(
        result.problem.kind.toUpperCase().replaceAll("-", "_"),
        `The package of ${nameOf(of)}: ${result.problem.text}`,
      );
    }
    const inventory = context.vault.scrubAll<Inventory>(result.inventory);
    await writeCached(cacheFolder, codeSha256, modules, inventory);
    return { status: "ok", body: inventory };
  }

  return async ({ codeSha256, of }, how) => {
    const wanted = how?.modules ?? [];
    const sorted = (async () => [...new Set(await wanted)].toSorted())();
    const begun = "then" in wanted ? beginAhead(codeSha256, sorted) : Promise.resolve(undefined);
    const modules = await sorted;
    const key = JSON.stringify([codeSha256, modules]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const reply = inTurn(() => make(codeSha256, of, modules, begun));
    made.set(key, reply);
    return reply;
  };
}

async function locate(
  context: LiveContext,
  codeSha256: string,
  of: Of,
  fresh: boolean,
): Promise<{ readonly url: string; readonly size: number; readonly codeSha256: string } | undefined> {
  const known = context.locations.get(codeSha256);
  if (!fresh && known !== undefined && context.clock.now() - known.at < addressAgeMs) return { ...known, codeSha256 };
  const asked =
    of.kind === "function"
      ? await getFunction(context, of.name, of.qualifier).then((found) => ({
          sha: functionHash(found),
          size: found.Configuration?.CodeSize,
          url: found.Code?.Location,
        }))
      : await getLayerVersion(context, of.arn).then((layer) => ({
          sha: layerHash(of.arn, layer),
          size: layer.Content?.CodeSize,
          url: layer.Content?.Location,
        }));
  return asked.url === undefined ? undefined : { url: asked.url, size: asked.size ?? 0, codeSha256: asked.sha };
}

function nameOf(of: Of): string {
  return of.kind === "function" ? of.name : of.arn.split(":").slice(-2).join(":");
}
