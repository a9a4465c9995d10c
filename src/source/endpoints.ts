/** Whether AWS itself answers there: no endpoint is named, or one of AWS's own hosts. */
export function isAws(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true;
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  return /\.amazonaws\.com(?:\.cn)?$/.test(host);
}

/** The address without a user and password in it, which no report and no message may show. */
export function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  return Object.assign(url, { username: "", password: "" }).href;
}
