import type { Generation } from "./deploy.ts";
import { goodLayer, LAYER_NAME, layerOf, pg8000Layer, type Lab } from "./lab.ts";

/** The state that an incident's steps work on. */
export type Scene = {
  readonly lab: Lab;
  /** Deploys the project; overrides default to samconfig's. */
  readonly deploy: (overrides?: Readonly<Record<string, string>>) => Promise<void>;
  /** The overrides of the healthy deploy. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Gives the caller another secret than the functions have. */
  readonly useCallerSecret: (secret: string) => void;
  /** Adds to the secrets that must not leak. */
  readonly plant: (secret: string) => void;
};

export type Incident = {
  /** One sentence: what somebody did. */
  readonly story: string;
  readonly generation: Generation;
  /** The layer of the healthy deploy. */
  readonly layer: (layer: string) => Promise<void>;
  /** Where the functions find the URL: their own environment, or the parameter of this name. */
  readonly urlFrom: "environment" | { readonly parameter: string };
  readonly breakIt: (scene: Scene) => Promise<void>;
};

/** What the healthy stack has; an incident states only where it differs. */
function incident(
  story: string,
  breakIt: Incident["breakIt"],
  start: Partial<Pick<Incident, "generation" | "layer" | "urlFrom">> = {},
): Incident {
  return { story, breakIt, generation: "pg8000", layer: goodLayer, urlFrom: "environment", ...start };
}

const PSYCOPG2 = "psycopg2-binary==2.9.10";
const URL_PARAMETER = "/cs-copilot/database-url";
const linuxPsycopg2 = layerOf([PSYCOPG2]);

/** Wheels for macOS, as pip fetches them when a layer is filled on a Mac. */
const macPsycopg2 = layerOf([PSYCOPG2], ["--platform", "macosx_14_0_arm64", "--only-binary=:all:", "--no-deps"]);

/** Layers of the code's earlier generations hold the driver of that time. */
const withoutDriver = layerOf(["python-dateutil==2.9.0.post0"]);

const newCodeWithoutDriver: Incident["breakIt"] = async ({ lab, deploy, overrides }) => {
  await lab.project.setGeneration("pg8000");
  await lab.project.setLayer(withoutDriver);
  await deploy(overrides);
};

/** The driver is published as a new version of the layer, which no function is moved to. */
const staleLayer: Incident["breakIt"] = async (scene) => {
  await newCodeWithoutDriver(scene);
  await scene.lab.project.setLayer(goodLayer);
  await scene.lab.deployer.publishLayer(scene.lab.project, LAYER_NAME);
};

/** samconfig.toml says DatabaseUrl="", and a plain `make deploy` believes it. */
const loseUrl: Incident["breakIt"] = async ({ lab, deploy, overrides }) => {
  await lab.project.setOverrides({ ...overrides, DatabaseUrl: "" });
  await deploy();
};

const macWheels: Incident["breakIt"] = async ({ lab, deploy, overrides }) => {
  await lab.project.setLayer(macPsycopg2);
  await deploy(overrides);
};

const wrongSecret: Incident["breakIt"] = async ({ useCallerSecret }) => {
  useCallerSecret("5f0c1d7a9b3e48d2a6c4e8f01b2d3c4a5f0c1d7a9b3e48d2");
};

/** Every incident by name. */
export const INCIDENTS: Readonly<Record<string, Incident>> = {
  healthy: incident("Nothing is wrong.", async () => {}),
  "healthy-parameter": incident(
    "Nothing is wrong: DATABASE_URL is empty and the URL is in the parameter store.",
    async () => {},
    { urlFrom: { parameter: URL_PARAMETER } },
  ),
  "driver-in-no-layer": incident(
    "The code moved from psycopg2 to pg8000, and nobody put pg8000 into the layer.",
    newCodeWithoutDriver,
    { generation: "psycopg2", layer: linuxPsycopg2 },
  ),
  "macos-wheels": incident("The layer was filled on a Mac: psycopg2's wheel is for macOS.", macWheels, {
    generation: "psycopg2",
    layer: linuxPsycopg2,
  }),
  "driver-backend-missing": incident(
    "psycopg 3 was put into the layer without an implementation, and Lambda has no libpq.",
    async ({ lab, deploy, overrides }) => {
      await lab.project.setLayer(layerOf(["psycopg==3.2.9", "typing-extensions==4.15.0"]));
      await deploy(overrides);
    },
    { generation: "psycopg3", layer: layerOf(["psycopg[binary]==3.2.9", "typing-extensions==4.15.0"]) },
  ),
  "driver-dependency-drift": incident(
    "The layer pins pg8000 and not scramp, whose next version lacks a function that this pg8000 calls.",
    async ({ lab, deploy, overrides }) => {
      await lab.project.setLayer(pg8000Layer("1.5.0"));
      await deploy(overrides);
    },
  ),
  "stale-layer": incident(
    "The layer's new version has pg8000; the functions are still on the one that lacks it.",
    staleLayer,
    { generation: "psycopg2", layer: linuxPsycopg2 },
  ),
  "url-lost-at-deploy": incident("A deploy with samconfig's empty DatabaseUrl lost the good value.", loseUrl),
  "channel-binding": incident(
    "The provider's URL gained channel_binding=require, which db.py hands to pg8000 by name.",
    async ({ lab, deploy, overrides, plant }) => {
      const url = lab.databaseUrl({ query: "sslmode=require&channel_binding=require" });
      plant(url);
      await lab.project.setGeneration("forwarding");
      await deploy({ ...overrides, DatabaseUrl: url });
    },
  ),
  "cursor-with-block": incident(
    "Code written for psycopg was moved to pg8000 with its with blocks, which pg8000's cursor does not support.",
    async ({ lab, deploy, overrides }) => {
      await lab.project.setGeneration("moved");
      await lab.project.setLayer(goodLayer);
      await deploy(overrides);
    },
    { generation: "psycopg2", layer: linuxPsycopg2 },
  ),
  "database-stopped-masked": incident(
    "The database is down, and the handlers answer 200 with missingData.",
    async ({ lab }) => lab.postgres.stop(),
    { generation: "masked" },
  ),
  "parameter-missing": incident(
    "DATABASE_URL_PARAM_NAME names a parameter that was deleted.",
    async ({ lab }) => lab.deleteParameter(URL_PARAMETER),
    { urlFrom: { parameter: URL_PARAMETER } },
  ),
  "parameter-blank": incident(
    "The parameter with the URL holds a single space.",
    async ({ lab }) => lab.putParameter(URL_PARAMETER, " "),
    { urlFrom: { parameter: URL_PARAMETER } },
  ),
  "parameter-denied": incident(
    "The parameter was renamed without its leading slash, which silently breaks the ARN in the functions' policy.",
    async ({ lab, deploy, overrides }) => {
      const name = URL_PARAMETER.slice(1).replace("/", "-");
      await lab.putParameter(name, lab.databaseUrl());
      await deploy({ ...overrides, DatabaseUrlParamName: name });
    },
    { urlFrom: { parameter: URL_PARAMETER } },
  ),
  "hmac-secret-wrong": incident("The caller signs with another secret than the functions have.", wrongSecret),
  "database-password-wrong": incident(
    "The role's password was changed in the database and not in the functions.",
    async ({ lab, deploy, overrides, plant }) => {
      const password = "Pw-before-rotation-7Qx2";
      const url = lab.databaseUrl({ password });
      plant(password);
      plant(url);
      await deploy({ ...overrides, DatabaseUrl: url });
    },
  ),
  "stale-layer-and-hmac": incident(
    "Two at once: functions on a layer without pg8000, and a caller with the wrong secret.",
    async (scene) => {
      await staleLayer(scene);
      await wrongSecret(scene);
    },
    { generation: "psycopg2", layer: linuxPsycopg2 },
  ),
  "macos-wheels-and-url-lost": incident(
    "Two at once: macOS wheels in the layer, and a deploy that lost the URL.",
    async (scene) => {
      await macWheels(scene);
      await loseUrl(scene);
    },
    { generation: "psycopg2", layer: linuxPsycopg2 },
  ),
};
