/**
 * Plays folders of QuickFIX acceptance definitions (definition.ts) against an acceptor that listens,
 * one after the other, and prints which fail.
 *
 *   bun test/e2e/fix/run-definitions.ts PORT FOLDER...
 *
 * The acceptor has the sessions ISLD:TW of every version, and starts numbers again at each logon.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stepsOf } from "./definition.ts";
import { Link } from "./link.ts";
import { play } from "./player.ts";

async function main(argv: string[]): Promise<number> {
  const [port = "", ...folders] = argv;
  if (!/^\d+$/.test(port) || folders.length === 0) {
    console.error("usage: bun test/e2e/fix/run-definitions.ts PORT FOLDER...");
    return 64;
  }
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((name) => name.endsWith(".def"))
      .sort(),
  );
  let failed = 0;
  for (const file of files) {
    const open = () => Link.connect("127.0.0.1", Number(port));
    try {
      await play(stepsOf(readFileSync(file, "latin1")), { open, isDefinition: true });
    } catch (error) {
      failed++;
      console.log(`FAILED ${file}\n  ${error instanceof Error ? error.message : error}`);
    }
    // The acceptor may see the end of one connection after the start of the next.
    await Bun.sleep(50);
  }
  console.log(`${files.length - failed} passed, ${failed} failed`);
  return failed === 0 && files.length > 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main(Bun.argv.slice(2)));
