// Keeps in this browser what is typed into a document's form until it is saved; it leaves it in nothing but the form.

const LONGEST = 7 * 24 * 60 * 60 * 1000; // milliseconds that a text is kept
const PAUSE = 300; // milliseconds without a key until it is
const SENT = "unsaved-sent"; // in this tab: the text whose form was sent, until a page tells what became of it

const form = document.querySelector("form[data-unsaved]");
const told = document.querySelector(".unsaved"); // what a screen reader hears as soon as it changes
const texts = told?.dataset ?? {};

function kept() {
  const found = [];
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith("unsaved "))) {
    try {
      const one = JSON.parse(localStorage.getItem(key));
      if (one.at > Date.now() - LONGEST && Array.isArray(one.fields)) found.push({ key, ...one });
      else localStorage.removeItem(key);
    } catch {
      localStorage.removeItem(key); // something else stands there
    }
  }
  return found.sort((one, other) => other.at - one.at);
}

function tell(sentence, ...more) {
  const line = document.createElement("p");
  line.className = "notice";
  line.append(sentence, ...more);
  told.append(line);
  return line;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet small";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function time(at) {
  const day = new Date(at).toDateString() === new Date().toDateString() ? {} : { dateStyle: "medium" };
  return new Date(at).toLocaleString(document.documentElement.lang, { ...day, timeStyle: "short", hourCycle: "h23" });
}

// The server makes the form of what was typed, since a text has other sections than the form that stands there now.
function putBack(one) {
  sessionStorage.setItem(SENT, JSON.stringify({ key: one.key, back: true }));
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = form.action;
  for (const [name, value] of [...one.fields, ["form_token", form.elements.form_token.value], ["more", "1"]]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    sent.append(field);
  }
  document.body.append(sent);
  sent.submit();
}

function offer(one, version) {
  const older = one.version !== version ? texts.older.replace("{version}", one.version) : texts.offer;
  const line = tell(`${older.replace("{time}", time(one.at))}: `);
  const discard = () => {
    localStorage.removeItem(one.key);
    line.replaceChildren(texts.discarded);
    told.focus();
  };
  line.append(button(texts.back, () => putBack(one)), " ", button(texts.discard, discard));
}

function keeping(sent, others) {
  const { unsaved, account, version, typed } = form.dataset;
  const place = `unsaved ${account} ${unsaved} `;
  const known = sent?.key?.startsWith(place) && typed ? sent.key : ""; // what this form is the answer to
  const number = known.split(" ").at(-1) || Date.now().toString(36) + Math.random().toString(36).slice(2, 6);
  const key = `${place}${version} ${number}`; // each opened form has its own, so that two tabs lose nothing
  const secret = new Set([...form.querySelectorAll("[type=password], [name=form_token]")].map((field) => field.name));
  const where = location.pathname + location.search;
  let last = "";
  let waiting = 0;
  let full = false;

  const fields = () => [...new FormData(form)].filter(([name, one]) => typeof one === "string" && !secret.has(name));
  const before = typed ? "" : JSON.stringify(fields());
  const keep = () => {
    clearTimeout(waiting);
    const now = JSON.stringify(fields());
    if (now === (last || before)) return;
    last = now;
    try {
      if (now === before) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), where, version, fields: fields() }));
    } catch {
      if (!full) tell(texts.full);
      full = true;
    }
  };

  if (typed) keep();
  else others.filter((one) => one.key.startsWith(place)).forEach((one) => offer(one, version));
  if (known && known !== key && localStorage.getItem(key)) localStorage.removeItem(known);
  if (known && sent.back) tell(texts.restored);
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  });
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);
  form.addEventListener("submit", () => {
    keep();
    sessionStorage.setItem(SENT, JSON.stringify({ key }));
  });
}

function begin() {
  const { signedOut, saved } = document.querySelector("[data-signed-out], [data-saved]")?.dataset ?? {};
  for (const key of Object.keys(localStorage)) {
    if (signedOut && key.startsWith(`unsaved ${signedOut} `)) localStorage.removeItem(key);
  }
  const sent = JSON.parse(sessionStorage.getItem(SENT));
  if (sent && saved) localStorage.removeItem(sent.key);
  const found = kept();
  const lost = found.find((one) => one.key === sent?.key);
  if (texts.kept && lost) {
    const link = document.createElement("a");
    link.href = lost.where;
    link.textContent = texts.back;
    tell(`${texts.kept} `, link);
    return; // the page may be asked for again
  }
  sessionStorage.removeItem(SENT);
  if (form) keeping(sent, found);
}

try {
  begin();
} catch {
  if (texts.full) tell(texts.full); // a browser that keeps nothing
}
