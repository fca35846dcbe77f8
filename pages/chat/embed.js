// The chat on another site, by one script tag. It keeps nothing, sets no cookie, and asks our server for nothing until
// somebody opens the panel. `TEXTS` stand before it, see embedding.py; its own tag says how it is to look:
//   <script src="https://OUR.SERVER/embed.js" data-language="de" data-color="#0a5c68" data-theme="dark" async></script>

const tag = document.currentScript;
const server = new URL(".", tag.src); // where its pages begin
const page = document.documentElement;

const wished = (tag.dataset.language || page.lang || "en").toLowerCase().split("-")[0];
const language = wished in TEXTS ? wished : "en";
const texts = TEXTS[language];

function isDark() {
  if (tag.dataset.theme) return tag.dataset.theme === "dark";
  const scheme = getComputedStyle(page).colorScheme;
  return scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
}

const color = CSS.supports("color", tag.dataset.color || "") ? tag.dataset.color : "#0a5c68";

// Black or white, whichever can be read on the colour of the site.
function readableOn(background) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  canvas.fillStyle = background;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

const LOOK = `
  :host { all: initial; position: fixed; inset: auto 1rem 1rem auto; z-index: 2147483000; font: 400 16px/1.4 system-ui, sans-serif; }
  button { font: inherit; color: ${readableOn(color)}; background: ${color}; border: 1px solid currentColor; cursor: pointer; }
  button:focus-visible { outline: 3px solid ${color}; outline-offset: 2px; }
  .opener { padding: .75rem 1.1rem; border-radius: 1.5rem; box-shadow: 0 2px 10px #0005; }
  .panel { position: fixed; inset: auto 1rem 1rem auto; display: flex; flex-direction: column; width: min(26rem, calc(100vw - 2rem));
    height: min(42rem, calc(100vh - 2rem)); overflow: hidden; background: Canvas; border: 1px solid ${color}; border-radius: .75rem; box-shadow: 0 4px 24px #0006; }
  .bar { display: flex; align-items: center; justify-content: space-between; padding: .4rem .4rem .4rem 1rem; color: ${readableOn(color)}; background: ${color}; }
  .bar h2 { margin: 0; font: inherit; font-weight: 700; }
  .close { min-width: 2.75rem; min-height: 2.75rem; border: 0; border-radius: .5rem; }
  .close:focus-visible { outline: 3px solid currentColor; outline-offset: -4px; }
  iframe { flex: 1; border: 0; }
  [hidden] { display: none; }
  @media (max-width: 30rem) { .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; } }
`;

function made(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function put() {
  const host = made("div", { lang: language });
  const root = host.attachShadow({ mode: "open" });
  const look = new CSSStyleSheet(); // a style element would need the leave of the site's policy
  look.replaceSync(LOOK);
  root.adoptedStyleSheets = [look];

  const opener = made("button", { type: "button", className: "opener", textContent: texts.open });
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", "panel");
  const close = made("button", { type: "button", className: "close", textContent: "✕" });
  close.setAttribute("aria-label", texts.close);
  const title = made("h2", { id: "title", textContent: texts.title });
  const panel = made("section", { id: "panel", className: "panel", hidden: true }, made("div", { className: "bar" }, title, close));
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "title");
  root.append(opener, panel);

  function show(open) {
    if (open && !panel.querySelector("iframe")) {
      const query = new URLSearchParams({ embedded: "1", language, ...(isDark() ? { __theme: "dark" } : {}) });
      const frame = made("iframe", { src: `${server}?${query}`, title: texts.title, referrerPolicy: "no-referrer" });
      frame.allow = "clipboard-write";
      panel.append(frame);
    }
    panel.hidden = !open;
    opener.hidden = open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? close : opener).focus();
  }

  opener.addEventListener("click", () => show(true));
  close.addEventListener("click", () => show(false));
  root.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  addEventListener("message", (event) => event.origin === server.origin && event.data === "market-entry: close" && show(false));
  document.body.append(host);
}

if (document.body) put();
else addEventListener("DOMContentLoaded", put);
