/** Cboe's sequenced unit header and its session messages, written out from the layout. */

export function unitFrame(messages: readonly Uint8Array[], sequence = 0, unit = 0): Uint8Array {
  const body = Buffer.concat(messages);
  const header = Buffer.alloc(8);
  header.writeUInt16LE(8 + body.length, 0);
  header.writeUInt8(messages.length, 2);
  header.writeUInt8(unit, 3);
  header.writeUInt32LE(sequence, 4);
  return new Uint8Array(Buffer.concat([header, body]));
}

/** One message in a frame of its own. */
export function framed(type: number, ...fields: (number | string)[]): Uint8Array {
  return unitFrame([message(type, ...fields)]);
}

/** Length, type, then fields: texts as they are, numbers as u32. */
export function message(type: number, ...fields: (number | string)[]): Uint8Array {
  const parts = fields.map((field) => {
    if (typeof field === "string") return Buffer.from(field, "latin1");
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(field);
    return bytes;
  });
  const body = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.from([body.length + 2, type]), body]));
}

export const loginResponse = (status: string) => framed(0x02, status);
export const imageAvailable = (sequence: number) => framed(0x80, sequence);
export const spinResponse = (sequence: number, orders: number, status: string) =>
  framed(0x82, sequence, orders, status);
export const spinFinished = (sequence: number) => framed(0x83, sequence);

export function gapResponse(
  unit: number,
  first: number,
  count: number,
  status: string,
): Uint8Array {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(10, 0);
  bytes.writeUInt8(0x04, 1);
  bytes.writeUInt8(unit, 2);
  bytes.writeUInt32LE(first, 3);
  bytes.writeUInt16LE(count, 7);
  bytes.write(status, 9, "latin1");
  return unitFrame([new Uint8Array(bytes)]);
}

/** What a client sent: [type, bytes behind length and type as hex] of each message. */
export function sentMessages(frames: readonly Uint8Array[]): [number, string][] {
  return frames.flatMap((frame) => {
    const bytes = Buffer.from(frame);
    if (bytes.readUInt16LE(0) !== bytes.length) throw new Error("a frame of a wrong length");
    const found: [number, string][] = [];
    for (let at = 8; at < bytes.length; at += bytes[at]!) {
      found.push([bytes[at + 1]!, bytes.toString("hex", at + 2, at + bytes[at]!)]);
    }
    if (found.length !== bytes[2]) throw new Error("a frame with another count");
    return found;
  });
}
