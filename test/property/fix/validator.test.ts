/** The validator against a model of its rules, on messages with faults in them. */
import { expect, test } from "bun:test";
import { FRAME_MORE, frame } from "../../../src/fix/codec/framing.ts";
import { NO_REF_TAG } from "../../../src/fix/codec/reject-reason.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { ValidationPlan } from "../../../src/fix/codec/validation-plan.ts";
import { GARBLED, VALID, Validator } from "../../../src/fix/codec/validator.ts";
import { generator, Mutator } from "../../support/fix-mutator.ts";
import { HEAD, ORDER, validationDictionary } from "../../support/fix-validation.ts";
import { judgeByModel } from "../../support/validation-model.ts";

const ROUNDS = 20_000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const TIMEOUT_MS = 600_000;
const SEED = Number(process.env["HAIRPIN_SEED"] ?? 29);

const BODIES = [
  `35=0|${HEAD}112=SYNC|`,
  `35=0|${HEAD}627=2|628=H|630=1|628=I|`,
  `${ORDER}38=100|44=10.5|40=2|18=1 6|15=EUR|200=202601w2|273=10:00:00.125|205=31|421=DE|`,
  `${ORDER}453=2|448=P|452=1|802=2|523=S|803=1|523=T|803=2|1=ACC|448=Q|452=12|58=x|`,
  `${ORDER}453=3|448=P|448=Q|448=R|802=1|523=S|803=1|6001=z|70001=5|`,
  `${ORDER}453=1|448=P|1=A|1=B|95=4|96=ab=c|167=FUT|`,
  `35=UABC|${HEAD}58=x|453=1|448=P|`,
];

test(
  "the validator finds what the model finds, of every reason",
  () => {
    const dictionary = validationDictionary();
    const plan = new ValidationPlan(dictionary);
    const validator = new Validator(plan);
    const tags = new TagIndex(256, plan.dataTags);
    const mutator = new Mutator(BODIES, generator(SEED));
    const outcomes = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const length = mutator.make();
      if (frame(mutator.bytes, 0, length, 4096) <= FRAME_MORE) continue;
      tags.parse(mutator.bytes, 0, length);
      const code = validator.validate(tags);
      const reason = code === GARBLED ? "garbled" : code === VALID ? "valid" : String(code - 1);
      const ref = validator.refTag === NO_REF_TAG ? "" : ` ref ${validator.refTag}`;
      const expected = judgeByModel(dictionary, tags);
      const text = Buffer.from(mutator.bytes.subarray(0, length)).toString("latin1");
      const shown = text.replaceAll("\u0001", "|");
      expect(`${shown} ${reason}${ref}`).toBe(`${shown} ${expected}`);
      outcomes.set(reason, (outcomes.get(reason) ?? 0) + 1);
    }
    const reached = ["garbled", "valid", 0, 1, 2, 4, 5, 6, 11, 13, 14, 15, 16].map(String);
    expect(reached.filter((reason) => !outcomes.has(reason))).toEqual([]);
  },
  TIMEOUT_MS,
);
