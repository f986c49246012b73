// Light or dark before anything is painted: as chosen in this browser, else as the device.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("theme");
    document.documentElement.classList.toggle("dark", chosen ? chosen === "dark" : dark.matches);
  };
  dark.addEventListener("change", show);
  window.showTheme = show;
  show();
})();
