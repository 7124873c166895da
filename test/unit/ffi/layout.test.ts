import { expect, test } from "bun:test";
import {
  HEADER_PATH,
  LAYOUT_C_PATH,
  LAYOUT_TS_PATH,
  parseHeader,
  renderC,
  renderTypeScript,
} from "../../../native/layout.ts";
import * as layout from "../../../src/ffi/layout.ts";

const header = await Bun.file(HEADER_PATH).text();

test("the committed layout.ts is what the header gives", async () => {
  expect(await Bun.file(LAYOUT_TS_PATH).text()).toBe(renderTypeScript(parseHeader(header)));
});

test("the committed layout.c is what the header gives", async () => {
  expect(await Bun.file(LAYOUT_C_PATH).text()).toBe(renderC(parseHeader(header)));
});

test("offsets follow the struct, one size after the other", () => {
  expect(layout.HP_RX_DESC__OFFSET).toBe(0);
  expect(layout.HP_RX_DESC__LENGTH).toBe(4);
  expect(layout.HP_RX_DESC__RX_NS).toBe(16);
  expect(layout.HP_RX_DESC__RX_NS_D).toBe(2);
  expect(layout.HP_RX_DESC_SIZE).toBe(32);
  expect(layout.HP_UDP_CONFIG_SIZE).toBe(
    layout.HP_UDP_CONFIG__LINE + layout.HP_UDP_LINES_MAX * layout.HP_UDP_LINE_SIZE,
  );
});

test("array lengths in the header agree with the limits beside them", () => {
  expect(layout.HP_UDP_CONFIG__LINE_N).toBe(layout.HP_UDP_LINES_MAX);
  expect(layout.HP_ENGINE__COUNTERS_N).toBe(layout.HP_COUNTERS_MAX);
  expect(layout.HP_ENGINE__LATENCY_N).toBe(layout.HP_HIST_BUCKETS);
  expect(layout.HP_ENGINE__WIRE_N).toBe(layout.HP_HIST_BUCKETS);
  expect(layout.HP_ENGINE__TURN_N).toBe(layout.HP_HIST_BUCKETS);
  expect(layout.HP_JOURNAL_SIZE).toBe(layout.HP_JOURNAL_DATA);
  expect(layout.HP_DROP_COPY__DIFFERENCE_N).toBe(layout.HP_DIFFERENCES_MAX);
});

test("members of different writers lie on different 128-byte lines", () => {
  const line = (offset: number) => Math.floor(offset / 128);
  expect(line(layout.HP_RING__HEAD)).not.toBe(line(layout.HP_RING__TAIL));
  expect(line(layout.HP_CONTROL__KILL)).not.toBe(line(layout.HP_CONTROL__CONTROL_PID));
  expect(line(layout.HP_CONTROL__CONTROL_PID)).not.toBe(line(layout.HP_CONTROL__GUARD_PID));
  expect(line(layout.HP_FEED__STATE)).not.toBe(line(layout.HP_FEED__GAP_SERVED));
  expect(line(layout.HP_JOURNAL__HEAD)).not.toBe(line(layout.HP_JOURNAL__TAIL));
  for (const size of [layout.HP_CONTROL_SIZE, layout.HP_ENGINE_SIZE, layout.HP_SESSION_SIZE])
    expect(size % 128).toBe(0);
  expect(layout.HP_FEED_SIZE % 128).toBe(0);
  expect(layout.HP_DROP_COPY_SIZE % 128).toBe(0);
});

test("a member that is not naturally aligned is an error with its line", () => {
  const source = "typedef struct hp_x {\n  uint32_t a;\n  double b;\n} hp_x;\n";
  expect(() => parseHeader(source)).toThrow("hairpin.h:3: not naturally aligned");
});

test("a pointer member is refused, not skipped", () => {
  expect(() => parseHeader("typedef struct hp_x {\n  char *name;\n} hp_x;\n")).toThrow(
    "not a member",
  );
});

test("a define that is no integer is refused", () => {
  expect(() => parseHeader("#define HP_X (1 << 3)\n")).toThrow("not an integer");
  expect(() => parseHeader("#define HP_X abc\n")).toThrow("not an integer");
});

test("two members that want one name are an error", () => {
  const source = "typedef struct hp_x {\n  uint32_t a_n;\n  uint32_t a[3];\n} hp_x;\n";
  expect(() => renderTypeScript(parseHeader(source))).toThrow("HP_X__A_N");
});
