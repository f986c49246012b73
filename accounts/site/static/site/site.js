// What pages do beyond HTML: the menu on phones, the theme, choosing rows. Without this script all pages still work.
const menu = document.querySelector("[data-menu]");
menu?.addEventListener("click", () => {
  const open = menu.getAttribute("aria-expanded") !== "true";
  menu.setAttribute("aria-expanded", open);
  document.documentElement.classList.toggle("an-menu-open", open);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.getAttribute("aria-expanded") === "true") {
    menu.click();
    menu.focus();
  }
});

const theme = document.querySelector("[data-theme-switch]");
if (theme) {
  const order = ["auto", "light", "dark"];
  const now = () => localStorage.getItem("theme") ?? "auto";
  const tell = () => (theme.querySelector("span").textContent = theme.dataset[now()]);
  theme.hidden = false;
  tell();
  theme.addEventListener("click", () => {
    const next = order[(order.indexOf(now()) + 1) % 3];
    if (next === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    window.showTheme();
    tell();
  });
}

for (const form of document.querySelectorAll("form[data-choose]")) {
  const boxes = [...form.querySelectorAll('input[name="chosen"]')];
  const all = form.querySelector("[data-all]");
  const bar = form.querySelector("[data-bar]");
  const count = form.querySelector("[data-count]");
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (count) count.textContent = chosen;
    bar?.classList.toggle("on", chosen > 0);
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
}

for (const select of document.querySelectorAll("form[data-filters] select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
const wait = document.querySelector("[data-reload]");
if (wait) setTimeout(() => location.reload(), Number(wait.dataset.reload) * 1000);

// What is sent once isn't sent again by a second click; when the page is looked at again, it can be.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000); // a file that was fetched leaves the page as it is
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A long list of boxes is narrowed by what is typed, with or without accents.
const narrow = document.querySelector("[data-narrow]");
if (narrow) {
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
  const boxes = [...document.querySelectorAll(`input[name="${narrow.dataset.narrow}"]`)];
  narrow.hidden = boxes.length < 9;
  narrow.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault()); // it sends nothing
  narrow.addEventListener("input", (event) => {
    const wanted = fold(event.target.value);
    for (const box of boxes) box.closest("div").hidden = !box.checked && !fold(box.parentElement.textContent).includes(wanted);
  });
}
