interface ThrottleKeys {
  messages_per_s?: number | undefined;
  messages_burst?: number | undefined;
  messages_reserved?: number | undefined;
}

/** The token bucket of a session, defaults filled in; perS 0 = no limit. */
export function throttleOf(s: ThrottleKeys): { perS: number; burst: number; reserved: number } {
  const perS = s.messages_per_s ?? 0;
  if (perS === 0) return { perS, burst: 0, reserved: 0 };
  const burst = s.messages_burst ?? Math.max(1, Math.ceil(perS / 10));
  return { perS, burst, reserved: s.messages_reserved ?? Math.floor(burst / 4) };
}
