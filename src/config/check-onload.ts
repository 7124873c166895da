/** [onload]: whether this machine has what sessions ask for. */
import type { CheckOptions, Loose, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

export function checkOnload(c: Loose<CheckedConfig>, report: Report, o: CheckOptions): void {
  const sessions = c.session ?? [];
  const wanting = sessions.findIndex((s) => s.accelerate === "onload");
  const { onload = {} } = c;
  if (onload.profile === "own" && Object.keys(onload.env ?? {}).length === 0) {
    report.error(["onload", "env"], 'profile = "own" sets nothing but this, and it is empty');
  }
  if (wanting < 0) return;
  const library = onload.library ?? "libonload.so";
  if (o.host.library(library.includes("/") ? o.absolute(library) : library) !== undefined) return;
  const path = ["session", wanting, "accelerate"];
  const missing = `${library} is not on this machine`;
  if (onload.allow_unaccelerated === true) {
    report.warn(path, `${missing}: sessions go over the kernel's TCP (allow_unaccelerated)`);
  } else {
    report.error(
      path,
      `${missing}: install Onload, or name the library in [onload] library, or leave accelerate out`,
    );
  }
}
