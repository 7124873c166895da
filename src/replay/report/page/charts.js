// Draws the plots of the report. Runs in the reader's browser; the data is in #recording.
(() => {
  const data = JSON.parse(document.getElementById("recording").textContent);
  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const { timeText, nsText, numberText, moneyText, STEPS } = format;

  // ---- One time range for all plots over time.
  const timePlots = new Set();
  const timeColumns = [
    data.equity.x,
    data.positions.x,
    ...data.markets.flatMap((m) => [m.x, m.fills.x]),
  ];
  const full = { min: Infinity, max: -Infinity };
  for (const x of timeColumns) {
    if (x.length === 0) continue;
    full.min = Math.min(full.min, x[0]);
    full.max = Math.max(full.max, x[x.length - 1]);
  }
  if (!(full.min <= full.max)) Object.assign(full, { min: 0, max: 1 });
  if (full.min === full.max) Object.assign(full, { min: full.min - 0.5, max: full.max + 0.5 });
  let view = { ...full };
  let isSpreading = false;

  function show(min, max) {
    const span = Math.max(1e-6, Math.min(max - min, full.max - full.min));
    const from = Math.max(full.min, Math.min(min, full.max - span));
    view = { min: from, max: from + span };
    isSpreading = true;
    for (const plot of timePlots) plot.setScale("x", view);
    isSpreading = false;
    const step = Math.min(1, span / 100);
    document.getElementById("range").textContent =
      `${timeText(view.min, step)} to ${timeText(view.max, step)}`;
  }

  const RANGES = {
    all: [0, 1],
    in: [0.25, 0.75],
    out: [-0.5, 1.5],
    back: [-0.5, 0.5],
    on: [0.5, 1.5],
  };
  for (const button of document.querySelectorAll("[data-range]")) {
    button.addEventListener("click", () => {
      const [a, b] = RANGES[button.dataset.range];
      const span = view.max - view.min;
      if (button.dataset.range === "all") show(full.min, full.max);
      else show(view.min + a * span, view.min + b * span);
    });
  }

  // ---- What the plots share.
  const axis = (more) => ({
    stroke: () => color("quiet"),
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { stroke: () => color("grid"), width: 1, size: 5 },
    font: "12px system-ui, sans-serif",
    ...more,
  });

  const yAxis = (text) =>
    axis({
      size: (_plot, values) => {
        const longest = (values ?? []).reduce((n, v) => Math.max(n, String(v).length), 0);
        return Math.max(44, 16 + longest * 7);
      },
      values: (_plot, splits) => splits.map(text),
    });

  const padded = (min, max) => {
    if (min === null || max === null || min === undefined) return [0, 1];
    const pad = (max - min) * 0.06 || Math.abs(max) * 0.001 || 1;
    return [min - pad, max + pad];
  };

  const line = (label, name, more = {}) => ({
    label,
    stroke: () => color(name),
    width: 1.5,
    points: { show: false },
    ...more,
  });

  const stepped = uPlot.paths.stepped({ align: 1 });

  // Draws one plot into #id and keeps it as wide as its card; returns a function that removes it.
  function draw(id, columns, options) {
    const place = document.querySelector(`#${id} .plot`);
    if (place === null) return () => {};
    place.textContent = "";
    if (columns[0].length === 0) {
      place.textContent = place.dataset.none;
      place.classList.add("none");
      return () => {};
    }
    // A single sample has no line to it.
    if (columns[0].length === 1) {
      for (const s of options.series.slice(1)) s.points = { show: true, size: 7 };
    }
    const height = options.height ?? 280;
    const plot = new uPlot({ ...options, width: place.clientWidth, height }, columns, place);
    const observer = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height }));
    observer.observe(place);
    if (options.isOverTime) {
      timePlots.add(plot);
      isSpreading = true;
      plot.setScale("x", view);
      isSpreading = false;
    }
    return () => {
      observer.disconnect();
      timePlots.delete(plot);
      plot.destroy();
    };
  }

  function overTime(series, yText, more = {}) {
    const hooks = more.hooks ?? {};
    return {
      isOverTime: true,
      cursor: {
        sync: { key: "time", setSeries: false },
        drag: { x: true, y: false },
        points: { size: 7 },
        bind: { dblclick: () => () => show(full.min, full.max) },
      },
      scales: { x: { time: false }, y: { range: (_plot, min, max) => padded(min, max) } },
      axes: [
        axis({
          incrs: STEPS,
          space: 90,
          values: (_plot, splits, _index, _space, step) => splits.map((s) => timeText(s, step)),
        }),
        yAxis(yText),
      ],
      ...more,
      series: [
        {
          label: "time",
          value: (_plot, x) => (x === null ? "" : timeText(x, (view.max - view.min) / 1000)),
        },
        ...series,
      ],
      hooks: {
        ...hooks,
        setScale: [
          (plot, key) => {
            if (key !== "x" || isSpreading || plot.status === 0) return;
            const { min, max } = plot.scales.x;
            if (min !== view.min || max !== view.max) show(min, max);
          },
        ],
      },
    };
  }

  // ---- Equity
  function drawEquity() {
    const { x, net, realized, unrealized, fees } = data.equity;
    const value = (_plot, v) => moneyText(v);
    const unit = data.currency === "mixed" ? "" : ` ${data.currency}`;
    const series = [
      line(`net${unit}`, "net", { width: 2, fill: () => color("net-fill"), value, paths: stepped }),
      line("realized", "realized", { value, paths: stepped }),
      line("unrealized", "unrealized", { value, paths: stepped }),
      line("fees", "quiet", { value, paths: stepped, show: false }),
    ];
    return draw("equity", [x, net, realized, unrealized, fees], overTime(series, numberText));
  }

  // ---- Price with fills
  const MARK = 5;
  function drawFills(plot, fills) {
    const { ctx, bbox } = plot;
    const { min, max } = plot.scales.x;
    const size = MARK * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (let i = 0; i < fills.x.length; i++) {
      if (fills.x[i] < min || fills.x[i] > max) continue;
      const x = plot.valToPos(fills.x[i], "x", true);
      const y = plot.valToPos(fills.px[i], "y", true);
      const down = fills.isBuy[i] ? 1 : -1;
      const paint = color(fills.isBuy[i] ? "buy" : "sell");
      ctx.beginPath();
      ctx.moveTo(x, y - down * size);
      ctx.lineTo(x + size, y + down * size * 0.8);
      ctx.lineTo(x - size, y + down * size * 0.8);
      ctx.closePath();
      ctx.fillStyle = fills.isMaker[i] ? color("card") : paint;
      ctx.strokeStyle = paint;
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  function nearestFill(plot, fills) {
    const { left, top } = plot.cursor;
    let best = -1;
    let bestDistance = 14;
    for (let i = 0; i < fills.x.length && left >= 0; i++) {
      const dx = plot.valToPos(fills.x[i], "x") - left;
      const dy = plot.valToPos(fills.px[i], "y") - top;
      const distance = Math.hypot(dx, dy);
      if (distance < bestDistance) [best, bestDistance] = [i, distance];
    }
    return best;
  }

  function fillTip(plot, fills, tip) {
    const i = nearestFill(plot, fills);
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.textContent = [
      `${fills.isBuy[i] ? "bought" : "sold"} ${numberText(fills.qty[i])} at ${numberText(fills.px[i])}`,
      `${timeText(fills.x[i], 1e-6)}, ${fills.isMaker[i] ? "maker" : "taker"}, fee ${numberText(fills.fee[i])}`,
      fills.order[i],
    ].join("\n");
    const x = plot.valToPos(fills.x[i], "x");
    tip.style.left = `${Math.max(0, Math.min(x + 12, plot.over.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, plot.valToPos(fills.px[i], "y") - tip.offsetHeight - 10)}px`;
  }

  function drawMarket(k) {
    const market = data.markets[k];
    if (market === undefined) return () => {};
    const { fills } = market;
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    const value = (_plot, v) => numberText(v);
    const price = overTime(
      [
        line(`bid ${market.currency}`, "bid", { value, paths: stepped }),
        line("ask", "ask", { value, paths: stepped }),
      ],
      numberText,
      {
        height: 340,
        scales: {
          x: { time: false },
          y: {
            range: (plot, min, max) => {
              let [low, high] = [min ?? Infinity, max ?? -Infinity];
              for (let i = 0; i < fills.x.length; i++) {
                if (fills.x[i] < plot.scales.x.min || fills.x[i] > plot.scales.x.max) continue;
                low = Math.min(low, fills.px[i]);
                high = Math.max(high, fills.px[i]);
              }
              return low <= high ? padded(low, high) : [0, 1];
            },
          },
        },
        hooks: {
          init: [(plot) => plot.over.append(tip)],
          draw: [(plot) => drawFills(plot, fills)],
          setCursor: [(plot) => fillTip(plot, fills, tip)],
        },
      },
    );
    const position = overTime(
      [line("position", "net", { value, paths: stepped, fill: () => color("net-fill") })],
      numberText,
      { height: 180 },
    );
    const removePrice = draw("price", [market.x, market.bid, market.ask], price);
    const removePosition = draw("position", [market.x, market.position], position);
    return () => {
      removePrice();
      removePosition();
    };
  }

  function drawPositions() {
    const { x, symbols, columns } = data.positions;
    const value = (_plot, v) => numberText(v);
    const series = symbols.map((symbol, i) => line(symbol, `line-${i}`, { value, paths: stepped }));
    return draw("positions", [x, ...columns], overTime(series, numberText, { height: 220 }));
  }

  // ---- Latency: x is the logarithm of the time, by bins.
  const BINS_PER_DECADE = data.latency.binsPerDecade;
  function drawLatency(id, latency) {
    const { firstBin, binCount, histograms } = latency;
    const hasData = binCount > 0;
    const x = hasData
      ? Array.from({ length: binCount + 2 }, (_, i) => (firstBin - 1 + i) / BINS_PER_DECADE)
      : [];
    const columns = histograms.map((h) => [0, ...h.shares.map((s) => s * 100), 0]);
    const share = (_plot, v) => (typeof v === "number" ? `${Number(v.toPrecision(3))}%` : "");
    const series = histograms.map((h, i) =>
      line(h.name, `line-${i % 8}`, {
        value: share,
        paths: stepped,
        fill: () => `${color(`line-${i % 8}`)}22`,
      }),
    );
    const marks = (min, max) => {
      const out = [];
      const factors = max - min > 3 ? [1] : max - min > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
      for (let decade = Math.floor(min); decade <= max; decade++) {
        out.push(...factors.map((f) => decade + Math.log10(f)).filter((v) => v >= min && v <= max));
      }
      return out;
    };
    const remove = draw(id, [x, ...columns], {
      height: 220,
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: {
          time: false,
          range: (_plot, min, max) => (min === max ? [min - 0.5, max + 0.5] : [min, max]),
        },
        y: { range: (_plot, _min, max) => [0, (max || 1) * 1.08] },
      },
      axes: [
        axis({
          splits: (_plot, _index, min, max) => marks(min, max),
          values: (_plot, splits) => splits.map((v) => nsText(10 ** v)),
        }),
        yAxis((v) => `${numberText(v)}%`),
      ],
      series: [
        {
          label: "time",
          value: (_plot, v) =>
            v === null ? "" : `${nsText(10 ** v)} to ${nsText(10 ** (v + 1 / BINS_PER_DECADE))}`,
        },
        ...series,
      ],
    });
    if (hasData) percentiles(id, histograms);
    return remove;
  }

  function percentiles(id, histograms) {
    const place = document.getElementById(id);
    place.querySelector(".percentiles")?.remove();
    const table = document.createElement("table");
    table.className = "percentiles";
    const row = (cells, tag) => {
      const tr = table.insertRow();
      for (const text of cells)
        tr.append(Object.assign(document.createElement(tag), { textContent: text }));
    };
    row(["", "count", "p50", "p90", "p99", "p99.9", "max"], "th");
    for (const h of histograms) {
      const times = [h.p50, h.p90, h.p99, h.p999, h.max].map((ns) =>
        h.count === 0 ? "-" : nsText(ns),
      );
      row([h.name, numberText(h.count), ...times], "td");
    }
    place.append(table);
  }

  // ---- All of it, and again when the colours change.
  let removeMarket = () => {};
  let removers = [];
  function drawAll() {
    for (const remove of [...removers, removeMarket]) remove();
    removers = [
      drawEquity(),
      drawPositions(),
      drawLatency("software", data.latency.software),
      drawLatency("round-trip", data.latency.roundTrip),
    ];
    const select = document.getElementById("instrument");
    removeMarket = drawMarket(Number(select?.value ?? 0));
    show(view.min, view.max);
  }
  document.getElementById("instrument")?.addEventListener("change", (event) => {
    removeMarket();
    removeMarket = drawMarket(Number(event.target.value));
  });
  dark.addEventListener("change", drawAll);
  drawAll();
})();
