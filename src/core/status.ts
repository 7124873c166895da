/** The shim's status codes (hairpin.h) in words. */
import * as layout from "../ffi/layout.ts";

const TEXTS = new Map<number, string>([
  [layout.HP_OK, "ok"],
  [layout.HP_EINVAL, "an argument is out of range"],
  [layout.HP_ESYS, "a system call failed"],
  [layout.HP_EAGAIN, "nothing now, try again"],
  [layout.HP_ECLOSED, "closed"],
  [layout.HP_ERESET, "reset by the peer"],
  [layout.HP_ENOSPC, "no space left (memory, /dev/shm or a table is full)"],
  [layout.HP_ENOTSC, "this processor has no invariant TSC"],
  [layout.HP_EUNSAFE, "refused: real-time priority needs kernel.sched_rt_runtime_us = -1"],
  [layout.HP_ENOCORE, "no such core, or it is offline"],
  [layout.HP_EABI, "laid out by another version"],
  [layout.HP_EEXIST, "it exists already, or is in use"],
  [layout.HP_ENOENT, "no such segment, interface or path"],
  [layout.HP_EPERM, "not permitted"],
  [layout.HP_EREFUSED, "refused or unreachable"],
  [layout.HP_EBUSY, "in use by somebody else"],
  [layout.HP_ENOTSUP, "not supported by the device, its driver or this kernel"],
  [layout.HP_EGONE, "the device has disappeared"],
  [layout.HP_ENOTACCEL, "connected, but not accelerated by Onload"],
]);

/** A sentence without a full stop; unknown codes give their number. */
export function statusText(status: number): string {
  return TEXTS.get(status) ?? `status ${status}`;
}

/** A failure before arming: what was attempted, and the shim's status. */
export class StatusError extends Error {
  readonly status: number;
  /** errno of the failed system call, 0 when there was none. */
  readonly errno: number;

  constructor(what: string, status: number, errno = 0) {
    const detail = errno === 0 ? "" : ` (errno ${errno})`;
    super(`${what}: ${statusText(status)}${detail}`);
    this.name = "StatusError";
    this.status = status;
    this.errno = errno;
  }
}

/** Returns a good status; throws StatusError on a negative one. */
export function expectOk(status: number, what: string, errno = 0): number {
  if (status < 0) throw new StatusError(what, status, status === layout.HP_ESYS ? errno : 0);
  return status;
}
