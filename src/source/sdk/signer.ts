// What signs requests as AWS wants them signed.
export { SignatureV4 } from "@smithy/signature-v4";
export { Hash } from "@smithy/core/serde";
