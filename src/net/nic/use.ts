/** What a backend could make of a NIC. */
export interface Use {
  /** Null: it cannot be known. */
  usable: boolean | null;
  /** How, or why not and what to do; short, without a full stop. */
  text: string;
}

export function yes(text: string): Use {
  return { usable: true, text };
}
export function no(text: string): Use {
  return { usable: false, text };
}
export function maybe(text: string): Use {
  return { usable: null, text };
}
