// What `work` comes to; `otherwise` if that takes longer than `limit` milliseconds.
export async function within<T, const U>(
  work: Promise<T>,
  limit: number,
  otherwise: U,
): Promise<T | U> {
  let timer: number | null = null;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(resolve, limit, otherwise);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
