import { z } from "zod";
import { choice, flag, name, path, text, whole } from "./field.ts";

/** [appliance] */
export const applianceSchema = z.strictObject({
  name: name("Name of the appliance: shared segments and the CLI socket carry it.").default(
    "hairpin",
  ),
  prefix: text(
    "Start of every ClOrdID. An id with this prefix that was never sent trips the kill, so no other sender on the same session may use it.",
    { pattern: /^[A-Z0-9]{1,4}$/, allowed: "1 to 4 characters: A to Z, 0 to 9" },
  ).default("HP"),
  run_dir: path(
    "Folder (mode 0700) of the CLI socket and of files of this run. Absent: $XDG_RUNTIME_DIR/hairpin, else /run/hairpin for root, else /tmp/hairpin-UID.",
  ).optional(),
  timezone: text("Time zone of the session date, as in the tz database.", {
    allowed: 'a zone of the tz database, e.g. "America/New_York"',
  }).default("America/New_York"),
  session_date: text("Session date: all times are counted from its local midnight.", {
    pattern: /^(today|\d{4}-\d{2}-\d{2})$/,
    allowed: '"today" or a date, YYYY-MM-DD',
  }).default("today"),
  roll: text(
    'When "today" changes, local time. Before noon: the date changes then on its own day (04:00: what comes earlier belongs to the day before). From noon on: it changes the evening before (17:00: what comes later belongs to the next day).',
    { pattern: /^([01]\d|2[0-3]):[0-5]\d$/, allowed: "a time of day, HH:MM" },
  ).default("00:00"),
  restarts_per_minute: whole(
    "More restarts of one engine within a minute end the run: what can't stay up is for a person.",
    { max: 1000 },
  ).default(5),
});

/** [journal] */
export const journalSchema = z.strictObject({
  dir: path("Folder of the journal segments and of the index.").default("journal"),
  ring_mib: whole("Journal ring of each engine in /dev/shm; a power of two.", {
    min: 1,
    max: 1024,
    unit: "MiB",
  }).default(64),
  durable: choice(
    '"interval": made durable every interval_ms. "always": each order waits until its record is on disk.',
    ["interval", "always"],
  ).default("interval"),
  interval_ms: whole("Time between two syncs to disk.", {
    min: 1,
    max: 10_000,
    unit: "ms",
  }).default(50),
  capture: flag(
    "Records every input of every engine beside the journal, for `hairpin replay --journal`.",
  ).default(false),
  capture_ring_mib: whole("Capture ring of each engine in /dev/shm; a power of two.", {
    min: 1,
    max: 1024,
    unit: "MiB",
  }).default(64),
  segment_mib: whole("Size at which a new segment file is started.", {
    min: 1,
    max: 4096,
    unit: "MiB",
  }).default(256),
});

/** [guard] */
export const guardSchema = z.strictObject({
  timeout_ms: whole(
    "An engine whose heartbeat stands still for so long has its order sessions shut.",
    { min: 10, max: 10_000, unit: "ms" },
  ).default(100),
  kill_timeout_ms: whole("A kill that is not obeyed within this time has its sessions shut.", {
    min: 10,
    max: 60_000,
    unit: "ms",
  }).default(500),
});

/** [[engine]] */
export const engineSchema = z.strictObject({
  name: name("Name that feeds, sessions and strategies refer to."),
  core: whole("Core to pin the thread to. Absent: not pinned.", { min: 0, max: 1023 }).optional(),
  realtime: flag(
    "SCHED_FIFO priority once warm; refused by the shim while real-time throttling is on.",
  ).default(false),
  arm: choice(
    '"manual": powers up disarmed, a person arms it. "auto": arms itself when its sessions and feeds are up.',
    ["manual", "auto"],
  ).default("manual"),
  warmup_iterations: whole("Runs of the shadow before arming.", {
    min: 0,
    max: 100_000_000,
  }).default(400_000),
  keep_warm: flag("Goes on running the shadow while the market is quiet.").default(true),
  tcp_poll_turns: whole("Order sessions are polled every so many turns, and when feeds are idle.", {
    min: 1,
    max: 65_536,
    unit: "turns",
  }).default(16),
  max_orders: whole("Order slots; a power of two.", { min: 16, max: 1_048_576 }).default(65_536),
  busy_poll_us: whole("SO_BUSY_POLL of the feed sockets, 0 = off.", {
    min: 0,
    max: 1000,
    unit: "us",
  }).default(0),
  restart: flag("Starts the engine again, disarmed, when its process dies.").default(false),
});
