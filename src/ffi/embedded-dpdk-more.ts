/** The DPDK backend with the drivers that need libraries of the host, as in embedded-dpdk.ts. */
import path from "../../build/libhairpin-dpdk-more.so" with { type: "file" };

export { path as dpdkMorePath };
