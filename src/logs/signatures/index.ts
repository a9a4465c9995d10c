// Every signature. The order breaks ties between matches at the same place.
import type { Signature } from "../signature.ts";
import { applicationSignatures } from "./application.ts";
import { awsSignatures } from "./aws.ts";
import { driverSignatures } from "./drivers.ts";
import { nodeDriverUseSignatures } from "./driver-use-node.ts";
import { pythonDriverUseSignatures } from "./driver-use-python.ts";
import { gatewaySignatures } from "./gateway.ts";
import { importSignatures } from "./import.ts";
import { libpqSignatures } from "./libpq.ts";
import { nativeSignatures } from "./native.ts";
import { networkSignatures } from "./network.ts";
import { nodeSignatures } from "./node.ts";
import { otherDriverSignatures } from "./other-drivers.ts";
import { otherLanguageSignatures } from "./other-languages.ts";
import { sandboxSignatures } from "./sandbox.ts";
import { serverSignatures } from "./pg-server.ts";
import { platformSignatures } from "./platform.ts";
import { poolerSignatures } from "./pooler.ts";
import { providerSignatures } from "./provider.ts";
import { pythonSignatures } from "./python.ts";
import { tlsSignatures } from "./tls.ts";
import { translatedSignatures } from "./translated.ts";
import { urlSignatures } from "./url.ts";

export const signatures: readonly Signature[] = [
  ...nativeSignatures,
  ...pythonSignatures,
  ...importSignatures,
  ...nodeSignatures,
  ...tlsSignatures,
  ...poolerSignatures,
  ...libpqSignatures,
  ...urlSignatures,
  ...networkSignatures,
  ...serverSignatures,
  ...driverSignatures,
  ...providerSignatures,
  ...pythonDriverUseSignatures,
  ...nodeDriverUseSignatures,
  ...awsSignatures,
  ...gatewaySignatures,
  ...otherDriverSignatures,
  ...otherLanguageSignatures,
  ...sandboxSignatures,
  ...platformSignatures,
  ...translatedSignatures,
  ...applicationSignatures,
];
