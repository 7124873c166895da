/** Dictionaries inside the executable. */
import FIX42 from "../../../fix-dictionaries/FIX42.xml" with { type: "text" };
import FIX44 from "../../../fix-dictionaries/FIX44.xml" with { type: "text" };
import FIX50SP2 from "../../../fix-dictionaries/FIX50SP2.xml" with { type: "text" };
import FIXT11 from "../../../fix-dictionaries/FIXT11.xml" with { type: "text" };

/**
 * Text of each by the name that a config gives. (@types/bun declares *.xml as a Document whatever
 * the import's type; with type "text" it is the text, compiled too.)
 */
export const BUILT_IN_DICTIONARIES: Readonly<Record<string, string>> = {
  FIX42: FIX42 as unknown as string,
  FIX44: FIX44 as unknown as string,
  FIX50SP2: FIX50SP2 as unknown as string,
  FIXT11: FIXT11 as unknown as string,
};
