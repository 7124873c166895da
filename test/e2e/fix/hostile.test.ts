/** `hairpin fix echo` and peers that mean no good: another session must not notice them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeBinary } from "../helpers/binary.ts";
import { type Echo, echoAcceptor } from "./echo.ts";
import { Link } from "./link.ts";
import { play, type Step } from "./player.ts";
import { Script } from "./script.ts";
import { HAIRPIN, sessionsOf } from "./sessions.ts";
import { VERSIONS } from "./versions.ts";
import { complete, SOH, timestamp } from "./wire.ts";

const DICTIONARIES = join(import.meta.dir, "../../../fix-dictionaries");
const FIX44 = VERSIONS.find((version) => version.label === "FIX.4.4")!;
const BATCH = 500;
const FLOOD_MS = 4000;

describeBinary("hairpin fix echo and a hostile peer", () => {
  const sessions = sessionsOf([FIX44], 2);
  const [good = "", bad = ""] = sessions.map((session) => session.us);
  let echo: Echo;
  beforeAll(async () => {
    echo = await echoAcceptor(DICTIONARIES, sessions);
  });
  afterAll(() => echo?.stop());

  const open = () => Link.connect("127.0.0.1", echo.port);

  /** The other session logs on, has its orders sent back and logs out, for as long as `during` lasts. */
  async function undisturbed(during: () => Promise<void>): Promise<void> {
    let isOver = false;
    const trade = async (): Promise<void> => {
      while (!isOver) await play(goodSteps(), { open });
    };
    const attack = during().finally(() => {
      isOver = true;
    });
    await Promise.all([trade(), attack]);
  }

  function goodSteps(): Step[] {
    const script = new Script(FIX44, "acceptor", good, HAIRPIN);
    script.logon();
    for (let i = 0; i < 20; i++) script.echo(`good${i}`);
    script.logout();
    return script.steps;
  }

  /** A connection that has logged on as the bad session. */
  async function loggedOn(): Promise<Link> {
    const link = await open();
    await link.send(complete(text("A", 1, "98=0|108=30|")));
    expect(await link.next(10_000)).toContain(`${SOH}35=A${SOH}`);
    return link;
  }

  function text(type: string, seq: number, body: string): string {
    const script = new Script(FIX44, "acceptor", bad, HAIRPIN);
    script.send(type, body, { seq, header: { 52: timestamp() } });
    return (script.steps[0] as Step & { does: "send" }).text;
  }

  test("a Logon that claims a body of a gigabyte ends the connection", async () => {
    await undisturbed(async () => {
      const link = await open();
      await link.send(`8=FIX.4.4${SOH}9=1000000000${SOH}35=A${SOH}`);
      expect(await link.next(20_000)).toBeUndefined();
    });
  });

  test("inside a session a body of a gigabyte is not waited for", async () => {
    await undisturbed(async () => {
      const link = await loggedOn();
      await link.send(`8=FIX.4.4${SOH}9=1000000000${SOH}35=0${SOH}34=2${SOH}`);
      await link.send(complete(text("1", 2, "112=AFTER|")));
      // Either it is skipped as garbled, or the connection ends; it must not hang.
      const answer = await link.next(20_000);
      expect(answer ?? "closed").toMatch(/112=AFTER|35=5|closed/);
      link.close();
    });
  });

  test("a peer that stalls in the middle of its Logon is not kept", async () => {
    await undisturbed(async () => {
      const link = await open();
      await link.send(complete(text("A", 1, "98=0|108=30|")).slice(0, 40));
      expect(await link.next(30_000)).toBeUndefined();
    });
  });

  test("bytes that are no FIX end the connection, however many come", async () => {
    await undisturbed(async () => {
      const link = await open();
      const junk = "GET / HTTP/1.1\r\n".repeat(1000);
      for (let i = 0; i < 50 && !link.isClosed; i++) await link.send(junk);
      expect(await link.next(20_000)).toBeUndefined();
    });
  });

  test("a flood of requests whose answers nobody reads takes no more memory", async () => {
    const pid = echo.child.process.pid;
    await undisturbed(async () => {
      const link = await loggedOn();
      const before = residentMb(pid);
      link.pause();
      let sent = 0;
      let isOver = false;
      const flood = async (): Promise<void> => {
        for (let seq = 2; !isOver; seq += BATCH) {
          const requests = Array.from({ length: BATCH }, (_, i) => text("1", seq + i, "112=x|"));
          await link.send(requests.map(complete).join(""));
          sent += BATCH;
        }
      };
      // It may take no more, which is as good as closing.
      await Promise.race([flood().catch(() => undefined), Bun.sleep(FLOOD_MS)]);
      isOver = true;
      expect(sent).toBeGreaterThan(BATCH);
      expect(residentMb(pid) - before).toBeLessThan(64);
      link.close();
    });
  });
});

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
