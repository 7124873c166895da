import { afterEach, describe, expect, test } from "bun:test";
import { findCompiler, NO_COMPILER } from "../../../native/build.ts";
import { frame } from "../../../src/fix/codec/framing.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { messageBytes, showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { UtcReader } from "../../../src/fix/codec/utc-reader.ts";
import { ValidationPlan } from "../../../src/fix/codec/validation-plan.ts";
import { VALID, Validator } from "../../../src/fix/codec/validator.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { buildVenue } from "../../bench/round-trip/build.ts";
import { REPORT_BYTES } from "../../bench/round-trip/contestants.ts";

const PATIENCE_MS = 10_000;
const MAX_BYTES = 8192;
const NEAR_NS = 60e9;

function hasCompiler(): boolean {
  if (findCompiler() !== undefined) return true;
  if (process.env["CI"] === "true") throw new Error(NO_COMPILER);
  console.error(`skipped: ${NO_COMPILER}`);
  return false;
}

/** One running venue, and a connection to it. */
class Client {
  private bytes = new Uint8Array(0);
  private wake = () => {};
  private constructor(
    readonly venue: Bun.Subprocess<"ignore", "pipe", "pipe">,
    private socket: Bun.Socket | undefined,
  ) {}

  static async open(): Promise<Client> {
    const port = freePort();
    const venue = Bun.spawn([buildVenue(), String(port), "-1"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: PATIENCE_MS,
    });
    const client = new Client(venue, undefined);
    running = client;
    await venue.stdout.getReader().read();
    const data = (_: Bun.Socket, more: Buffer) => client.take(more);
    client.socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data } });
    return client;
  }

  private take(more: Uint8Array): void {
    this.bytes = new Uint8Array(Buffer.concat([this.bytes, more]));
    this.wake();
  }

  send(bytes: Uint8Array): void {
    expect(this.socket!.write(bytes)).toBe(bytes.length);
    this.socket!.flush();
  }

  /** The next message: whole, its sum right. */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const total = frame(this.bytes, 0, this.bytes.length, MAX_BYTES);
      if (total < 0) throw new Error(`garbled: ${showMessage(this.bytes)}`);
      if (total > 0) {
        const message = this.bytes.slice(0, total);
        this.bytes = this.bytes.slice(total);
        return message;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Exit code and what it said. */
  async end(): Promise<[number, string]> {
    const said = await new Response(this.venue.stderr).text();
    return [await this.venue.exited, said];
  }

  hangUp(): void {
    this.socket!.end();
  }

  async close(): Promise<void> {
    this.socket?.terminate();
    this.venue.kill();
    await this.venue.exited;
  }
}

let running: Client | undefined;

/** Free a moment ago. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

const head = (type: string, seq: number) =>
  `35=${type}|34=${seq}|49=HAIRPIN|52=20260102-10:00:00.000|56=EXCHANGE|`;
const LOGON = wrapMessage(`${head("A", 1)}98=0|108=30|141=Y|`);
const order = (seq: number, id: string) =>
  wrapMessage(
    `${head("D", seq)}11=${id}|55=AAPL|54=1|60=20260102-10:00:00.000|40=2|38=100|44=101.5|`,
  );

const index = new TagIndex();
const validator = new Validator(new ValidationPlan(loadDictionary("FIX44")));

/** Values of a message that the dictionary has nothing against. */
function valuesOf(message: Uint8Array, ...tags: number[]): string[] {
  index.parse(message, 0, message.length);
  expect(validator.validate(index)).toBe(VALID);
  return tags.map((tag) => {
    const field = index.find(tag);
    const at = index.offsetAt(field);
    return field < 0 ? "" : showMessage(message, at, at + index.lengthAt(field));
  });
}

describe.skipIf(!hasCompiler())("the venue in C of the round-trip bench", () => {
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  test("logs on, answers a TestRequest, lets a Heartbeat be, fills orders with their own ids", async () => {
    const client = await Client.open();
    client.send(LOGON);
    expect(valuesOf(await client.next(), 35, 34, 49, 56, 141)).toEqual([
      "A",
      "00000001",
      "EXCHANGE",
      "HAIRPIN",
      "Y",
    ]);
    client.send(wrapMessage(`${head("1", 2)}112=SYNC-1|`));
    expect(valuesOf(await client.next(), 35, 34, 112)).toEqual(["0", "00000002", "SYNC-1"]);
    client.send(wrapMessage(head("0", 3)));
    client.send(order(4, "HP0000100000001"));
    const first = await client.next();
    expect(valuesOf(first, 35, 34, 11, 17, 150, 39, 32)).toEqual([
      "8",
      "00000003",
      "HP0000100000001",
      "E1000001",
      "F",
      "2",
      "100",
    ]);
    expect(first.length).toBe(REPORT_BYTES);
    const wallNs = new UtcReader(0).read(first, index.offsetAt(index.find(52)), 21);
    expect(Math.abs(Date.now() * 1e6 - wallNs)).toBeLessThan(NEAR_NS);
    client.send(order(5, "HP0000200000002"));
    expect(valuesOf(await client.next(), 34, 11, 17, 37)).toEqual([
      "00000004",
      "HP0000200000002",
      "E1000002",
      "V1000002",
    ]);
  });

  test("takes messages in pieces, several at once, and ids of another length", async () => {
    const client = await Client.open();
    const all = Buffer.concat([LOGON, order(2, "A1"), order(3, "A2"), order(4, "LONGER-3")]);
    for (const [from, to] of [
      [0, 5],
      [5, 30],
      [30, 110],
      [110, all.length],
    ]) {
      client.send(new Uint8Array(all.subarray(from, to)));
      await Bun.sleep(5);
    }
    expect(valuesOf(await client.next(), 35)).toEqual(["A"]);
    expect(valuesOf(await client.next(), 34, 11)).toEqual(["00000002", "A1"]);
    expect(valuesOf(await client.next(), 34, 11)).toEqual(["00000003", "A2"]);
    expect(valuesOf(await client.next(), 34, 11)).toEqual(["00000004", "LONGER-3"]);
  });

  test.each([
    ["a gap in the numbers", wrapMessage(`${head("0", 3)}`), "MsgSeqNum"],
    ["a message that it does not know", wrapMessage(`${head("F", 2)}11=A|`), "kind"],
    ["an order without an id", wrapMessage(`${head("D", 2)}55=AAPL|`), "missing"],
    ["another protocol", messageBytes("8=FIX.4.2|9=5|35=0|10=000|"), "FIX 4.4"],
    ["a BodyLength beyond all bounds", messageBytes("8=FIX.4.4|9=99999999999|35=0|"), "BodyLength"],
  ])("ends at %s, and says so", async (_, bytes, word) => {
    const client = await Client.open();
    client.send(LOGON);
    await client.next();
    client.send(bytes);
    const [code, said] = await client.end();
    expect(code).toBe(1);
    expect(said).toContain(word);
  });

  test("ends in good order when its client goes", async () => {
    const client = await Client.open();
    client.send(LOGON);
    await client.next();
    client.hangUp();
    expect((await client.end())[0]).toBe(0);
  });
});
