import { z } from "zod";
import { choice, flag, hostPort, name, path, tags, text, whole } from "./field.ts";

const compId = (description: string) =>
  text(description, { pattern: /^[\x21-\x7e]{1,32}$/, allowed: "1 to 32 characters, no space" });

/** [[session]]: one FIX session. */
export const sessionSchema = z.strictObject({
  name: name("Name that instruments refer to."),
  engine: name("Engine that runs it.").optional(),
  use: choice(
    '"orders": instruments trade on it. "market-data": a feed with protocol = "fix" names it. "drop-copy": copies of executions.',
    ["orders", "market-data", "drop-copy"],
  ).default("orders"),
  protocol: choice("Protocol of the session.", ["fix44"]).default("fix44"),
  dictionary: text(
    "Dictionary: one of the built-in ones by name, or a QuickFIX-format XML file of your own.",
    { allowed: 'a built-in name such as "FIX44", or a path that ends in .xml' },
  ).default("FIX44"),
  address: hostPort("Host and port of the venue."),
  sender_comp_id: compId("SenderCompID (49)."),
  target_comp_id: compId("TargetCompID (56)."),
  sender_sub_id: compId("SenderSubID (50). Absent: not sent.").optional(),
  target_sub_id: compId("TargetSubID (57). Absent: not sent.").optional(),
  username_file: path("File with Username (553). Absent: not sent.").optional(),
  password_file: path("File with Password (554); only its owner may read it.").optional(),
  heartbeat_s: whole("HeartBtInt (108).", { min: 1, max: 3600, unit: "s" }).default(30),
  reset_on_logon: flag(
    "ResetSeqNumFlag (141) at each logon. Orders of unknown fate can then only be asked for.",
  ).default(false),
  resend_chunk: whole("Messages asked for in one ResendRequest, 0 = all.", {
    min: 0,
    max: 100_000,
  }).default(0),
  timestamp_digits: z
    .literal([0, 3, 6, 9])
    .default(3)
    .meta({ description: "Digits after the second in SendingTime (52) and TransactTime (60)." }),
  zero_pad: flag(
    "Writes BodyLength, MsgSeqNum, quantities and prices with leading zeros, in fixed widths.",
  ).default(false),
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
  mass_cancel: flag("The venue takes OrderMassCancelRequest (q); a kill then sends one.").default(
    false,
  ),
  tags: tags(
    "Further tags of every order: 1, 18, 21, 47, 100 and the like. 114 (LocateReqd) goes with short sales only, and 18 is joined with the one of post-only.",
  ).default({}),
  logon_tags: tags("Further tags of the Logon.").default({}),
});
