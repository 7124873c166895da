/** What a session that brings a drop copy serves. */
import { ON_DIFFERENCE_WARN } from "../core/codes.ts";
import { DropCopy } from "../order/drop-copy/drop-copy.ts";
import type { Gate } from "../risk/gate.ts";
import type { SessionOptions } from "./options.ts";
import type { PathParts } from "./path.ts";

/** Executions that the shadow remembers. */
const SHADOW_EXECUTIONS = 1024;

/** `index`: of the session in the engine. In the shadow a difference means nothing, and warns. */
export function makeDropCopy(
  p: PathParts,
  session: SessionOptions,
  index: number,
  gate: Gate,
): DropCopy {
  const settings = session.dropCopy!;
  const block = p.dropCopyBlocks?.[index];
  return new DropCopy({
    session: index,
    of: settings.of,
    instruments: p.instruments,
    gate,
    kill: p.kill,
    journal: p.journal,
    clock: p.clock,
    counters: p.counters,
    idPrefix: p.options.idPrefix,
    settleNs: settings.settleNs,
    lateNs: settings.lateNs,
    action: p.isShadow ? ON_DIFFERENCE_WARN : settings.action,
    feedsPositions: settings.feedsPositions,
    ...(p.isShadow ? { executions: SHADOW_EXECUTIONS } : {}),
    ...(block === undefined ? {} : { block }),
  });
}
