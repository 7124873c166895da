import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatEndpoint,
  formatIpv4,
  isMulticast,
  parseEndpoint,
  parseIpv4,
} from "../../../src/net/address.ts";

test("every address survives being written and read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (address) => {
      return parseIpv4(formatIpv4(address)) === address;
    }),
  );
});

test("an endpoint survives being written and read", () => {
  expect(parseEndpoint("239.1.2.3:5000")).toEqual({ address: 0xef010203, port: 5000 });
  expect(formatEndpoint(0xef010203, 5000)).toBe("239.1.2.3:5000");
});

test("what is no address is not one", () => {
  for (const bad of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.-4",
    "a.b.c.d",
    " 1.2.3.4",
  ])
    expect(parseIpv4(bad)).toBeUndefined();
  for (const bad of [
    "1.2.3.4",
    "1.2.3.4:0",
    "1.2.3.4:65536",
    "1.2.3.4:05",
    "1.2.3:80",
    "1.2.3.4:x",
  ])
    expect(parseEndpoint(bad)).toBeUndefined();
});

test("multicast is 224.0.0.0/4", () => {
  expect(isMulticast(0xe0000000)).toBe(true);
  expect(isMulticast(0xefffffff)).toBe(true);
  expect(isMulticast(0xdfffffff)).toBe(false);
  expect(isMulticast(0xf0000000)).toBe(false);
});
