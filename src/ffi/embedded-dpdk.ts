/** The DPDK backend's file, as in embedded.ts; empty in a build without DPDK. */
import path from "../../build/libhairpin-dpdk.so" with { type: "file" };

export { path as dpdkPath };
