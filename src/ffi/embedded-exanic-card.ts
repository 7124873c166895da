/** The software card's file, as in embedded.ts. */
import path from "../../build/libhairpin-exanic-card.so" with { type: "file" };

export { path as exanicCardPath };
