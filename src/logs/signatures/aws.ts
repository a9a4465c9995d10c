// AWS services that a function asks for its secrets, and their refusals.
import type { CauseId } from "../../core/cause-ids.gen.ts";
import { signature } from "../signature.ts";

function deniedCauses(action: string | undefined): readonly CauseId[] {
  if (action === undefined) return ["secret-access-denied"];
  if (action.startsWith("lambda:Invoke")) return ["invoke-permission-missing"];
  if (action.startsWith("execute-api:")) return ["signature-rejected", "invoke-permission-missing"];
  if (/^(?:ssm|secretsmanager):/.test(action)) return ["secret-access-denied"];
  if (action.startsWith("kms:")) return ["secret-access-denied", "env-decrypt-failed"];
  // The credentials of another account's role, or a database by its Data API: the role's own policy decides, too.
  if (/^(?:sts:AssumeRole|rds-data:)/.test(action)) return ["secret-access-denied"];
  if (action.startsWith("rds-db:")) return ["auth-failed", "secret-access-denied"];
  return [];
}

export const awsSignatures = [
  signature({
    id: "aws-access-denied",
    patterns: [/not authorized to perform:? ?['"]?(?<action>[\w-]+:\w+)(?: on resource: (?<resource>\S+))?/],
    tier: "proof",
    causes: ({ action, resource }) => {
      const causes = deniedCauses(action);
      // Who asks for everything, or for nothing by name, asks for a name that is not set.
      return causes[0] === "secret-access-denied" && /[:/]\*?$/.test(resource ?? "")
        ? ["secret-access-denied", "secret-missing"]
        : causes;
    },
    decides: "the policy of the function's role, the resource policy and the condition keys",
    matches: [
      "An error occurred (AccessDeniedException) when calling the GetParameter operation: User: arn:aws:sts::111122223333:assumed-role/app/fn is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/app/hmac",
      "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/app/fn is not authorized to perform: secretsmanager:GetSecretValue on resource: db",
    ],
    misses: ["is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::reports"],
  }),
  signature({
    id: "aws-secret-denied",
    patterns: [
      /AccessDenied(?:Exception)?[^\n]{0,300}(?:GetParameter|GetSecretValue)/,
      /(?:GetParameters?|GetSecretValue)\b[^\n]{0,200}AccessDenied/,
      /Access to KMS is not allowed/,
      /can't decrypt the protected secret text/,
      /security token included in the request is (?:invalid|expired)/,
      /Unable to locate credentials/,
      /Could not load credentials from any providers/,
      /NoCredentialsError/,
      /Missing credentials in config/,
      /CredentialsError/,
      /UnrecognizedClientException/,
      /ExpiredToken(?:Exception)?\b/,
      /InvalidClientTokenId/,
    ],
    causes: (_, about) =>
      /calling the (?:GetSecretValue|BatchGetSecretValue|GetParameters?|GetParametersByPath|Decrypt) operation/.test(
        about.text,
      )
        ? ["secret-access-denied", "signature-rejected"]
        : /Unrecognized|ExpiredToken|InvalidClientTokenId|security token/.test(about.text)
          ? ["signature-rejected", "secret-access-denied"]
          : ["secret-access-denied"],
    decides: "the policy of the function's role for that parameter, secret and key",
    matches: [
      "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: Access to KMS is not allowed",
      "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
      "role/app called GetSecretValue but failed due to AccessDenied",
      "An error occurred (DecryptionFailure) when calling the GetSecretValue operation: Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      "An error occurred (InvalidClientTokenId): The security token included in the request is invalid.",
    ],
    misses: ["An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"],
  }),
  signature({
    id: "aws-secret-missing",
    patterns: [
      /Parameter(?:Version)?NotFound/,
      /[Ii]nvalid (?:type|length) for parameter (?:Name|SecretId|Names), value: (?:None|0)/,
      /at '(?:name|secretId|names)' failed to satisfy constraint/,
      /(?:\bssm\b|SSM|Secrets Manager|secretsmanager|\b[Ss]ecret)\b[^\n]{0,80}\b(?:cannot be found|could not be found|was not found|not found|does not exist)/,
      /[Pp]arameters?:? \[?['"]?(?:ssm:)?\/\S+[^\n]{0,40}\b(?:cannot be found|not found|does not exist)/,
      /Unable to fetch parameters \[/,
      /Value not found at "(?:ssm|aws:)/,
      /KeyError: ['"](?:SecretString|[A-Z_]*(?:SECRET|API_KEY|PARAM_NAME|SECRET_ARN|SECRET_NAME|SECRET_ID))['"]/,
      /\b[A-Z_]*(?:HMAC|SECRET|API_KEY|PARAM_NAME)[A-Z_]* (?:environment variable )?(?:is )?(?:not (?:set|configured|defined|found)|missing|must be set|undefined|empty)/,
      /can't find the specified secret/,
      /ResourceNotFoundException[^\n]{0,300}(?:GetSecretValue|[Ss]ecret)/,
      /because it was (?:marked for deletion|deleted)/,
      /secret[^\n]{0,300}marked (?:for deletion|deleted)/,
    ],
    tier: "proof",
    causes: ["secret-missing"],
    decides: "the name, version and region of the parameter or secret as the function asks for it",
    matches: [
      "botocore.errorfactory.ParameterNotFound: An error occurred (ParameterNotFound) when calling the GetParameter operation: ",
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      "botocore.exceptions.ParamValidationError: Parameter validation failed:\nInvalid type for parameter Name, value: None, type: <class 'NoneType'>",
      "RuntimeError: HMAC_SECRET is not set",
      "KeyError: 'HMAC_PARAM_NAME'",
      "An error occurred (InvalidRequestException) when calling the GetSecretValue operation: You can't perform this operation on the secret because it was marked for deletion.",
    ],
    misses: [
      "ResourceNotFoundException: Requested resource not found: Table: orders",
      "INFO secret loaded from cache",
      "KeyError: 'owner'",
    ],
  }),
  signature({
    id: "aws-quota",
    patterns: [
      /TooManyRequestsException/,
      /ConcurrentInvocationLimitExceeded/,
      /CodeStorageExceeded/,
      /\((?:Throttling|ThrottlingException|LimitExceededException|TooManyUpdates)\) when calling/,
      /ThrottlingException: Rate exceeded/,
      /"message":\s*"(?:Too Many Requests|Limit Exceeded)"/,
      /Rate [Ee]xceeded/,
    ],
    causes: ["quota-exceeded"],
    decides: "the account's quota for that call, and the function's reserved concurrency",
    matches: [
      "TooManyRequestsException: Rate Exceeded.",
      "An error occurred (ThrottlingException) when calling the GetParameter operation (reached max retries: 4): Rate exceeded",
      '{"message":"Limit Exceeded"}',
    ],
    misses: ["the exchange rate exceeded 60"],
  }),
];
