/** A sweep as a process that a test can kill: `sweep-process.ts DIR CAPTURE...` */
import { identityOf, runAll } from "./kit.ts";

const [dir, ...captures] = process.argv.slice(2);
await runAll(dir!, identityOf(captures));
