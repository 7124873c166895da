import type { Instruments } from "../../book/instruments.ts";
import type { FixSessionOptions } from "../session/options.ts";
import { beginStringOf, headerOf } from "../session/setup.ts";
import type { ExecutionSink } from "./execution.ts";
import type { TemplateOptions } from "./template-plan.ts";

/** A FIX session that carries orders. */
export interface FixOrderSessionOptions extends Omit<FixSessionOptions, "application"> {
  sink: ExecutionSink;
  instruments: Instruments;
  /** Value of InstrumentDefinition.session for the instruments that trade here; default `index`. */
  instrumentSession?: number;
  /** Tags of every order message that has them. */
  staticTags?: Record<number, string>;
  /** How post-only is told; default 18=6. */
  postOnly?: { tag: number; value: string };
  idPrefix: string;
  zeroPad?: boolean;
}

/** What the order templates are made from. */
export function templateOptions(o: FixOrderSessionOptions): TemplateOptions {
  return {
    dictionary: o.dictionary,
    instruments: o.instruments,
    session: o.instrumentSession ?? o.index,
    beginString: beginStringOf(o),
    senderCompId: o.senderCompId,
    targetCompId: o.targetCompId,
    headerTags: headerOf(o),
    staticTags: o.staticTags ?? {},
    postOnly: o.postOnly ?? { tag: 18, value: "6" },
    idPrefix: o.idPrefix,
    timestampDigits: o.timestampDigits ?? 3,
    zeroPad: o.zeroPad === true,
  };
}
