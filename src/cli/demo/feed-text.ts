/** The [[feed]] of the demo's config, in the protocol that the simulator publishes. */
import type { ReadyLine } from "../../sim/ready-line.ts";

/** What the demo writes beside the config: the password that the venue's servers are told. */
export const PASSWORD_FILE = "venue.password";
const LOGIN = `session_sub_id = "DEMO", username = "DEMO", password_file = "${PASSWORD_FILE}"`;

/** `port`: name of the [[port]] by which the lines come, "" = kernel sockets. */
export function feedText(venue: ReadyLine, port: string): string {
  return [
    "[[feed]]",
    `name = "${feedName(venue)}"`,
    ...protocolLines(venue),
    "lines = [",
    ...venue.lines.map((line) => {
      const role = line.role === "live" ? "" : `, role = "${line.role}"`;
      const from = port || venue.interface;
      return `  { group = "${line.group}", port = ${line.port}, interface = "${from}"${role} },`;
    }),
    "]",
    ...recoveryLines(venue),
    "window_us = 300",
    'subscribe = "*"',
    "book = { max_orders = 65536, max_levels = 16384, max_instruments = 64 }",
  ].join("\n");
}

function feedName(venue: ReadyLine): string {
  return venue.protocol === "itch50" ? "itch" : venue.protocol;
}

function protocolLines(venue: ReadyLine): string[] {
  if (venue.protocol === "itch50") return [];
  const protocol = `protocol = "${venue.protocol}"`;
  if (venue.protocol === "pitch") return [protocol, `unit = ${venue.unit}`];
  return [protocol, `channel = ${venue.channel}`];
}

function recoveryLines(venue: ReadyLine): string[] {
  const { rerequest, spin } = venue;
  const login = venue.protocol === "pitch" ? `, ${LOGIN}, count_max = 1000` : "";
  const lines: string[] = [];
  if (rerequest !== undefined) {
    const { address, port } = rerequest;
    lines.push(`rerequest = { address = "${address}:${port}", timeout_ms = 20${login} }`);
  }
  if (spin !== undefined) {
    lines.push(`snapshot = { address = "${spin.address}:${spin.port}", ${LOGIN} }`);
  }
  return lines;
}
