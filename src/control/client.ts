/** The CLI's side of the socket. */
import { existsSync } from "node:fs";
import { type Answer, type Command, parseAnswer } from "./protocol.ts";

/** Nobody listens at the socket. */
export class NotRunning extends Error {}

const ANSWER_BYTES_MAX = 16 << 20;

/**
 * Sends one command and returns the answer. Throws NotRunning, with one sentence, when no appliance
 * listens at `socketPath`, and Error when it does not answer in time.
 */
export function sendCommand(
  socketPath: string,
  command: Command,
  timeoutMs = 5000,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let isDone = false;
    const finish = (act: () => void): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      act();
    };
    const timer = setTimeout(() => {
      finish(() => reject(new Error(`the appliance at ${socketPath} does not answer`)));
    }, timeoutMs);
    const settle = (): void => {
      finish(() => {
        try {
          resolve(parseAnswer(Buffer.concat(chunks).toString("utf8")));
        } catch (error) {
          reject(error);
        }
      });
    };
    const none = (): void => finish(() => reject(notRunning(socketPath)));
    Bun.connect({
      unix: socketPath,
      socket: {
        open(socket) {
          socket.write(`${JSON.stringify({ command })}\n`);
        },
        data(socket, chunk) {
          chunks.push(new Uint8Array(chunk));
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX || chunk.at(-1) === 10) {
            settle();
            socket.end();
          }
        },
        close: settle,
        error: none,
        connectError: none,
      },
    }).catch(none);
  });
}

function notRunning(socketPath: string): NotRunning {
  const why = existsSync(socketPath) ? "nobody listens at" : "there is no socket";
  return new NotRunning(`no appliance is running: ${why} ${socketPath}`);
}
