/** Edit distance with neighbours swapped counted as one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows = a.length + 1;
  const columns = b.length + 1;
  const d = new Array<number>(rows * columns).fill(0);
  for (let i = 0; i < rows; i++) d[i * columns] = i;
  for (let j = 0; j < columns; j++) d[j] = j;
  for (let i = 1; i < rows; i++) {
    for (let j = 1; j < columns; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        d[(i - 1) * columns + j]! + 1,
        d[i * columns + j - 1]! + 1,
        d[(i - 1) * columns + j - 1]! + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, d[(i - 2) * columns + j - 2]! + 1);
      }
      d[i * columns + j] = best;
    }
  }
  return d[rows * columns - 1]!;
}

/** The candidate nearest to `word`, when it is near enough to be meant; else undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 2.5)) + 0.5;
  const plain = simplify(word);
  for (const candidate of candidates) {
    const other = simplify(candidate);
    let distance = editDistance(plain, other);
    // A unit or half of the name left out ("interval" for "interval_ms") is no typing mistake; the
    // nearer in length is meant.
    const isPart = other.startsWith(plain) || plain.startsWith(other);
    if (isPart && Math.min(plain.length, other.length) >= 4) {
      distance = Math.min(distance, 1.4 + Math.abs(plain.length - other.length) / 1000);
    }
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-.]/g, "_");
}
