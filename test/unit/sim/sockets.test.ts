/** The simulator on loopback: real multicast, UDP and TCP, as a caller of runSim sees it. */
import { expect, test } from "bun:test";
import { messageBytes, showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { simOptionsSchema } from "../../../src/sim/options.ts";
import { runSim } from "../../../src/sim/process.ts";
import { MulticastFeed } from "../../../src/sim/sockets.ts";
import { readPacket } from "../../support/sim-feed.ts";
import { tag } from "../../support/sim-venue.ts";

/** A queue of values that somebody waits for. */
class Inbox<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const next = this.waiting.shift();
    if (next === undefined) this.items.push(item);
    else next(item);
  }

  async next(): Promise<T> {
    const item = this.items.shift();
    return item ?? (await new Promise<T>((resolve) => this.waiting.push(resolve)));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) yield await this.next();
  }
}

async function start(options: object) {
  const answers = new Inbox<string>();
  const commands = new Inbox<string>();
  const done = runSim(options, {
    print: (line) => answers.push(line),
    commands,
    signals: false,
  });
  const ready = JSON.parse(await answers.next());
  const command = async (value: object) => {
    commands.push(JSON.stringify(value));
    return JSON.parse(await answers.next());
  };
  return { ready, command, done };
}

/** A machine without multicast on loopback can't run this; in CI that is a failure. */
async function hasMulticast(): Promise<boolean> {
  const group = "239.255.71.99";
  const heard = Promise.withResolvers<boolean>();
  const rx = await Bun.udpSocket({
    hostname: "0.0.0.0",
    socket: { data: () => heard.resolve(true) },
  });
  const tx = await Bun.udpSocket({ hostname: "127.0.0.1" });
  try {
    rx.addMembership(group, "127.0.0.1");
    tx.setMulticastInterface("127.0.0.1");
    tx.send("x", rx.port, group);
    return await Promise.race([heard.promise, Bun.sleep(500).then(() => false)]);
  } catch {
    return false;
  } finally {
    rx.close();
    tx.close();
  }
}

const skipped = process.env.CI !== "true" && !(await hasMulticast());
if (skipped) console.warn("skipped: no multicast on loopback here");

test.skipIf(skipped)(
  "a client trades over TCP, hears the feed on both lines, and asks for what it missed",
  async () => {
    const sim = await start({ flow: { rate: 500 }, heartbeatMs: 20 });
    const { lines, rerequest, fix, session } = sim.ready;
    expect(sim.ready.ready).toBe(true);

    const packets = lines.map(() => new Inbox<Buffer>()) as Inbox<Buffer>[];
    const sockets = await Promise.all(
      lines.map(async ({ group, port }: { group: string; port: number }, line: number) => {
        const socket = await Bun.udpSocket({
          hostname: group,
          port,
          socket: { data: (_, data) => packets[line]!.push(Buffer.from(data)) },
        });
        socket.addMembership(group, "127.0.0.1");
        return socket;
      }),
    );
    for (const line of packets) {
      expect(readPacket(await line.next()).session.trimEnd()).toBe(session);
    }

    const answers = new Inbox<Buffer>();
    const asker = await Bun.udpSocket({
      hostname: "127.0.0.1",
      socket: { data: (_, data) => answers.push(Buffer.from(data)) },
    });
    const request = new Uint8Array(20);
    request.set(messageBytes(session.padEnd(10)));
    request[17] = 1;
    request[19] = 3;
    asker.send(request, rerequest.port, rerequest.address);
    expect(readPacket(await answers.next())).toMatchObject({ sequence: 1, count: 3 });

    const messages = new Inbox<string>();
    let partial = "";
    const client = await Bun.connect({
      hostname: fix.address,
      port: fix.port,
      socket: {
        data: (_, data) => {
          partial += showMessage(data);
          for (const [message] of partial.matchAll(/8=FIX.*?\|10=\d{3}\|/g)) {
            messages.push(message);
            partial = partial.slice(message.length);
          }
        },
      },
    });
    const say = (type: string, seq: number, body: string) =>
      client.write(wrapMessage(`35=${type}|49=ME|56=VENUE|34=${seq}|${body}`));
    say("A", 1, "98=0|108=30|");
    expect(tag(await messages.next(), 35)).toBe("A");
    say("D", 2, "11=A1|55=AAPL|54=1|38=100|40=1|59=3|");
    expect(tag(await messages.next(), 150)).toBe("0");
    const fill = await messages.next();
    expect([tag(fill, 150), tag(fill, 32)]).toEqual(["F", "100"]);

    const { report } = await sim.command({ cmd: "report", id: 7 });
    expect(report.sessions[0]).toMatchObject({ client: "ME", connected: true, nextIn: 3 });
    expect(report.sessions[0].positions[0].position).toBe(100);
    expect(await sim.command({ cmd: "nonsense", id: 8 })).toMatchObject({ ok: false, id: 8 });
    expect(await sim.command({ cmd: "stop" })).toMatchObject({ ok: true, cmd: "stop" });
    await sim.done;
    client.end();
    for (const socket of [...sockets, asker]) socket.close();
  },
);

test("a packet that the kernel does not take is lost and counted, and ends nothing", async () => {
  const feed = await MulticastFeed.open(simOptionsSchema.parse({}));
  // Longer than a datagram can be: refused as one is while the network is down.
  feed.send(0, new Uint8Array(70_000));
  expect(feed.refused).toBe(1);
  feed.close();
});
