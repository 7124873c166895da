import { describe, expect, test } from "bun:test";
import { Arena } from "../../../src/core/arena.ts";
import { ShadowVenue } from "../../../src/engine/shadow-venue.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { HP_PIPE_SIZE } from "../../../src/ffi/layout.ts";
import { frame } from "../../../src/fix/codec/framing.ts";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { PipePeer } from "../../../src/net/pipe-peer.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { field } from "./rig.ts";

/** A stream to a shadow venue; ask() sends bodies in one piece and gives the answers. */
function venue() {
  const shim = fakeShim();
  const arena = Arena.alloc(shim, 1 << 20);
  const pipe = arena.take(HP_PIPE_SIZE);
  const stream = new TcpStream(shim, arena, { address: 0, port: 0, pipe });
  stream.open();
  const peer = new ShadowVenue(new PipePeer(pipe), "FIX.4.4", "ME", "SIM");
  const ask = (...bodies: string[]): string[] => {
    const bytes = Buffer.concat(bodies.map((body) => wrapMessage(body)));
    stream.tx.set(bytes);
    if (bytes.length > 0 && stream.send(0, bytes.length) !== bytes.length) throw new Error("full");
    peer.serve();
    const n = Math.max(0, stream.recv(0, stream.rx.length));
    const answers: string[] = [];
    for (let at = 0; at < n; ) {
      const length = frame(stream.rx, at, n, 4096);
      if (length <= 0) throw new Error(`not a FIX message: ${showMessage(stream.rx, at, n)}`);
      answers.push(showMessage(stream.rx, at, at + length));
      at += length;
    }
    return answers;
  };
  return { ask };
}

let ids = 0;
/** An id of ours (fix/order-id.ts) whose five digits of slot are `slot`, by prefix. */
const idOf = (prefix: string, slot: number) =>
  `${prefix}${slot.toString(16).toUpperCase().padStart(5, "0")}${"00000001"}`;
const newOrder = (qty = 100, more = "") =>
  `35=D|34=2|49=ME|56=SIM|11=N${++ids}|55=AAPL|54=1|38=${qty}|40=2|44=99.99|${more}`;
/** A cancel or replace of the live order of a slot; without one, of a slot of its own. */
const cancel = (slot = ++ids) =>
  `35=F|34=2|49=ME|56=SIM|11=C${++ids}|41=${idOf("N", slot)}|55=AAPL|54=1|38=100|`;
const replace = (slot = ++ids) =>
  `35=G|34=2|49=ME|56=SIM|11=R${++ids}|41=${idOf("N", slot)}|55=AAPL|54=1|38=300|44=99.98|`;
/** ExecType and OrdStatus of each answer. */
const kinds = (answers: string[]) => answers.map((m) => field(m, 150) + field(m, 39)).join(" ");

describe("The shadow's venue", () => {
  test("answers in whole messages with good length and checksum, from the other side, in sequence", () => {
    const { ask } = venue();
    const answers = [
      "35=A|34=1|49=ME|56=SIM|98=0|108=30|",
      newOrder(),
      cancel(),
      replace(),
    ].flatMap((body) => ask(body));
    expect(answers.map((m) => field(m, 35))).toEqual(["A", "8", "8", "8"]);
    expect(answers.map((m) => field(m, 34))).toEqual(["1", "2", "3", "4"]);
    for (const m of answers) expect([field(m, 49), field(m, 56)]).toEqual(["SIM", "ME"]);
  });

  test("answers several messages that came in one piece, each once, and nothing to nothing", () => {
    const { ask } = venue();
    expect(ask(newOrder(), newOrder(), cancel())).toHaveLength(3);
    expect(ask()).toEqual([]);
  });

  test("says nothing to a Heartbeat", () => {
    expect(venue().ask("35=0|34=9|49=ME|56=SIM|")).toEqual([]);
  });

  test("answers a TestRequest with its own id", () => {
    const [m] = venue().ask("35=1|34=2|49=ME|56=SIM|112=SYNC-17|");
    expect([field(m!, 35), field(m!, 112)]).toEqual(["0", "SYNC-17"]);
  });

  test("fills over what was lost, from the number that was asked for up to its next", () => {
    const { ask } = venue();
    ask(newOrder());
    ask(newOrder());
    const [fill] = ask("35=2|34=4|49=ME|56=SIM|7=1|16=0|");
    expect(["35", "34", "123", "36"].map((t) => field(fill!, Number(t)))).toEqual([
      "4",
      "1",
      "Y",
      "3",
    ]);
    expect(field(ask(newOrder())[0]!, 34)).toBe("3");
  });

  test("a report repeats the order's ids, symbol, side, quantity and price, and adds up", () => {
    const { ask } = venue();
    for (let i = 0; i < 64; i++) {
      for (const m of ask(newOrder(200))) {
        expect([11, 55, 54, 38, 44].map((t) => field(m, t))).toEqual([
          `N${ids}`,
          "AAPL",
          "1",
          "200",
          "99.99",
        ]);
        const done = ["4", "8"].includes(field(m, 39));
        if (!done) expect(Number(field(m, 14)) + Number(field(m, 151))).toBe(200);
        else expect(field(m, 151)).toBe("0");
        if (field(m, 150) === "F") expect(field(m, 32)).toBe(field(m, 14));
      }
    }
  });

  test("gives each execution an id of its own", () => {
    const { ask } = venue();
    const execIds = Array.from({ length: 50 }, () => ask(newOrder()))
      .flat()
      .map((m) => field(m, 17));
    expect(new Set(execIds).size).toBe(execIds.length);
  });

  test("takes, fills in whole and in part, cancels and rejects orders in turn", () => {
    const { ask } = venue();
    const all = new Set(Array.from({ length: 16 }, () => kinds(ask(newOrder(200)))));
    expect([...all].sort()).toEqual(["00", "00 44", "00 F1", "00 F2", "88"]);
    // Half of an odd number is none.
    const odd = new Set(Array.from({ length: 16 }, () => kinds(ask(newOrder(101)))));
    expect(odd.has("00 F1")).toBe(false);
  });

  test("lets nothing rest that is immediate-or-cancel", () => {
    const { ask } = venue();
    const all = new Set(Array.from({ length: 16 }, () => kinds(ask(newOrder(200, "59=3|")))));
    expect([...all].sort()).toEqual(["00 44", "00 F2", "88"]);
  });

  test("cancels and replaces under the new id, and refuses one in sixteen", () => {
    const { ask } = venue();
    for (const [body, kind, response] of [
      [cancel, "44", "1"],
      [replace, "50", "2"],
    ] as const) {
      const answers = Array.from({ length: 32 }, () => ask(body())).flat();
      const refused = answers.filter((m) => field(m, 35) === "9");
      expect(refused).toHaveLength(2);
      expect(field(refused[0]!, 434)).toBe(response);
      expect(field(refused[0]!, 39)).toBe("0");
      expect(field(refused[0]!, 41)).toMatch(/^N[0-9A-F]{13}$/);
      const taken = answers.filter((m) => field(m, 35) === "8");
      expect(new Set(taken.map((m) => field(m, 150) + field(m, 39)))).toEqual(new Set([kind]));
      expect(field(taken.at(-1)!, 11)).toBe(`${kind === "44" ? "C" : "R"}${ids}`);
      expect(field(taken[0]!, 41)).toMatch(/^N[0-9A-F]{13}$/);
    }
  });

  test("refuses to change what is done, and takes changes again when the slot is used again", () => {
    const { ask } = venue();
    const order = newOrder().replace(/11=N\d+/, `11=${idOf("N", 7)}`);
    ask(order);
    expect(kinds(ask(cancel(7)))).toBe("44");
    for (const [body, response] of [
      [cancel(7), "1"],
      [replace(7), "2"],
    ] as const) {
      const [late] = ask(body);
      expect([35, 39, 434].map((t) => field(late!, t))).toEqual(["9", "2", response]);
    }
    // The rota fills the first of these in whole, and lets the second rest.
    ask(order, order);
    expect(kinds(ask(replace(7)))).toBe("50");
  });

  test("answers a status request: it is canceled", () => {
    const [m] = venue().ask("35=H|34=2|49=ME|56=SIM|11=N1|55=AAPL|54=1|");
    expect([field(m!, 35), field(m!, 150), field(m!, 39)]).toEqual(["8", "I", "4"]);
    expect(m).not.toContain("=|");
  });
});
