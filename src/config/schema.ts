/** The whole config, composed of its sections. Keys are those of the TOML. */
import { z } from "zod";
import type { ApplVersion } from "../fix/session/protocol.ts";
import type { KeyEncoding } from "../fix/session/signature.ts";
import { applianceSchema, engineSchema, guardSchema, journalSchema } from "./appliance.ts";
import type { DropCopyConfig } from "./drop-copy.ts";
import { feedSchema } from "./feed.ts";
import { path } from "./field.ts";
import { instrumentSchema, strategySchema } from "./instrument.ts";
import { onloadSchema } from "./onload.ts";
import { portSchema } from "./port.ts";
import { riskSchema } from "./risk.ts";
import { sessionSchema } from "./session.ts";

export const configSchema = z.strictObject({
  appliance: applianceSchema.prefault({}).meta({ description: "The appliance as a whole." }),
  journal: journalSchema.prefault({}).meta({
    description: "The record of every order message, from which everything is rebuilt.",
  }),
  guard: guardSchema.prefault({}).meta({
    description: "The process that shuts order sessions when an engine stands still.",
  }),
  onload: onloadSchema.prefault({}).meta({
    description:
      'Kernel bypass for TCP: of every session with accelerate = "onload". The engine\'s process then starts with the library preloaded.',
  }),
  engine: z.array(engineSchema).min(1).max(8).meta({
    description: "One pinned thread each.",
  }),
  port: z
    .array(portSchema)
    .max(16)
    .default([])
    .meta({ description: "Network devices that are read without the kernel's sockets." }),
  feed: z.array(feedSchema).max(16).default([]).meta({ description: "Market data." }),
  session: z.array(sessionSchema).max(16).default([]).meta({
    description: "Sessions with venues: orders by FIX or OUCH; market data and drop copies by FIX.",
  }),
  instruments_file: path(
    "CSV file with further instruments: a header line with the keys of [[instrument]], then one line each.",
  ).optional(),
  instrument: z.array(instrumentSchema).max(65_535).default([]).meta({
    description: "What is traded or watched.",
  }),
  strategy: z.array(strategySchema).max(64).default([]).meta({ description: "What trades." }),
  risk: riskSchema.meta({
    description: "Limits that every order passes. Required: nothing runs without them.",
  }),
});

/** As checked: every default filled in. */
export type CheckedConfig = z.output<typeof configSchema>;
export type PortConfig = CheckedConfig["port"][number];
export type EngineConfig = CheckedConfig["engine"][number];
/** Bursts filled in. */
export type RiskConfig = CheckedConfig["risk"] & { orders_burst: number; cancels_burst: number };
type FeedInput = CheckedConfig["feed"][number];
export type SessionInput = CheckedConfig["session"][number];
type InstrumentInput = CheckedConfig["instrument"][number];
type StrategyInput = CheckedConfig["strategy"][number];

/** `engine` names the engine; the only one when the TOML left it out. */
export type FeedConfig = Omit<FeedInput, "lines" | "session"> & {
  engine: string;
  /** Empty: a FIX feed. */
  lines: NonNullable<FeedInput["lines"]>;
  /** Of a FIX feed; "" = none. */
  session: string;
};
/** What follows from the protocol, the kind of signature and the rate filled in; "" = none. */
export type SessionConfig = Omit<
  SessionInput,
  "appl_ver_id" | "sign" | "schedule" | "drop_copy"
> & {
  engine: string;
  /** "" where the protocol has none. */
  sender_comp_id: string;
  target_comp_id: string;
  dictionary: string;
  transport_dictionary: string;
  appl_ver_id: ApplVersion | "";
  timestamp_digits: 0 | 3 | 6 | 9;
  messages_burst: number;
  messages_reserved: number;
  sign?: SignInput & { key_encoding: KeyEncoding; tag: 96 | 554 };
  schedule?: ScheduleInput & { timezone: string };
  /** Of a drop copy. */
  drop_copy?: DropCopyConfig;
};
type SignInput = NonNullable<SessionInput["sign"]>;
type ScheduleInput = NonNullable<SessionInput["schedule"]>;
export type StrategyConfig = StrategyInput & { engine: string; instruments: string[] };
/** Resolved: session "" = market data only; ticks always present. */
export type InstrumentConfig = Omit<InstrumentInput, "tick" | "ticks"> & {
  feed: string;
  feed_symbol: string;
  session: string;
  order_symbol: string;
  ticks: { from: number; tick: number }[];
};

/** What loadConfig gives: references resolved, paths absolute, the CSV's instruments added. */
export type Config = Omit<
  CheckedConfig,
  "feed" | "session" | "instrument" | "strategy" | "instruments_file" | "risk"
> & {
  risk: RiskConfig;
  feed: FeedConfig[];
  session: SessionConfig[];
  instrument: InstrumentConfig[];
  strategy: StrategyConfig[];
  /** Absolute path of the TOML, and its folder. */
  file: string;
  folder: string;
  /** FNV-1a of the TOML and the CSV, 32 bits: hp_control.config_hash. */
  hash: number;
};
