// Works out the number that the sign-up form asks for, a little at a time, while somebody fills the form in.
// Without this script the form works as well, under narrower limits. See publisher/subscribe/tickets.py.
"use strict";

(() => {
  const form = document.querySelector("form[data-bits]");
  if (!form) return;
  const { ticket, work } = form.elements;
  const bits = Number(form.dataset.bits);
  const told = form.querySelector("[data-while]");
  let number = 0;
  let found = false;
  let wanted = false; // the button was pressed before the number was found
  let sent = false;

  // FIPS 180-4 §4.2.2 and §5.3.3: what stands behind the point in the roots of the first primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const behind = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  const START = primes.slice(0, 8).map((prime) => behind(Math.sqrt(prime)));
  const ROUND = Int32Array.from(primes, (prime) => behind(Math.cbrt(prime)));
  const words = new Int32Array(64);
  const turned = (word, places) => (word >>> places) | (word << (32 - places));

  // The first 32 bits of SHA-256 over less than 56 ASCII characters: one block (§6.2).
  function beginning(text) {
    words.fill(0, 0, 16);
    for (let at = 0; at < text.length; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - 8 * (at & 3));
    words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    words[15] = text.length * 8;
    for (let at = 16; at < 64; at += 1) {
      const late = words[at - 2];
      const early = words[at - 15];
      words[at] =
        words[at - 16] + words[at - 7] +
        (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10)) +
        (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3));
    }
    let [a, b, c, d, e, f, g, h] = START;
    for (let at = 0; at < 64; at += 1) {
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[at] + words[at]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    return (START[0] + a) | 0;
  }

  const isSolved = () => bits === 0 || beginning(`${ticket.value}.${number}`) >>> (32 - bits) === 0;

  function send() {
    if (sent) return;
    sent = true;
    work.value = found ? String(number) : "";
    form.submit();
  }

  // 12 ms of work, then 4 ms for whoever types; all of the time once the button is pressed.
  function goOn() {
    const end = performance.now() + (wanted ? 40 : 12);
    while (performance.now() < end) {
      for (let some = 0; some < 100; some += 1) {
        if (isSolved()) {
          found = true;
          if (wanted) send();
          return;
        }
        number += 1;
      }
    }
    setTimeout(goOn, 4);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sent) return; // pressed twice
    wanted = true;
    if (found) {
      send();
    } else {
      told.textContent = told.dataset.while;
      setTimeout(send, 30_000); // a very slow machine: without the number, under the narrow limits
    }
  });
  // Who comes back by the browser's own button finds the page as it was left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  goOn();
})();
