import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Parameter,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import type { Emulator } from "./emulator.ts";
import { labRoot } from "./function-version.ts";
import { findPython } from "./python.ts";
import { codeSha256, folderEntries, writeZip } from "./zip.ts";

/** Which age of the stack's Python code is deployed; overlays of test/lab/stack/generations over backend/. */
export type Generation = "pg8000" | "psycopg2" | "psycopg3" | "moved" | "masked" | "forwarding";

const OVERLAYS: Record<Generation, readonly string[]> = {
  pg8000: [],
  psycopg2: ["blocks", "psycopg2"],
  psycopg3: ["blocks", "psycopg3"],
  moved: ["blocks"],
  masked: ["masked"],
  forwarding: ["forwarding"],
};

/** A copy of the stack's project on disk, as a developer has it checked out. */
export type Project = {
  readonly folder: string;
  /** Replaces the code by another generation. */
  readonly setGeneration: (generation: Generation) => Promise<void>;
  /** Replaces what infra/layers/common/python holds; undefined empties it. */
  readonly setLayer: (fill: ((layer: string) => Promise<void>) | undefined) => Promise<void>;
  /** Writes the default environment's parameter_overrides into samconfig.toml. */
  readonly setOverrides: (overrides: Readonly<Record<string, string>>) => Promise<void>;
};

const stackRoot = () => path.join(labRoot(), "stack");

/** Copies the stack's project into a folder. The template's runtime becomes that of this machine's Python. */
export async function makeProject(folder: string): Promise<Project> {
  const root = stackRoot();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, "infra"), path.join(folder, "infra"), { recursive: true });
  const template = path.join(folder, "infra", "sam-template.yaml");
  const version = (await findPython())?.version ?? "3.11";
  const text = await readFile(template, "utf8");
  await writeFile(template, text.replaceAll("python3.11", `python${version}`));
  const backend = path.join(folder, "backend");
  const layer = path.join(folder, "infra", "layers", "common");
  return {
    folder,
    setGeneration: async (generation) => {
      await rm(backend, { recursive: true, force: true });
      for (const overlay of OVERLAYS[generation].reduce<string[]>(
        (all, name) => [...all, path.join(root, "generations", name)],
        [path.join(root, "backend")],
      )) {
        await cp(overlay, backend, { recursive: true });
      }
    },
    setLayer: async (fill) => {
      await rm(layer, { recursive: true, force: true });
      await mkdir(path.join(layer, "python"), { recursive: true });
      // SAM refuses an empty layer; a note keeps the folder in version control as well.
      await writeFile(path.join(layer, "python", "README.txt"), "Filled by make layer-pydeps.\n");
      await fill?.(layer);
    },
    setOverrides: async (overrides) => {
      const file = path.join(folder, "infra", "samconfig.toml");
      const pairs = Object.entries(overrides).map(([key, value]) => `${key}=\\"${value}\\"`);
      let done = false;
      const lines = (await readFile(file, "utf8")).split("\n").map((line) => {
        if (done || !line.startsWith("parameter_overrides")) return line;
        done = true;
        return `parameter_overrides = "${pairs.join(" ")}"`;
      });
      await writeFile(file, lines.join("\n"));
    },
  };
}

const samconfigSchema = z.object({
  default: z.object({
    deploy: z.object({ parameters: z.object({ parameter_overrides: z.string() }) }),
  }),
});

/** The overrides that `sam deploy` would take from the project's samconfig.toml. */
async function samconfigOverrides(folder: string): Promise<Record<string, string>> {
  const text = await readFile(path.join(folder, "infra", "samconfig.toml"), "utf8");
  const { parameter_overrides: line } = samconfigSchema.parse(parse(text)).default.deploy.parameters;
  const pairs = line.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, key, value]) => [key, value]));
}

export type Deployed = { readonly apiId: string; readonly stage: string };

const BUCKET = "aws-sam-cli-managed-default-samclisourcebucket";

/** What deploys to one emulator. `packages` collects every uploaded archive by CodeSha256. */
export type Deployer = {
  /** Packages the project and creates or updates the stack, with `sam deploy`'s rules for parameters. */
  readonly deploy: (
    stackName: string,
    project: Project,
    overrides?: Readonly<Record<string, string>>,
  ) => Promise<Deployed>;
  /** Publishes the project's layer folder as a new version without telling the stack. Returns its ARN. */
  readonly publishLayer: (project: Project, layerName: string) => Promise<string>;
};

/** Makes the deployer. */
export function deployer(emulator: Emulator, packages: Map<string, Buffer>): Deployer {
  const { cloudformation, lambda } = emulator.root;

  const upload = async (folder: string): Promise<string> => {
    const archive = writeZip(await folderEntries(folder));
    const sha = codeSha256(archive);
    packages.set(sha, archive);
    const key = Buffer.from(sha, "base64").toString("hex").slice(0, 32);
    await emulator.putObject(BUCKET, key, archive);
    return `s3://${BUCKET}/${key}`;
  };

  const stackStatus = async (stackName: string) => {
    const reply = await cloudformation.send(new DescribeStacksCommand({ StackName: stackName })).catch(() => undefined);
    return reply?.Stacks?.[0];
  };

  const settle = async (stackName: string) => {
    for (;;) {
      const stack = await stackStatus(stackName);
      const status = stack?.StackStatus ?? "";
      if (status === "CREATE_COMPLETE" || status === "UPDATE_COMPLETE") return stack;
      if (!status.endsWith("_IN_PROGRESS")) {
        const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: stackName }));
        const reasons = StackEvents?.filter((event) => event.ResourceStatus?.endsWith("FAILED")).map(
          (event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`,
        );
        throw new Error(`The stack ${stackName} ended in ${status}: ${reasons?.join("; ")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  return {
    deploy: async (stackName, project, overrides) => {
      const infra = path.join(project.folder, "infra");
      const [code, layer, template] = await Promise.all([
        upload(path.join(project.folder, "backend")),
        upload(path.join(infra, "layers", "common")),
        readFile(path.join(infra, "sam-template.yaml"), "utf8"),
      ]);
      const packaged = template
        .replace("CodeUri: ../backend", `CodeUri: ${code}`)
        .replace("ContentUri: ./layers/common", `ContentUri: ${layer}`);
      const before = await stackStatus(stackName);
      const given = overrides ?? (await samconfigOverrides(project.folder));
      // As `sam deploy`: a parameter that is not overridden keeps the value it has, if the stack exists.
      const kept = (before?.Parameters ?? []).flatMap(({ ParameterKey: key = "" }): Parameter[] =>
        key in given ? [] : [{ ParameterKey: key, UsePreviousValue: true }],
      );
      const input = {
        StackName: stackName,
        TemplateBody: packaged,
        Capabilities: ["CAPABILITY_IAM" as const, "CAPABILITY_AUTO_EXPAND" as const],
        Parameters: [
          ...kept,
          ...Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        ],
      };
      const command = before === undefined ? new CreateStackCommand(input) : undefined;
      if (command === undefined) await cloudformation.send(new UpdateStackCommand(input));
      else await cloudformation.send(command);
      const stack = await settle(stackName);
      const url = stack?.Outputs?.find((output) => output.OutputKey === "ApiUrl")?.OutputValue ?? "";
      const parts = /^https:\/\/([^.]+)\.[^/]*\/([^/]+)/.exec(url);
      if (parts?.[1] === undefined || parts[2] === undefined) {
        throw new Error(`The stack ${stackName} has no usable ApiUrl: "${url}".`);
      }
      return { apiId: parts[1], stage: parts[2] };
    },

    publishLayer: async (project, layerName) => {
      const archive = writeZip(await folderEntries(path.join(project.folder, "infra", "layers", "common")));
      packages.set(codeSha256(archive), archive);
      const version = (await findPython())?.version ?? "3.11";
      const reply = await lambda.send(
        new PublishLayerVersionCommand({
          LayerName: layerName,
          Content: { ZipFile: archive },
          CompatibleRuntimes: [version === "3.12" ? "python3.12" : "python3.11"],
          CompatibleArchitectures: ["x86_64"],
        }),
      );
      return reply.LayerVersionArn ?? "";
    },
  };
}
