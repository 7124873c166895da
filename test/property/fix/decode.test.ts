/** Decoding loses nothing: the fields, groups unfolded, are the message again. */
import { expect, test } from "bun:test";
import { Decoder } from "../../../src/fix/decode/decoder.ts";
import { LogDictionaries } from "../../../src/fix/decode/dictionaries.ts";
import { LogScanner } from "../../../src/fix/decode/log-scanner.ts";
import { messageJson, messageText } from "../../../src/fix/decode/render.ts";
import type { DecodedField } from "../../../src/fix/decode/structure.ts";
import { generator, Mutator } from "../../support/fix-mutator.ts";

const ROUNDS = 5000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const HEAD = "34=2|49=ME|56=YOU|52=20260102-10:00:00|";
const BODIES = [
  `35=0|${HEAD}112=SYNC|`,
  `35=8|${HEAD}37=O|17=E|453=2|448=A|452=1|802=1|523=S|448=B|54=1|18=1 6|151=1|14=0|6=0|`,
  `35=W|${HEAD}55=X|268=2|269=0|270=10.5|271=3|269=1|270=10.6|271=5|`,
  `35=A|${HEAD}98=0|108=30|95=5|96=a.b=c|`,
];

/** Text of the fields; what is not tag=value is there as it was. */
function unfolded(fields: readonly DecodedField[]): string {
  return fields
    .map((f) => {
      const own = f.tag === 0 ? f.value : `${f.tag}=${f.value}`;
      return `${own}\u0001${(f.entries ?? []).map(unfolded).join("")}`;
    })
    .join("");
}

test("mutated messages are decoded without loss", () => {
  const decoder = new Decoder(new LogDictionaries());
  const mutator = new Mutator(BODIES, generator(41));
  let heard = 0;
  let garbled = 0;
  const scanner = new LogScanner((found) => {
    const message = decoder.decode(found);
    heard++;
    if (message.garbled !== "") garbled++;
    // A tag with leading zeros is shown without them, and a byte that is no UTF-8 as such.
    const text = Buffer.from(found.bytes)
      .toString("utf8")
      .split("\u0001")
      .map((field) => field.replace(/^0+(?=[1-9]\d*=)/, ""))
      .join("\u0001");
    expect(unfolded(message.fields)).toBe(text);
    expect(JSON.parse(messageJson(message)).fields.length).toBe(message.fields.length);
    expect(messageText(message)).toEndWith("\n\n");
  });
  for (let round = 0; round < ROUNDS; round++) {
    scanner.push(mutator.bytes.slice(0, mutator.make()));
    scanner.push(new Uint8Array([0x0a]));
  }
  scanner.end();
  expect(heard).toBeGreaterThan(ROUNDS / 2);
  expect(garbled).toBeGreaterThan(ROUNDS / 10);
  expect(heard - garbled).toBeGreaterThan(ROUNDS / 10);
}, 600_000);
