/**
 * What the guest runs for each NIC, and what it has to print: the one place that knows the verb.
 *
 * The program joins the group, prints READY on stdout when a frame could come in, receives until it
 * has `packets` of them or `seconds` have passed, leaves the group, and prints one RECEIVED line. Its
 * exit code is 0 when it got them all. Counted are datagrams to the group and the port; the first
 * four bytes of their payload are a number, big-endian, from 0.
 */
import type { Nic } from "./nics.ts";

export const GROUP = "239.1.1.1";
export const PORT = 5000;
export const PACKETS = 2000;
/** From READY; the burst takes about one of them, more when the machine is busy. */
const SECONDS = 20;

/** First line of the program. */
export interface Ready {
  ready: true;
}

/** Last line of the program. `first` and `last` are numbers of packets, by order of arrival. */
export interface Received {
  received: number;
  first: number;
  last: number;
  /** Numbers from 0 to `packets - 1` that never came. */
  missing: number;
  duplicates: number;
}

export function guestCommand(nic: Nic): string {
  return [
    "/hairpin bench rtt",
    ...["--driver", "dpdk", "--rx", nic.pci, "--receive", PACKETS],
    ...["--group", GROUP, "--port", PORT, "--seconds", SECONDS, "--json"],
  ].join(" ");
}

export function isReady(line: object): line is Ready {
  return "ready" in line && line.ready === true;
}

export function isReceived(line: object): line is Received {
  return RECEIVED_FIELDS.every((name) => typeof Reflect.get(line, name) === "number");
}

const RECEIVED_FIELDS = ["received", "first", "last", "missing", "duplicates"];
