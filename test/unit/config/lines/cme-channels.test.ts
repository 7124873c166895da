import { describe, expect, test } from "bun:test";
import { cmeChannels } from "../../../../src/config/lines/cme-channels.ts";
import { haveCaptures, readCapture } from "../../../support/captures.ts";

const FILE = "config.xml";

interface Connection {
  type?: string;
  feed?: string;
  ip?: string;
  port?: string;
  host?: string;
  protocol?: string;
}

function connection(o: Connection = {}): string {
  const { type = "I", feed = "A", ip = "224.0.31.1", port = "14310" } = o;
  const { host = "205.209.221.75", protocol = "UDP/IP" } = o;
  return `<connection id="310${type}${feed}">
    <type feed-type="${type}">Words</type><protocol>${protocol}</protocol>
    <ip>${ip}</ip><host-ip>${host}</host-ip><port>${port}</port><feed>${feed}</feed>
  </connection>`;
}

function config(...connections: string[]): string {
  return channels([310, connections]);
}

function channels(...all: [id: number | string, connections: string[]][]): string {
  const text = all.map(
    ([id, connections]) =>
      `<channel id="${id}" label="Equity &amp; index"><products><product code="0ES"/></products>
       <connections>${connections.join("")}</connections></channel>`,
  );
  return `<?xml version="1.0"?><configuration environment="x">${text.join("")}</configuration>`;
}

const read = (xml: string, wanted: string[] = []) => cmeChannels(xml, FILE, { channels: wanted });
const reason = (xml: string, wanted: string[] = []) => {
  try {
    read(xml, wanted);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "none";
};

describe("a channel", () => {
  test("is a feed: live lines first, then definitions and snapshots, whatever their order", () => {
    const { feeds, leftOut } = read(
      config(
        connection({ type: "SMBO", port: "21310" }),
        connection({ type: "S", port: "19310" }),
        connection({ feed: "B", ip: "224.0.32.1", host: "" }),
        connection({ type: "N", port: "16310" }),
        connection(),
      ),
    );
    expect(leftOut).toEqual([]);
    const sender = { group: "224.0.31.1", source: "205.209.221.75" };
    expect(feeds).toEqual([
      {
        name: "cme-310",
        protocol: "mdp3",
        keys: { channel: 310 },
        label: "CME channel 310, Equity & index",
        lines: [
          { ...sender, port: 14310, role: "live", label: "incremental A" },
          { group: "224.0.32.1", port: 14310, role: "live", label: "incremental B" },
          { ...sender, port: 16310, role: "definition", label: "instrument definitions A" },
          { ...sender, port: 19310, role: "snapshot", label: "snapshots A" },
          { ...sender, port: 21310, role: "snapshot", label: "snapshots by order A" },
        ],
      },
    ]);
  });

  test("leaves out what is no line: historical replay by TCP, types that are new", () => {
    const { feeds, leftOut } = read(
      config(
        connection(),
        connection({ type: "H", protocol: "TCP/IP" }),
        connection({ type: "Z", feed: "B" }),
        connection({ type: "S", protocol: "TCP/IP" }),
      ),
    );
    expect(feeds[0]!.lines.length).toBe(1);
    expect(leftOut).toEqual([
      'connection 310HA (feed type "H", TCP/IP)',
      'connection 310ZB (feed type "Z", UDP/IP)',
      'connection 310SA (feed type "S", TCP/IP)',
    ]);
  });

  test("without incremental lines is left out, and refused when it is asked for", () => {
    const xml = channels([310, [connection()]], [312, [connection({ type: "S" })]]);
    const { feeds, leftOut } = read(xml);
    expect(feeds.map((feed) => feed.name)).toEqual(["cme-310"]);
    expect(leftOut).toEqual(["channel 312, which has no incremental lines"]);
    expect(reason(xml, ["312"])).toContain("channel 312 has no incremental lines; allowed: ");
  });

  test("may be chosen, and the templates be named", () => {
    const all: [number, string[]][] = [310, 312, 314].map((id) => [id, [connection()]]);
    const xml = channels(...all);
    expect(read(xml, ["314", "310"]).feeds.map((feed) => feed.name)).toEqual([
      "cme-310",
      "cme-314",
    ]);
    expect(reason(xml, ["999"])).toBe(
      'LineListError: config.xml: there is no channel "999"; it has 310, 312, 314',
    );
    const [feed] = cmeChannels(xml, FILE, { channels: ["310"], templates: "t.xml" }).feeds;
    expect(feed!.keys).toEqual({ channel: 310, templates: "t.xml" });
  });
});

describe("a list that is wrong", () => {
  const at = "LineListError: config.xml: channel 310, connection 310IA: ";
  const bad: [what: string, xml: string, message: string][] = [
    ["is no XML", "no xml", "LineListError: config.xml: it is no well-formed XML: "],
    ["ends too soon", "<configuration><channel id='1'>", "config.xml: it is no well-formed XML: "],
    ["is empty", "", "config.xml: it has no <configuration>; allowed: CME's config.xml"],
    ["is another XML", "<messages/>", "config.xml: it has no <configuration>; allowed: "],
    ["has no number", channels(["x", []]), 'id of a channel: found "x"; allowed: a whole number'],
    [
      "has a channel twice",
      channels([310, [connection()]], [310, [connection()]]),
      "config.xml: channel 310 is there twice",
    ],
    [
      "has a group that is none",
      config(connection({ ip: "10.0.0.1" })),
      `${at}ip: found "10.0.0.1"; allowed: a multicast address, 224.0.0.0 to 239.255.255.255`,
    ],
    ["has a group of letters", config(connection({ ip: "224.0.0.x" })), `${at}ip: found`],
    ["has no group", config(connection({ ip: "" })), `${at}ip: found ""; allowed: a multicast`],
    [
      "has a port that is none",
      config(connection({ port: "65536" })),
      `${at}port: found "65536"; allowed: a whole number from 1 to 65535`,
    ],
    ["has a sender that is none", config(connection({ host: "x" })), `${at}host-ip: found "x"`],
    [
      "has a line twice",
      config(connection(), connection({ feed: "B" })),
      "config.xml: channel 310: 224.0.31.1:14310 is there twice",
    ],
    [
      "has too many live lines",
      config(...["1", "2", "3", "4", "5"].map((port) => connection({ port }))),
      "config.xml: channel 310: found 5 live lines; allowed: 1 to 4",
    ],
  ];
  for (const [what, xml, message] of bad) {
    test(`and ${what} is one sentence`, () => {
      expect(reason(xml)).toContain(message);
      expect(reason(xml)).not.toContain("\n");
    });
  }
});

const have = haveCaptures("cme-mdp3");
test.skipIf(!have)("CME's list of certification channels: 56 feeds, and 10 without lines", () => {
  const xml = new TextDecoder().decode(readCapture("cme-mdp3", "config_cert_channels.xml"));
  const { feeds, leftOut } = read(xml);
  expect([feeds.length, leftOut.length]).toEqual([56, 10]);
  for (const { lines } of feeds) {
    const roles = ["live", "live", "definition", "snapshot", "snapshot"];
    expect(lines.map(({ role }) => role as string)).toEqual(roles);
  }
  expect(feeds.find(({ name }) => name === "cme-932")).toMatchObject({
    label: "CME channel 932, Autocert - Futures Currencies - 06B",
    lines: [
      { group: "233.158.8.164", port: 17932, source: "69.50.112.46" },
      { group: "224.0.25.31", port: 18932, source: "69.50.112.46" },
      { group: "233.158.8.164", port: 16932, source: "69.50.112.72" },
      { group: "233.158.8.164", port: 19932 },
      { group: "224.0.25.185", port: 21932 },
    ],
  });
});
