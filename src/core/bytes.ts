/** `7.5 MB`, `250 MB`, `12 KB`, `130 B`, in powers of 1,024 as AWS counts them. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`;
  const count = bytes / 1024 ** 2;
  return `${count >= 100 ? Math.round(count) : count.toFixed(1)} MB`;
}
