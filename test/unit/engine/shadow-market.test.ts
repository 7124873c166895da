/** The shadow of an engine whose market data comes by FIX. */
import { describe, expect, test } from "bun:test";
import { FEED_LIVE, SESSION_UP } from "../../../src/core/codes.ts";
import { loadStrategies } from "../../../src/engine/load-strategies.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as N from "../../../src/fix/market-data/counters.ts";
import { ORDER_ACKED } from "../../../src/order/counters.ts";
import { optionsOf, TOML } from "./rig.ts";

const FEED = /\[\[feed\]\][\s\S]*?\n\n/;

function toml(request: string, session = ""): string {
  const feed = `[[feed]]\nname = "fix-md"\nprotocol = "fix"\nrequest = { ${request} }\n\n`;
  const md = `[[session]]\nname = "md"\nuse = "market-data"\naddress = "127.0.0.1:9879"\nsender_comp_id = "HP-MD"\ntarget_comp_id = "SIM"\n${session}\n`;
  return TOML.replace(FEED, feed).replace("[[session]]", `${md}[[session]]`);
}

describe("the shadow of a FIX feed", () => {
  for (const [request, session] of [
    ['style = "each"', ""],
    ['style = "all", depth = 4', "reset_on_logon = true\n"],
    ['entries = "id", security_status = true', ""],
    ['update = "full", depth = 8', ""],
  ] as const) {
    test(`takes market data and answers it with orders: ${request}`, async () => {
      const options = optionsOf(toml(request, session))[0]!;
      const strategies = await loadStrategies(options);
      const shim = fakeShim();
      const shadow = makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
      for (let i = 0; i < 12_000; i++) {
        shim.network.advance(2000);
        shadow.turn();
      }
      const { path } = shadow;
      expect(path.sessions.map((s) => s.state)).toEqual([SESSION_UP, SESSION_UP]);
      expect(path.market.feedState[0]).toBe(FEED_LIVE);
      const count = (n: number) => path.counters[n]!;
      expect(count(ORDER_ACKED)).toBeGreaterThan(100);
      expect(count(N.MD_ENTRIES)).toBeGreaterThan(1000);
      expect([N.MD_MALFORMED, N.MD_OUT_OF_STEP, N.MD_LEVEL_MISMATCH].map(count)).toEqual([0, 0, 0]);
      if (!request.includes("full")) expect(count(N.MD_RPT_SEQ_JUMPS)).toBeGreaterThan(0);
      expect(path.host.fault()).toBe("");
      for (const [i, view] of path.market.views.slice(0, 2).entries()) {
        if (path.market.bookFlags(i) !== 0) continue;
        expect(view.bidPx(0)).toBeGreaterThan(0);
        expect(view.askPx(0)).toBeGreaterThan(view.bidPx(0));
      }
    });
  }
});
