/**
 * A strategy that never rests: on a timer it sends, replaces and cancels at random around the best
 * prices, some of it to be filled at once. For tests that need orders in every state at any moment.
 */
export const CHURN = `import {
  defineStrategy, ORDER_IOC, ORDER_SHORT, SIDE_BUY, SIDE_SELL, z,
} from "hairpin";

export default defineStrategy({
  params: z.object({
    every_us: z.int().min(10).default(1000),
    orders: z.int().min(1).max(64).default(6),
    inventory_shares: z.int().default(2000),
  }),
  create(ctx, params) {
    const slots = new Int32Array(ctx.instrumentCount * params.orders).fill(-1);

    function price(i, side, away) {
      const book = ctx.book(i);
      const px = side === SIDE_BUY ? book.bidPx(0) : book.askPx(0);
      return px <= 0 ? 0 : px - side * away * ctx.tick(i, px);
    }

    function open(i, at) {
      const position = ctx.position(i);
      let side = ctx.random() < 0.5 ? SIDE_BUY : SIDE_SELL;
      if (position > params.inventory_shares) side = SIDE_SELL;
      if (position < -params.inventory_shares) side = SIDE_BUY;
      const luck = ctx.random();
      // One in three crosses: a limit beyond the other side, or an IOC.
      const away = luck < 0.33 ? -3 : Math.floor(ctx.random() * 4);
      const px = price(i, side, away);
      if (px <= 0) return;
      const flags = (luck < 0.15 ? ORDER_IOC : 0) | (side === SIDE_SELL ? ORDER_SHORT : 0);
      slots[at] = ctx.send(i, side, ctx.lot(i) * (1 + Math.floor(ctx.random() * 3)), px, flags);
    }

    function change(i, at) {
      const slot = slots[at];
      if (ctx.random() < 0.4) ctx.cancel(slot);
      else {
        const px = price(i, ctx.orderSide(slot), Math.floor(ctx.random() * 5) - 1);
        const lots = 1 + Math.floor(ctx.random() * 4);
        if (px > 0) ctx.replace(slot, ctx.lot(i) * lots, px);
      }
    }

    return {
      onStart() {
        ctx.setTimer(0, params.every_us * 1000);
      },
      onTimer() {
        ctx.setTimer(0, params.every_us * 1000);
        if (!ctx.armed()) return;
        const at = Math.floor(ctx.random() * slots.length);
        const i = Math.floor(at / params.orders);
        if (slots[at] < 0 || ctx.orderLeaves(slots[at]) === 0) open(i, at);
        else change(i, at);
      },
    };
  },
});
`;
