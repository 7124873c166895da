/** The simulator's market data by FIX, as a client sees it. */
import { describe, expect, test } from "bun:test";
import { makeVenue, ScriptedClient, tag, tags } from "../../support/sim-venue.ts";

function subscribed(more = "265=1|", symbols = "146=1|55=AAPL|") {
  const venue = makeVenue();
  venue.exchange.start();
  const client = new ScriptedClient(venue);
  client.logon();
  client.take();
  const types = "267=3|269=0|269=1|269=2|";
  client.message("V", `262=R1|263=1|264=0|${more}${types}${symbols}`);
  return { venue, client, snapshot: client.take()[0]! };
}

/** Entries of an X as "action type px qty", in order. */
function entriesOf(message: string): string[] {
  return message
    .split("|279=")
    .slice(1)
    .map((entry) => {
      const m = `|279=${entry}|`;
      return [tag(m, 279), tag(m, 269), tag(m, 270), tag(m, 271)].join(" ").trim();
    });
}

describe("Market data by FIX", () => {
  test("begins with a snapshot of the whole book, its levels with their orders", () => {
    const { venue, snapshot } = subscribed();
    const { bids, asks } = venue.exchange.report().books[0]!;
    expect(tags(snapshot, 35, 262, 55)).toBe("35=W 262=R1 55=AAPL");
    expect(Number(tag(snapshot, 268))).toBe(bids.length + asks.length);
    expect(snapshot.match(/\|346=(\d+)/g)!.length).toBe(bids.length + asks.length);
  });

  test("tells new, changed and deleted levels and trades, numbered without a hole", () => {
    const { client } = subscribed();
    client.order("A1", 1, 100, "50.5");
    client.order("A2", 1, 50, "50.5");
    const news = client.take().filter((m) => tag(m, 35) === "X");
    expect(news.map(entriesOf)).toEqual([["0 0 50.5000 100"], ["1 0 50.5000 150"]]);
    client.message("F", "11=C1|41=A1|55=AAPL|54=1|38=100|");
    client.message("F", "11=C2|41=A2|55=AAPL|54=1|38=50|");
    const gone = client.take().filter((m) => tag(m, 35) === "X");
    expect(gone.map(entriesOf)).toEqual([["1 0 50.5000 50"], ["2 0 50.5000"]]);
    const numbers = [...news, ...gone].map((m) => Number(tag(m, 83)));
    expect(numbers).toEqual([2, 3, 4, 5]);
    client.order("T1", 1, 10, "200");
    const trade = client.take().find((m) => tag(m, 35) === "X")!;
    expect(entriesOf(trade)[0]).toMatch(/^0 2 \d+\.\d+ 10$/);
    expect(tag(trade, 2446)).toBe("1");
  });

  test("of a depth is told to that depth; in full it is a snapshot each time", () => {
    const shallow = subscribed();
    shallow.client.message("V", "262=R2|263=1|264=1|265=0|267=2|269=0|269=1|146=1|55=AAPL|");
    expect(tag(shallow.client.take()[0], 268)).toBe("2");
    shallow.client.order("A1", 1, 100, "1.0");
    const types = shallow.client.take().map((m) => `${tag(m, 35)} ${tag(m, 262)}`);
    expect(types).toContain("X R1");
    expect(types).toContain("W R2");
  });

  test("is refused for an unknown symbol, a number in use, or a kind that it does not have", () => {
    const { client } = subscribed();
    client.message("V", "262=R2|263=1|264=0|265=1|267=1|269=0|146=1|55=NONE|");
    client.message("V", "262=R1|263=1|264=0|265=1|267=1|269=0|146=1|55=AAPL|");
    client.message("V", "262=R3|263=7|264=0|265=1|267=1|269=0|146=1|55=AAPL|");
    const said = client.take().map((m) => tags(m, 35, 262, 281));
    expect(said).toEqual(["35=Y 262=R2 281=0", "35=Y 262=R1 281=1", "35=Y 262=R3 281=4"]);
  });

  test("ends with its subscription, and with the connection", () => {
    const { venue, client } = subscribed();
    client.message("V", "262=R1|263=2|264=0|267=1|269=0|146=1|55=AAPL|");
    client.order("A1", 1, 100, "50.5");
    expect(client.take().map((m) => tag(m, 35))).toEqual(["8"]);
    client.hangUp();
    expect(venue.exchange.report().marketData.updates).toBe(0);
  });

  test("a dropped update is numbered, so that a client can see that it is missing", () => {
    const { venue, client } = subscribed();
    venue.exchange.setFaults("CLIENT", { dropMarketData: 1 });
    client.order("A1", 1, 100, "50.5");
    client.order("A2", 1, 100, "50.4");
    const updates = client.take().filter((m) => tag(m, 35) === "X");
    expect(updates.map((m) => tag(m, 83))).toEqual(["3"]);
    expect(venue.exchange.report().marketData).toMatchObject({ updates: 2, dropped: 1 });
  });

  test("a lost update leaves a gap in MsgSeqNum, which is filled over", () => {
    const { venue, client } = subscribed();
    venue.exchange.setFaults("CLIENT", { loseMarketData: 1 });
    client.order("A1", 1, 100, "50.5");
    client.order("A2", 1, 100, "50.4");
    const seqs = client.take().map((m) => Number(tag(m, 34)));
    const missing = seqs.find((seq, k) => seqs[k + 1]! - seq > 1)! + 1;
    client.message("2", `7=${missing}|16=${missing}|`);
    const filled = client.take().map((m) => tags(m, 35, 34, 43, 36));
    expect(filled).toEqual([`35=4 34=${missing} 43=Y 36=${missing + 1}`]);
  });

  test("a miscounted update says that it has an entry more", () => {
    const { venue, client } = subscribed();
    venue.exchange.setFaults("CLIENT", { miscountMarketData: 1 });
    client.order("A1", 1, 100, "50.5");
    const update = client.take().find((m) => tag(m, 35) === "X")!;
    expect(tag(update, 268)).toBe("2");
    expect(update.match(/279=/g)?.length).toBe(1);
  });

  test("tells trading status to those who asked", () => {
    const { venue, client } = subscribed();
    client.message("e", "324=S1|55=AAPL|263=1|");
    expect(tags(client.take()[0], 35, 324, 326)).toBe("35=f 324=S1 326=17");
    venue.exchange.setState("AAPL", "H");
    expect(tag(client.take()[0], 326)).toBe("2");
  });
});
