/** Dictionaries inside the executable. */
import FIX44 from "../../../fix-dictionaries/FIX44.xml" with { type: "text" };

/**
 * Text of each by the name that a config gives. (@types/bun declares *.xml as a Document whatever
 * the import's type; with type "text" it is the text, compiled too.)
 */
export const BUILT_IN_DICTIONARIES: Readonly<Record<string, string>> = {
  FIX44: FIX44 as unknown as string,
};
