/** The ExaNIC backend's file, as in embedded.ts. */
import path from "../../build/libhairpin-exanic.so" with { type: "file" };

export { path as exanicPath };
