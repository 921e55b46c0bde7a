/** Whether an address or host name (without port) can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|\[?::1\]?|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.test(host);
}
