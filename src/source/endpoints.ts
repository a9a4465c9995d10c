/** Whether AWS itself answers there: no endpoint is named, or one of AWS's own hosts. */
export function isAws(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true;
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  return /\.amazonaws\.com(?:\.cn)?$/.test(host);
}
