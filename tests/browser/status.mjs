// What a visitor does on a status page, for `visit.mjs`. The page's server changes the state when
// it is asked for `options.change`.

export const acts = { walk, refresh, leave, lose, goBack, compare };

// What has the focus, and whether it shows that.
const focused = (page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const name = one.getAttribute("aria-label") ?? one.textContent.trim();
    return { name, outline: `${outlineStyle} ${Number.parseFloat(outlineWidth)}` };
  });

const bubble = (page) =>
  page.evaluate(() => {
    const bubble = document.querySelector(".bubble");
    return bubble.hidden ? null : bubble.textContent;
  });

const verdict = (page) => page.locator("#verdict").innerText();
const change = (page, to) => page.request.get(`${to}`);

// Waits until the page says another thing, which is known.
const changed = (page, before) =>
  page.waitForFunction((before) => {
    const verdict = document.querySelector("#verdict").textContent;
    return ![before, document.querySelector("main").dataset.stale].includes(verdict);
  }, before);

// Opens the page with a clock that only the test moves, and counts the answers that it waits for.
async function open(page, options) {
  await page.clock.install({ time: options.now });
  await page.addInitScript(() => {
    const own = window.fetch.bind(window);
    const counted = async (work) => {
      window.pending += 1;
      try {
        return await work();
      } finally {
        window.pending -= 1;
      }
    };
    window.pending = 0;
    window.fetch = (...request) =>
      counted(async () => {
        const response = await own(...request);
        const text = response.text.bind(response);
        response.text = () => counted(text);
        return response;
      });
  });
  await page.goto(options.url);
}

// Lets time pass, and waits for what the page asks for meanwhile: an answer that takes no time must
// not seem to take longer than the page waits for one.
async function pass(page, ms) {
  for (let left = ms; left > 0; left -= 5_000) {
    await page.clock.runFor(Math.min(left, 5_000));
    await page.waitForFunction(() => window.pending === 0);
  }
}

// Goes through the page by keyboard alone.
async function walk(page, _requests, options) {
  await page.goto(options.url);
  await page.keyboard.press("Tab");
  const skip = await focused(page);
  await page.keyboard.press("Enter");
  const stops = [];
  // A page has fewer stops than that.
  for (let stop = 0; stop < 200; stop++) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (await page.evaluate(() => document.activeElement === document.body)) break;
    stops.push(at);
  }
  const keys = {};
  await page.locator('.days [tabindex="0"]').first().focus();
  // The focus is one by keyboard only after a key.
  for (const key of ["ArrowRight", "ArrowLeft", "ArrowDown", "Home", "End", "ArrowUp"]) {
    await page.keyboard.press(key);
    keys[key] = { ...(await focused(page)), bubble: await bubble(page) };
  }
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const held = await bubble(page);
  await page.keyboard.press("Escape");
  const released = await bubble(page);
  const list = page.locator("details").first();
  await list.locator("summary").focus();
  await page.keyboard.press("Enter");
  const isOpen = await list.evaluate((one) => one.open);
  const reached = await page.locator('.days [tabindex="0"]').count();
  const rows = await page.locator(".days").count();
  return { skip, stops, keys, held, released, isOpen, reached, rows };
}

// Looks on while the state changes, with a bar focused and a list open.
async function refresh(page, requests, options) {
  await open(page, options);
  const before = await verdict(page);
  await page.locator("details > summary").first().click();
  await page.locator("#email").fill("a@b.example");
  await page.locator('.days [tabindex="0"]').last().focus();
  await page.keyboard.press("ArrowLeft");
  const focus = (await focused(page)).name;
  await pass(page, 20_000);
  const early = requests.length;
  await change(page, options.change);
  await pass(page, 12_000);
  const seen = {
    before,
    verdict: await verdict(page),
    title: await page.title(),
    news: await page.locator("#news").innerText(),
    focus,
    focusAfter: (await focused(page)).name,
    isOpen: await page.locator("details").first().evaluate((one) => one.open),
    typed: await page.locator("#email").inputValue(),
    early: requests.slice(0, early).filter((url) => url === options.url).length,
  };
  // The next answers are 304, and the page stays as it is.
  for (let half = 0; half < 3; half++) await pass(page, 30_000);
  const asked = requests.filter((url) => url === options.url).length;
  return { ...seen, asked, verdictAfter: await verdict(page) };
}

// Switches to another tab for an hour, and back.
async function leave(page, requests, options) {
  await page.addInitScript(() => {
    let isHidden = false;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
    window.look = (away) => {
      isHidden = away;
      document.dispatchEvent(new Event("visibilitychange"));
    };
  });
  await open(page, options);
  const before = await verdict(page);
  await page.evaluate(() => window.look(true));
  const loaded = requests.length;
  await pass(page, 3_600_000);
  const away = requests.length - loaded;
  await change(page, options.change);
  await page.evaluate(() => window.look(false));
  await changed(page, before);
  return { away, back: requests.length - loaded, verdict: await verdict(page) };
}

// Keeps the page open while its server fails for a while, and until it works again.
async function lose(page, _requests, options) {
  await open(page, options);
  const before = await verdict(page);
  await change(page, options.break);
  await pass(page, 31_000);
  const trouble = await page.locator("#trouble").innerText();
  const age = await page.locator("#updated").innerText();
  const held = await verdict(page);
  await pass(page, 330_000);
  const stale = await verdict(page);
  const states = await page.locator(".state").allInnerTexts();
  await change(page, options.change);
  for (let minute = 0; minute < 8 && (await verdict(page)) === stale; minute++) {
    await pass(page, 60_000);
  }
  const after = await verdict(page);
  const isOver = await page.locator("#trouble").isHidden();
  return { before, trouble, age, held, stale, states, after, isOver };
}

// Goes on to another page and, after the state has changed, back.
async function goBack(page, _requests, options) {
  await page.goto(options.url);
  const before = await verdict(page);
  await page.goto(options.elsewhere);
  await change(page, options.change);
  const at = Date.now();
  // A page that is brought back as it was left is not loaded.
  await page.goBack({ waitUntil: "commit" });
  await changed(page, before);
  return { before, verdict: await verdict(page), took: Date.now() - at };
}

// Holds two pictures against each other, as the browser draws them.
async function compare(page, _requests, options) {
  await page.setContent("<canvas width=1200 height=630></canvas>");
  return page.evaluate(async (sources) => {
    const canvas = document.querySelector("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const drawn = [];
    for (const source of sources) {
      const image = new Image();
      image.src = source;
      await image.decode();
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      drawn.push({ size: [image.naturalWidth, image.naturalHeight], data });
    }
    const [one, other] = drawn;
    const differences = one.data.map((value, at) => Math.abs(value - other.data[at]));
    const differ = differences.filter((difference) => difference > 48).length;
    return { sizes: drawn.map(({ size }) => size), share: differ / differences.length };
  }, options.pictures);
}
