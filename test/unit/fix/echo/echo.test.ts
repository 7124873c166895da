import { expect, test } from "bun:test";
import { ManualClock } from "../../../../src/core/clock.ts";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import { FakeNetwork } from "../../../../src/ffi/fake-network.ts";
import { showMessage, wrapMessage } from "../../../../src/fix/codec/text.ts";
import { Echo, type EchoName } from "../../../../src/fix/echo/echo.ts";

const PORT = 5001;
const LOOPBACK = 0x7f000001;
const NOON_NS = 43_200e9;
const DAY_S = Date.UTC(2026, 10, 20) / 1000;
const OURS = { beginString: "FIX.4.4", senderCompId: "US", targetCompId: "A" };
const HEAD = "49=A|52=20261120-12:00:00|56=US|";

/** A network with a clock at noon, and echoes on it. */
class World {
  readonly network = new FakeNetwork();
  readonly clock = new ManualClock(NOON_NS);
  readonly lines: string[] = [];
  private readonly echoes: Echo[] = [];

  echo(names: EchoName[], role: "listen" | "connect"): Echo {
    const echo = new Echo({
      shim: fakeShim(this.network),
      clock: this.clock,
      sessionStartS: DAY_S,
      names,
      dictionaries: undefined,
      [role]: { address: LOOPBACK, port: PORT },
      heartbeatS: 30,
      log: (line) => this.lines.push(line),
    });
    this.echoes.push(echo);
    return echo;
  }

  run(ms = 20): void {
    for (let i = 0; i < ms; i++) {
      this.clock.timeNs += 1e6;
      for (const echo of this.echoes) echo.poll();
    }
  }

  /** A client of the acceptor that has sent this Logon. */
  client(logon = `35=A|34=1|${HEAD}98=0|108=30|`) {
    const peer = this.network.dial(LOOPBACK, PORT)!;
    peer.write(wrapMessage(logon));
    this.run();
    return peer;
  }
}

test("an acceptor tells why each connection ended", () => {
  const world = new World();
  world.echo([OURS], "listen");
  const first = world.client();
  expect(world.lines).toEqual([]);
  first.write(wrapMessage(`35=5|34=2|${HEAD}58=good night|`));
  world.run();
  world.client().close();
  world.run();
  world.client(`35=A|34=1|${HEAD}98=0|`);
  world.run(3000);
  expect(world.lines.slice(0, 2)).toEqual([
    "FIX.4.4:US:A ended: Logout: good night",
    "FIX.4.4:US:A ended: closed by the peer",
  ]);
  expect(world.lines[2]).toStartWith("FIX.4.4:US:A not logged on: ");
  expect(world.lines).toHaveLength(3);
});

test("an acceptor that ends tells of its sessions, and accepts nothing more", () => {
  const world = new World();
  const acceptor = world.echo([OURS], "listen");
  const peer = world.client();
  acceptor.logout();
  peer.write(wrapMessage(`35=5|34=2|${HEAD}`));
  world.run();
  expect(acceptor.isDown()).toBe(true);
  expect(world.lines).toEqual(["FIX.4.4:US:A ended: logged out"]);
});

test("an initiator tells of its connections, and once of an address where nobody is", () => {
  const world = new World();
  const names = [{ beginString: "FIX.4.4", senderCompId: "A", targetCompId: "US" }];
  const initiator = world.echo(names, "connect");
  world.run(5000);
  const nobody = "FIX.4.4:A:US not connected: connection refused, or the address is unreachable";
  expect(world.lines).toEqual([nobody]);
  world.echo([OURS], "listen");
  world.run(15_000);
  expect(world.lines.slice(1)).toEqual(["FIX.4.4:A:US connected", "FIX.4.4:A:US logged on"]);
  initiator.logout();
  world.run();
  expect(world.lines.slice(3)).toContain("FIX.4.4:A:US ended: logged out");
});

test("an initiator tells the text of the Logout that refused it, and that there was no answer", () => {
  const world = new World();
  const listener = world.network.listen(LOOPBACK, PORT);
  world.echo([{ ...OURS, beginString: "FIX.4.2" }], "connect");
  world.run();
  const peer = listener.accept()!;
  peer.write(wrapMessage(`35=5|34=1|${HEAD}58=not you|`, "FIX.4.2"));
  world.run(1000);
  listener.accept();
  world.run(5000);
  expect(world.lines.slice(0, 4)).toEqual([
    "FIX.4.2:US:A connected",
    "FIX.4.2:US:A not logged on: Logout: not you",
    "FIX.4.2:US:A connected",
    "FIX.4.2:US:A not logged on: no answer to the Logon in 5 s",
  ]);
});

test("an order of 64 KiB comes back, and again when it is asked for", () => {
  const world = new World();
  world.echo([OURS], "listen");
  const peer = world.client();
  const order = "11=X|21=1|38=1|40=1|54=1|55=Y|60=20261120-12:00:00|";
  const write = (seq: number, body: string) => {
    const bytes = wrapMessage(body.replace("|", `|34=${seq}|${HEAD}`));
    for (let at = 0; at < bytes.length; at += 4096) peer.write(bytes.subarray(at, at + 4096));
    world.run();
  };
  const text = "x".repeat(65_000);
  peer.read();
  write(2, `35=D|${order}58=${text}|`);
  const back = showMessage(peer.read());
  expect(back).toContain(`|58=${text}|`);
  for (let seq = 3; seq < 20; seq++) write(seq, `35=D|${order}58=${text}|`);
  peer.read();
  write(20, "35=2|7=2|16=2|");
  const again = showMessage(peer.read());
  expect(again).toContain(`|58=${text}|`);
  expect(again).toContain("|43=Y|");
});
