const texts = {
  401: "Sign in to fill a cart.",
  503: "The shop is closed for a moment. Try again soon.",
};

async function addToCart(form) {
  const response = await fetch("/api/cart", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      product: Number(form.dataset.product),
      quantity: Number(form.elements.quantity.value),
    }),
  });
  if (!response.ok) return texts[response.status] ?? "That did not work.";
  const cart = await response.json();
  const shirts = cart.items.reduce((sum, item) => sum + item.quantity, 0);
  return `In your cart: ${shirts}.`;
}

for (const form of document.querySelectorAll("form.buy")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector("output");
    output.value = "…";
    output.value = await addToCart(form).catch(() => "The shop cannot be reached.");
  });
}
