/** An appliance that is started when the day has long begun takes the books from a snapshot server. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeBinary } from "./helpers/binary.ts";
import { configText } from "./helpers/config.ts";
import { counter, Rig } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;
/** Of the day, before the appliance is there. */
const BEFORE_MS = 300;

interface Servers {
  rerequest: { address: string; port: number };
  spin: { address: string; port: number };
  glimpse: { address: string; port: number };
  unit: number;
  lines: { group: string; port: number; role: string }[];
}

const at = ({ address, port }: { address: string; port: number }) => `${address}:${port}`;

describeBinary("a late join", () => {
  let rig: Rig;
  afterEach(() => rig.end());

  /** The simulator for a while, then an appliance with `feed` as its feed. */
  async function startLate(name: string, options: object, feed: (servers: Servers) => string) {
    rig = new Rig(name);
    await rig.startSim(options);
    await Bun.sleep(BEFORE_MS);
    writeFileSync(join(rig.folder, "password"), "secret\n", { mode: 0o600 });
    const servers = rig.venue as unknown as Servers;
    writeFileSync(rig.config, configText(rig.name, rig.venue, { feed: feed(servers) }));
    rig.run();
    await rig.ready();
    await rig.reach("fills", (s) => counter(s, "order_filled") > 5, 30_000);
  }

  const lines = (servers: Servers) =>
    servers.lines
      .map(
        ({ group, port, role }) =>
          `{ group = "${group}", port = ${port}, interface = "127.0.0.1", role = "${role}" }`,
      )
      .join(", ");

  test(
    "by GLIMPSE trades on exact books",
    async () => {
      await startLate(
        "joinitch",
        {},
        (servers) => `[[feed]]
name = "itch"
lines = [${lines(servers)}]
subscribe = "*"
rerequest = { address = "${at(servers.rerequest)}", timeout_ms = 20 }
snapshot = { address = "${at(servers.glimpse)}", username = "user", password_file = "password" }
`,
      );
      const [feed] = rig.status.feeds;
      expect(feed).toMatchObject({ snapshots: { state: "idle", taken: 1, failed: 0 } });
      expect(rig.appliance.err).toContain("sent a snapshot of");
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "by Cboe's spin server does so, too",
    async () => {
      await startLate("joinpitch", { protocol: "pitch", unit: 3 }, (servers) => {
        const login = 'session_sub_id = "0001", username = "HPN", password_file = "password"';
        return `[[feed]]
name = "pitch"
protocol = "pitch"
unit = ${servers.unit}
lines = [${lines(servers)}]
subscribe = "*"
rerequest = { address = "${at(servers.rerequest)}", timeout_ms = 20, ${login} }
snapshot = { address = "${at(servers.spin)}", ${login} }
`;
      });
      const [feed] = rig.status.feeds;
      expect(feed).toMatchObject({ session: "#1", snapshots: { taken: 1, failed: 0 } });
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );
});
