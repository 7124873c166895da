/** IPv4 addresses as unsigned 32-bit numbers in host byte order (127.0.0.1 = 0x7f000001). */

export interface Endpoint {
  address: number;
  port: number;
}

/** "1.2.3.4" to a number; undefined when it is no dotted IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** "1.2.3.4:5000" to its parts; undefined when it is not that. Port 1..65535. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^([\d.]+):([1-9]\d{0,4})$/.exec(text);
  if (match === null) return undefined;
  const address = parseIpv4(match[1]!);
  const port = Number(match[2]);
  return address === undefined || port > 65535 ? undefined : { address, port };
}

export function formatIpv4(address: number): string {
  const value = address >>> 0;
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export function formatEndpoint(address: number, port: number): string {
  return `${formatIpv4(address)}:${port}`;
}

/** "1.2.3.4:5000" of the other end of a stream (hp_tcp_peer); "?" when it is a status. */
export function formatPeer(peer: number): string {
  return peer < 0 ? "?" : formatEndpoint(Math.floor(peer / 65536), peer % 65536);
}

/** True for 224.0.0.0/4. */
export function isMulticast(address: number): boolean {
  return address >>> 28 === 14;
}
