/** "HOST:PORT" of a command line. */
export interface HostPort {
  /** An IPv4 address or a host name. */
  host: string;
  port: number;
}

/** Undefined when it is not that; `portMin` is 0 where the system may choose one. */
export function readHostPort(text: string, portMin: 0 | 1): HostPort | undefined {
  const found = /^([A-Za-z0-9_.-]{1,253}):(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  const port = Number(found[2]);
  if (port < portMin || port > 65_535) return undefined;
  return { host: found[1]!, port };
}
