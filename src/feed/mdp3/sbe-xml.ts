/** The XML of an SBE schema as a tree: elements with attributes, text and line, in their order. */
import { Parser } from "xml2js";

export interface SbeElement {
  /** Without namespace prefix. */
  name: string;
  attributes: Record<string, string>;
  text: string;
  /** 1-based line of the opening `<`. */
  line: number;
  children: SbeElement[];
}

/** A schema that cannot be used. The message is one sentence: file, where, and what is allowed. */
export class SbeSchemaError extends Error {
  override name = "SbeSchemaError";

  constructor(file: string, line: number, what: string) {
    super(`SBE templates ${file}:${line > 0 ? ` line ${line}:` : ""} ${what}`);
  }
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

/** The outermost element. Throws SbeSchemaError when the text is not well-formed XML. */
export function readSbeXml(text: string, file: string): SbeElement {
  const parser = new Parser();
  const sax = (parser as unknown as { saxParser: SaxParser }).saxParser;
  const stack: SbeElement[] = [];
  let root: SbeElement | undefined;
  let line = 0;
  let fault: SbeSchemaError | undefined;
  const fail = (error: Error) => {
    const what = error.message.split("\n")[0]!;
    fault ??= new SbeSchemaError(file, sax.line + 1, `it is no well-formed XML: ${what}`);
  };
  sax.onopentagstart = () => {
    // It comes with the character behind the name: a line end there has been counted already.
    line = sax.column === 0 ? sax.line : sax.line + 1;
  };
  sax.onopentag = (node) => {
    const name = node.name.slice(node.name.indexOf(":") + 1);
    const element = { name, attributes: node.attributes, text: "", line, children: [] };
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
    if (within !== undefined) within.text += words.trim();
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
  if (fault !== undefined) throw fault;
  if (root === undefined) {
    throw new SbeSchemaError(file, 0, "it holds no element; allowed: a messageSchema");
  }
  return root;
}
