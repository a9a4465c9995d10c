import { createHmac } from "node:crypto";

/** The six tools of the lab's stack: the path of each, its function's logical id, and whether it needs the database. */
export const TOOLS = [
  { tool: "get_customer_usage", logicalId: "GetCustomerUsage", database: true },
  { tool: "get_recent_tickets", logicalId: "GetRecentTickets", database: true },
  { tool: "get_contract_info", logicalId: "GetContractInfo", database: true },
  { tool: "calculate_health", logicalId: "CalculateHealth", database: true },
  { tool: "generate_email", logicalId: "GenerateEmail", database: false },
  { tool: "generate_qbr_outline", logicalId: "GenerateQbrOutline", database: false },
] as const;

export type ToolName = (typeof TOOLS)[number]["tool"];

/** One answer of the API. */
export type Answer = {
  readonly tool: ToolName;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** The request that the seed data answers. */
export const SEED_REQUEST = { customerId: "acme-001", params: { ownerUserId: "public", topic: "Renewal" } };

/** Sends one signed request: hex HMAC-SHA256 of "timestamp.client.body" under the secret. */
export async function callTool(
  apiUrl: string,
  tool: ToolName,
  secret: string,
  payload: unknown = SEED_REQUEST,
): Promise<Answer> {
  const body = JSON.stringify(payload);
  const stamp = String(Date.now());
  const client = "copilot-web";
  const signature = createHmac("sha256", secret).update(`${stamp}.${client}.${body}`).digest("hex");
  const reply = await fetch(`${apiUrl}/${tool}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Timestamp": stamp,
      "X-Client": client,
      "X-Signature": signature,
    },
    body,
  });
  const text = await reply.text();
  return { tool, status: reply.status, headers: Object.fromEntries(reply.headers), text };
}

/** One signed request to each tool, two at a time, as the machine has few cores. */
export async function callAllTools(apiUrl: string, secret: string): Promise<Answer[]> {
  const waiting = TOOLS.map(({ tool }) => tool);
  const answers: Answer[] = [];
  const work = async () => {
    for (let tool = waiting.shift(); tool !== undefined; tool = waiting.shift()) {
      answers.push(await callTool(apiUrl, tool, secret));
    }
  };
  await Promise.all([work(), work(), work()]);
  const order = TOOLS.map(({ tool }) => tool);
  return answers.sort((a, b) => order.indexOf(a.tool) - order.indexOf(b.tool));
}
