// Keeps the notes of a plan in this browser; they leave it in nothing but the files that are taken along.

const files = document.querySelector("#files");
const place = `plan-notes ${files.dataset.plan}`; // each market and product has its own
const notes = [...document.querySelectorAll("textarea[data-step]")];

function kept() {
  try {
    return JSON.parse(localStorage.getItem(place)) ?? {};
  } catch {
    return {}; // the browser keeps nothing, or something else stands there
  }
}

function keep() {
  const written = notes.filter((note) => note.value.trim()).map((note) => [note.dataset.step, note.value]);
  try {
    if (written.length) localStorage.setItem(place, JSON.stringify(Object.fromEntries(written)));
    else localStorage.removeItem(place);
  } catch {
    // the note still goes into the files
  }
}

function mark(note) {
  note.closest("details").classList.toggle("noted", Boolean(note.value.trim()));
}

const before = kept();
for (const note of notes) {
  if (!note.value && typeof before[note.dataset.step] === "string") note.value = before[note.dataset.step];
  mark(note);
  note.addEventListener("input", () => {
    keep();
    mark(note);
  });
}
