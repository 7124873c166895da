/** The CLI's unix socket: mode 0600, one line in, one line out; slow and hung clients are bounded. */
import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "bun";
import { type Answer, encodeAnswer, REQUEST_BYTES_MAX } from "./protocol.ts";

/** A client that has not sent its line and taken the answer within this time is cut off. */
export const CLIENT_MS_MAX = 5000;
export const CLIENTS_MAX = 16;

interface Client {
  request: Uint8Array;
  received: number;
  answer: Uint8Array;
  sent: number;
  isAnswered: boolean;
  deadline: ReturnType<typeof setTimeout>;
}

export interface SocketServer {
  stop(): void;
}

/** Listens at `path`, replacing a stale socket: the caller holds the appliance's lock. */
export function serveSocket(
  path: string,
  answer: (line: string) => Answer,
  clientMsMax = CLIENT_MS_MAX,
): SocketServer {
  rmSync(path, { force: true });
  let clients = 0;
  const before = process.umask(0o177);
  try {
    const server = Bun.listen<Client>({
      unix: path,
      socket: {
        open(socket) {
          socket.data = {
            request: new Uint8Array(REQUEST_BYTES_MAX),
            received: 0,
            answer: new Uint8Array(0),
            sent: 0,
            isAnswered: false,
            // The socket's own timeout starts again with every byte: a dripping client would stay.
            deadline: setTimeout(() => socket.terminate(), clientMsMax),
          };
          if (++clients > CLIENTS_MAX) reply(socket, busy);
        },
        data(socket, chunk) {
          const client = socket.data;
          if (client.isAnswered) return;
          const end = chunk.indexOf(10);
          const part = end < 0 ? chunk : chunk.subarray(0, end);
          if (client.received + part.length > REQUEST_BYTES_MAX) {
            reply(socket, { ok: false, error: "the request is too long" });
            return;
          }
          client.request.set(part, client.received);
          client.received += part.length;
          if (end < 0) return;
          const line = new TextDecoder().decode(client.request.subarray(0, client.received));
          reply(socket, safely(answer, line));
        },
        drain: push,
        error(socket) {
          socket.terminate();
        },
        close(socket) {
          clearTimeout(socket.data.deadline);
          clients--;
        },
      },
    });
    chmodSync(path, 0o600);
    return {
      stop() {
        server.stop(true);
        rmSync(path, { force: true });
      },
    };
  } finally {
    process.umask(before);
  }
}

const busy: Answer = { ok: false, error: "too many clients at once; try again" };

/** A fault of ours is one sentence to the client, never silence. */
function safely(answer: (line: string) => Answer, line: string): Answer {
  try {
    return answer(line);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, error: `the request could not be answered: ${why}` };
  }
}

function reply(socket: Socket<Client>, answer: Answer): void {
  socket.data.isAnswered = true;
  socket.data.answer = new TextEncoder().encode(encodeAnswer(answer));
  push(socket);
}

function push(socket: Socket<Client>): void {
  const client = socket.data;
  if (!client.isAnswered) return;
  const sent = socket.write(client.answer.subarray(client.sent));
  if (sent > 0) client.sent += sent;
  if (client.sent >= client.answer.length) socket.end();
}
