/**
 * Whether a host, with its port if it has one, is on a list: as it stands there, or below `*.`. An address is only as it
 * stands there, so that none of this network is reached but one that the operator wrote down.
 */
export function isAllowed(host: string, list: readonly string[]): boolean {
  const name = host.toLowerCase();
  return list.some((entry) => {
    if (name === entry.toLowerCase()) return true;
    return entry.startsWith("*.") && !isAddress(name) && name.endsWith(entry.slice(1).toLowerCase());
  });
}

/** IPv4 as the URL parser leaves it, IPv6, and names of this machine. */
function isAddress(host: string): boolean {
  return /^(\[.*\]|[\d.]+)(:\d+)?$/.test(host) || /(^|\.)(localhost|local|internal)(:\d+)?$/.test(host);
}
