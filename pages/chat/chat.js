// What Gradio does not do: the language and title of the document, announcements, the way to a source, copying, saving.

const find = (selector) => document.querySelector(selector);
const byTouch = matchMedia("(hover: none)");
const asSheet = matchMedia("(max-width: 63.99rem)"); // where a source comes from below, over the conversation

// In the panel of another site (embed.js) the page has no header of its own.
const embedded = window.parent !== window && new URLSearchParams(location.search).has("embedded");
document.documentElement.classList.toggle("embedded", embedded);

const announcer = Object.assign(document.createElement("div"), { className: "aside" });
announcer.setAttribute("role", "status");
document.body.append(announcer);

const composer = new ResizeObserver(([box]) => {
  document.documentElement.style.setProperty("--composer", `${box.target.offsetHeight}px`);
});

const UNSENT = "unsent"; // the question in the box when the server could not be reached

const DESCRIBING = "open"; // of the fields of the company, over a conversation

const LARGEST = 100_000; // bytes of the turns that travel with a question; the server reads no more

let begun = false; // whether the page speaks already
let told = ""; // the last status that was announced
let seen = false; // whether there has been a turn
let growing = false; // whether the last one was on its way
let held = false; // whether it is kept in sight

// The oldest turns stay behind, also those that an earlier release has kept here.
const request = window.fetch;
window.fetch = (address, options) => request(address, lightened(String(address), options));

function lightened(address, options) {
  if (!address.includes("/queue/join") || !(options?.body?.length > LARGEST)) return options;
  const sent = JSON.parse(options.body);
  for (const turns of sent.data.filter(Array.isArray)) {
    while (new Blob(turns).size > LARGEST) turns.shift();
  }
  return { ...options, body: JSON.stringify(sent) };
}

function announce(text, lang) {
  announcer.lang = lang;
  announcer.textContent = text;
}

function follow() {
  const heading = find("#heading [lang]");
  if (heading) {
    document.documentElement.lang = heading.lang;
    document.title = heading.querySelector(".document-title").textContent;
    putBack();
    begin();
  }
  const box = find("#question textarea");
  if (heading && box) {
    box.placeholder = heading.querySelector(`.placeholders :nth-child(${find(".turn") ? 2 : 1})`).textContent;
  }
  const offer = find("#next [lang]");
  if (offer) find("#next").lang = offer.lang;
  for (const input of document.querySelectorAll("#your-product [title], #narrow [title]")) input.removeAttribute("title"); // a code, no word
  if (find("#composer")) composer.observe(find("#composer"));
  for (const fold of document.querySelectorAll("#company > button, #narrow > button")) {
    fold.ariaExpanded = fold.classList.contains("open");
  }
  for (const toast of document.querySelectorAll(".toast-body.error:not([lang])")) tellUnreachable(toast);
  const status = find("#status [lang]");
  const now = status?.querySelector(".now") ?? status;
  if (now && now.textContent !== told) announce((told = now.textContent), status.lang);
  press();
  followTurn(find("#current .turn"));
}

// Gradio tells in its own words that its queue is full or the server gone; say it in the person's language.
function tellUnreachable(toast) {
  const sentence = find(".unreachable");
  if (!sentence) return;
  toast.lang = sentence.closest("[lang]").lang;
  toast.textContent = sentence.textContent;
  announce(toast.textContent, toast.lang);
  sessionStorage.setItem(UNSENT, find("#question textarea").value); // Gradio reloads the page when the server is back
}

// When the fields are filled and folded, the box has the cursor, but for who comes to describe their product; on touch
// that would open the keyboard.
function begin() {
  if (begun || !find("#company > button:not(.open)")) return;
  begun = true;
  if (location.hash === `#${find("#your-product").id}`) describe(true);
  else if (!byTouch.matches) find("#question textarea")?.focus({ preventScroll: true });
}

function putBack() {
  const box = find("#question textarea");
  const unsent = sessionStorage.getItem(UNSENT);
  if (!box || !unsent || document.querySelector(".toast-body.error")) return;
  sessionStorage.removeItem(UNSENT);
  if (box.value) return;
  box.value = unsent;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

// The newest question stays at the top while its answer grows below it, until the person scrolls.
function followTurn(turn) {
  const running = Boolean(turn?.matches(".running"));
  if (turn && (!seen || (running && !growing))) held = true;
  if (turn && held) turn.scrollIntoView();
  if (held && !running) setTimeout(() => (held = false), 300); // what stands below it is still to come
  seen ||= Boolean(turn);
  growing = running;
}

let cited; // the number that led to the open source

function toSource(link) {
  const quote = document.getElementById(link.hash.slice(1));
  const card = quote?.closest(".source");
  if (!card) return;
  cited = link;
  for (const fold of [card.closest(".whole"), card]) if (fold) fold.open = true;
  if (!asSheet.matches) card.querySelector("summary").focus();
  quote.scrollIntoView({ block: "nearest" });
}

// A source over the conversation is a dialog: the focus is in it until it is closed.
function open(card) {
  const panel = card.querySelector(".panel");
  panel.role = asSheet.matches ? "dialog" : null;
  panel.ariaModal = asSheet.matches ? "true" : null;
  panel.ariaLabel = asSheet.matches ? panel.querySelector(".place").textContent : null;
  if (asSheet.matches) panel.querySelector(".close").focus({ preventScroll: true });
}

function keepInside(event, panel) {
  const stops = [...panel.querySelectorAll("a, button, summary")].filter((stop) => stop.checkVisibility());
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== from) return;
  event.preventDefault();
  to.focus();
}

function back(card) {
  card.open = false;
  const from = cited?.closest(".answer") === card.closest(".answer") ? cited : card.querySelector("summary");
  from.focus();
}

function shut(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

async function copy(button) {
  const text = button.nextElementSibling.textContent;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyFromPage(text); // a page that does not come over https
  button.focus();
  const words = button.firstElementChild;
  const label = (button.dataset.label ??= words.textContent);
  words.textContent = button.value;
  announce(button.value, button.closest("[lang]").lang);
  setTimeout(() => (words.textContent = label), 2000);
}

function copyFromPage(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "aside" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// Tell Gradio what was chosen in a turn: what to ask next, or the address of a plan.
function choose(value, button) {
  const box = find("#asked-of :is(textarea, input)");
  box.value = value;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => find(button).click()); // when Gradio has heard of the value
}

// The text is in the page; no request is made.
function save(button) {
  const file = new Blob([button.nextElementSibling.textContent], { type: "text/markdown" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: button.value });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  announce(button.value, button.closest("[lang]").lang);
}

// The header's own links would load the page anew: another language, and the fields of the company.
function takeOver(event) {
  const tongue = event.target.closest("#bar a[hreflang]");
  const product = event.target.closest("#bar a.product");
  if (!tongue && !product) return;
  event.preventDefault();
  if (product) describe(!find("#your-product").classList.contains(DESCRIBING));
  else find(`#language [value="${tongue.hreflang}"]`).click();
}

// The fields stand below the title, or over the conversation.
function describe(open) {
  find("#your-product").classList.toggle(DESCRIBING, open);
  if (open) find("#company > button:not(.open)")?.click();
  if (!open) find("#bar a.product").focus();
  else find("#your-product input:checked, #your-product input")?.focus();
}

document.addEventListener("click", (event) => {
  takeOver(event);
  const link = event.target.closest("a.cite");
  if (link) {
    event.preventDefault();
    toSource(link);
  }
  const button = event.target.closest("button.copy");
  if (button) copy(button);
  const closing = event.target.closest("button.close");
  if (closing) back(closing.closest(".source"));
  if (event.target.matches(".source[open]")) back(event.target); // beside the sheet
  const again = event.target.closest(".asked button");
  if (again) find(again.matches(".edit") ? "#edit" : "#retry").click();
  const saving = event.target.closest("button.save");
  if (saving) save(saving);
  const aside = find("#your-product").classList.contains(DESCRIBING) && document.contains(event.target);
  if (aside && !event.target.closest("#your-product, #bar")) find("#your-product").classList.remove(DESCRIBING);
  const other = event.target.closest("button.ask-of");
  if (other) choose(other.value, "#ask-of");
  const planned = event.target.closest("a.plan");
  if (planned) choose(planned.search.slice(1), "#plan-of");
  for (const menu of document.querySelectorAll(".tags details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  requestAnimationFrame(follow);
  // What was clicked goes away, so the focus goes to the question; on touch that would open the keyboard.
  if (event.target.closest("#next button, #asking button, #actions button, .asked button, .ask-of") && !byTouch.matches) {
    find("#question textarea").focus();
  }
});

// Ratings are sent one after another: "wrong" and the finer word that follows it may not overtake each other.
let rating = Promise.resolve();
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form.rate");
  if (!form) return;
  event.preventDefault();
  form.closest(".answer").querySelector(".finer").hidden = !event.submitter.matches(".bad");
  const said = new URLSearchParams(new FormData(form, event.submitter));
  if (find("#keeping input")?.checked) said.set("ticked", "");
  rating = rating.then(() => rate(form, said));
});

async function rate(form, said) {
  const answer = form.closest(".answer");
  const lang = form.closest("[lang]").lang;
  const reply = await fetch(`feedback?language=${lang}`, { method: "POST", body: said }).catch(() => null);
  const told = (await reply?.json().catch(() => null))?.told;
  if (!told) return; // the server does not answer; the form is still there
  const line = answer.querySelector(".rated") ?? document.createElement("p");
  line.className = "rated";
  line.textContent = told;
  answer.querySelector(".finer").after(line);
  announce(told, lang);
  if (!reply.ok) return;
  form.reset();
  for (const thumb of answer.querySelectorAll(".good, .bad")) {
    thumb.classList.toggle("pressed", thumb.matches(".good") === (said.get("verdict") === "helpful"));
  }
  press();
}

// Gradio takes out what would say so.
function press() {
  for (const thumb of document.querySelectorAll("button.good, button.bad")) {
    thumb.ariaPressed = thumb.classList.contains("pressed");
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const card = event.target.closest(".source[open]");
    const menu = event.target.closest(".tags details[open]");
    if (card) back(card);
    else if (menu) shut(menu);
    else if (find("#your-product").classList.contains(DESCRIBING)) describe(false);
    else if (find("#stop")) find("#stop").click();
    else if (embedded) window.parent.postMessage("market-entry: close", "*"); // it says nothing of anybody
  }
  const sheet = asSheet.matches && event.target.closest(".source[open] > .panel");
  if (event.key === "Tab" && sheet) keepInside(event, sheet);
  if (event.key.startsWith("Page")) held = false;
});
document.addEventListener("toggle", (event) => event.target.matches(".source[open]") && open(event.target), true);
for (const way of ["wheel", "touchmove"]) {
  document.addEventListener(way, () => (held = false), { passive: true });
}

new MutationObserver(follow).observe(document.body, { childList: true, subtree: true, characterData: true });
