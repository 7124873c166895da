// @hot
/** What an order message was made of, as the words of hp_jr_intent. */
import * as L from "../ffi/layout.ts";

export class IntentWords {
  /** Session and length of the bytes are the journal writer's. */
  readonly words: Int32Array = new Int32Array(new ArrayBuffer(L.HP_JR_INTENT_SIZE));

  put(
    kind: number,
    seq: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    const words = this.words;
    words[L.HP_JR_INTENT__KIND_W] = kind;
    words[L.HP_JR_INTENT__MSG_SEQ_W] = seq;
    words[L.HP_JR_INTENT__SLOT_W] = slot;
    words[L.HP_JR_INTENT__GENERATION_W] = generation;
    words[L.HP_JR_INTENT__ORIG_GENERATION_W] = origGeneration;
    words[L.HP_JR_INTENT__INSTRUMENT_W] = instrument;
    words[L.HP_JR_INTENT__SIDE_W] = side;
    words[L.HP_JR_INTENT__QTY_W] = qty;
    words[L.HP_JR_INTENT__PX_W] = px;
    words[L.HP_JR_INTENT__FLAGS_W] = flags;
  }
}
