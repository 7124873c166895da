/** `hairpin fix dictionary FILE`: what a FIX dictionary holds, or what is wrong with it. */
import { loadDictionary } from "../../fix/dictionary/load.ts";
import { DictionaryError } from "../../fix/dictionary/model.ts";
import { CliError, EXIT_FAILED, EXIT_OK } from "../exit-codes.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

export const fixDictionaryVerb = defineVerb({
  name: "fix dictionary",
  summary: "Checks a FIX dictionary and prints what it holds, or what is wrong and on which line.",
  operands: { usage: "FILE", min: 1, max: 1 },
  details: "FILE is the path of an .xml file in the QuickFIX format, or a built-in name.",
  async run({ flags, operands }, io) {
    try {
      const dictionary = loadDictionary(operands[0]!);
      const { beginString, messages, fields } = dictionary;
      const counts = { messages: messages.length, fields: fields.length };
      if (flags.json) outJson(io, { ok: true, beginString, ...counts });
      else io.out(`${beginString}: ${counts.messages} messages, ${counts.fields} fields\n`);
      return EXIT_OK;
    } catch (error) {
      if (error instanceof DictionaryError) throw new CliError(EXIT_FAILED, error.message);
      throw error;
    }
  },
});
