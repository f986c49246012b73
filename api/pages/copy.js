// A button on each block of commands that copies it. Without this script the blocks can be marked and copied as ever.
const { copy, copied } = document.currentScript.dataset;
if (navigator.clipboard)
  for (const shell of document.querySelectorAll(".shell")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(shell.querySelector("pre").textContent);
      button.textContent = copied;
      setTimeout(() => (button.textContent = copy), 2000);
    });
    shell.append(button);
  }
