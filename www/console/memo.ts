// What follows from values that stay the same is worked out once.

// Remembers the last result of `work`, and by which values it came.
export function memo<A extends readonly unknown[], R>(work: (...of: A) => R): (...of: A) => R {
  let before: A | undefined;
  let result: R;
  return (...of: A): R => {
    const isSame = before?.length === of.length && of.every((value, at) => value === before?.[at]);
    if (!isSame) {
      result = work(...of);
      before = of;
    }
    return result;
  };
}
