/** [feed.rerequest] and [feed.snapshot]: who is asked for what a feed misses. */
import { z } from "zod";
import { flag, hostPort, path, text, whole } from "./field.ts";

const LOGIN_KEYS = {
  username: (description: string) =>
    text(description, { pattern: /^[\x21-\x7e]{1,6}$/, allowed: "1 to 6 printable characters" }),
  sessionSubId: (description: string) =>
    text(description, { pattern: /^[\x21-\x7e]{1,4}$/, allowed: "1 to 4 printable characters" }),
};

/** [feed.rerequest] */
export const rerequestSchema = z.strictObject({
  address: hostPort(
    "Where to ask for missing messages. itch50: a MoldUDP64 request server, UDP. pitch: a gap request proxy, TCP.",
  ),
  timeout_ms: whole("Time until a request is sent again.", {
    min: 1,
    max: 60_000,
    unit: "ms",
  }).default(50),
  retries: whole("Requests for the same messages before they are given up as lost.", {
    min: 0,
    max: 1000,
  }).default(20),
  session_sub_id: LOGIN_KEYS.sessionSubId("pitch: session sub id of the login.").optional(),
  username: LOGIN_KEYS.username("pitch: user of the login, up to 4 characters.").optional(),
  password_file: path(
    "pitch: file with the password in its first line; only its owner may read it.",
  ).optional(),
  count_max: whole("pitch: messages of one request; a larger hole is asked for in parts.", {
    min: 1,
    max: 65_535,
  }).default(100),
});

/** [feed.snapshot] */
export const snapshotSchema = z.strictObject({
  address: hostPort(
    "Where the books of now are to be had. itch50: a GLIMPSE 5.0 server. pitch: the spin server of the unit.",
  ),
  username: LOGIN_KEYS.username("User of the login; pitch: up to 4 characters."),
  password_file: path("File with the password in its first line; only its owner may read it."),
  session_sub_id: LOGIN_KEYS.sessionSubId("pitch: session sub id of the login.").optional(),
  hole_messages: whole(
    "Holes of more messages are bridged by a snapshot, too, and not only a late join. Without [feed.rerequest] every hole is.",
    { min: 1 },
  ).default(10_000),
  check_session: flag(
    "itch50: a server in another session than the feed is refused. false: where it names its sessions in another way.",
  ).default(true),
  timeout_ms: whole("Time without progress until a try is given up.", {
    min: 10,
    max: 600_000,
    unit: "ms",
  }).default(5000),
  pause_ms: whole("Pause before the second try; it doubles from one to the next, up to 30 s.", {
    min: 10,
    max: 30_000,
    unit: "ms",
  }).default(1000),
  retries: whole("Tries after the first before messages are asked for instead, if they can be.", {
    min: 0,
    max: 1000,
  }).default(5),
});

export type RerequestConfig = z.output<typeof rerequestSchema>;
export type SnapshotConfig = z.output<typeof snapshotSchema>;
