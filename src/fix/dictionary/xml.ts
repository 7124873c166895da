/** XML to a tree that knows its lines, in the order of the file. */
import { Parser } from "xml2js";
import type { Problems } from "./problem.ts";

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  /** The file's name, for messages. */
  file: string;
  /** 1-based line of the opening `<`. */
  line: number;
  children: XmlElement[];
}

/** What is used of the SAX parser inside an xml2js Parser; its types leave it out. */
interface SaxParser {
  /** 0-based. */
  line: number;
  /** 0 just behind a line end. */
  column: number;
  errThrown: boolean;
  onopentagstart: () => void;
  onopentag: (node: { name: string; attributes: Record<string, string> }) => void;
  onclosetag: () => void;
  ontext: (text: string) => void;
  oncdata: (text: string) => void;
  onerror: (error: Error) => void;
}

/**
 * The outermost element; undefined when the text is not well-formed XML (an error is in `problems`
 * then). The parser is xml2js's, but its events build this tree: xml2js's own has no lines.
 * Entities are the five of XML; a DOCTYPE is read over, never expanded.
 */
export function readXml(text: string, file: string, problems: Problems): XmlElement | undefined {
  const parser = new Parser();
  const sax = (parser as unknown as { saxParser: SaxParser }).saxParser;
  const stack: XmlElement[] = [];
  let root: XmlElement | undefined;
  let line = 0;
  let failed = false;
  const fail = (error: Error) => {
    if (failed) return;
    failed = true;
    const what = error.message.split("\n")[0]!;
    problems.error({ file, line: sax.line + 1 }, `it is no well-formed XML: ${what}`);
  };
  sax.onopentagstart = () => {
    // It comes with the character behind the name: a line end there has been counted already.
    line = sax.column === 0 ? sax.line : sax.line + 1;
  };
  sax.onopentag = (node) => {
    if (failed) return;
    for (const [name, value] of Object.entries(node.attributes)) {
      const found = value.match(NOT_XML)?.[0];
      if (found === undefined) continue;
      const code = found.charCodeAt(0).toString(16).padStart(2, "0");
      const text = `${name} of <${node.name}> holds the control character 0x${code}; allowed: printable text`;
      problems.error({ file, line }, text);
    }
    const attributes = normalized(node.attributes);
    const element = { name: node.name, attributes, file, line, children: [] };
    const parent = stack.at(-1);
    if (parent === undefined) root ??= element;
    else parent.children.push(element);
    stack.push(element);
  };
  sax.onclosetag = () => {
    stack.pop();
  };
  sax.ontext = (words) => {
    const within = stack.at(-1);
    if (failed || within === undefined || words.trim() === "") return;
    const found = words.trim().slice(0, 20).replace(CONTROL, " ");
    problems.warn(
      { file, line: sax.line + 1 },
      `text "${found}" inside <${within.name}> is left out; allowed are elements`,
    );
  };
  sax.oncdata = sax.ontext;
  sax.onerror = (error) => {
    sax.errThrown = true;
    fail(error);
  };
  try {
    parser.parseString(text, (error: Error | null) => {
      if (error) fail(error);
    });
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
  return failed ? undefined : root;
}

const CONTROL = /\p{Cc}/gu;
/** What XML 1.0 (2.2, Char) has not, but for what no text of JavaScript shows. */
const NOT_XML = /[^\P{Cc}\t\n\r\x7f-\x9f]/u;

/** Values with each line end and tab as a space (XML 1.0, 3.3.3), and no other control character. */
function normalized(attributes: Record<string, string>): Record<string, string> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(entries.map(([k, v]) => [k, v.replace(CONTROL, " ")]));
}
