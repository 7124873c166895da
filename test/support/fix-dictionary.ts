/** A small dictionary whose parts tests replace. Its lines are counted in tests: add only at the end. */
import { expect } from "bun:test";
import {
  DictionaryError,
  formatDictionaryProblem,
  parseDictionary,
} from "../../src/fix/dictionary/load.ts";

export const SMALL = `<fix type="FIX" major="4" minor="2">
  <header><field name="BeginString" required="Y"/></header>
  <trailer><field name="CheckSum" required="Y"/></trailer>
  <messages>
    <message name="Order" msgtype="D" msgcat="app">
      <field name="Side" required="Y"/>
      <component name="Thing" required="Y"/>
      <component name="Maybe" required="N"/>
    </message>
    <message name="Cancel" msgtype="F" msgcat="app">
      <field name="Side" required="Y"/>
    </message>
  </messages>
  <components>
    <component name="Thing"><field name="Symbol" required="Y"/>
      <group name="NoParts" required="N"><field name="PartID" required="Y"/>
        <group name="NoSubs" required="N"><field name="SubID" required="N"/></group>
      </group>
    </component>
    <component name="Maybe"><field name="Text" required="Y"/></component>
  </components>
  <fields>
    <field number="8" name="BeginString" type="STRING"/>
    <field number="10" name="CheckSum" type="STRING"/>
    <field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field>
    <field number="55" name="Symbol" type="STRING"/>
    <field number="58" name="Text" type="STRING"/>
    <field number="453" name="NoParts" type="NUMINGROUP"/>
    <field number="448" name="PartID" type="STRING"/>
    <field number="802" name="NoSubs" type="NUMINGROUP"/>
    <field number="523" name="SubID" type="STRING"/>
    <field number="95" name="RawDataLength" type="LENGTH"/>
    <field number="96" name="RawData" type="DATA"/>
  </fields>
</fix>`;

/** SMALL with one text replaced, which must be there. */
export function edited(from: string, to: string): string {
  expect(SMALL).toContain(from);
  return SMALL.replace(from, () => to);
}

/** Problems of a text, as a person reads them, without those that SMALL itself has. */
export function problemsOf(text: string): string[] {
  const own = new Set(parseDictionary(SMALL, "X.xml").warnings.map(formatDictionaryProblem));
  try {
    const { warnings } = parseDictionary(text, "X.xml");
    return warnings.map(formatDictionaryProblem).filter((p) => !own.has(p));
  } catch (error) {
    if (!(error instanceof DictionaryError)) throw error;
    return error.problems.map(formatDictionaryProblem).filter((p) => !own.has(p));
  }
}
