/**
 * The layout of MDP 3.0, version 9, for the messages that simulator, demo and warm-up send, and that
 * books are made of: the schema when no other is given. Written from facts (offsets, sizes, null
 * values); the venue's own file, which describes all messages and other versions, is not ours to give away.
 */
import { readSbeSchema, type SbeSchema } from "./sbe-schema.ts";
import { TEMPLATE_DEFINITIONS } from "./templates-definitions.ts";
import { TEMPLATE_ENUMS } from "./templates-enums.ts";
import { TEMPLATE_MARKET } from "./templates-market.ts";
import { TEMPLATE_TYPES } from "./templates-types.ts";

export const TEMPLATES_XML = `<?xml version="1.0" encoding="UTF-8"?>
<messageSchema package="hairpin.mdp3" id="1" version="9" byteOrder="littleEndian">
  <types>
${TEMPLATE_TYPES}
${TEMPLATE_ENUMS}
  </types>
${TEMPLATE_MARKET}
${TEMPLATE_DEFINITIONS}
</messageSchema>
`;

let read: SbeSchema | undefined;

/** The built-in schema. @cold */
export function builtInSchema(): SbeSchema {
  read ??= readSbeSchema(TEMPLATES_XML, "built-in");
  return read;
}
