/** "host:port" of a config. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
