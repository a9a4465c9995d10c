// What Django does when it is set up or when a class of a model is made: its settings name further modules to import.
import type { Step } from "../../facts/inventory.ts";
import { explainRaise } from "./explain.ts";
import { findModule } from "./finder.ts";
import { importModule, isRaised } from "./importer.ts";
import { raise, type Machine, type Module, type Raised } from "./machine.ts";
import { noteDoubt } from "./open-questions.ts";

const variable = "DJANGO_SETTINGS_MODULE";

/** Runs a call of `django.setup()` and its like, `settings.configure()`, or the making of a model's class. */
export function runDjango(machine: Machine, module: Module, step: Extract<Step, { do: "django" }>): Raised | undefined {
  const { django } = machine;
  if (step.wants === "configure") {
    // Which apps it is given is not read.
    django.configured = true;
    return undefined;
  }
  if (django.ready || machine.maybe > 0) return undefined;
  const settings = machine.target.environment[variable];
  if (django.configured) {
    if (step.wants === "setup") django.ready = true;
    return undefined;
  }
  if (settings?.includes("${") === true) {
    const text = `${module.file?.path ?? module.name}, line ${step.line}, needs Django's settings; what ${variable} is set to is not known.`;
    machine.openQuestions.add(text);
    return undefined;
  }
  if (settings === undefined) {
    return unconfigured(machine, module, step.wants === "setup" ? "LOGGING_CONFIG" : "INSTALLED_APPS", step.line);
  }
  const loaded = importModule(machine, settings);
  if (isRaised(loaded)) return loaded;
  if (step.wants === "models") {
    return raise(machine, "AppRegistryNotReady", "Apps aren't loaded yet.", {
      ...explainRaise(module, step.line),
      explanation: `${module.file?.path ?? module.name} defines models before django.setup() was called.`,
    });
  }
  django.ready = true;
  const apps = loaded.texts.get("INSTALLED_APPS");
  if (apps === undefined) {
    if (loaded.texts.has("INSTALLED_APPS") || loaded.open) {
      noteDoubt(machine, module, step.line, "sets Django up with apps that cannot be told from the code");
    }
    return undefined;
  }
  return loadApps(machine, apps);
}

/** First the apps one after another, each with its configuration, then the models of all. */
function loadApps(machine: Machine, apps: readonly string[]): Raised | undefined {
  const names: string[] = [];
  for (const app of apps) {
    // `polls.apps.PollsConfig` names the class of a configuration.
    const last = app.slice(app.lastIndexOf(".") + 1);
    const isClass = app.includes(".") && /^[A-Z]/.test(last);
    const raised = load(machine, isClass ? app.slice(0, -last.length - 1) : app);
    if (raised !== undefined) return raised;
    const name = isClass ? app.replace(/(?:\.apps)?\.\w+$/, "") : app;
    names.push(name);
    const configuration = isClass ? undefined : loadIfThere(machine, name, "apps");
    if (configuration !== undefined) return configuration;
  }
  for (const name of names) {
    const raised = loadIfThere(machine, name, "models");
    if (raised !== undefined) return raised;
  }
  return undefined;
}

function load(machine: Machine, name: string): Raised | undefined {
  const loaded = importModule(machine, name);
  return isRaised(loaded) ? loaded : undefined;
}

function loadIfThere(machine: Machine, name: string, part: string): Raised | undefined {
  const folders = machine.modules.get(name)?.folders;
  const there = folders !== undefined && findModule(machine.view, machine.target, part, folders) !== undefined;
  return there ? load(machine, `${name}.${part}`) : undefined;
}

/** Reads a setting, which imports the module that has them. */
export function readSetting(machine: Machine, module: Module, name: string, line: number): Raised | undefined {
  if (machine.django.configured || machine.maybe > 0 || name === "configure" || name === "configured") return undefined;
  const settings = machine.target.environment[variable];
  if (settings?.includes("${") === true) return undefined;
  return settings === undefined ? unconfigured(machine, module, name, line) : load(machine, settings);
}

function unconfigured(machine: Machine, module: Module, setting: string, line: number): Raised | undefined {
  if (machine.target.environmentUnknown === true) {
    machine.openQuestions.add(
      `${module.file?.path ?? module.name}, line ${line}, needs Django's settings; whether ${variable} is set is not known.`,
    );
    return undefined;
  }
  const message = `Requested setting ${setting}, but settings are not configured. You must either define the environment variable ${variable} or call settings.configure() before accessing settings.`;
  return raise(machine, "ImproperlyConfigured", message, {
    ...explainRaise(module, line),
    explanation: `${module.file?.path ?? module.name} needs Django's settings, and neither ${variable} nor settings.configure() gives them.`,
  });
}
