/** A sample of what healthy functions log: terms are looked for by the part of them that such text seldom has. */
export const ordinaryLog = `/aws/lambda/CustomerUsage 2026-03-02T10:00:00.123Z 2026/03/02/[$LATEST]ab12cd34ef565a5a13579bdf24680ace
/aws/lambda/SendReminders 2026-03-02T10:00:01.456Z [pod/worker-7d9c/app] web-1  | level=info
user session started, sending response with status 200 to the client in 42 ms; cache refreshed, false, true, null
using cached parameters of the service, processed 128 messages from the queue, next page requested, bytes used 2048
selected records where customer is active and status is open, inserted rows, updated rows, transaction committed
GET /tools/customers/usage HTTP/1.1 200 user-agent Mozilla/5.0 accept-encoding gzip host api.example.com
event received with source aws.events, detail-type Scheduled, region eu-west-1, resources arn:aws:events:eu-west-1:rule/refresh
START RequestId: 6f1c2d1e-77a0-4000-8000-5a5a13579bdf Version: $LATEST
END RequestId: 70aa2d1e-1b2c-4d3e-9f80-24680ace1357
REPORT RequestId: 70aa2d1e-1b2c-4d3e-9f80-24680ace1357	Duration: 34.12 ms	Billed Duration: 35 ms	Memory Size: 256 MB	Max Memory Used: 71 MB
INIT_START Runtime Version: python:3.12.v36	Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:ab12cd34
[INFO]	2026-03-02T10:00:00.123Z	70aa2d1e-1b2c-4d3e-9f80-24680ace1357	fetched 12 tickets for customer in 31 ms, request body parsed, content type application/json
2026-03-02T10:00:00.123Z	70aa2d1e-1b2c-4d3e-9f80-24680ace1357	INFO	sending SELECT id, name, created_at FROM customers WHERE owner_user_id = $1 ORDER BY created_at
{"type":"TOOL_LOG","tool":"get_contract_info","requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357","customer":"acme-17","missing":false,"errors":0,"ms":90}
{"timestamp":"2026-03-02T10:00:00.123Z","level":"INFO","message":"connection opened to the database","logger":"app.database","requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357"}
{"time":"2026-03-02T10:00:00.123Z","type":"platform.report","record":{"requestId":"70aa2d1e-1b2c-4d3e-9f80-24680ace1357","status":"success","metrics":{"durationMs":30.1,"billedDurationMs":31}}}
`;
