// Search: what every word of the field occurs in stays; a click closes nothing. Without this script the list is whole.
const box = document.querySelector(".search");
const field = box.querySelector("input");
const nothing = document.querySelector(".nothing");
const groups = [...document.querySelectorAll("aside details")];
const open = new Set(groups.filter((group) => group.open));
box.hidden = false;

field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of groups) {
    let here = 0;
    for (const item of group.querySelectorAll("li")) {
      item.hidden = !words.every((word) => item.dataset.words.includes(word));
      here += !item.hidden;
    }
    group.hidden = here === 0;
    group.open = words.length ? here > 0 : open.has(group);
    found += here;
  }
  for (const other of document.querySelectorAll("aside h2, aside nav > ul")) other.hidden = words.length > 0;
  nothing.hidden = found > 0;
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") document.querySelector("aside li[data-words]:not([hidden]) a")?.click();
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) {
    event.preventDefault();
    field.focus();
  }
});
