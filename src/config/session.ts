import { z } from "zod";
import { APPL_VER_IDS, type ApplVersion } from "../fix/session/protocol.ts";
import { dropCopySchema } from "./drop-copy.ts";
import { choice, flag, hostPort, ipv4, name, path, positive, tags, text, whole } from "./field.ts";
import { ouchSchema } from "./session-ouch.ts";
import { SESSION_PROTOCOLS } from "./session-protocol.ts";
import { scheduleSchema } from "./session-schedule.ts";
import { signSchema } from "./session-sign.ts";

const compId = (description: string) =>
  text(description, { pattern: /^[\x21-\x7e]{1,32}$/, allowed: "1 to 32 characters, no space" });
const dictionary = (description: string) =>
  text(description, { allowed: 'a built-in name such as "FIX44", or a path that ends in .xml' });
const APPL_VERSIONS = Object.keys(APPL_VER_IDS) as [ApplVersion, ...ApplVersion[]];

const keepaliveSchema = z.strictObject({
  idle_s: whole("Silence after which the first probe goes out.", {
    min: 1,
    max: 32_767,
    unit: "s",
  }).default(10),
  interval_s: whole("Time between two probes.", { min: 1, max: 32_767, unit: "s" }).default(2),
  count: whole("Probes without an answer that end the connection.", {
    min: 1,
    max: 127,
    unit: "probes",
  }).default(3),
});

/** [[session]]: one session with a venue. */
export const sessionSchema = z.strictObject({
  name: name("Name that instruments refer to."),
  engine: name("Engine that runs it.").optional(),
  use: choice(
    '"orders": instruments trade on it. "market-data": a feed with protocol = "fix" names it. "drop-copy": copies of executions.',
    ["orders", "market-data", "drop-copy"],
  ).default("orders"),
  role: choice('"initiator": connects to the venue and sends the Logon.', ["initiator"]).default(
    "initiator",
  ),
  protocol: choice(
    "Protocol of the session: FIX 4.0 to 4.4, or FIXT 1.1, which carries FIX 5.0 and later; BeginString (8) follows from it. ouch50: OUCH 5.0 over SoupBinTCP, which has few of the keys below.",
    SESSION_PROTOCOLS,
  ).default("fix44"),
  dictionary: dictionary(
    "Dictionary of the application messages: a built-in one by name, or a QuickFIX-format XML file of your own. Absent: the built-in one of the protocol.",
  ).optional(),
  transport_dictionary: dictionary(
    "Dictionary of the session layer; fixt11 only. Absent: the built-in FIXT11.",
  ).optional(),
  dictionary_overlay: text(
    "File with what a venue adds to the dictionary, or has otherwise. Absent: nothing.",
    { pattern: /\.xml$/, allowed: "a path that ends in .xml" },
  ).optional(),
  appl_ver_id: choice(
    "DefaultApplVerID (1137) of the Logon; fixt11 only. Absent: FIX50SP2.",
    APPL_VERSIONS,
  ).optional(),
  address: hostPort("Host and port of the venue."),
  bind: ipv4(
    "Local address that the connection goes out from. Absent: the kernel chooses.",
  ).optional(),
  interface: text(
    "Interface that the connection goes out from and no other (SO_BINDTODEVICE). Absent: what the routes say.",
    { pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, allowed: "the name of an interface" },
  ).optional(),
  accelerate: choice(
    '"onload": TCP in this process, past the kernel; see [onload]. "off": the kernel\'s TCP.',
    ["off", "onload"],
  ).default("off"),
  quick_ack: flag(
    "Acknowledges at once what comes in, for venues that wait for it (TCP_QUICKACK).",
  ).default(false),
  busy_poll_us: whole(
    "Receives look at the NIC's queue themselves for so long (SO_BUSY_POLL), 0 = off. Above net.core.busy_read it takes CAP_NET_ADMIN.",
    { min: 0, max: 1000, unit: "us" },
  ).default(0),
  keepalive: keepaliveSchema.optional().meta({
    description:
      "TCP keepalive, below the heartbeats of FIX: finds a dead path also outside of a logon. Absent: off.",
  }),
  user_timeout_ms: whole(
    "Bytes that the venue's machine has not acknowledged for so long end the connection (TCP_USER_TIMEOUT), 0 = the system's figure, many minutes.",
    { min: 0, max: 600_000, unit: "ms" },
  ).default(0),
  sender_comp_id: compId("SenderCompID (49). Required by every version of FIX.").optional(),
  target_comp_id: compId("TargetCompID (56). Required by every version of FIX.").optional(),
  sender_sub_id: compId("SenderSubID (50). Absent: not sent.").optional(),
  target_sub_id: compId("TargetSubID (57). Absent: not sent.").optional(),
  username_file: path(
    "File with Username (553). Absent: not sent. ouch50 requires both files.",
  ).optional(),
  password_file: path("File with Password (554); only its owner may read it.").optional(),
  ouch: ouchSchema.optional().meta({
    description: "ouch50 only: what every order says of itself. Absent: the defaults.",
  }),
  sign: signSchema.optional().meta({ description: "Signed Logons. Absent: not signed." }),
  schedule: scheduleSchema.optional().meta({
    description:
      "Hours of the session. Outside of them it is not connected. Absent: always open, one session.",
  }),
  drop_copy: dropCopySchema.optional().meta({
    description: "Of a drop copy: what it copies, and what a difference does.",
  }),
  heartbeat_s: whole("HeartBtInt (108).", { min: 1, max: 3600, unit: "s" }).default(30),
  transmission_pct: whole(
    "Reasonable transmission time, as a share of heartbeat_s. Silence of one heartbeat and this draws a TestRequest (1); silence of twice that ends the connection.",
    { min: 0, max: 1000, unit: "%" },
  ).default(20),
  reset_on_logon: flag(
    "ResetSeqNumFlag (141) at each logon. Orders of unknown fate can then only be asked for.",
  ).default(false),
  reset_on_logout: flag("Sequence numbers begin at 1 after a Logout, whoever began it.").default(
    false,
  ),
  reset_on_disconnect: flag(
    "Sequence numbers begin at 1 after any end of the connection. What was missed is never resent.",
  ).default(false),
  next_expected: flag(
    "NextExpectedMsgSeqNum (789) in the Logon, and what it asks for is resent without a ResendRequest. FIX 4.4 and later.",
  ).default(false),
  low_sequence: choice(
    'Answer to a MsgSeqNum that is too low without PossDupFlag: "logout" ends the session, "reject" ends it with a Reject (3).',
    ["logout", "reject"],
  ).default("logout"),
  resend_chunk: whole("Messages asked for in one ResendRequest, 0 = all.", {
    min: 0,
    max: 100_000,
  }).default(0),
  resend: choice(
    'Answer to a ResendRequest: "gap-fill" never sends an order twice; "replay" sends messages again with PossDupFlag, if they are not older than resend_max_age_ms.',
    ["gap-fill", "replay"],
  ).default("gap-fill"),
  resend_max_age_ms: whole("Older messages are gap-filled even then.", {
    min: 0,
    max: 86_400_000,
    unit: "ms",
  }).default(1000),
  validate: choice(
    'What of an incoming message is held against the dictionary: "off" nothing beyond framing, header and numbers; "relaxed" required fields, formats and groups, while tags and values that the dictionary does not have pass; "full" every rule, user-defined tags (5000 and above) excepted.',
    ["off", "relaxed", "full"],
  ).default("relaxed"),
  sending_time_tolerance_s: whole(
    "Largest distance of an incoming SendingTime (52) from our clock, 0 = not looked at.",
    { min: 0, max: 86_400, unit: "s" },
  ).default(120),
  timestamp_digits: z
    .literal([0, 3, 6, 9])
    .meta({
      description:
        "Digits after the second in SendingTime (52) and TransactTime (60). Absent: 3, and 0 before FIX 4.2, which has no decimals.",
    })
    .optional(),
  zero_pad: flag(
    "Writes BodyLength, MsgSeqNum, quantities and prices with leading zeros, in fixed widths.",
  ).default(false),
  messages_per_s: positive(
    "Messages of all kinds that may leave per second (token bucket). Absent: no limit.",
    { max: 10_000_000, unit: "1/s" },
  ).optional(),
  messages_burst: whole("Size of that bucket. Absent: a tenth of a second's worth.", {
    min: 1,
    max: 10_000_000,
    unit: "messages",
  }).optional(),
  messages_reserved: whole(
    "The last tokens of that bucket, which new orders and replaces leave to cancels. Absent: a quarter of it.",
    { min: 0, max: 10_000_000, unit: "messages" },
  ).optional(),
  reconnect_ms: whole("Wait before a new connection.", {
    min: 1,
    max: 600_000,
    unit: "ms",
  }).default(1000),
  connect_timeout_ms: whole("Time for the connection and the logon to be answered.", {
    min: 10,
    max: 600_000,
    unit: "ms",
  }).default(5000),
  logout_timeout_ms: whole("Time for our Logout to be answered; then the connection is closed.", {
    min: 10,
    max: 600_000,
    unit: "ms",
  }).default(2000),
  backlog_timeout_ms: whole(
    "A socket that takes no byte for so long ends the connection: what waits behind it is stale.",
    { min: 10, max: 600_000, unit: "ms" },
  ).default(1000),
  max_message_kib: whole("Longest incoming message; a longer one is garbled.", {
    min: 1,
    max: 64,
    unit: "KiB",
  }).default(16),
  mass_cancel: flag("The venue takes OrderMassCancelRequest (q); a kill then sends one.").default(
    false,
  ),
  cancel_on_disconnect: z
    .strictObject({
      tag: whole("Tag of the Logon.", { min: 1, max: 99_999 }),
      value: text("Its value.", {
        pattern: /^[\x20-\x7e]{1,64}$/,
        allowed: "printable ASCII text of 1 to 64 characters",
      }),
    })
    .optional()
    .meta({
      description:
        "Tag of the Logon by which this venue is told to cancel what rests when the connection ends. Absent: not told.",
    }),
  tags: tags(
    "Further tags of every order: 1, 18, 21, 47, 100 and the like. 114 (LocateReqd) goes with short sales only, and 18 is joined with the one of post-only.",
  ).default({}),
  logon_tags: tags("Further tags of the Logon.").default({}),
});
