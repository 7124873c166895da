import { z } from "zod";
import { name, positive, real, tags, text, whole } from "./field.ts";

const tickSchema = z.strictObject({
  from: real("From this price upward.", { min: 0, unit: "currency" }),
  tick: positive("Orders are priced in multiples of it.", { unit: "currency" }),
});

/** [[instrument]], and one line of the file that `instruments_file` names. */
export const instrumentSchema = z.strictObject({
  symbol: text("Name in output and in strategies.", {
    pattern: /^[\x21-\x7e]{1,24}$/,
    allowed: "1 to 24 characters, no space",
  }),
  feed: name("Feed that carries it. Absent: the only feed.").optional(),
  feed_symbol: text("Symbol on the feed. Absent: the same as symbol.", {
    pattern: /^[\x21-\x7e]{1,32}$/,
    allowed: "1 to 32 characters, no space; 1 to 8 on an itch50 feed",
  }).optional(),
  session: name(
    'Session that trades it. Absent: the only session; "none": market data only.',
  ).optional(),
  order_symbol: text("Symbol (55) of orders. Absent: the same as symbol.", {
    pattern: /^[\x20-\x7e]{1,32}$/,
    allowed: "1 to 32 printable characters",
  }).optional(),
  tags: tags("Further tags of every order of this instrument, e.g. 207.").default({}),
  price_unit: positive(
    "Smallest price increment; prices are whole multiples of it. On an itch50 feed a multiple or a fraction of 0.0001.",
    { unit: "currency", max: 1000 },
  ).default(0.0001),
  tick: positive("One tick for all prices. Instead of ticks.", { unit: "currency" }).optional(),
  ticks: z
    .array(tickSchema)
    .min(1)
    .max(8)
    .optional()
    .meta({ description: "Tick table, ascending, the first from 0. Absent: tick, else 0.01." }),
  lot: whole("Order quantities are multiples of it.", { min: 1, max: 1_000_000 }).default(1),
  multiplier: positive("Currency per price point and share or contract.").default(1),
  currency: text("Currency (15) of prices.", {
    pattern: /^[A-Z]{3}$/,
    allowed: "three letters, A to Z",
  }).default("USD"),
  maker_fee: real("Fee per share or contract that adds liquidity; negative = rebate.", {
    unit: "currency",
  }).default(0),
  taker_fee: real("Fee per share or contract that takes liquidity; negative = rebate.", {
    unit: "currency",
  }).default(0),
  position: whole("Position at the start of the day; short is negative.", {
    min: -0x7fffffff,
  }).default(0),
  position_price: real("Average price of that position.", { min: 0, unit: "currency" }).default(0),
});

/** [[strategy]] */
export const strategySchema = z.strictObject({
  name: name("Name in output."),
  engine: name("Engine that runs it. Absent: the only engine.").optional(),
  uses: text('A built-in ("maker", "taker") or your own TypeScript file.', {
    pattern: /^(maker|taker|.+\.(ts|js))$/,
    allowed: '"maker", "taker" or a path that ends in .ts or .js',
  }),
  instruments: z
    .array(z.string().min(1).max(24))
    .min(1)
    .max(65_535)
    .optional()
    .meta({ description: "Symbols it sees. Absent: all instruments of its engine." }),
  seed: whole("Seed of its random numbers.").default(1),
  params: z.record(z.string(), z.unknown()).default({}).meta({
    description: "Its parameters; the strategy's own schema checks them.",
    allowed: "a table",
  }),
});
