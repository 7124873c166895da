import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CSV_COLUMNS, csvField } from "../../../../src/replay/report/csv.ts";
import { reportPage } from "../../../../src/replay/report/page.ts";
import type { PageData } from "../../../../src/replay/report/page-data.ts";
import { FILLS_MAX, MARKETS_MAX } from "../../../../src/replay/report/page-data.ts";
import type { ReplayRecording } from "../../../../src/replay/report/recording.ts";
import { writeReport } from "../../../../src/replay/report/report.ts";
import { emptyRecording, longRecording, smallRecording } from "./kit.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-report-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Attributes and texts of a page as a browser's parser has them. */
async function read(page: string) {
  const found = {
    data: "",
    policy: "",
    titles: [] as string[],
    links: [] as string[],
    ids: [] as string[],
  };
  const scripts: { isData: boolean; text: string }[] = [];
  const rewriter = new HTMLRewriter()
    .on("*", {
      element(e) {
        for (const [name, value] of e.attributes) {
          if (/^(src|href|action|srcset|data)$/.test(name)) found.links.push(value);
          if (name === "id") found.ids.push(value);
          if (name === "content" && e.tagName === "meta" && value.includes("-src"))
            found.policy = value;
        }
      },
    })
    .on("script", {
      element(e) {
        scripts.push({ isData: e.getAttribute("id") === "recording", text: "" });
      },
      text(t) {
        scripts.at(-1)!.text += t.text;
      },
    })
    .on("h1", {
      text(t) {
        if (t.text !== "") found.titles.push(t.text);
      },
    });
  await rewriter.transform(new Response(page)).text();
  found.data = scripts.find((s) => s.isData)!.text;
  return { ...found, scripts, json: JSON.parse(found.data) as PageData };
}

function csv(dir: string, name: string): string[][] {
  const text = readFileSync(join(dir, name), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
}

describe("the page", () => {
  test("has the series of the recording", async () => {
    const r = longRecording(200);
    const { json } = await read(reportPage(r));
    expect(json.equity.x).toEqual(r.equity.timeNs.map((ns) => ns / 1e9));
    expect(json.equity.net[7]).toBeCloseTo(
      r.equity.realized[7]! + r.equity.unrealized[7]! - r.equity.fees[7]!,
      7,
    );
    expect(json.markets.map((m) => m.symbol).sort()).toEqual(["AAPL", "MSFT"]);
    const apple = json.markets.find((m) => m.symbol === "AAPL")!;
    expect(apple.bid[0]).toBeNull();
    expect(apple.ask[1]).toBeCloseTo(r.markets[0]!.ask[1]!, 7);
    expect(apple.position).toEqual(r.markets[0]!.position);
    const bought = r.fills.filter((f) => f.instrument === 0);
    expect(apple.fills.order).toEqual(bought.map((f) => f.order));
    expect(apple.fills.px).toEqual(bought.map((f) => f.px));
    expect(json.positions.symbols).toHaveLength(2);
    expect(json.latency.software.histograms[0]!.count).toBe(100);
  });

  test("loads nothing: no address outside, and a policy that forbids what is not in it", async () => {
    const page = reportPage(longRecording(50));
    const { links, policy, scripts } = await read(page);
    expect(links.sort()).toEqual(Object.keys(CSV_COLUMNS).sort());
    expect(page.match(/https?:\/\/[^\s"')]+/g)).toEqual(["https://github.com/leeoniya/uPlot"]);
    expect(page).not.toMatch(/url\(|@import/);
    expect(policy).toContain("default-src 'none'");
    for (const script of scripts.filter((s) => !s.isData)) {
      const hash = new Bun.CryptoHasher("sha256").update(script.text).digest("base64");
      expect(policy).toContain(`'sha256-${hash}'`);
      expect(() => new Function(script.text)).not.toThrow();
    }
    expect(scripts).toHaveLength(3);
  });

  test("holds the licence of the library in it", () => {
    expect(reportPage(smallRecording())).toContain("Permission is hereby granted, free of charge");
  });

  test("shows hostile names as text", async () => {
    const r = smallRecording();
    const hostile = `</script><script>alert(1)</script><img src=x onerror=1>"'&`;
    r.title = hostile;
    r.instruments[0]!.symbol = hostile;
    r.figures = [[hostile, hostile]];
    r.software = [{ name: hostile, buckets: [[1, 1]] }];
    const page = reportPage(r);
    const { scripts, links, titles, json } = await read(page);
    expect(scripts).toHaveLength(3);
    expect(links).not.toContain("x");
    expect(page).not.toContain("<img");
    expect(titles.join("")).toContain("&#60;img");
    expect(json.markets[0]!.symbol).toBe(hostile);
    expect(json.latency.software.histograms[0]!.name).toBe(hostile);
  });

  test("draws fewer samples of a long recording, keeps the extremes, and says so", async () => {
    const r = longRecording(60_000);
    const page = reportPage(r);
    const { json } = await read(page);
    expect(json.equity.x.length).toBeLessThan(20_000);
    expect(Math.max(...(json.equity.fees as number[]))).toBeCloseTo(Math.max(...r.equity.fees), 6);
    const apple = json.markets.find((m) => m.symbol === "AAPL")!;
    const least = r.markets[0]!.bid.filter((px) => px !== 0).reduce((a, b) => Math.min(a, b));
    expect(Math.min(...apple.bid.filter((px) => px !== null))).toBeCloseTo(least, 7);
    expect(apple.bid).toContain(null);
    expect(apple.fills.x.length).toBeLessThanOrEqual(FILLS_MAX);
    expect(page).toContain("Of 60,000 samples of equity,");
    expect(page).toMatch(/AAPL: of 6,000 fills, [\d,]+ are drawn/);
  });

  test("offers the instruments with the most fills when there are many", async () => {
    const r = longRecording(100);
    for (let i = 0; i < 60; i++) {
      r.instruments.unshift({ symbol: `S${i}`, currency: "EUR" });
      r.markets.unshift({ timeNs: [1], bid: [1], ask: [2], position: [0] });
      for (const fill of r.fills) fill.instrument++;
    }
    const page = reportPage(r);
    const { json } = await read(page);
    expect(json.markets).toHaveLength(MARKETS_MAX);
    expect(json.markets.slice(0, 2).map((m) => m.symbol)).toEqual(["AAPL", "MSFT"]);
    expect(json.currency).toBe("mixed");
    expect(page).toContain(`Of 62 instruments, the ${MARKETS_MAX} with the most fills`);
  });

  for (const [name, r] of [
    ["without instruments", emptyRecording()],
    ["of one sample, without fills", smallRecording()],
  ] as [string, ReplayRecording][]) {
    test(`is written of a recording ${name}`, async () => {
      const { json, ids } = await read(reportPage(r));
      expect(json.equity.x).toHaveLength(r.equity.timeNs.length);
      expect(json.positions.symbols).toEqual([]);
      expect(json.latency.software.binCount).toBe(0);
      expect(ids).toContain("equity");
    });
  }
});

describe("the CSV files", () => {
  test("have every sample, under a header line", () => {
    const r = longRecording(20_000);
    const dir = join(folder, "long", "deep");
    writeReport(dir, r);
    expect(readdirSync(dir).sort()).toEqual([...Object.keys(CSV_COLUMNS), "report.html"].sort());
    const equity = csv(dir, "equity.csv");
    expect(equity[0]!.join()).toBe("time_ns,realized,unrealized,fees,net,currency");
    expect(equity).toHaveLength(20_001);
    expect(Number(equity[20_000]![0])).toBe(r.equity.timeNs[19_999]!);
    expect(Number(equity[20_000]![1])).toBeCloseTo(r.equity.realized[19_999]!, 7);
    expect(equity[5]![5]).toBe("USD");
    const positions = csv(dir, "positions.csv");
    expect(positions).toHaveLength(20_001);
    expect(positions[1]).toEqual([String(r.markets[0]!.timeNs[0]), "AAPL", "-100"]);
    const prices = csv(dir, "prices.csv");
    expect(prices[0]!.join()).toBe("time_ns,symbol,bid_px,ask_px,currency");
    expect(prices[1]![2]).toBe("");
    expect(Number(prices[2]![3])).toBeCloseTo(r.markets[0]!.ask[1]!, 7);
    const fills = csv(dir, "fills.csv");
    expect(fills).toHaveLength(r.fills.length + 1);
    expect(fills[1]!.slice(1)).toEqual([
      "AAPL",
      "sell",
      String(r.fills[0]!.px),
      "100",
      "-0.2",
      "USD",
      "maker",
      "HP0",
    ]);
    expect(csv(dir, "latency.csv")).toEqual([
      ["source", "histogram", "up_to_ns", "count"],
      ["measured", "engine main", "150", "60"],
      ["measured", "engine main", "200", "39"],
      ["measured", "engine main", "10000", "1"],
      ["model", "venue", "25000", "10"],
      ["model", "far", "250000", "5"],
    ]);
  });

  test("of an empty recording have their header lines only", () => {
    const dir = join(folder, "empty");
    writeReport(dir, emptyRecording());
    for (const [name, columns] of Object.entries(CSV_COLUMNS)) {
      expect(csv(dir, name)).toEqual([[...columns]]);
    }
  });

  test("quote what has commas, quotes and line ends", () => {
    expect(csvField('a,"b"')).toBe('"a,""b"""');
    expect(csvField("a\nb")).toBe('"a\nb"');
    expect(csvField(1.5)).toBe("1.5");
  });

  test("a folder that can't be written is one sentence", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => writeReport(file, smallRecording())).toThrow(
      /^can't write the report into .*file: it is not a folder$/,
    );
  });
});
