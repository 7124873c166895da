/** What `hairpin new strategy NAME` writes: a strategy to start from, and the types for an editor. */
import { hairpinTypes } from "./scaffold-types.ts";

export interface ScaffoldFile {
  path: string;
  text: string;
}

/** NAME: a letter, then letters, digits, - or _; returns a sentence when it is not, else "". */
export function strategyNameProblem(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) return "";
  return `a strategy's name is a letter and then letters, digits, - or _, at most 64; found ${JSON.stringify(name)}`;
}

/** The files, with paths relative to the folder they go to. Throws on a name that does not fit. */
export function scaffoldStrategy(name: string): ScaffoldFile[] {
  const problem = strategyNameProblem(name);
  if (problem !== "") throw new Error(problem);
  return [
    { path: `${name}.ts`, text: STRATEGY },
    { path: "hairpin.d.ts", text: hairpinTypes() },
    { path: "tsconfig.json", text: TSCONFIG },
  ];
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ESNext",
    "module": "Preserve",
    "moduleResolution": "bundler",
    "lib": ["ESNext"],
    "types": [],
    "strict": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;

const STRATEGY = `import {
  defineStrategy,
  FEED_LIVE,
  ORDER_EVENT_FILL,
  ORDER_POST_ONLY,
  SIDE_BUY,
  STATUS_STATE_MASK,
  STATUS_TRADING,
  z,
} from "hairpin";

// Keeps one buy order at the best bid of each instrument until it holds max_position_shares.
// Prices are whole numbers in the instrument's unit: ctx.priceUnit(i) is what one is worth.
export default defineStrategy({
  params: z.object({
    size_shares: z.int().min(1).default(100).describe("Quantity of each order, shares."),
    max_position_shares: z.int().min(1).default(300).describe("Position to stop at, shares."),
  }),

  // No side effects here: create() is called a second time, to keep the code warm.
  create(ctx, params) {
    // Everything is laid out now; the callbacks must not allocate.
    const order = new Int32Array(ctx.instrumentCount).fill(-1);

    function quote(i: number): void {
      if (!ctx.armed() || ctx.feedState(i) !== FEED_LIVE) return;
      if ((ctx.status(i) & STATUS_STATE_MASK) !== STATUS_TRADING) return;
      if (order[i]! >= 0) return;
      const room = params.max_position_shares - ctx.position(i);
      const px = ctx.book(i).bidPx(0);
      if (px <= 0 || room < params.size_shares) return;
      // A slot (>= 0), or a negative code: then nothing was sent.
      const slot = ctx.send(i, SIDE_BUY, params.size_shares, px, ORDER_POST_ONLY);
      if (slot >= 0) order[i] = slot;
    }

    return {
      onBook(i, _changed) {
        const slot = order[i]!;
        if (slot < 0) quote(i);
        else if (ctx.orderPx(slot) !== ctx.book(i).bidPx(0)) ctx.cancel(slot);
      },
      onOrder(slot, event, _px, _qty) {
        const i = ctx.orderInstrument(slot);
        if (i < 0 || order[i] !== slot) return;
        if (ctx.orderLeaves(slot) === 0) order[i] = -1;
        if (event === ORDER_EVENT_FILL) quote(i);
      },
    };
  },
});
`;
