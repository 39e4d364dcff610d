// The desk's own script: small comforts. Every page works without it.
"use strict";

// What a form asks before it is sent: `data-ask="Send to 1,200 readers?"` on the form or its button.
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (words && !window.confirm(words)) event.preventDefault();
});

// A form that was sent is not sent twice by a second click.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Countdowns: `<time data-countdown datetime="…">`.
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
function tell(seconds) {
  if (seconds < 30) return "now";
  for (const [name, length] of units) {
    if (seconds >= length * 0.95) {
      const number = Math.round(seconds / length);
      return `in ${number} ${name}${number === 1 ? "" : "s"}`;
    }
  }
  return "in 1 minute";
}
function countDown() {
  for (const one of document.querySelectorAll("time[data-countdown]")) {
    one.textContent = tell((Date.parse(one.dateTime) - Date.now()) / 1000);
  }
}
setInterval(countDown, 15000);

// A link that looks like a button, and is told as one, is pressed by the space bar as well.
document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("a[role=button]");
  if (event.key !== " " || !link) return;
  event.preventDefault();
  link.click();
});

// The menu closes with Escape, and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = document.getElementById("menu");
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
