// API Gateway, request signing and the answers of the tools.
import { signature } from "../signature.ts";

export const gatewaySignatures = [
  signature({
    id: "gateway-route-missing",
    patterns: [
      /Missing Authentication Token/,
      /"message":\s*"Forbidden"/,
      /"message":\s*"Not Found"/,
      /not a valid key=value pair \(missing equal-sign\)/,
      />?Cannot (?:GET|POST|PUT|DELETE|PATCH) \/\S*/,
      /No route matches \[/,
    ],
    causes: ["api-route-missing", "signature-rejected"],
    decides: "the method and path of the request, stage included, against the API's resources",
    matches: ['{"message":"Missing Authentication Token"}', '{"message":"Not Found"}', "Cannot POST /tools/invoice"],
    misses: ['{"message":"Found 3 tickets"}'],
  }),
  signature({
    id: "gateway-malformed-response",
    patterns: [
      /[Mm]alformed Lambda proxy response/,
      /due to configuration error: Malformed/,
      /doesn't match the format that API Gateway expects/,
      /Invalid API Gateway Response/,
      /Invalid [Ll]ambda response received/,
      /returned an invalid response \(must include/,
      /Lambda output should follow the next JSON format/,
      /body contains the wrong type for field/,
    ],
    tier: "proof",
    causes: (_, { text }) =>
      /Response Keys: \{[^}\n]{0,200}'error(?:Type|Message)'/.test(text)
        ? []
        : ["proxy-response-malformed", "serialization-error"],
    decides: "whether the handler returns statusCode and a string body, or failed before it could",
    matches: ["Execution failed due to configuration error: Malformed Lambda proxy response"],
    misses: ["lambda proxy response received"],
  }),
  signature({
    id: "gateway-function-error",
    // SAM's local gateway was handed the function's error: what failed stands in it or before it.
    patterns: [/Invalid API Gateway Response Keys: \{[^}\n]{0,200}'error(?:Type|Message)'/],
    tier: "envelope",
    causes: ["proxy-response-malformed", "init-crash"],
    decides: "the error that the function's own log has of the same request",
    matches: ["Invalid API Gateway Response Keys: {'errorType', 'errorMessage'} in a response"],
    misses: ["Invalid API Gateway Response Keys: {'headres'}"],
  }),
  signature({
    id: "gateway-configuration-error",
    patterns: [/Execution failed due to configuration error(?!: (?:Malformed|Invalid permissions))/],
    tier: "effect",
    causes: ["proxy-response-malformed", "invoke-permission-missing", "init-crash"],
    decides: "the rest of that line of the execution log, and the function's own log of the same request",
    matches: ["Mon Mar 02 10:00:00 UTC 2026 : Execution failed due to configuration error: "],
    misses: ["Execution failed due to configuration error: Malformed Lambda proxy response"],
  }),
  signature({
    id: "gateway-invoke-permission",
    patterns: [/Invalid permissions on Lambda function/],
    tier: "proof",
    causes: ["invoke-permission-missing"],
    decides: "the function's resource policy for that API, stage and method",
    matches: ["Execution failed due to configuration error: Invalid permissions on Lambda function"],
    misses: ["permissions on Lambda function were added"],
  }),
  signature({
    id: "gateway-timeout",
    patterns: [
      /Endpoint request timed out/,
      /INTEGRATION_TIMEOUT/,
      /"message":\s*"Service Unavailable"/,

      /\b504 Gateway Time-?out\b/,
      /\b504\b[^\n]{0,300}Gateway Timeout/,
      /Execution failed due to a timeout error/,
    ],
    causes: ["gateway-timeout", "lambda-timeout"],
    decides: "how long the function took for that request: the gateway waits 29 seconds",
    matches: ['{"message": "Endpoint request timed out"}', "HTTP 504 Gateway Timeout"],
    misses: ["integration timeout is 29000"],
  }),
  signature({
    id: "gateway-server-error",
    patterns: [/"message":\s*"Internal [Ss]erver [Ee]rror"/, /InternalServerErrorException/],
    tier: "envelope",
    causes: ["proxy-response-malformed", "init-crash", "invoke-permission-missing"],
    decides: "the function's own log of the same request",
    matches: ['{"message": "Internal server error"}'],
    misses: ['"POST /tools HTTP/1.1" 500 Internal Server Error'],
  }),
  signature({
    id: "signature-mismatch",
    patterns: [
      /SignatureDoesNotMatch/,
      /signature we calculated does not match/,
      /[Ss]ignature expired/,
      /InvalidSignatureException/,
      /RequestTimeTooSkewed/,
      /[Ii]nvalid (?:HMAC|(?:webhook |request |X-[\w-]+ |header |JWT |token |hmac )?signature)(?! of| for)/,
      /[Ss]ignature (?:verification|validation|check) failed/,
      /[Ss]ignature mismatch/,
      /[Uu]nable to verify (?:the )?(?:request |webhook )?signature/,
      /(?:matching|match) the expected signature/,
      /IncompleteSignature/,
      /[Ss]ignature (?:is )?invalid/,
      /signature does not match(?! certificate)/,
      /HMAC (?:verification |validation |check )?(?:failed|mismatch)/,
      /(?:[Mm]issing|[Bb]ad) (?:X-[\w-]+ )?signature/,
      /[Tt]imestamp outside (?:of )?the (?:tolerance|allowed)/,
      /[Ss]ignatures did(?:n't| not) match/,
      /"code":\s*"UNAUTHORIZED"/,
      /"message":\s*"Unauthorized"/,
      /[Ss]tale (?:timestamp|request)/,
      /timestamp (?:is )?(?:too old|expired|out of range)/,
      /explicit deny/,
      /Forbidden\. For troubleshooting Function URL authorization/,
      /not authorized to access this resource/,
    ],
    causes: (_, about) => {
      if (/end of central directory|server signature/.test(about.text)) return [];
      if (/Function URL/.test(about.text))
        return ["signature-rejected", "invoke-permission-missing", "api-access-denied"];
      return /expired|TooSkewed|tolerance|allowed|skew/.test(about.text)
        ? ["signature-rejected", "clock-skew"]
        : ["signature-rejected"];
    },
    decides: "the bytes and the timestamp that were signed on both sides, and the key's fingerprint",
    matches: [
      '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
      '{"message":"The request signature we calculated does not match the signature you provided."}',
      "SignatureDoesNotMatch: Signature expired: 20260302T100000Z is now earlier than 20260302T100500Z",
      "StripeSignatureVerificationError: No signatures found matching the expected signature for payload.",
      '{"ok":false,"error":{"code":"UNAUTHORIZED","message":"Invalid signature"}}',
      "JsonWebTokenError: invalid signature",
    ],
    misses: ["signature accepted", "Invalid signature of the contract PDF was ignored"],
  }),
];
