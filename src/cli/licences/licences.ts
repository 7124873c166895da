/** Of everything that is inside the executable and not ours, as its licences ask. */
import SAX from "../../../node_modules/sax/LICENSE.md" with { type: "text" };
import SMOL_TOML from "../../../node_modules/smol-toml/LICENSE" with { type: "text" };
import UPLOT from "../../../node_modules/uplot/LICENSE" with { type: "text" };
import XML2JS from "../../../node_modules/xml2js/LICENSE" with { type: "text" };
import XMLBUILDER from "../../../node_modules/xmlbuilder/LICENSE" with { type: "text" };
import ZOD from "../../../node_modules/zod/LICENSE" with { type: "text" };
import DPDK from "./dpdk.txt" with { type: "text" };

export interface Licence {
  name: string;
  text: string;
}

export const LICENCES: readonly Licence[] = [
  { name: "DPDK", text: DPDK },
  { name: "sax", text: SAX },
  { name: "smol-toml", text: SMOL_TOML },
  { name: "uPlot", text: UPLOT },
  { name: "xml2js", text: XML2JS },
  { name: "xmlbuilder", text: XMLBUILDER },
  { name: "zod", text: ZOD },
];
