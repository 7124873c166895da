/** A world (test/e2e/support/world.ts) whose orders go to the C++ venue, through a relay that cuts. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SimOptionsInput } from "../../src/sim/options.ts";
import { freePort } from "../e2e/fix/echo.ts";
import { CLIENT, type Venue } from "../e2e/helpers/config.ts";
import { difference, figuresOf, type OurFigures } from "../e2e/support/compare.ts";
import type { Ledger } from "../e2e/support/ledger.ts";
import { Relay } from "../e2e/support/relay.ts";
import { World } from "../e2e/support/world.ts";
import { QuickfixVenue, VENUE_COMP_ID, type VenueReport } from "./quickfix-venue.ts";

export interface Agreement {
  venue: VenueReport;
  figures: OurFigures;
}

/** maker_fee of the instruments (test/e2e/support/toml.ts). */
const FEE = -0.002;
const AGREE_MS = 10_000;

export class QuickfixWorld extends World {
  quickfix!: QuickfixVenue;

  constructor(
    name: string,
    private readonly program: string,
  ) {
    super(name);
  }

  /** The simulator for market data alone; orders go to the C++ venue. */
  override async startSim(options: SimOptionsInput = {}): Promise<Venue> {
    const venue = await super.startSim(options);
    const folder = join(this.folder, "quickfix");
    mkdirSync(folder);
    const port = freePort();
    const { program } = this;
    this.quickfix = new QuickfixVenue({ folder, program, port, client: CLIENT, fee: FEE });
    await this.quickfix.start();
    this.relay = new Relay({ address: "127.0.0.1", port });
    const fix = { address: "127.0.0.1", port: this.relay.port, venueCompId: VENUE_COMP_ID };
    this.venue = { ...venue, fix };
    return this.venue;
  }

  /** Both sides' books, once they agree; throws the difference that stays. */
  async agree(ledger: Ledger): Promise<Agreement> {
    const symbols = this.venue.symbols.map(({ symbol }) => symbol);
    const endMs = performance.now() + AGREE_MS;
    for (;;) {
      const venue = this.quickfix.report(symbols);
      const figures = figuresOf(await this.ask("status"), ledger.read(), symbols);
      const found = difference(venue, figures);
      if (found === "") return { venue, figures };
      if (performance.now() > endMs) throw new Error(found);
      await Bun.sleep(20);
    }
  }

  override async end(): Promise<void> {
    await this.quickfix?.end("SIGKILL");
    await super.end();
  }
}
