/** The protocols that captures are read as. */
import { iex } from "./iex.ts";
import { itch50 } from "./itch50.ts";
import { mdp3 } from "./mdp3.ts";
import { opra } from "./opra.ts";
import { pitch } from "./pitch.ts";
import type { CaptureProtocol, ProtocolSettings } from "./protocol.ts";

const MAKERS: Record<string, (settings: ProtocolSettings) => CaptureProtocol> = {
  itch50,
  pitch,
  mdp3,
  opra,
  deep: () => iex("deep"),
  tops: () => iex("tops"),
};

/** As --protocol takes them. */
export const PROTOCOL_NAMES: readonly string[] = Object.keys(MAKERS);

/** Throws one sentence when the settings do not fit. */
export function makeProtocol(name: string, settings: ProtocolSettings = {}): CaptureProtocol {
  return MAKERS[name]!(settings);
}

export function allProtocols(settings: ProtocolSettings = {}): CaptureProtocol[] {
  return PROTOCOL_NAMES.map((name) => makeProtocol(name, settings));
}
