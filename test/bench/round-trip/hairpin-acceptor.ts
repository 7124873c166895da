/**
 * Our acceptor of the round-trip bench: each NewOrderSingle is filled at once by one ExecutionReport.
 * The connection comes through the lobby, the session polls its socket without a pause, on the real
 * shim, with the journal in a ring. Says "listening" when it does, and runs until it is ended.
 *
 *   bun hairpin-acceptor.ts PORT CORE
 */
import { writeSync } from "node:fs";
import type { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { UtcTime } from "../../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import {
  APP_TAKEN,
  APP_UNSUPPORTED,
  type FixApplication,
} from "../../../src/fix/session/application.ts";
import { Lobby } from "../../../src/fix/session/lobby.ts";
import { LobbySeat } from "../../../src/fix/session/lobby-seat.ts";
import { FixSession } from "../../../src/fix/session/session.ts";
import { TcpListener } from "../../../src/net/tcp-listener.ts";
import { LOOPBACK, openRig, type Rig, tcpStream } from "./rig.ts";

const NEW_ORDER_SINGLE = 0x44;
const EXECUTION_REPORT = 0x38;
const CL_ORD_ID = 11;
const ORDER_QTY = 38;
const PRICE = 44;
const SYMBOL = 55;
const SIDE = 54;
const DECIMALS = 4;
const LOBBY_MASK = 4095;

/** Fills what comes, and tells the session so. */
class Venue implements FixApplication {
  session: FixSession | undefined;
  private count = 0;
  private readonly time: UtcTime;

  constructor(rig: Rig) {
    this.time = new UtcTime(rig.sessionStartS, 3);
  }

  onMessage(tags: TagIndex, type: number, _seq: number, nowNs: number): number {
    const session = this.session!;
    if (type !== NEW_ORDER_SINGLE) return APP_UNSUPPORTED;
    const qty = tags.int(ORDER_QTY, 0);
    const px = tags.units(PRICE, DECIMALS, 1, 0);
    const id = tags.find(CL_ORD_ID);
    const symbol = tags.find(SYMBOL);
    this.count++;
    this.time.set(nowNs);
    const out = session.begin("8", nowNs);
    out.stringInt(37, "V", 10_000_000 + this.count);
    out.stringInt(17, "E", 100_000_000 + this.count);
    out.raw(CL_ORD_ID, tags.bytes, tags.offsetAt(id), tags.lengthAt(id));
    out.char(150, 0x46).char(39, 0x32);
    out.raw(SYMBOL, tags.bytes, tags.offsetAt(symbol), tags.lengthAt(symbol));
    out.char(SIDE, tags.char(SIDE)).int(ORDER_QTY, qty).decimal(PRICE, px, DECIMALS);
    out.int(32, qty).decimal(31, px, DECIMALS).int(151, 0).int(14, qty).decimal(6, px, DECIMALS);
    out.utc(60, this.time).int(851, 1);
    return session.send(EXECUTION_REPORT, nowNs) ? APP_TAKEN : APP_UNSUPPORTED;
  }

  onMessageReject(): void {}
  onNeverReached(): void {}
  mayResend(): boolean {
    return false;
  }
  onSessionState(): void {}
  onSynced(): void {}
}

function main([port, core]: number[]): void {
  const rig = openRig(core!);
  const { shim, clock, arena, counters, journal, sessionStartS } = rig;
  const stream = tcpStream(rig, 0);
  const venue = new Venue(rig);
  const session = new FixSession({
    index: 0,
    role: "acceptor",
    stream,
    journal,
    application: venue,
    clock,
    dictionary: loadDictionary("FIX44"),
    sessionStartS,
    counters,
    senderCompId: "EXCHANGE",
    targetCompId: "HAIRPIN",
    heartbeatS: 30,
    resetOnLogon: true,
  });
  venue.session = session;
  const listener = new TcpListener(shim, { address: LOOPBACK, port: port! });
  const seat = new LobbySeat(session, stream);
  const lobby = new Lobby({ shim, arena, listener, find: () => seat });
  session.start();
  writeSync(1, "listening\n");
  for (let turn = 0; ; turn++) {
    const now = clock.now();
    session.poll(now);
    // Looked at now and then: strangers may wait, orders not.
    if ((turn & LOBBY_MASK) === 0) lobby.poll(now);
  }
}

main(process.argv.slice(2).map(Number));
