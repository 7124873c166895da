/** Bodies of what the venue sends about orders (FIX 4.4 volume 4). */
import { type ClientOrder, currentId, orderIdOf, ordStatusOf } from "./client-orders.ts";
import { type Fields, type FixMessage, PX_DECIMALS, pxText } from "./fix-message.ts";
import { leavesOf } from "./price-levels.ts";

export interface ReportDetails {
  execId: string;
  /** ExecType (150). */
  execType: string;
  /** ClOrdID (11) when it is not the order's own, e.g. that of a cancel request. */
  clOrdId?: string;
  origClOrdId?: string;
  /** ExecRefID (19): the report that is taken back. */
  execRefId?: string;
  lastQty?: number;
  /** 1/10000. */
  lastPx?: number;
  /** LastLiquidityInd (851): 1 added, 2 removed. */
  liquidity?: 1 | 2;
  /** OrdRejReason (103). */
  rejectReason?: number;
  text?: string;
}

/** ExecutionReport (8). */
export function executionReport(client: ClientOrder, details: ReportDetails): Fields {
  const order = client.order;
  const cum = (order?.cum ?? 0) + client.overfilled;
  const px = order?.px ?? client.px;
  const fields: (readonly [number, string | number])[] = [
    [37, orderIdOf(client)],
    [11, details.clOrdId ?? currentId(client)],
  ];
  if (details.origClOrdId !== undefined) fields.push([41, details.origClOrdId]);
  fields.push([17, details.execId], [150, details.execType], [39, ordStatusOf(client)]);
  if (details.execRefId !== undefined) fields.push([19, details.execRefId]);
  if (client.account !== "") fields.push([1, client.account]);
  fields.push([55, client.symbolText], [54, client.sideText], [38, order?.qty ?? client.qty]);
  fields.push([40, client.typeText]);
  if (client.typeText === "2") fields.push([44, pxText(px)]);
  if (client.timeInForceText !== "") fields.push([59, client.timeInForceText]);
  if (details.lastQty !== undefined) {
    fields.push([32, details.lastQty], [31, pxText(details.lastPx ?? 0)]);
  }
  fields.push([151, order === undefined ? 0 : leavesOf(order)], [14, cum], [6, averagePx(client)]);
  if (details.liquidity !== undefined) fields.push([851, details.liquidity]);
  if (details.rejectReason !== undefined) fields.push([103, details.rejectReason]);
  if (details.text !== undefined) fields.push([58, details.text]);
  return fields;
}

/** ExecutionReport for a status request about an order that we don't have. */
export function unknownOrderReport(message: FixMessage, execId: string): Fields {
  return [
    [37, "NONE"],
    [11, message.text(11)],
    [17, execId],
    [150, "I"],
    [39, "8"],
    [55, message.text(55)],
    [54, message.text(54)],
    [151, 0],
    [14, 0],
    [6, 0],
    [103, 5],
    [58, "unknown order"],
  ];
}

/** OrderCancelReject (9). responseTo: 1 = cancel (F), 2 = replace (G). */
export function cancelReject(
  message: FixMessage,
  client: ClientOrder | undefined,
  responseTo: 1 | 2,
  reason: number,
  text: string,
): Fields {
  return [
    [37, orderIdOf(client)],
    [11, message.text(11)],
    [41, message.text(41)],
    [39, client === undefined ? "8" : ordStatusOf(client)],
    [434, responseTo],
    [102, reason],
    [58, text],
  ];
}

/** OrderMassCancelReport (r). */
export function massCancelReport(message: FixMessage, id: string, affected: number): Fields {
  return [
    [11, message.text(11)],
    [37, id],
    [530, message.text(530)],
    [531, message.text(530)],
    [533, affected],
  ];
}

/** BusinessMessageReject (j). */
export function businessReject(message: FixMessage, reason: number, text: string): Fields {
  return [
    [45, message.seq],
    [372, message.type],
    [380, reason],
    [58, text],
  ];
}

function averagePx(client: ClientOrder): string {
  const order = client.order;
  if (order === undefined || order.cum === 0) return "0";
  return (order.notional / order.cum / 10 ** PX_DECIMALS).toFixed(6);
}
