/**
 * Lines that an engine worker writes to descriptor 2 so that the launcher, which reads JSC's
 * collector log there, learns which heap is the worker's and from when collections count.
 */
export const GC_MARK_BEGIN = "hairpin-gc-mark begin";
export const GC_MARK_END = "hairpin-gc-mark end";
export const GC_MARK_ARMED = "hairpin-gc-mark armed";
