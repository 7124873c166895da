import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { NotRunning, sendCommand } from "../../../src/control/client.ts";
import { answerRequest } from "../../../src/control/commands.ts";
import { type Answer, parseAnswer, parseRequest } from "../../../src/control/protocol.ts";
import { serveSocket } from "../../../src/control/socket-server.ts";
import { applianceStatus } from "../../../src/control/status.ts";
import { SESSION_DOWN, SESSION_UP } from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { liveEngine, PID, withHost } from "./kit.ts";

describe("parseRequest", () => {
  test("knows its commands", () => {
    for (const command of ["status", "arm", "disarm", "kill", "stop"] as const) {
      expect(parseRequest(JSON.stringify({ command }))).toEqual({ command });
    }
  });

  test("answers bad input with one sentence", () => {
    expect(parseRequest("arm")).toBe("the request is not JSON");
    expect(parseRequest("{}")).toBe('the request must be an object with one member, "command"');
    expect(parseRequest("null")).toBe('the request must be an object with one member, "command"');
    expect(parseRequest('{"command":"arm","force":true}')).toContain("one member");
    expect(parseRequest('{"command":"amr"}')).toBe(
      'there is no command "amr"; known: status, arm, disarm, kill, stop',
    );
  });

  test("no line makes it throw", () => {
    fc.assert(fc.property(fc.string(), (line) => typeof parseRequest(line) === "string"));
    fc.assert(fc.property(fc.json(), (line) => parseRequest(line) !== undefined));
  });

  test("an answer of another kind is one sentence", () => {
    expect(() => parseAnswer("<html>")).toThrow("another version");
    expect(() => parseAnswer("3")).toThrow("another version");
  });
});

function withCommands(
  use: (ask: (command: string) => Answer, control: ReturnType<typeof setup>["control"]) => void,
  isAlive: (pid: number) => boolean = () => true,
): Promise<void> {
  return withHost((host) => {
    const segments = host.segments();
    const { control, ask } = setup(segments, isAlive);
    use(ask, control);
  });
}

function setup(
  segments: ReturnType<Parameters<Parameters<typeof withHost>[0]>[0]["segments"]>,
  isAlive: (pid: number) => boolean,
) {
  liveEngine(segments, L.HP_STATE_KILLED);
  const { control } = segments;
  const ask = (command: string): Answer =>
    answerRequest(JSON.stringify({ command }), {
      control,
      status: () =>
        applianceStatus({
          name: "test",
          control,
          engines: [{ name: "main" }],
          feeds: [],
          sessions: [
            { name: "venue", engine: 0 },
            { name: "copies", engine: 0 },
          ],
          journals: segments.journals.map((region) => region.buffer),
          isAlive,
        }),
      isOrders: (session) => session === "venue",
    });
  return { control, ask };
}

describe("commands", () => {
  test("kill sets the word; arm clears it and asks the engines to arm", () =>
    withCommands((ask, control) => {
      expect(ask("kill")).toMatchObject({ ok: true });
      expect(control.killBits()).toBe(L.HP_KILL_CLI);
      expect(ask("status")).toMatchObject({ status: { isKilled: true, killedBy: ["cli"] } });
      expect(ask("arm")).toEqual({ ok: true, text: "arm requested" });
      expect(control.killBits()).toBe(0);
      expect(control.words[L.HP_CONTROL__ARM_REQUEST_W]).toBe(1);
      expect(control.words[L.HP_CONTROL__KILL_ACK_W]).toBe(L.HP_KILL_CLI);
    }));

  test("disarm and stop set their words", () =>
    withCommands((ask, control) => {
      ask("disarm");
      expect(control.words[L.HP_CONTROL__DISARM_REQUEST_W]).toBe(1);
      ask("stop");
      expect(control.isStopping()).toBe(true);
      expect(ask("arm")).toEqual({ ok: false, error: "can't arm: the appliance is stopping" });
    }));

  test("kill, disarm and stop tell of open orders, and of a session that would carry the cancels", () =>
    withCommands((ask, control) => {
      const open = (count: number, state: number) => {
        control.engine(0).doubles[L.HP_ENGINE__OPEN_ORDERS_D] = count;
        control.session(0).words[L.HP_SESSION__STATE_W] = state;
      };
      const killed = "killed: cancels are on their way";
      open(0, SESSION_DOWN);
      expect(ask("kill")).toMatchObject({ text: `${killed}, no new orders until you arm` });
      expect(ask("disarm")).toMatchObject({ text: "disarm requested" });
      open(2, SESSION_UP);
      expect(ask("kill")).toMatchObject({
        text: `${killed} (2 orders open), no new orders until you arm`,
      });
      expect(ask("disarm")).toMatchObject({ text: "disarm requested" });
      open(2, SESSION_DOWN);
      const away = '2 orders of engine "main" are open, and session "venue" is down';
      const later = "no cancel leaves by it before it is up again";
      expect(ask("kill")).toMatchObject({
        text: `killed: no new orders until you arm; ${away}: ${later}`,
      });
      expect(ask("disarm")).toMatchObject({ text: `disarm requested; ${away}: ${later}` });
      open(1, SESSION_DOWN);
      expect(ask("stop")).toMatchObject({
        text: 'stopping; 1 order of engine "main" is open, and session "venue" is down: what rests there stays at the venue',
      });
    }));

  test("arm is refused, and the kill kept, without an engine or a guard", async () => {
    await withCommands(
      (ask, control) => {
        control.kill(L.HP_KILL_LOSS);
        expect(ask("arm")).toEqual({
          ok: false,
          error: 'can\'t arm: engine "main" is not running',
        });
        expect(control.killBits()).toBe(L.HP_KILL_LOSS);
      },
      () => false,
    );
    await withCommands(
      (ask) => expect(ask("arm")).toEqual({ ok: false, error: "can't arm: no guard is running" }),
      (pid) => pid === PID,
    );
  });
});

describe("socket", () => {
  const directory = mkdtempSync(join(tmpdir(), "hairpin-socket-"));
  const path = join(directory, "cli.sock");
  const seen: string[] = [];
  const server = serveSocket(path, (line) => {
    seen.push(line);
    if (line.includes("stop")) throw new Error("a fault of ours");
    if (line.includes("disarm")) return { ok: true, text: "x".repeat(3_000_000) };
    return { ok: true, text: line };
  });
  afterAll(() => {
    server.stop();
    rmSync(directory, { recursive: true });
  });

  const talk = (text: string, isHalf = false): Promise<string> =>
    new Promise((resolve) => {
      let answer = "";
      const socket = connect(path);
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", () => {});
      socket.write(text);
      if (isHalf) setTimeout(() => socket.end(), 30);
    });

  test("is closed to others", () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("answers one line and hangs up", async () => {
    expect(await sendCommand(path, "status")).toEqual({ ok: true, text: '{"command":"status"}' });
  });

  test("an answer larger than the socket's buffer comes whole", async () => {
    const answer = await sendCommand(path, "disarm");
    expect(answer.ok === true && answer.text?.length).toBe(3_000_000);
  });

  test("a fault while answering is told, and the next one is answered", async () => {
    const answer = await sendCommand(path, "stop");
    expect(answer.ok === false && answer.error).toContain("could not be answered: a fault of ours");
    expect((await sendCommand(path, "arm")).ok).toBe(true);
  });

  test("a request that never ends is cut off", async () => {
    expect(await talk("y".repeat(10_000))).toContain("too long");
  });

  test("a client that goes away in the middle of a line is forgotten", async () => {
    const before = seen.length;
    await talk('{"command":', true);
    expect(seen.length).toBe(before);
    expect((await sendCommand(path, "arm")).ok).toBe(true);
  });

  test("clients that hang are cut off: without a line, dripping, or not reading the answer", async () => {
    const short = join(directory, "short.sock");
    const big = "x".repeat(8_000_000);
    const strict = serveSocket(short, () => ({ ok: true, text: big }), 60);
    const closed = (text: string, isReading: boolean): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(short);
        const drip = setInterval(() => socket.write(text), 10);
        if (isReading) socket.resume();
        else socket.pause();
        socket.on("error", () => {});
        const end = (): void => {
          clearInterval(drip);
          resolve();
        };
        socket.on("close", end);
        if (!isReading) setTimeout(() => socket.resume(), 150);
      });
    await Promise.all([
      closed("", true),
      closed("y", true),
      closed('{"command":"status"}\n', false),
    ]);
    strict.stop();
  });

  test("nobody there is one sentence", async () => {
    const nowhere = join(directory, "none.sock");
    expect(sendCommand(nowhere, "status")).rejects.toThrow(
      `no appliance is running: there is no socket ${nowhere}`,
    );
    expect(sendCommand(nowhere, "status")).rejects.toBeInstanceOf(NotRunning);
  });

  test("a server that does not answer is one sentence", async () => {
    const mute = join(directory, "mute.sock");
    const listener = Bun.listen({ unix: mute, socket: { data() {} } });
    expect(sendCommand(mute, "status", 50)).rejects.toThrow("does not answer");
    await Bun.sleep(80);
    listener.stop(true);
  });
});
