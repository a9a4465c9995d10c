// How AWS's services refuse a caller.
import { jsonError, xmlError, type Answer, type Call } from "../source/fake-aws.ts";

/** The refusal of a call that takes an IAM action, in the protocol of its service. */
export type Refusal = (call: Call, action: string) => Answer;

const speaksXml = ({ headers }: Call): boolean => /form-urlencoded/.test(String(headers["content-type"] ?? ""));

/** A refusal in the protocol of the service that was called: with that code, message and status. */
const refusal =
  (
    codes: { readonly xml: string; readonly json: string },
    message: (action: string) => string,
    status: number,
  ): Refusal =>
  (call, action) =>
    speaksXml(call) ? xmlError(codes.xml, message(action), status) : jsonError(codes.json, message(action), status);

const usual = { xml: "AccessDenied", json: "AccessDeniedException" };
const caller = "User: arn:aws:sts::111122223333:assumed-role/ci/run is not authorized to perform";
/** The forms in which AWS says that the caller may not do something, whatever the service. */
export const refusals: Readonly<Record<string, Refusal>> = {
  "no policy allows it": refusal(
    usual,
    (action) => `${caller}: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    403,
  ),
  "with status 400": refusal(usual, (action) => `${caller}: ${action}`, 400),
  "an explicit deny": refusal(
    usual,
    (action) => `${caller}: ${action} on resource: * with an explicit deny in an identity-based policy`,
    403,
  ),
  "a service control policy": refusal(
    usual,
    (action) => `${caller}: ${action} on resource: * with an explicit deny in a service control policy`,
    400,
  ),
  UnauthorizedOperation: refusal(
    { xml: "UnauthorizedOperation", json: "UnauthorizedOperation" },
    () => "You are not authorized to perform this operation.",
    403,
  ),
  "a namespaced type": refusal(
    { xml: "AccessDenied", json: "com.amazonaws.service#AccessDeniedException" },
    (action) => `${caller}: ${action}`,
    400,
  ),
  // Proxies, gateways and emulators give one form for all services, whatever protocol each of them speaks.
  "in XML to every service": (_call, action) => xmlError("AccessDenied", `${caller}: ${action}`, 400),
  "in XML as a store of objects gives it": () => ({
    status: 400,
    xml: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  }),
  "in XML that is named after it": () => ({
    status: 400,
    xml: "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>",
  }),
  "in JSON to every service": (_call, action) => jsonError("AccessDeniedException", `${caller}: ${action}`, 400),
  "status 403 and nothing else": () => ({ status: 403, bytes: new Uint8Array() }),
};
