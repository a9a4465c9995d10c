import { RemovePermissionCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Incident } from "./scenarios.ts";
import { goodLayer, type Lab } from "./lab.ts";

/** Changes one file of the stack's code; fails where there is nothing to change. */
async function edit(lab: Lab, file: string, from: string, to: string): Promise<void> {
  const at = path.join(lab.project.folder, "backend", file);
  const text = await readFile(at, "utf8");
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}.`);
  await writeFile(at, text.replace(from, to));
}

const contract = "tools/get_contract_info/handler.py";
const signature = "def handler(event, context):\n";

function edited(story: string, change: (lab: Lab) => Promise<void>): Incident {
  return {
    story,
    generation: "pg8000",
    layer: goodLayer,
    urlFrom: "environment",
    breakIt: async ({ lab, deploy, overrides }) => {
      await change(lab);
      await deploy(overrides);
    },
  };
}

/** Takes away what the template's event gave: the API's right to invoke the function. */
async function forbidInvoke(lab: Lab): Promise<void> {
  const { lambda } = lab.emulator.root;
  const name = await functionNamed(lab, "GetContractInfo");
  const { Policy = "{}" } = await lambda.send(new GetPolicyCommand({ FunctionName: name }));
  const { Statement = [] } = JSON.parse(Policy) as { Statement?: { Sid: string }[] };
  for (const { Sid } of Statement) {
    await lambda.send(new RemovePermissionCommand({ FunctionName: name, StatementId: Sid }));
  }
}

async function functionNamed(lab: Lab, part: string): Promise<string> {
  const { ListFunctionsCommand } = await import("@aws-sdk/client-lambda");
  const { Functions = [] } = await lab.emulator.root.lambda.send(new ListFunctionsCommand({}));
  const found = Functions.find(({ FunctionName = "" }) => FunctionName.includes(part))?.FunctionName;
  if (found === undefined) throw new Error(`There is no function ${part}.`);
  return found;
}

/** Faults that requests show, beside those of the other incidents. */
export const SMOKE_INCIDENTS: Readonly<Record<string, Incident>> = {
  "invoke-forbidden": {
    ...edited("Somebody removed the statements from a function's resource policy.", async () => {}),
    breakIt: ({ lab }) => forbidInvoke(lab),
  },
  "answer-malformed": edited("A handler returns its data as it is.", (lab) =>
    edit(lab, contract, 'return serve("get_contract_info", event, contract)', 'return {"renewalDate": "2027-03-31"}'),
  ),
  "answer-late": edited("A handler waits for something that takes longer than the API does.", (lab) =>
    edit(lab, contract, signature, `${signature}    __import__("time").sleep(4)\n`),
  ),
  "start-slow": edited("A module does much work while it is imported.", (lab) =>
    edit(lab, contract, "SQL = ", '__import__("time").sleep(4)\n\nSQL = '),
  ),
  "one-in-three": edited("A handler fails at every third request.", (lab) =>
    edit(
      lab,
      contract,
      "def contract(payload):\n",
      'calls = 0\n\n\ndef contract(payload):\n    global calls\n    calls += 1\n    if calls % 3 == 0:\n        raise RuntimeError("the third")\n',
    ),
  ),
  "signature-ignored": edited("The check of signatures was switched off for a test, and stayed so.", (lab) =>
    edit(lab, "_shared/hmac_auth.py", "    stamp, client, given", "    return\n    stamp, client, given"),
  ),
};
