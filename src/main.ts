#!/usr/bin/env bun
/** argv to verb, nothing else. */
import { dispatch } from "./cli/dispatch.ts";
import { processIo } from "./cli/io.ts";

void dispatch(process.argv.slice(2), processIo).then((code) => process.exit(code));
