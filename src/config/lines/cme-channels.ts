/**
 * CME's list of channels, config.xml of the MDP 3.0 service: a channel is a feed. Its connections by feed
 * type: I incremental (A and B), N instrument definitions, S snapshots by price, SMBO snapshots by order,
 * each by UDP; H, the historical replay by TCP, is no line.
 */
import { Parser } from "xml2js";
import {
  checkFeed,
  checkWanted,
  type LineList,
  LineListError,
  type LineRole,
  type ListedFeed,
  type ListedLine,
  readGroup,
  readSource,
  readWhole,
} from "./line-list.ts";

/** In the order of a feed's lines. */
const TYPES: Record<string, { role: LineRole; label: string }> = {
  I: { role: "live", label: "incremental" },
  N: { role: "definition", label: "instrument definitions" },
  S: { role: "snapshot", label: "snapshots" },
  SMBO: { role: "snapshot", label: "snapshots by order" },
};
const UDP = "UDP/IP";
const CHANNEL_MAX = 65_535;

/** An element as xml2js gives it: attributes in $, text in _, children by name. */
interface Element {
  $?: Record<string, string>;
  _?: string;
  [child: string]: unknown;
}

export interface CmeOptions {
  /** Only these channels; none given: all that have incremental lines. */
  channels: readonly string[];
  /** Path of the SBE template file, for the key `templates`. */
  templates?: string;
}

/** Throws LineListError. */
export function cmeChannels(xml: string, file: string, options: CmeOptions): LineList {
  const root = parseXml(xml, file);
  const channels = childrenOf(root, "channel");
  const ids = channels.map((channel) => attribute(channel, "id"));
  checkWanted(file, "channel", options.channels, ids);
  const list: LineList = { feeds: [], leftOut: [] };
  channels.forEach((channel, k) => {
    const id = ids[k]!;
    const isWanted = options.channels.includes(id);
    if (options.channels.length > 0 && !isWanted) return;
    if (ids.indexOf(id) !== k) {
      throw new LineListError(`${file}: channel ${id} is there twice; allowed: each channel once`);
    }
    const feed = feedOf(channel, id, file, options, list.leftOut);
    if (feed.lines.some(({ role }) => role === "live")) {
      checkFeed(`${file}: channel ${id}`, feed);
      list.feeds.push(feed);
    } else if (isWanted) {
      throw new LineListError(
        `${file}: channel ${id} has no incremental lines; allowed: a channel with connections of feed type I`,
      );
    } else list.leftOut.push(`channel ${id}, which has no incremental lines`);
  });
  return list;
}

function feedOf(
  channel: Element,
  id: string,
  file: string,
  options: CmeOptions,
  leftOut: string[],
): ListedFeed {
  const number = readWhole(`${file}: id of a channel`, id, 1, CHANNEL_MAX);
  const connections = childrenOf(channel, "connections").flatMap((all) =>
    childrenOf(all, "connection"),
  );
  const lines = Object.keys(TYPES).flatMap((code) =>
    connections
      .filter((one) => typeOf(one) === code && textOf(one, "protocol") === UDP)
      .sort((a, b) => (textOf(a, "feed") < textOf(b, "feed") ? -1 : 1))
      .map((one) => lineOf(one, code, `${file}: channel ${id}`)),
  );
  for (const one of connections) {
    const [code, protocol] = [typeOf(one), textOf(one, "protocol")];
    if (TYPES[code] !== undefined && protocol === UDP) continue;
    leftOut.push(`connection ${attribute(one, "id")} (feed type "${code}", ${protocol})`);
  }
  const keys: ListedFeed["keys"] = { channel: number };
  if (options.templates !== undefined) keys["templates"] = options.templates;
  return {
    name: `cme-${number}`,
    protocol: "mdp3",
    keys,
    label: `CME channel ${id}, ${attribute(channel, "label")}`,
    lines,
  };
}

function typeOf(connection: Element): string {
  return attribute(childrenOf(connection, "type")[0] ?? {}, "feed-type");
}

function lineOf(connection: Element, code: string, channelAt: string): ListedLine {
  const where = `${channelAt}, connection ${attribute(connection, "id")}`;
  const type = TYPES[code]!;
  const source = textOf(connection, "host-ip");
  return {
    group: readGroup(`${where}: ip`, textOf(connection, "ip")),
    port: readWhole(`${where}: port`, textOf(connection, "port"), 1, 65_535),
    ...(source === "" ? {} : { source: readSource(`${where}: host-ip`, source) }),
    role: type.role,
    label: `${type.label} ${textOf(connection, "feed")}`.trim(),
  };
}

function parseXml(xml: string, file: string): Element {
  let root: Element | undefined;
  let fault: Error | undefined;
  try {
    new Parser().parseString(xml, (error: Error | null, parsed: unknown) => {
      if (error) fault ??= error;
      else root = parsed as Element;
    });
  } catch (error) {
    fault ??= error as Error;
  }
  if (fault !== undefined) {
    const what = fault.message.split("\n")[0];
    throw new LineListError(
      `${file}: it is no well-formed XML: ${what}; allowed: CME's config.xml`,
    );
  }
  const configuration = root?.["configuration"];
  if (typeof configuration === "object" && configuration !== null) return configuration as Element;
  throw new LineListError(`${file}: it has no <configuration>; allowed: CME's config.xml`);
}

function childrenOf(element: Element, name: string): Element[] {
  const found = element[name];
  if (!Array.isArray(found)) return [];
  return found.map((child) => (typeof child === "string" ? { _: child } : (child as Element)));
}

function attribute(element: Element, name: string): string {
  return (element.$?.[name] ?? "").trim();
}

function textOf(element: Element, name: string): string {
  return (childrenOf(element, name)[0]?._ ?? "").trim();
}
