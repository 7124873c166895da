/** `bun run docs`: writes the pages of docs/reference that come from the sources. */
import { join } from "node:path";
import { pages } from "./pages.ts";

for (const [path, text] of Object.entries(await pages())) {
  await Bun.write(join(import.meta.dir, "..", path), text);
  console.error(`wrote ${path}`);
}
