// What `work` comes to; `otherwise` if that takes longer than `limit` milliseconds.
export async function within(work, limit, otherwise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, limit, otherwise);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
