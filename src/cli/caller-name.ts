/** `arn:aws:sts::1:assumed-role/ci-deploy/session` is ci-deploy, `arn:aws:iam::1:user/path/ada` is ada. */
export function callerName(arn: string): string {
  const parts = arn.split(":").slice(5).join(":").split("/");
  if (parts[0] === "assumed-role" || parts[0] === "federated-user") return parts[1] ?? arn;
  return parts.at(-1) ?? arn;
}
