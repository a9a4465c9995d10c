import { describe, expect, test } from "vitest";
import { loadCauses } from "./all.ts";
import { allNames, badGateway, layer, logged } from "./builders.ts";
import { expectPresentable } from "./checking.ts";
import { diagnosed, each, type World } from "./world.ts";

const causes = await loadCauses();

async function found(world: World) {
  const { diagnoses, unexplained } = await diagnosed(causes, world);
  for (const diagnosis of diagnoses) expectPresentable(diagnosis);
  const [first] = diagnoses;
  if (first === undefined) throw new Error("There is no diagnosis.");
  return {
    first,
    names: diagnoses.map(({ cause, confidence }) => `${cause} ${confidence}`),
    commands: first.remedies.flatMap(({ commands }) => commands).join("\n"),
    open: unexplained.filter(({ severity }) => severity === "error"),
  };
}

describe("the API", () => {
  const missing = each(["GenerateEmail"], { answer: { outcome: "route-missing", status: 403, shown: "403" } });

  test("has no such route", async () => {
    const { names, open } = await found({ functions: missing, routes: [{ path: "/get_customer_usage" }] });
    expect(names).toEqual(["api-route-missing certain"]);
    expect(open).toEqual([]);
  });

  test("has the route, but not on the stage", async () => {
    const { names, commands } = await found({ functions: missing });
    expect(names).toEqual(["api-route-missing certain"]);
    expect(commands).toContain("apigateway create-deployment --rest-api-id a1b2c3 --stage-name Prod");
  });

  test("wants a key", async () => {
    const { names, first, open } = await found({
      functions: each(["GenerateEmail"], { answer: { outcome: "forbidden", status: 403, shown: "403" } }),
      routes: [{ path: "/generate_email", apiKeyRequired: true }],
    });
    expect(names).toEqual(["api-access-denied likely"]);
    expect(first.headline).toContain("an API key");
    expect(open).toEqual([]);
  });

  test("may not invoke the function", async () => {
    const { names, commands, open } = await found({
      functions: each(["GenerateEmail"], { answer: { outcome: "gateway-error", status: 500, shown: "500" } }),
    });
    expect(names).toEqual(["invoke-permission-missing likely"]);
    expect(commands).toContain(
      "--source-arn 'arn:aws:execute-api:ap-southeast-1:111122223333:a1b2c3/*/POST/generate_email'",
    );
    expect(open).toEqual([]);
  });

  test("gives up, and nobody knows why", async () => {
    const { names, open } = await found({
      functions: each(["GenerateEmail"], { answer: { outcome: "timeout", status: 504, shown: "504" } }),
    });
    expect(names).toEqual(["gateway-timeout possible"]);
    expect(open).toEqual([]);
  });

  test("refuses for the rate", async () => {
    const { names, open } = await found({
      functions: each(["GenerateEmail"], { answer: { outcome: "throttled", status: 429, shown: "429" } }),
    });
    expect(names).toEqual(["quota-exceeded likely"]);
    expect(open).toEqual([]);
  });

  test("cannot pass the answer of a healthy function on", async () => {
    const { names, open } = await found({ functions: each(["GenerateEmail"], { answer: badGateway }) });
    expect(names).toEqual(["proxy-response-malformed possible"]);
    expect(open).toEqual([]);
  });
});

describe("a function", () => {
  test("that is gone explains what its tool answers", async () => {
    const { names, open } = await found({
      functions: each(["GenerateEmail"], {
        missing: true,
        answer: { outcome: "gateway-error", status: 500, shown: "500" },
      }),
    });
    expect(names).toEqual(["function-not-active certain"]);
    expect(open).toEqual([]);
  });

  test.each([
    [
      { state: "Failed", stateReasonCode: "InvalidZipFileException", stateReason: "The zip is damaged" },
      "is not ready to run",
    ],
    [
      {
        lastUpdateStatus: "Failed",
        lastUpdateStatusReasonCode: "InvalidSubnet",
        lastUpdateStatusReason: "No such subnet",
      },
      "The last update of",
    ],
    [{ lastUpdateStatus: "InProgress" }, "still being updated"],
  ])("whose state is %o is named", async (configuration, text) => {
    const { first } = await found({ functions: each(["GenerateEmail"], { configuration }) });
    expect([first.cause, first.confidence]).toEqual(["function-not-active", "certain"]);
    expect(first.headline).toContain(text);
  });

  const attached = {
    subnetIds: ["subnet-a"],
    securityGroupIds: ["sg-fn"],
    kmsKeyArn: "arn:aws:kms:ap-southeast-1:111122223333:key/1",
    imageUri: "111122223333.dkr.ecr.ap-southeast-1.amazonaws.com/orders:7",
  };
  test.each([
    ["SubnetOutOfIPAddresses", /no free address/, "ec2 describe-subnets --subnet-ids subnet-a "],
    ["EniLimitExceeded", /no more network interfaces/, "service-quotas list-service-quotas"],
    ["InvalidSecurityGroup", /security groups that exist/, "describe-security-groups --group-ids sg-fn "],
    ["InsufficientRolePermissions", /AWSLambdaVPCAccessExecutionRole/, "iam list-attached-role-policies --role-name "],
    ["ImageDeleted", /no longer in its repository/, "--repository-name orders --image-ids imageTag=7 "],
    ["KMSKeyAccessDenied", /the role may use it/, "kms describe-key --key-id arn:aws:kms:"],
    ["InvalidStateKMSKey", /the role may use it/, "kms describe-key"],
    ["InvalidZipFileException", /Correct what the reason names/, "make -C infra build"],
  ])(
    "that Lambda gives up with %s is told what that asks for, and shown what it speaks of",
    async (code, text, command) => {
      const configuration = { ...attached, lastUpdateStatus: "Failed", lastUpdateStatusReasonCode: code };
      const { first, commands } = await found({ functions: each(["GenerateEmail"], { configuration }) });
      expect(first.summary).toMatch(text);
      expect(commands).toContain(command);
      // What Lambda says is proof already.
      expect(commands).not.toContain("get-function --function-name");
    },
  );

  test.each([
    ["KMSDisabledException", "kms enable-key"],
    ["KMSInvalidStateException", "kms cancel-key-deletion"],
    ["KMSAccessDeniedException", "iam put-role-policy"],
  ])("whose environment cannot be decrypted (%s)", async (code, command) => {
    const { first, commands, open } = await found({
      functions: each(["GenerateEmail"], {
        configuration: {
          environmentError: { code, message: "refused" },
          kmsKeyArn: "arn:aws:kms:ap-southeast-1:1:key/k",
        },
        answer: { outcome: "gateway-error", status: 500, shown: "500" },
      }),
    });
    expect([first.cause, first.confidence]).toEqual(["env-decrypt-failed", "certain"]);
    expect(commands).toContain(command);
    expect(open).toEqual([]);
  });

  test("that has too little time or memory is given more", async () => {
    const slow = await found({
      functions: { GenerateEmail: { errors: [logged(["lambda-timeout"], "Task timed out")] } },
    });
    expect(slow.commands).toContain("--timeout 20");
    const small = await found({ functions: { GenerateEmail: { errors: [logged(["lambda-oom"], "signal: killed")] } } });
    expect(small.commands).toContain("--memory-size 512");
  });

  test("on a runtime at its end is a warning", async () => {
    const { first, names } = await found({
      functions: each(allNames, { configuration: { runtime: "python3.9", layers: [] } }),
    });
    expect(names).toEqual(["runtime-outdated certain"]);
    expect(first.severity).not.toBe("error");
    expect(first.headline).toContain("run on python3.9");
  });

  test("with a layer that was deleted gets the newest that exists", async () => {
    const { first, commands } = await found({
      functions: each(["GenerateEmail"], { configuration: { layers: [{ arn: layer(7).id, codeSize: 1 }] } }),
      deletedLayers: ["cs-copilot-common:7"],
      newestLayers: [layer(8).id],
    });
    expect([first.cause, first.confidence]).toEqual(["layer-missing", "certain"]);
    expect(commands).toContain(`--layers ${layer(8).id}`);
  });
});

describe("the stack", () => {
  // What CloudFormation allows in each state: the commands that change something, in the order in which they are printed.
  const deploys = ["make -C infra build", "make -C infra deploy"];
  const deletes = ["delete-stack", "wait stack-delete-complete"];
  test.each([
    ["UPDATE_ROLLBACK_COMPLETE", "was rolled back", deploys],
    ["UPDATE_ROLLBACK_IN_PROGRESS", "is being rolled back", ["wait stack-rollback-complete", ...deploys]],
    ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "was rolled back", ["wait stack-rollback-complete", ...deploys]],
    [
      "UPDATE_ROLLBACK_FAILED",
      "is left in the state",
      ["continue-update-rollback", "wait stack-rollback-complete", ...deploys],
    ],
    ["UPDATE_FAILED", "is left in the state", ["rollback-stack", "wait stack-rollback-complete", ...deploys]],
    ["ROLLBACK_COMPLETE", "could not be created", [...deletes, ...deploys]],
    ["ROLLBACK_IN_PROGRESS", "could not be created", ["wait stack-create-complete", ...deletes, ...deploys]],
    ["ROLLBACK_FAILED", "could not be created", [...deletes, ...deploys]],
    ["CREATE_FAILED", "could not be created", [...deletes, ...deploys]],
    ["CREATE_IN_PROGRESS", "is still being deployed (--wait 5m waits for it)", ["wait stack-create-complete"]],
    ["UPDATE_IN_PROGRESS", "is still being deployed (--wait 5m waits for it)", ["wait stack-update-complete"]],
    ["IMPORT_IN_PROGRESS", "is still being deployed (--wait 5m waits for it)", ["wait stack-import-complete"]],
    ["REVIEW_IN_PROGRESS", "was never created", deploys],
    ["DELETE_FAILED", "is left in the state", [...deletes, ...deploys]],
    ["DELETE_IN_PROGRESS", "is being deleted", ["wait stack-delete-complete", ...deploys]],
  ])("in the state %s", async (status, text, allowed) => {
    const { first, commands } = await found({ stack: { status }, deploy: { status } });
    expect([first.cause, first.confidence]).toEqual(["stack-failed", "certain"]);
    expect(first.headline).toContain(text);
    expect(first.summary).not.toBe("");
    // Of a stack that is created for the first time nothing runs from before.
    expect(first.summary.includes("Nothing of it was there before")).toBe(/^(?:ROLLBACK_|CREATE_FAILED)/.test(status));
    expect(first.summary).not.toMatch(status.startsWith("UPDATE") ? /was deleted/ : /what runs is what was there/);
    const steps = /(?<=cloudformation )(?:wait )?(?!describe|list|wait)[a-z-]+|make -C infra [a-z]+/g;
    expect(commands.match(steps)).toEqual(allowed);
    expect(commands.includes("describe-stack-events")).toBe(/FAILED|ROLLBACK/.test(status));
  });

  test("whose creation is still rolled back is deleted when that is over, which the wait tells by failing", async () => {
    const { commands } = await found({ stack: { status: "ROLLBACK_IN_PROGRESS" } });
    expect(commands).toMatch(/wait stack-create-complete --stack-name \S+ .*\|\| true$/m);
  });
});
