// What Lambda's reason codes for a function's state mean, and the commands that show what they speak of.
// Codes: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html (StateReasonCode, LastUpdateStatusReasonCode).
import type { FunctionConfiguration } from "../../facts/functions.ts";
import { quote } from "./shell.ts";

interface Reason {
  /** What to do, one sentence. */
  readonly text: string;
  /** Commands of the AWS CLI, without `aws` and without options of the place. */
  readonly look: (list: readonly FunctionConfiguration[]) => readonly string[];
}

const unique = (list: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(list.filter((text) => text !== undefined)),
];
const all = (list: readonly string[]): string => list.map(quote).join(" ");
const nothing = (): readonly string[] => [];

const showSubnets: Reason["look"] = (list) => {
  const ids = unique(list.flatMap(({ subnetIds = [] }) => subnetIds));
  const query = "'Subnets[].[SubnetId,VpcId,AvailableIpAddressCount]'";
  return ids.length === 0 ? [] : [`ec2 describe-subnets --subnet-ids ${all(ids)} --query ${query} --output text`];
};

const showGroups: Reason["look"] = (list) => {
  const ids = unique(list.flatMap(({ securityGroupIds = [] }) => securityGroupIds));
  const query = "'SecurityGroups[].[GroupId,VpcId,GroupName]'";
  return ids.length === 0
    ? []
    : [`ec2 describe-security-groups --group-ids ${all(ids)} --query ${query} --output text`];
};

const showQuota: Reason["look"] = () => [
  `service-quotas list-service-quotas --service-code lambda --query "Quotas[?contains(QuotaName, 'network interfaces')].[QuotaName,Value]" --output text`,
  "ec2 describe-network-interfaces --filters Name=interface-type,Values=lambda --query 'length(NetworkInterfaces)' --output text",
];

const showRolePolicies: Reason["look"] = (list) =>
  unique(list.map(({ role }) => role.split("/").at(-1))).map(
    (role) => `iam list-attached-role-policies --role-name ${quote(role)} --output text`,
  );

/** `111122223333.dkr.ecr.eu-north-1.amazonaws.com/orders:7`, or with `@sha256:...` behind it. */
const image = /^(\d{12})\.dkr\.ecr\.[^/]+\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]+))?$/;

const showImages: Reason["look"] = (list) =>
  unique(list.map(({ imageUri }) => imageUri)).flatMap((uri) => {
    const [, account, repository, tag, digest] = image.exec(uri) ?? [];
    if (account === undefined || repository === undefined) return [];
    const id = digest === undefined ? `imageTag=${tag ?? "latest"}` : `imageDigest=${digest}`;
    return [
      `ecr describe-images --registry-id ${account} --repository-name ${quote(repository)} --image-ids ${quote(id)} --query 'imageDetails[].[imageTags,imagePushedAt]' --output text`,
    ];
  });

const showKeys: Reason["look"] = (list) =>
  unique(list.map(({ kmsKeyArn }) => kmsKeyArn)).map(
    (key) => `kms describe-key --key-id ${quote(key)} --query 'KeyMetadata.[KeyState,Description]' --output text`,
  );

const reasons: readonly (readonly [RegExp, Reason])[] = [
  [
    /^SubnetOutOfIPAddresses$/,
    {
      text: "The function's subnets have no free address left: name subnets with more room in its VpcConfig, or free addresses.",
      look: showSubnets,
    },
  ],
  [
    /^EniLimitExceeded$/,
    {
      text: "The VPC may have no more network interfaces: delete those that nobody uses, have functions share subnets and security groups, or ask for a higher quota.",
      look: showQuota,
    },
  ],
  [
    /^InsufficientRolePermissions$/,
    {
      text: "Give the function's role the rights of AWSLambdaVPCAccessExecutionRole.",
      look: showRolePolicies,
    },
  ],
  [/^InvalidSubnet$/, { text: "Name subnets that exist in the function's VpcConfig.", look: showSubnets }],
  [
    /^InvalidSecurityGroup$/,
    {
      text: "Name security groups that exist, in the VPC of the subnets, in the function's VpcConfig.",
      look: showGroups,
    },
  ],
  [
    /^(?:InvalidZipFileException|InvalidConfiguration|InvalidRuntime)$/,
    { text: "Correct what the reason names and deploy again.", look: nothing },
  ],
  [
    /^ImageDeleted$/,
    { text: "The image is no longer in its repository: push it again, or deploy another one.", look: showImages },
  ],
  [
    /^ImageAccessDenied$/,
    { text: "Let Lambda pull the image: the repository's policy must allow it.", look: showImages },
  ],
  [
    /^(?:Invalid)?Image/,
    { text: "See that the image is for the function's architecture, and push it again.", look: showImages },
  ],
  [/^KMS|KMSKey$/, { text: "See that the KMS key is enabled and that the role may use it.", look: showKeys }],
  [
    /^FunctionError/,
    { text: "The function failed while Lambda started it once to check it; its log says how.", look: nothing },
  ],
];

/** What a reason code asks for; undefined for one that is not known. */
export const reasonOf = (code: string): Reason | undefined => reasons.find(([pattern]) => pattern.test(code))?.[1];
